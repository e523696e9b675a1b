//! How code is printed: documents with widths, names that are imported, and texts of an API.
//!
//! Documentation is written by others than those who run the generated code, so no text may be anything but text: not a
//! line break that a language sees and a reader does not, not a character that changes the order of what is seen, not a
//! directive that a tool obeys. Each language has one function per context (a comment, a string), made of these parts.

mod directives;
pub mod doc;
mod natural;
mod symbol;
mod width;

pub use directives::{Directives, neutral};
pub use natural::{Piece, natural_key};
pub use rapace_schema::text::{is_hidden, shown, visible};
pub use symbol::Symbols;
pub use width::width;
