//! Errors that stop an export and warnings that do not, for people and for tools.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::warning_names::NAMES;

/// One thing to know, with its place and what to do about it. Fields that do not apply are empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Whether it stops the export.
    pub level: Level,
    /// A stable word for the kind: `type-refused`, `service-unreachable`, `recursive-type`.
    pub code: &'static str,
    /// The crate, as code writes it.
    #[serde(rename = "crate", skip_serializing_if = "String::is_empty")]
    pub krate: String,
    /// The service's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service: String,
    /// The method's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// The place in the method (`argument query.host`, `response.list`), or outside one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// The type as Rust writes it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rust_type: String,
    /// What is wrong.
    pub why: String,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Location>,
    /// What to do instead.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cure: String,
}

/// A place in a source file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Location {
    /// The file, as seen from the current folder where it is inside that.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Location {
    /// A place in a file.
    pub fn new(file: &Path, line: usize, column: usize) -> Self {
        let folder = std::env::current_dir().ok();
        let inside = folder.and_then(|folder| file.strip_prefix(folder).ok());
        Self {
            file: inside.unwrap_or(file).display().to_string(),
            line,
            column,
        }
    }
}

impl fmt::Display for Location {
    /// `src/lib.rs:12:5`, as rustc writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Whether a diagnostic stops the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It does.
    Error,
    /// It does not.
    Warning,
}

impl Diagnostic {
    /// An error of this kind with nothing filled in, for the struct update syntax.
    pub fn error(code: &'static str) -> Self {
        Self::new(Level::Error, code)
    }

    /// A warning of this kind with nothing filled in, for the struct update syntax.
    pub fn warning(code: &'static str) -> Self {
        Self::new(Level::Warning, code)
    }

    /// An error that is a message alone.
    pub fn failure(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            ..Self::error(PLAIN)
        }
    }

    fn new(level: Level, code: &'static str) -> Self {
        Self {
            level,
            code,
            krate: String::new(),
            service: String::new(),
            method: String::new(),
            place: String::new(),
            rust_type: String::new(),
            why: String::new(),
            at: None,
            cure: String::new(),
        }
    }
}

/// The code of a message that has none.
const PLAIN: &str = "failed";

/// Diagnostics as people read them: those that differ in their places alone are one message, with all places.
pub fn messages(diagnostics: &[Diagnostic]) -> Vec<(Level, String)> {
    let mut groups: Vec<(&Diagnostic, Vec<String>)> = Vec::new();
    for diagnostic in diagnostics {
        let alike = groups.iter_mut().find(|(first, _)| first.is_like(diagnostic));
        match alike {
            Some((_, others)) => others.push(diagnostic.other_place()),
            None => groups.push((diagnostic, Vec::new())),
        }
    }
    let message = |(first, others): (&Diagnostic, Vec<String>)| (first.level, first.message(&others));
    groups.into_iter().map(message).collect()
}

impl Diagnostic {
    /// Whether the other says the same of the same type, somewhere else.
    fn is_like(&self, other: &Self) -> bool {
        let of = |diagnostic: &Self| {
            let Self {
                code,
                rust_type,
                why,
                cure,
                ..
            } = diagnostic.clone();
            (diagnostic.level, code, rust_type, why, cure)
        };
        !self.rust_type.is_empty() && of(self) == of(other)
    }

    /// `bookshop: Catalog.find, argument query.host`, or as much of it as there is.
    fn whole_place(&self) -> String {
        let mut parts = Vec::new();
        // A place outside a method may be a path, which says the crate itself.
        if !self.krate.is_empty() && !self.place.starts_with(&self.krate) {
            parts.push(format!("{}:", self.krate));
        }
        let method = match (self.service.as_str(), self.method.as_str()) {
            ("", _) => String::new(),
            (service, "") => service.to_owned(),
            (service, method) => format!("{service}.{method}"),
        };
        match (method.as_str(), self.place.as_str()) {
            ("", "") => {}
            (one, "") | ("", one) => parts.push(one.to_owned()),
            (method, place) => parts.push(format!("{method}, {place}")),
        }
        parts.join(" ")
    }

    /// The place as one of several: `bookshop: Catalog.find, argument query.host (src/lib.rs:12:5)`.
    fn other_place(&self) -> String {
        let at = self.at.as_ref().map(|at| format!(" ({at})"));
        self.whole_place() + &at.unwrap_or_default()
    }

    fn message(&self, other_places: &[String]) -> String {
        let mut message = self.whole_place();
        if !message.is_empty() {
            message += if message.ends_with(':') { " " } else { ": " };
        }
        if !self.rust_type.is_empty() {
            message += &format!("`{}` ", self.rust_type);
        }
        message += &self.why;
        if NAMES.contains(&self.code) {
            message += &format!(" [{}]", self.code);
        }
        if let Some(at) = &self.at {
            message += &format!("\n  --> {at}");
        }
        for place in other_places {
            message += &format!("\n    also at: {place}");
        }
        if !self.cure.is_empty() {
            message += &format!("\n    instead: {}", self.cure);
        }
        message
    }
}

impl fmt::Display for Diagnostic {
    /// `bookshop: Catalog.find, argument query.host: `IpAddr` is …`, then the cure on a separate line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(&[]))
    }
}
