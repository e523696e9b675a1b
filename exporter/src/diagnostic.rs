//! What stands in the way of an export, or bites although it works: for people, and for tools.

use std::fmt;

use serde::Serialize;

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
    /// What to do instead.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cure: String,
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
            ..Self::error("failed")
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
            cure: String::new(),
        }
    }
}

impl fmt::Display for Diagnostic {
    /// `bookshop: Catalog.find, argument query.host: `IpAddr` is …`, then the cure on a line of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A place outside a method may be a path, which says the crate itself.
        if !self.krate.is_empty() && !self.place.starts_with(&self.krate) {
            write!(f, "{}: ", self.krate)?;
        }
        let method = match (self.service.as_str(), self.method.as_str()) {
            ("", _) => String::new(),
            (service, "") => service.to_owned(),
            (service, method) => format!("{service}.{method}"),
        };
        match (method.as_str(), self.place.as_str()) {
            ("", "") => {}
            ("", place) => write!(f, "{place}: ")?,
            (method, "") => write!(f, "{method}: ")?,
            (method, place) => write!(f, "{method}, {place}: ")?,
        }
        if !self.rust_type.is_empty() {
            write!(f, "`{}` ", self.rust_type)?;
        }
        f.write_str(&self.why)?;
        if !self.cure.is_empty() {
            write!(f, "\n    instead: {}", self.cure)?;
        }
        Ok(())
    }
}
