//! What the templates show. All decisions have been made: a template only has loops, tests and includes.

use askama::Template;

/// A dataclass.
#[derive(Template)]
#[template(path = "record.py", escape = "none")]
pub struct Record {
    /// Its name.
    pub name: String,
    /// True when its objects cannot be changed.
    pub frozen: bool,
    /// Its docstring, indented.
    pub doc: Option<String>,
    /// Its attributes in order.
    pub fields: Vec<Field>,
}

/// An attribute of a dataclass.
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub annotation: String,
    /// True when its value is not to be printed.
    pub sensitive: bool,
    /// Its docstring, indented.
    pub doc: Option<String>,
}

/// An enumeration.
#[derive(Template)]
#[template(path = "enum.py", escape = "none")]
pub struct Enumeration {
    /// Its name.
    pub name: String,
    /// Its docstring, indented.
    pub doc: Option<String>,
    /// Its members in order.
    pub members: Vec<Member>,
}

/// A member of an enumeration.
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its number on the wire.
    pub index: u32,
    /// Its docstring, indented.
    pub doc: Option<String>,
}

/// A name for a type: an assignment with a docstring below.
#[derive(Template)]
#[template(path = "alias.py", escape = "none")]
pub struct Alias {
    /// The assignment.
    pub assignment: String,
    /// Its docstring.
    pub doc: Option<String>,
}

/// A module: a docstring, blocks of imports, blocks of code.
#[derive(Template)]
#[template(path = "module.py", escape = "none")]
pub struct Module {
    /// Its docstring.
    pub doc: String,
    /// Its blocks of imports.
    pub imports: Vec<Vec<String>>,
    /// True when one empty line stands between imports and the first block, otherwise two.
    pub close: bool,
    /// Its classes, functions and assignments.
    pub blocks: Vec<String>,
}

/// A service's client.
#[derive(Template)]
#[template(path = "client.py", escape = "none")]
pub struct Client {
    /// Its name.
    pub name: String,
    /// The class of the runtime that it extends: `AsyncClient`.
    pub base: &'static str,
    /// Its docstring, indented.
    pub doc: Option<String>,
    /// Its methods in order.
    pub methods: Vec<Method>,
}

/// What a service's client and fake have in common.
#[derive(Template)]
#[template(path = "protocol.py", escape = "none")]
pub struct Protocol {
    /// Its name.
    pub name: String,
    /// Its docstring, indented.
    pub doc: String,
    /// Its methods in order.
    pub methods: Vec<Method>,
}

/// What stands in for a service's client.
#[derive(Template)]
#[template(path = "fake.py", escape = "none")]
pub struct Fake {
    /// Its name.
    pub name: String,
    /// Its docstring, indented.
    pub doc: String,
    /// The line, or lines, from `def __init__` to the colon.
    pub signature: String,
    /// True when a parameter is longer than a line, which formatters break by rules of their own.
    pub is_wide: bool,
    /// What its maker calls itself.
    pub receiver: String,
    /// The methods that it takes answers for.
    pub answers: Vec<String>,
    /// Its methods in order.
    pub methods: Vec<Method>,
}

/// A method of a client, a protocol or a fake.
pub struct Method {
    /// The decorator of a deprecated one, with its note.
    pub deprecated: Option<String>,
    /// The line, or lines, from `def` to the colon.
    pub signature: String,
    /// Its docstring, indented.
    pub doc: Option<String>,
    /// The statement that calls.
    pub body: Option<String>,
}
