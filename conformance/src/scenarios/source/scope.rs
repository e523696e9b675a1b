//! Variables and definitions: what is known where.

use std::collections::BTreeMap;

use super::node::Node;

/// A definition: steps, frames or cases with parameters.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) name: Node,
    pub(super) takes: Vec<String>,
    pub(super) body: Node,
}

/// What is known at a place: what is known around it, and more.
#[derive(Debug, Default)]
pub(super) struct Scope<'a> {
    around: Option<&'a Scope<'a>>,
    variables: BTreeMap<String, Node>,
    definitions: BTreeMap<String, Definition>,
    /// How many definitions are being used.
    pub(super) depth: usize,
}

impl<'a> Scope<'a> {
    /// What is known around it, and nothing more yet.
    pub(super) fn inside(around: &'a Self) -> Self {
        Self {
            around: Some(around),
            depth: around.depth,
            ..Self::default()
        }
    }

    /// Makes a variable known.
    ///
    /// # Errors
    /// When it is known already.
    pub(super) fn set(&mut self, name: &str, place: &Node, value: Node) -> Result<(), String> {
        if !is_name(name) {
            return Err(place.error(format_args!(
                "{name:?} is not a name: small letters, digits and underscores"
            )));
        }
        if let Some(known) = self.variable(name) {
            return Err(place.error(format_args!("the variable {name} is there already: {}", known.place)));
        }
        self.variables.insert(name.into(), value);
        Ok(())
    }

    /// Makes a definition known.
    ///
    /// # Errors
    /// When it is known already.
    pub(super) fn define(&mut self, name: &str, definition: Definition) -> Result<(), String> {
        if let Some((known, _)) = self.definition(name) {
            let problem = format_args!("{name} is defined already: {}", known.name.place);
            return Err(definition.name.error(problem));
        }
        self.definitions.insert(name.into(), definition);
        Ok(())
    }

    /// The variable of this name.
    pub(super) fn variable(&self, name: &str) -> Option<&Node> {
        let around = || self.around.and_then(|around| around.variable(name));
        self.variables.get(name).or_else(around)
    }

    /// The definition of this name, and what is known where it is.
    pub(super) fn definition(&self, name: &str) -> Option<(&Definition, &Self)> {
        match self.definitions.get(name) {
            Some(definition) => Some((definition, self)),
            None => self.around.and_then(|around| around.definition(name)),
        }
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.chars().all(is_of_name)
}

/// Whether names may have this character, after the first.
pub(super) fn is_of_name(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}
