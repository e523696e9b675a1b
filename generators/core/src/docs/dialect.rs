//! What a language decides about documentation.

use super::items::Item;

/// How a language names and links what Rust's documentation names.
pub trait Dialect {
    /// The item's name in the language. With its owner when `qualified`: `Book.title`.
    fn name(&self, item: Item<'_>, qualified: bool) -> String;

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
