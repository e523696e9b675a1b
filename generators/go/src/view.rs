//! What the templates print: every decision is made, every line of a comment and of a codec is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use askama::Template;

use crate::layout::{bracketed, joined};

/// `go.mod`
#[derive(Template)]
#[template(path = "go.mod.txt", escape = "none")]
pub(crate) struct GoMod<'a> {
    pub(crate) module: &'a str,
    /// The version of Go that the package needs.
    pub(crate) go: &'a str,
    /// Modules that the package needs, each with its version: those that it imports, and those that they do.
    pub(crate) requires: &'a [Vec<String>],
    /// The module of a folder, and the path to that.
    pub(crate) replace: Option<(&'a str, &'a str)>,
}

/// `README.md`
#[derive(Template)]
#[template(path = "readme.md.txt", escape = "none")]
pub(crate) struct Readme<'a> {
    pub(crate) module: &'a str,
    pub(crate) go: &'a str,
    pub(crate) runtime: &'a str,
    pub(crate) description: Option<String>,
    pub(crate) about: String,
    /// What must be done for a module that no server has.
    pub(crate) local: Option<String>,
    pub(crate) version: Option<String>,
    /// What must be done for a version from 2 on.
    pub(crate) major: Option<String>,
    pub(crate) license: Option<String>,
    /// A program that calls each service; none for an API without methods.
    pub(crate) program: Option<Program<'a>>,
}

/// `README.md` of the runtime alone.
#[derive(Template)]
#[template(path = "runtime_readme.md.txt", escape = "none")]
pub(crate) struct RuntimeReadme<'a> {
    pub(crate) module: &'a str,
}

/// A program that makes calls: the one that the README has, or one of a single call.
#[derive(Template)]
#[template(path = "program.go.txt", escape = "none")]
pub(crate) struct Program<'a> {
    /// What it imports of the standard library, sorted.
    pub(crate) standard: BTreeSet<&'static str>,
    pub(crate) runtime: &'a str,
    /// The package as the program imports it.
    pub(crate) import: String,
    /// The functions that the program calls, separated by commas.
    pub(crate) calls: String,
    /// The functions as lines.
    pub(crate) examples: Vec<Vec<String>>,
}

/// A program that makes one call.
#[derive(Template)]
#[template(path = "call.go.txt", escape = "none")]
pub(crate) struct OneCall<'a> {
    /// What it imports of the standard library, sorted.
    pub(crate) standard: BTreeSet<&'static str>,
    /// The package as the program imports it.
    pub(crate) import: String,
    pub(crate) runtime: &'a str,
    /// The runtime's package for WebSockets, where it is needed.
    pub(crate) websocket: Option<String>,
    /// The function `run`.
    pub(crate) lines: Vec<String>,
}

/// `doc.go`
#[derive(Template)]
#[template(path = "doc.go.txt", escape = "none")]
pub(crate) struct Doc<'a> {
    pub(crate) package: &'a str,
    pub(crate) runtime: &'a str,
    pub(crate) doc: Comment,
    /// What the constant is for that names the version of the runtime's surface.
    pub(crate) version_doc: Comment,
}

/// `types.go`
#[derive(Template)]
#[template(path = "types.go.txt", escape = "none")]
pub(crate) struct TypesFile<'a> {
    pub(crate) package: &'a str,
    pub(crate) imports: Imports,
    pub(crate) types: Vec<Type>,
}

/// A type with what belongs to it.
pub(crate) enum Type {
    /// `type Shelf = []Book`
    Alias {
        doc: Comment,
        name: String,
        go: String,
    },
    /// `type Isbn string`
    Defined {
        doc: Comment,
        name: String,
        go: String,
        /// Whether printing it shows nothing.
        sensitive: bool,
        /// What its text is, where that is not how Go prints it: `string(v)`.
        text: Option<String>,
        /// What the method Error returns, for a type that is an error.
        error: Option<String>,
        /// Functions that belong to it, as lines.
        functions: Vec<Vec<String>>,
    },
    Struct(Struct),
    /// `type Currency uint32` with a constant for each variant.
    UnitEnum {
        doc: Comment,
        name: String,
        /// The lines of the constants.
        constants: Lines,
        /// Whether its values are errors.
        is_error: bool,
        /// Whether a value may be the number of a variant that is not known.
        is_open: bool,
        /// Each constant with the variant's name as a literal.
        variants: Vec<(String, String)>,
    },
    /// An interface with a struct for each variant.
    Sum {
        doc: Comment,
        name: String,
        /// The method that only the variants have.
        marker: String,
        /// Whether its variants are errors.
        is_error: bool,
        variants: Vec<Struct>,
    },
}

/// A struct.
pub(crate) struct Struct {
    pub(crate) doc: Comment,
    pub(crate) name: String,
    pub(crate) fields: Lines,
    /// How it is printed, when a field is sensitive.
    pub(crate) redacted: Option<Redacted>,
    /// What the method String returns, for a variant.
    pub(crate) text: Option<Text>,
    /// Whether its values are errors.
    pub(crate) is_error: bool,
}

/// What the method String of a variant returns.
pub(crate) enum Text {
    /// The variant's name.
    Name,
    /// The name and the fields.
    Fields,
}

/// How many bytes the head of a function may have whose braces are on its line. gofmt breaks a longer one, even when nothing
/// is between its braces. Its limit is 100 with the space before the brace, and it counts bytes, not characters.
const LONGEST_HEAD: usize = 99;

impl Struct {
    /// The body of the method Error. Its text must not come from the value itself, which would be printed by Error.
    fn error(&self) -> String {
        let name = &self.name;
        match (&self.text, &self.redacted) {
            (Some(_), _) => "return v.String()".into(),
            (None, Some(_)) => format!("return fmt.Sprintf(\"{name}%+v\", v)"),
            (None, None) => format!("type fields {name}\n\treturn fmt.Sprintf(\"{name}%+v\", fields(v))"),
        }
    }

    /// What is printed before the fields where some are left out: the name of a variant, as a literal.
    fn prefix(&self) -> String {
        match self.text {
            Some(_) => format!("\"{}\"+", self.name),
            None => String::new(),
        }
    }

    /// The method that makes it a variant.
    fn marked(&self, marker: &str) -> String {
        let head = format!("func ({}) {marker}()", self.name);
        let body = match head.len() > LONGEST_HEAD {
            true => "{\n}",
            false => "{}",
        };
        format!("{head} {body}")
    }
}

/// The struct that is printed instead of one with sensitive fields.
pub(crate) struct Redacted {
    pub(crate) fields: Lines,
    /// The values of its fields.
    pub(crate) values: String,
}

/// A comment: its lines with their `//`.
#[derive(Clone, Default)]
pub(crate) struct Comment(pub(crate) Vec<String>);

impl Comment {
    /// The comment before a line that is indented by so many tabs.
    fn above(&self, tabs: usize) -> String {
        let tabs = "\t".repeat(tabs);
        self.0.iter().map(|line| format!("{tabs}{line}\n")).collect()
    }
}

impl fmt::Display for Comment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.above(0))
    }
}

/// A line of a declaration, its columns aligned as gofmt aligns them, and the comment above it.
pub(crate) struct Line {
    pub(crate) doc: Comment,
    /// The line, or its lines when it is too wide for one.
    pub(crate) text: Vec<String>,
}

/// The lines of a declaration.
pub(crate) struct Lines(pub(crate) Vec<Line>);

impl Lines {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lines, indented by so many tabs.
    fn at(&self, tabs: usize) -> String {
        let indent = "\t".repeat(tabs);
        let line = |line: &Line| format!("{}{indent}{}\n", line.doc.above(tabs), joined(&line.text, tabs));
        self.0.iter().map(line).collect()
    }
}

/// What a file imports: the standard library, then the runtime and packages of users.
#[derive(Default)]
pub(crate) struct Imports {
    pub(crate) standard: Vec<&'static str>,
    pub(crate) runtime: Option<String>,
    /// Paths of packages with the names that they have here, sorted.
    pub(crate) foreign: Vec<(String, String)>,
}

impl fmt::Display for Imports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let standard: Vec<String> = self.standard.iter().map(|path| format!("\"{path}\"")).collect();
        let foreign = self
            .foreign
            .iter()
            .map(|(path, name)| (path, format!("{name} \"{path}\"")));
        let runtime = self.runtime.iter().map(|path| (path, format!("\"{path}\"")));
        // gofmt sorts by path.
        let others: BTreeMap<&String, String> = foreign.chain(runtime).collect();
        let others: Vec<String> = others.into_values().collect();
        match [standard, others].concat().as_slice() {
            [] => Ok(()),
            [one] => writeln!(f, "\nimport {one}"),
            all => {
                f.write_str("\nimport (\n")?;
                for (at, import) in all.iter().enumerate() {
                    let gap = if at > 0 && at == self.standard.len() { "\n" } else { "" };
                    writeln!(f, "{gap}\t{import}")?;
                }
                f.write_str(")\n")
            }
        }
    }
}

/// `codec.go`
#[derive(Template)]
#[template(path = "codec.go.txt", escape = "none")]
pub(crate) struct CodecFile<'a> {
    pub(crate) package: &'a str,
    pub(crate) runtime: &'a str,
    pub(crate) functions: Vec<Vec<String>>,
}

/// `<service>_client.go`
#[derive(Template)]
#[template(path = "client.go.txt", escape = "none")]
pub(crate) struct ClientFile<'a> {
    pub(crate) package: &'a str,
    pub(crate) imports: Imports,
    pub(crate) doc: &'a Comment,
    pub(crate) interface: &'a str,
    pub(crate) constructor: &'a str,
    pub(crate) constructor_doc: &'a Comment,
    pub(crate) implementation: &'a str,
    /// The lines that declare the variables which describe the methods.
    pub(crate) variables: &'a Lines,
    pub(crate) methods: &'a [Method],
}

/// `<service>_fake.go`
#[derive(Template)]
#[template(path = "fake.go.txt", escape = "none")]
pub(crate) struct FakeFile<'a> {
    pub(crate) package: &'a str,
    pub(crate) imports: Imports,
    pub(crate) doc: &'a Comment,
    pub(crate) name: &'a str,
    pub(crate) interface: &'a str,
    pub(crate) fields: &'a Lines,
    pub(crate) methods: &'a [Method],
}

/// `<service>_handler.go`
#[derive(Template)]
#[template(path = "handler.go.txt", escape = "none")]
pub(crate) struct HandlerFile<'a> {
    pub(crate) package: &'a str,
    pub(crate) imports: Imports,
    pub(crate) doc: &'a Comment,
    pub(crate) interface: &'a str,
    pub(crate) serve_doc: &'a Comment,
    pub(crate) serve: &'a str,
    /// The service's name as a literal.
    pub(crate) service: &'a str,
    pub(crate) unimplemented_doc: &'a Comment,
    pub(crate) unimplemented: &'a str,
    pub(crate) implementation: &'a str,
    pub(crate) methods: &'a [HandlerMethod],
}

/// A method of a handler.
pub(crate) struct HandlerMethod {
    pub(crate) doc: Comment,
    /// `Find`
    pub(crate) name: String,
    /// `ctx context.Context`, `isbn Isbn`
    pub(crate) parameters: Vec<String>,
    /// `(FindOutcome, error)`
    pub(crate) result: String,
    /// What describes the method to the runtime: `rapace.ServedMethod{Method: &catalogFind, Serve: s.Find}`.
    pub(crate) served: String,
    pub(crate) unserved_doc: Comment,
    /// What a handler returns that does not implement the method.
    pub(crate) unserved: String,
    /// The lines that serve the method.
    pub(crate) body: Vec<String>,
}

impl HandlerMethod {
    /// The method in an interface.
    fn declared(&self) -> String {
        declared(&self.name, &self.parameters, &self.result)
    }

    /// The head of the method of the handler that implements nothing.
    fn unserved_head(&self, receiver: &str) -> String {
        let before = format!("func ({receiver}) {}(", self.name);
        let after = format!(") {} {{", self.result);
        joined(&bracketed(&before, &self.parameters, &after, 0), 0)
    }
}

/// A method in an interface.
fn declared(name: &str, parameters: &[String], result: &str) -> String {
    let (before, after) = (format!("{name}("), format!(") {result}"));
    joined(&bracketed(&before, parameters, &after, 1), 1)
}

/// What a fake has of a method.
pub(crate) struct FakeMethod {
    pub(crate) doc: Comment,
    /// The field with the function that the method calls: `FindFunc`.
    pub(crate) field: String,
    /// What is returned where the field is nil.
    pub(crate) unset: Call,
    /// The call of the function in the field.
    pub(crate) call: Call,
}

/// A call whose result is returned.
pub(crate) struct Call {
    pub(crate) function: String,
    pub(crate) arguments: Vec<String>,
}

impl Call {
    /// The return statement, which is indented by so many tabs.
    fn returned(&self, tabs: usize) -> String {
        let lines = bracketed(&format!("return {}(", self.function), &self.arguments, ")", tabs);
        joined(&lines, tabs)
    }
}

/// A method of a client.
pub(crate) struct Method {
    pub(crate) doc: Comment,
    /// `Find`
    pub(crate) name: String,
    /// `ctx context.Context`, `isbn Isbn`
    pub(crate) parameters: Vec<String>,
    /// `(FindOutcome, error)`
    pub(crate) result: String,
    /// What calls the method up to its arguments: `return rapace.Call(ctx, c.client, &catalogFind, `.
    pub(crate) call: String,
    /// The statements that encode the arguments; none when they have no bytes.
    pub(crate) arguments: Vec<String>,
    /// The function that decodes the answer, `, nil` or `, decodeBook`; nothing where none is waited for.
    pub(crate) answer: String,
    /// The statement after the call, if there is one.
    pub(crate) end: Option<&'static str>,
    pub(crate) fake: FakeMethod,
}

impl Method {
    /// The method in an interface.
    fn declared(&self) -> String {
        declared(&self.name, &self.parameters, &self.result)
    }

    /// The head of the method of this type.
    fn head(&self, receiver: &str) -> String {
        let before = format!("func (c *{receiver}) {}(", self.name);
        let after = format!(") {} {{", self.result);
        joined(&bracketed(&before, &self.parameters, &after, 0), 0)
    }
}
