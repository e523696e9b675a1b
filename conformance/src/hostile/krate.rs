//! Writes a crate in which each name is a type, a field, a variant and a variant's field: six of them make a group, whose types
//! have all its names. All types of some groups are fields of one struct, which a service takes and answers; its program serves
//! these services on one address, and says which methods are called.
//!
//! Not every name is a method there: rapace's macro makes so much of each that rustc needs 5 GB for all of them.

use std::fmt::Write as _;

use rapace_schema::{Api, method_id};

use super::names::{Names, Place, ident};
use crate::build::Sources;

/// What the crate is called.
pub const NAME: &str = "hostile";
/// rapace's own version and features, which are compiled already.
const DEPENDENCIES: &str = "futures = { version = \"0.3\", default-features = false }\n\
     tokio = { version = \"1\", default-features = false, features = [\"io-util\", \"macros\", \"net\", \"rt\", \"sync\", \"time\"] }\n";

/// Types without hostile names, in full, because any name may be hidden by one of the list.
const PLAIN: &[&str] = &[
    "::core::primitive::u8",
    "::std::string::String",
    "::std::vec::Vec<::core::primitive::u8>",
    "::core::option::Option<::core::primitive::bool>",
    "::std::collections::BTreeMap<::std::string::String, ::core::primitive::i64>",
    "::std::collections::BTreeSet<::core::primitive::char>",
    "(::core::primitive::u16, ::core::primitive::f32)",
    "::std::vec::Vec<::std::string::String>",
    "[::core::primitive::u32; 2]",
    "::core::primitive::f64",
    "::core::primitive::u64",
    "::core::option::Option<::core::option::Option<::core::primitive::i8>>",
    "()",
];

/// Types that a name ends with: one of it is most likely to meet what generated code calls that writes or reads the type.
const ENDINGS: &[(&str, &str)] = &[
    ("u8", "::core::primitive::u8"),
    ("u16", "::core::primitive::u16"),
    ("u32", "::core::primitive::u32"),
    ("u64", "::core::primitive::u64"),
    ("u128", "::core::primitive::u128"),
    ("i8", "::core::primitive::i8"),
    ("i16", "::core::primitive::i16"),
    ("i32", "::core::primitive::i32"),
    ("i64", "::core::primitive::i64"),
    ("i128", "::core::primitive::i128"),
    ("f32", "::core::primitive::f32"),
    ("f64", "::core::primitive::f64"),
    ("bool", "::core::primitive::bool"),
    ("char", "::core::primitive::char"),
    ("str", "::std::string::String"),
    ("string", "::std::string::String"),
    ("bytes", "::std::vec::Vec<::core::primitive::u8>"),
    ("list", "::std::vec::Vec<::std::string::String>"),
    (
        "map",
        "::std::collections::BTreeMap<::std::string::String, ::core::primitive::i64>",
    ),
    ("set", "::std::collections::BTreeSet<::core::primitive::char>"),
    (
        "some",
        "::core::option::Option<::core::option::Option<::core::primitive::i8>>",
    ),
    ("array", "[::core::primitive::u32; 2]"),
    ("tuple", "(::core::primitive::u16, ::core::primitive::f32)"),
    ("unit", "()"),
];

/// An item in so many has a doc, a note of deprecation, or is sensitive.
const DOCUMENTED: usize = 4;
const DEPRECATED: usize = 2;
const SENSITIVE: usize = 9;
/// So many types are the fields of one struct.
const BUNDLED: usize = 24;
/// The struct of a group in so many is an item of a set.
const KEYS: usize = 4;

/// What a name is in its group, which goes round, so that names of one section become everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A struct with all names of the group as fields.
    Fields,
    /// An enum without data with all names as variants.
    Variants,
    /// An enum with data, all names as variants and fields of variants.
    Sum,
    Newtype,
    Tuple,
    /// A struct without fields.
    Empty,
}

const ROLES: [Role; 6] = [
    Role::Fields,
    Role::Variants,
    Role::Sum,
    Role::Newtype,
    Role::Tuple,
    Role::Empty,
];

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
        service_count: 0,
        bundle: Vec::new(),
    };
    for (number, group) in names.groups.iter().enumerate() {
        writer.group(number, group);
    }
    writer.service();
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
    service_count: usize,
    /// The types that are in no struct yet, with their names and the names' positions in their groups.
    bundle: Vec<(&'static str, usize, String)>,
}

impl Writer<'_> {
    fn group(&mut self, number: usize, group: &[&'static str]) {
        let role = |position: usize| ROLES[(position + number) % ROLES.len()];
        for (position, name) in group.iter().enumerate() {
            if self.names.can_be(Place::Type, name) {
                let mut ty = self.ty(number, group, name, role(position));
                if role(position) == Role::Fields && is_key(number) {
                    ty = format!("::std::collections::BTreeSet<{ty}>");
                }
                self.bundle.push((name, position, ty));
            }
        }
        if self.bundle.len() >= BUNDLED {
            self.service();
        }
    }

    /// Writes a type into a module of its own, and returns its path.
    fn ty(&mut self, number: usize, group: &[&'static str], name: &'static str, role: Role) -> String {
        let module = format!("t{}", self.count);
        let plain = |position: usize| plain(group[position], number + position);
        let attributes = self.attributes(4);
        let (more, keyword, body) = match role {
            Role::Fields if is_key(number) => {
                let ord = |position: usize| plain(position).replace("f32", "i32").replace("f64", "i64");
                (ORDERED, "struct", self.fields(group, Place::Field, "pub ", &ord))
            }
            Role::Fields => {
                let any = |position: usize| plain(position).to_owned();
                ("", "struct", self.fields(group, Place::Field, "pub ", &any))
            }
            Role::Variants | Role::Sum => ("    #[repr(u8)]\n", "enum", self.variants(number, group, role)),
            Role::Newtype => ("", "struct", format!("(pub {});", self::plain(name, number))),
            Role::Tuple => (
                "",
                "struct",
                format!("(pub {}, pub {});", plain(0), self::plain(name, number)),
            ),
            Role::Empty => ("", "struct", ";".into()),
        };
        let ident = ident(name);
        let _ = writeln!(
            self.types,
            "pub mod {module} {{\n{attributes}    #[derive(::facet::Facet)]\n{more}    pub {keyword} {ident}{body}\n}}"
        );
        format!("crate::types::{module}::{ident}")
    }

    /// `{ a: A, b: B }`, one for each name that can be a field.
    fn fields(&mut self, group: &[&'static str], place: Place, visible: &str, ty: &dyn Fn(usize) -> String) -> String {
        let mut body = String::from(" {\n");
        for (position, name) in group.iter().enumerate() {
            if self.names.can_be(place, name) {
                let attributes = self.attributes(8);
                let sensitive = match self.count % SENSITIVE {
                    0 => "        #[facet(sensitive)]\n",
                    _ => "",
                };
                let (rename, ident) = self.renamed(name, position, "field");
                let _ = writeln!(
                    body,
                    "{attributes}{sensitive}{rename}        {visible}{ident}: {},",
                    ty(position)
                );
            }
        }
        body + "    }"
    }

    fn variants(&mut self, number: usize, group: &[&'static str], role: Role) -> String {
        let plain = |position: usize| plain(group[position % group.len()], number + position).to_owned();
        let mut body = String::from(" {\n");
        for (position, name) in group.iter().enumerate() {
            if !self.names.can_be(Place::Variant, name) {
                continue;
            }
            let attributes = self.attributes(8);
            let (rename, ident) = self.renamed(name, position, "Variant");
            let fields = match (role, position) {
                (Role::Variants, _) => String::new(),
                (_, 0) => self.fields(group, Place::VariantField, "", &plain),
                (_, 1) => format!("({})", plain(2)),
                (_, 2) => String::new(),
                (_, 3) => format!("({}, {})", plain(3), plain(4)),
                (_, _) => self.fields(&[*name], Place::VariantField, "", &|_| plain(position)),
            };
            let _ = writeln!(body, "{attributes}{rename}        {ident}{fields},");
        }
        body + "    }"
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

    /// Writes a struct of the types that are in none, and the service of it.
    fn service(&mut self) {
        let (number, bundle) = (self.service_count, std::mem::take(&mut self.bundle));
        self.service_count += 1;
        let mut fields = String::new();
        for (name, position, ty) in &bundle {
            let attributes = self.attributes(8);
            let (rename, ident) = self.renamed(name, *position, "field");
            let _ = writeln!(fields, "{attributes}{rename}        pub {ident}: {ty},");
        }
        let bundled = format!("Bundle{number}");
        let _ = writeln!(
            self.types,
            "pub mod b{number} {{\n    #[derive(::facet::Facet)]\n    pub struct {bundled} {{\n{fields}    }}\n}}"
        );
        let ty = |krate: &str| format!("{krate}::types::b{number}::{bundled}");
        let name = |place: Place, skipped: usize| {
            let mut names = bundle.iter().map(|(name, _, _)| *name).cycle().skip(skipped);
            names
                .by_ref()
                .take(bundle.len())
                .find(|name| self.names.can_be(place, name))
        };
        let (Some(service), Some(method), Some(parameter)) = (
            name(Place::Service, number % BUNDLED),
            name(Place::Method, number % BUNDLED),
            name(Place::Parameter, number % BUNDLED),
        ) else {
            unreachable!("some name of many can be anything");
        };
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

/// The type of what has this name, one after another where its ending says none.
fn plain(name: &str, turn: usize) -> &'static str {
    let name = name.to_lowercase();
    let endings = ENDINGS.iter().filter(|(ending, _)| name.ends_with(ending));
    let longest = endings.max_by_key(|(ending, _)| ending.len());
    longest.map_or(PLAIN[turn % PLAIN.len()], |(_, ty)| ty)
}

/// Whether the struct of this group is an item of a set.
fn is_key(group: usize) -> bool {
    group.is_multiple_of(KEYS)
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

/// What items of sets can do. In full, because any name may be hidden.
const ORDERED: &str =
    "    #[derive(::core::cmp::PartialEq, ::core::cmp::Eq, ::core::cmp::PartialOrd, ::core::cmp::Ord)]\n";
const LIBRARY: &str = include_str!("library.rs.txt");
const PROGRAM: &str = include_str!("program.rs.txt");
