//! What the templates show. All decisions have been made: a template only has loops, tests and includes.

use std::fmt;

use askama::Template;

/// A dataclass.
#[derive(Template)]
#[template(path = "record.py.txt", escape = "none")]
pub struct Record {
    /// `dataclass`.
    pub decorator: String,
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
    /// `dataclasses.KW_ONLY`, when this field and those after it are given by name.
    pub keywords: Option<String>,
    /// What a field has in place of a default when its value must not be printed.
    pub default: Option<String>,
    /// Its docstring, indented.
    pub doc: Option<String>,
}

/// An enumeration.
#[derive(Template)]
#[template(path = "enum.py.txt", escape = "none")]
pub struct Enumeration {
    /// Its name.
    pub name: String,
    /// The class that it extends.
    pub base: String,
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

/// The exception of a failed call.
#[derive(Template)]
#[template(path = "exception.py.txt", escape = "none")]
pub struct Exception {
    /// Its name.
    pub name: String,
    /// The class that it extends.
    pub base: String,
    /// Its docstring, indented.
    pub doc: String,
    /// The type of its attribute `error`, unless that is the one of its base; and Python's `property` and `cast`.
    pub error: Option<(String, &'static str, String)>,
}

/// A name for a type: an assignment with a docstring below.
#[derive(Template)]
#[template(path = "alias.py.txt", escape = "none")]
pub struct Alias {
    /// The assignment.
    pub assignment: String,
    /// Its docstring.
    pub doc: Option<String>,
}

/// A module: a docstring, blocks of imports, blocks of code.
#[derive(Template)]
#[template(path = "module.py.txt", escape = "none")]
pub struct Module {
    /// Its docstring.
    pub doc: String,
    /// Its blocks of imports.
    pub imports: Vec<Vec<String>>,
    /// Its classes, functions and assignments.
    pub blocks: Vec<Block>,
}

/// What a package loads when it is first used.
#[derive(Template)]
#[template(path = "lazy.py.txt", escape = "none")]
pub struct Lazy {
    /// The statement that imports all of it.
    pub import: String,
    /// The names as literals.
    pub names: String,
}

/// A part of a module.
pub enum Block {
    /// A class or a function.
    Definition(String),
    /// An assignment, or several.
    Assignment(String),
}

impl Module {
    /// True for one empty line between imports and the first block. Python's style has two around classes and functions.
    fn is_close(&self) -> bool {
        matches!(self.blocks.first(), Some(Block::Assignment(_)))
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Definition(text) | Self::Assignment(text) => f.write_str(text),
        }
    }
}

/// A service's client.
#[derive(Template)]
#[template(path = "client.py.txt", escape = "none")]
pub struct Client {
    /// Its name.
    pub name: String,
    /// The class that it extends: `codegen.AsyncClient`.
    pub base: String,
    /// Its docstring, indented.
    pub doc: Option<String>,
    /// Its methods in order.
    pub methods: Vec<Method>,
}

/// What a service's client and fake have in common.
#[derive(Template)]
#[template(path = "protocol.py.txt", escape = "none")]
pub struct Protocol {
    /// Its name.
    pub name: String,
    /// The class that it extends.
    pub base: String,
    /// Its docstring, indented.
    pub doc: String,
    /// Its methods in order.
    pub methods: Vec<Method>,
}

/// The class that implements a service.
#[derive(Template)]
#[template(path = "handler.py.txt", escape = "none")]
pub struct Handler {
    /// Its name.
    pub name: String,
    /// The class that it extends.
    pub base: String,
    /// Its docstring, indented.
    pub doc: String,
    /// The service's name as a literal.
    pub service: String,
    /// What the runtime knows of its methods.
    pub served: String,
    /// Its abstract methods in order.
    pub methods: Vec<Method>,
    /// Python's `classmethod`.
    pub classmethod: String,
    /// The line, or lines, from `def` to the colon of the method that takes a client.
    pub forward: String,
    /// The function that it calls.
    pub forwarded: String,
}

/// A fake of a service's client.
#[derive(Template)]
#[template(path = "fake.py.txt", escape = "none")]
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

/// A method of a client, a protocol, a fake or a handler.
pub struct Method {
    /// Its decorator: that of a deprecated one with its note, or of an abstract one.
    pub decorator: Option<String>,
    /// The line, or lines, from `def` to the colon.
    pub signature: String,
    /// Its docstring, indented.
    pub doc: Option<String>,
    /// The statement that calls.
    pub body: Option<String>,
}
