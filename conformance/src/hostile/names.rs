//! The list of hostile names, and where Rust cannot have one.

use std::collections::{BTreeMap, BTreeSet};

const LIST: &str = include_str!("../../../generators/hostile/names.txt");
const DOCS: &str = include_str!("../../../generators/hostile/docs.json");

/// Words that are identifiers only after `r#`.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Where a name can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A service.
    Service,
    /// A method of a service.
    Method,
    /// A parameter of a method.
    Parameter,
    /// A struct or an enum.
    Type,
    /// A field of a struct.
    Field,
    /// A variant of an enum.
    Variant,
    /// A field of a variant.
    VariantField,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Service,
        Self::Method,
        Self::Parameter,
        Self::Type,
        Self::Field,
        Self::Variant,
        Self::VariantField,
    ];

    /// As the list calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Method => "method",
            Self::Parameter => "parameter",
            Self::Type => "type",
            Self::Field => "field",
            Self::Variant => "variant",
            Self::VariantField => "variant field",
        }
    }

    /// True for a place whose names facet can rename.
    fn is_renamable(self) -> bool {
        matches!(self, Self::Field | Self::Variant | Self::VariantField)
    }
}

/// The list.
pub struct Names {
    /// The names in order, those that belong together side by side.
    pub groups: Vec<Vec<&'static str>>,
    /// Docs that could end a comment, or mean something in one.
    pub docs: Vec<String>,
    /// The names that services have.
    pub services: BTreeSet<&'static str>,
    refused: BTreeMap<&'static str, BTreeSet<&'static str>>,
}

/// How many names are a group.
const GROUP: usize = 41;
/// The line of a section whose names no service has.
const NO_SERVICES: &str = "!!service";

impl Names {
    /// Reads the list.
    ///
    /// # Errors
    /// When a name is there twice, or something is refused that is not there.
    pub fn read() -> Result<Self, String> {
        let (mut names, mut refused) = (Vec::new(), BTreeMap::<_, BTreeSet<_>>::new());
        let (mut services, mut are_services) = (BTreeSet::new(), true);
        for line in LIST.lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix('!') {
                _ if line.is_empty() || line == NO_SERVICES => are_services = line.is_empty(),
                None => {
                    names.extend(line.split_whitespace());
                    services.extend(line.split_whitespace().filter(|_| are_services));
                }
                Some(line) => {
                    let (place, those) = line.split_once(": ").ok_or_else(|| format!("no place: {line}"))?;
                    refused.entry(place).or_default().extend(those.split_whitespace());
                }
            }
        }
        let all: BTreeSet<&str> = names.iter().copied().collect();
        if let Some(twice) = names
            .iter()
            .find(|name| names.iter().filter(|other| other == name).count() > 1)
        {
            return Err(format!("{twice} is in the list of names twice"));
        }
        for (place, names) in &refused {
            let known = *place == "any" || Place::ALL.iter().any(|known| known.word() == *place);
            if let Some(name) = names.iter().find(|name| !known || !all.contains(*name)) {
                return Err(format!(
                    "{name} is refused as {place}, but no such name or place is in the list"
                ));
            }
        }
        let docs = serde_json::from_str(DOCS).map_err(|error| format!("the list of docs: {error}"))?;
        Ok(Self {
            groups: names.chunks(GROUP).map(<[_]>::to_vec).collect(),
            docs,
            services,
            refused,
        })
    }

    /// Whether Rust can have the name there.
    pub fn can_be(&self, place: Place, name: &str) -> bool {
        let refused = |word: &str| self.refused.get(word).is_some_and(|names| names.contains(name));
        !refused(place.word()) && (place.is_renamable() || !refused("any"))
    }

    /// Whether the name is an identifier in Rust, raw or not.
    pub fn is_identifier(&self, name: &str) -> bool {
        !self.refused.get("any").is_some_and(|names| names.contains(name))
    }
}

/// The name as Rust writes it.
pub fn ident(name: &str) -> String {
    let raw = if KEYWORDS.contains(&name) { "r#" } else { "" };
    format!("{raw}{name}")
}

#[cfg(test)]
mod tests {
    use super::{Names, Place};

    #[test]
    fn the_list_is_sound() {
        let names = Names::read().expect("it is read");
        assert!(names.can_be(Place::Type, "then") && names.can_be(Place::Field, "self"));
        assert!(!names.can_be(Place::Type, "match") && !names.can_be(Place::Method, "self"));
        assert!(names.is_identifier("match") && !names.is_identifier("crate"));
        assert!(names.services.contains("then") && !names.services.contains("ZeroDivisionError"));
    }
}
