//! What a language decides about documentation.

use super::items::Item;

/// An item's name in a language.
#[derive(Clone, Debug)]
pub struct Name {
    /// What the item is a member of, where that has a name.
    owner: Option<String>,
    own: String,
}

impl Name {
    /// A name that is known everywhere.
    pub fn alone(own: impl Into<String>) -> Self {
        Self {
            owner: None,
            own: own.into(),
        }
    }

    /// The name of a member.
    pub fn within(owner: impl Into<String>, own: impl Into<String>) -> Self {
        Self {
            owner: Some(owner.into()),
            own: own.into(),
        }
    }

    /// The name as its owner's documentation has it: `title`.
    pub fn short(self) -> String {
        self.own
    }

    /// The name as all other documentation has it: `Book.title`.
    pub fn full(self) -> String {
        match self.owner {
            Some(owner) => format!("{owner}.{}", self.own),
            None => self.own,
        }
    }
}

/// How a language names and links what Rust's documentation names.
pub trait Dialect {
    /// The item's name in the language.
    fn name(&self, item: Item<'_>) -> Name;

    /// A link to an item of this name, with a text that is not its name.
    fn link(&self, _item: Item<'_>, name: &str, text: Option<&str>) -> String {
        match text {
            None => format!("`{name}`"),
            Some(text) => format!("{text} (`{name}`)"),
        }
    }

    /// A link to a page. It stays Markdown without one.
    fn url(&self, _text: &str, _url: &str) -> Option<String> {
        None
    }

    /// The line before a block of Rust's code, where the block itself does not show its language.
    fn before_rust(&self) -> Option<&str> {
        None
    }

    /// The text before anything is done to it: what would be a link in the language and is none in Rust is none afterwards.
    fn prepared(&self, doc: &str) -> String {
        doc.to_owned()
    }
}
