//! Writes a crate in which each name is a type, a field, a variant and a variant's field: some 40 of them make a group, with a
//! struct whose fields, an enum whose variants and a variant whose fields have all its names. A service takes and answers that
//! struct; the crate's program serves these services on one address, and says which methods are called.
//!
//! Not every name is a method there: rapace's macro makes so much of each that rustc needs 5 GB for all of them.

use std::fmt::Write as _;

use rapace_schema::{Api, method_id};

use super::names::{Names, Place, ident};
use super::plain::{has_ending, plain};
use crate::build::Sources;

/// What the crate is called.
pub const NAME: &str = "hostile";
/// rapace's own version and features, which are compiled already.
const DEPENDENCIES: &str = "futures = { version = \"0.3\", default-features = false }\n\
     tokio = { version = \"1\", default-features = false, features = [\"io-util\", \"macros\", \"net\", \"rt\", \"sync\", \"time\"] }\n";

/// An item in so many has a doc, a service's method a note of deprecation, and a field is sensitive.
const DOCUMENTED: usize = 13;
const DEPRECATED: usize = 2;
const SENSITIVE: usize = 9;
/// An enum with data has so many variants.
const VARIANTS: usize = 8;
/// The structs of a group in so many are items of sets.
const KEYS: usize = 4;

/// What type a name is in its group: the first two of these once, the others in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// An enum without data with all names of the group as variants.
    Variants,
    /// An enum with data: a variant has all names of the group as fields.
    Sum,
    Newtype,
    /// A struct with a field of its own name.
    Record,
    /// A struct without fields.
    Empty,
    Tuple,
}

const SMALL: [Role; 6] = [
    Role::Newtype,
    Role::Record,
    Role::Newtype,
    Role::Empty,
    Role::Newtype,
    Role::Tuple,
];

/// A group, with what is made of it.
struct Group<'a> {
    number: usize,
    names: &'a [&'static str],
    /// What type each name is, if it can be one.
    roles: Vec<Option<Role>>,
}

impl<'a> Group<'a> {
    fn new(names: &Names, number: usize, group: &'a [&'static str]) -> Self {
        let can_be_type = |name: &&&str| names.can_be(Place::Type, name);
        let count = group.iter().filter(can_be_type).count();
        // It begins elsewhere in each group, so that names of one section become everything.
        let mut roles = (0..count).map(|turn| match (turn + number) % count {
            0 => Role::Variants,
            1 => Role::Sum,
            turn => SMALL[turn % SMALL.len()],
        });
        Self {
            number,
            names: group,
            roles: group
                .iter()
                .map(|name| can_be_type(&name).then(|| roles.next()).flatten())
                .collect(),
        }
    }

    /// A type without hostile names.
    fn plain(&self, position: usize) -> &'static str {
        let position = position % self.names.len();
        plain(self.names[position], self.number + position)
    }

    /// Whether structs of the group are items of sets.
    fn has_keys(&self) -> bool {
        self.number.is_multiple_of(KEYS)
    }

    /// The module of the type that has this name.
    fn module(&self, position: usize) -> String {
        format!("t{}_{position}", self.number)
    }

    /// The type of a field of this name: of the two there are, one has its namesake, and the other a plain type. That is the one in
    /// the struct where the name is like that of a type, for builtins to be hidden there.
    fn field(&self, position: usize, place: Place) -> String {
        let (name, Some(role)) = (self.names[position], self.roles[position]) else {
            return self.plain(position).to_owned();
        };
        let is_small = !matches!(role, Role::Variants | Role::Sum);
        let is_in_variant = is_small && (has_ending(name) || position % 2 == 1);
        if is_in_variant != (place == Place::VariantField) {
            return self.plain(position).to_owned();
        }
        let path = format!("crate::types::{}::{}", self.module(position), ident(name));
        match role {
            Role::Record if self.has_keys() => format!("::std::collections::BTreeSet<{path}>"),
            _ => path,
        }
    }
}

/// A written crate.
pub struct Written {
    library: String,
    program: String,
}

impl Written {
    /// The crate as it is compiled; with what is added to its description.
    pub fn sources<'a>(&'a self, extend: &'a dyn Fn(&mut Api)) -> Sources<'a> {
        Sources {
            extend,
            name: NAME,
            dependencies: DEPENDENCIES,
            library: &self.library,
            program: &self.program,
        }
    }
}

/// Writes the crate.
pub fn write(names: &Names) -> Written {
    let mut writer = Writer {
        names,
        count: 0,
        types: String::new(),
        services: String::new(),
        echo: String::new(),
        arms: String::new(),
    };
    for (number, group) in names.groups.iter().enumerate() {
        let group = Group::new(names, number, group);
        writer.types(&group);
        writer.service(&group);
    }
    writer.finish()
}

struct Writer<'a> {
    names: &'a Names,
    /// How many items there are so far.
    count: usize,
    types: String,
    services: String,
    /// The services' implementations.
    echo: String,
    /// What becomes of a request, by its method.
    arms: String,
}

impl Writer<'_> {
    /// Writes the types of a group, each into another module, and the struct that has all its names as fields.
    fn types(&mut self, group: &Group<'_>) {
        for (position, name) in group.names.iter().enumerate() {
            let Some(role) = group.roles[position] else {
                continue;
            };
            let attributes = self.attributes(4);
            let plain = group.plain(position);
            let (more, keyword, body) = match role {
                Role::Variants => (NUMBERED, "enum", self.variants(group)),
                Role::Sum => (NUMBERED, "enum", self.sum(group)),
                Role::Newtype => ("", "struct", format!("(pub {plain});")),
                Role::Record if group.has_keys() => {
                    let ordered = plain.replace("f32", "i32").replace("f64", "i64");
                    let field = self.field(name, position, &ordered, "pub ");
                    (ORDERED, "struct", format!(" {{\n{field}    }}"))
                }
                Role::Record => {
                    let field = self.field(name, position, plain, "pub ");
                    ("", "struct", format!(" {{\n{field}    }}"))
                }
                Role::Empty => ("", "struct", ";".into()),
                Role::Tuple => (
                    "",
                    "struct",
                    format!("(pub {}, pub {plain});", group.plain(position + 1)),
                ),
            };
            let _ = writeln!(
                self.types,
                "pub mod {} {{\n{attributes}    #[derive(::facet::Facet)]\n{more}    pub {keyword} {}{body}\n}}",
                group.module(position),
                ident(name)
            );
        }
        let fields = self.fields(group, Place::Field, "pub ");
        let _ = writeln!(
            self.types,
            "pub mod b{0} {{\n    #[derive(::facet::Facet)]\n    pub struct Bundle{0}{fields}\n}}",
            group.number
        );
    }

    /// `{ a: A, b: B }`, with all names of the group.
    fn fields(&mut self, group: &Group<'_>, place: Place, visible: &str) -> String {
        let mut body = String::from(" {\n");
        for (position, name) in group.names.iter().enumerate() {
            body += &self.field(name, position, &group.field(position, place), visible);
        }
        body + "    }"
    }

    fn field(&mut self, name: &str, position: usize, ty: &str, visible: &str) -> String {
        let attributes = self.attributes(8);
        let sensitive = match self.count % SENSITIVE {
            0 => "        #[facet(sensitive)]\n",
            _ => "",
        };
        let (rename, ident) = self.renamed(name, position, "field");
        format!("{attributes}{sensitive}{rename}        {visible}{ident}: {ty},\n")
    }

    fn variants(&mut self, group: &Group<'_>) -> String {
        let mut body = String::from(" {\n");
        for (position, name) in group.names.iter().enumerate() {
            body += &self.variant(name, position, "");
        }
        body + "    }"
    }

    /// Variants with all fields, with one, with none, with two, and with one of the variant's own name.
    fn sum(&mut self, group: &Group<'_>) -> String {
        let mut body = String::from(" {\n");
        let count = VARIANTS.min(group.names.len());
        let apart = group.names.len() / count;
        for turn in 0..count {
            let position = (group.number + turn * apart) % group.names.len();
            let (name, plain) = (group.names[position], group.plain(position));
            let fields = match turn {
                0 => self.fields(group, Place::VariantField, ""),
                1 => format!("({plain})"),
                2 => String::new(),
                3 => format!("({plain}, {})", group.plain(position + 1)),
                _ => format!(" {{\n{}    }}", self.field(name, position, plain, "")),
            };
            body += &self.variant(name, position, &fields);
        }
        body + "    }"
    }

    fn variant(&mut self, name: &str, position: usize, fields: &str) -> String {
        let attributes = self.attributes(8);
        let (rename, ident) = self.renamed(name, position, "Variant");
        format!("{attributes}{rename}        {ident}{fields},\n")
    }

    /// The attribute that gives the name where Rust itself cannot, and the identifier.
    fn renamed(&self, name: &str, position: usize, otherwise: &str) -> (String, String) {
        match self.names.is_identifier(name) {
            true => (String::new(), ident(name)),
            false => (
                format!("        #[facet(rename = {name:?})]\n"),
                format!("{otherwise}{position}"),
            ),
        }
    }

    /// Writes the service that takes and answers the struct of a group.
    fn service(&mut self, group: &Group<'_>) {
        let number = group.number;
        let name = |place: Place| {
            let mut names = group.names.iter().cycle().skip(number).take(group.names.len());
            names.find(|name| self.names.can_be(place, name)).copied()
        };
        let (Some(service), Some(method), Some(parameter)) =
            (name(Place::Service), name(Place::Method), name(Place::Parameter))
        else {
            unreachable!("some name of many can be anything");
        };
        let ty = |krate: &str| format!("{krate}::types::b{number}::Bundle{number}");
        let (trait_name, method_name) = (ident(service), ident(method));
        let mut attributes = self.attributes(8);
        if number.is_multiple_of(DEPRECATED) {
            let note = &self.names.docs[number / DEPRECATED % self.names.docs.len()];
            let _ = writeln!(attributes, "        #[deprecated(note = {})]", literal(note));
        }
        let signature =
            |krate: &str, parameter: &str| format!("async fn {method_name}(&self, {parameter}: {0}) -> {0}", ty(krate));
        let doc = self.attributes(4);
        let _ = writeln!(
            self.services,
            "pub mod s{number} {{\n{doc}    #[::rapace::service]\n    pub trait {trait_name} {{\n{attributes}        {};\n    }}\n}}",
            signature("crate", &ident(parameter))
        );
        let path = format!("{NAME}::services::s{number}");
        let _ = writeln!(
            self.echo,
            "impl {path}::{trait_name} for Echo {{\n    {} {{\n        said({:?});\n        value\n    }}\n}}",
            signature(NAME, "value"),
            format!("{service}.{method}")
        );
        let _ = writeln!(
            self.arms,
            "        {} => {path}::{service}Server::new(Echo).dispatch_streaming(method, channel, payload, transport).await,",
            method_id(&format!("{trait_name}.{method_name}"))
        );
    }

    /// A doc for every so many items.
    fn attributes(&mut self, indent: usize) -> String {
        self.count += 1;
        let (turn, rest) = (self.count / DOCUMENTED, self.count % DOCUMENTED);
        match rest {
            0 => {
                let doc = &self.names.docs[turn % self.names.docs.len()];
                format!("{}#[doc = {}]\n", " ".repeat(indent), literal(doc))
            }
            _ => String::new(),
        }
    }

    fn finish(self) -> Written {
        let library = LIBRARY
            .replace("    // TYPES\n", &self.types)
            .replace("    // SERVICES\n", &self.services);
        let program = PROGRAM
            .replace("// IMPLEMENTATIONS\n", &self.echo)
            .replace("        // METHODS\n", &self.arms);
        Written { library, program }
    }
}

/// A string literal, without characters that rustc refuses to see.
fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => literal.extend(['\\', character]),
            '\n' => literal.push_str("\\n"),
            ' '..='~' => literal.push(character),
            other => literal.extend(other.escape_unicode()),
        }
    }
    literal + "\""
}

/// An enum whose variants are numbers on the wire.
const NUMBERED: &str = "    #[repr(u8)]\n";
/// What items of sets can do. In full, because any name may be hidden.
const ORDERED: &str =
    "    #[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::cmp::PartialOrd, ::core::cmp::Ord)]\n";
const LIBRARY: &str = include_str!("library.rs.txt");
const PROGRAM: &str = include_str!("program.rs.txt");
