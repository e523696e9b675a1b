//! The model of `api.json`, version 1: plain data, every field with its meaning.
//!
//! Within a major version fields are only added, and added ones are optional: readers skip what they do not know.
//! Version 1.1 added the scalars `usize` and `isize`, which a reader of 1.0 refuses by name, and what [`Package`], [`Alias`],
//! [`Field::default_value`], [`TypeDef::result`], [`TypeDef::known`], [`TypeDef::foreign`], [`TypeDef::hashable`],
//! [`TypeDef::open`] and [`Digest::shape`] say.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of [`Api::schema`]: names the JSON Schema that describes the file.
pub const SCHEMA_URN: &str = "urn:rapace:api:1";
/// The version that this crate writes, as `major.minor`.
pub const IR_VERSION: &str = "1.1";
/// The major version that this crate reads.
pub const IR_MAJOR: u32 = 1;

/// Everything that a generator needs to know of one or several services.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Api {
    /// Names the JSON Schema of this file: `urn:rapace:api:1`.
    #[serde(rename = "$schema")]
    pub schema: String,
    /// Version of this format, `major.minor`. A reader refuses another major and accepts any minor.
    pub ir_version: String,
    /// The program that wrote the file.
    pub producer: Producer,
    /// The protocol that the services speak.
    pub protocol: Protocol,
    /// Name of the API: the Rust crate's own. Generators derive the name of their package from it.
    pub name: String,
    /// What the manifest of the crate says of it, for packages that are made of the API.
    #[serde(default, skip_serializing_if = "Package::is_empty")]
    pub package: Package,
    /// Digests over all services and types.
    #[serde(default)]
    pub digest: Digest,
    /// The services, sorted by name.
    pub services: Vec<Service>,
    /// Every named type that the services reach, sorted by name.
    pub types: Vec<TypeDef>,
    /// The aliases that signatures and fields use, sorted by name. Their names and those of types are one set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Alias>,
}

/// What a manifest says of a package, in the words of Cargo.toml. What it does not say is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Package {
    /// The version, as `1.4.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// An SPDX expression: `MIT OR Apache-2.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The authors, each `Name <address>` or `Name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<String>,
    /// Address of the source repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// Address of the home page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// Words to be found by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
}

impl Package {
    /// True when nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A type alias of Rust (`type Shelf = Vec<Book>`): another name for a type that has no definition in [`Api::types`]. No effect on
/// the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alias {
    /// The alias's name, unique among aliases and types.
    pub name: String,
    /// Documentation, Markdown, lines separated by `\n`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// The type that it names. It contains no other alias.
    #[serde(rename = "type")]
    pub ty: TypeRef,
}

/// The program that wrote an `api.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Producer {
    /// Name of the program.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What the services speak: frames of this RPC protocol around payloads of this encoding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Protocol {
    /// The RPC protocol: `rapace`.
    pub rpc: String,
    /// Version of the RPC protocol: `0.5`.
    pub version: String,
    /// Encoding of payloads: `postcard`.
    pub encoding: String,
}

impl Default for Protocol {
    fn default() -> Self {
        Self {
            rpc: "rapace".into(),
            version: "0.5".into(),
            encoding: "postcard".into(),
        }
    }
}

/// Three digests of one thing, 32 hexadecimal digits each. Docs take part in none, nor does whether a method is idempotent:
/// no byte and no name depends on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Digest {
    /// Changes when the bytes on the wire change: shapes, order, method ids. Names of types, fields and variants do
    /// not take part.
    pub wire: String,
    /// Changes when the wire digest does, or a name of a field, variant or argument: fields of equal bytes that change places
    /// are another shape. Names of types do not take part. Empty in files of version 1.0.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shape: String,
    /// Changes when the wire digest does, or a name that users of generated code see.
    pub api: String,
}

/// A service: a Rust trait under `#[rapace::service]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// The trait's name, without `r#`.
    pub name: String,
    /// The Rust module that holds the trait, `crate::module`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// Documentation, Markdown, lines separated by `\n`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// Present when the service is deprecated; the note may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// The methods in the order of the trait where it is known, otherwise sorted by name.
    pub methods: Vec<Method>,
}

/// A method of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Method {
    /// The method's name, without `r#`.
    pub name: String,
    /// What is hashed into the id: `Trait.method`, raw identifiers with their `r#`.
    pub wire_name: String,
    /// The number that request frames carry: [`method_id`](crate::method_id) of the wire name.
    pub id: u32,
    /// Documentation, Markdown, lines separated by `\n`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// Present when the method is deprecated; the note may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// How the method answers.
    pub kind: MethodKind,
    /// True when the effect of calling twice is that of calling once: a client that reconnects may send such a call again.
    /// Never of a stream.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idempotent: bool,
    /// The arguments in order. The request's payload is their values one after another.
    pub arguments: Vec<Argument>,
    /// The answer's type; for a stream, the type of each item.
    pub response: TypeRef,
    /// The [`Alias`] by which the signature calls the answer's type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_alias: Option<String>,
    /// Digests of the method with all types that it reaches.
    #[serde(default)]
    pub digest: Digest,
}

/// How a method answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MethodKind {
    /// One answer.
    #[default]
    Unary,
    /// A stream of items, then its end or an error.
    ServerStreaming,
}

/// An argument of a method.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Argument {
    /// The argument's name, without `r#`.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: TypeRef,
    /// The [`Alias`] by which the signature calls the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
}

/// A type as it is used somewhere: a scalar, a container, or the name of a [`TypeDef`].
///
/// In JSON a scalar is a string (`"u32"`), everything else an object with one key (`{"list": "u32"}`).
/// The bytes are those of facet-postcard 0.32.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TypeRef {
    /// `()`: no bytes.
    #[default]
    Unit,
    /// One byte, 0 or 1.
    Bool,
    /// One raw byte.
    U8,
    /// Varint.
    U16,
    /// Varint.
    U32,
    /// Varint.
    U64,
    /// The bytes of `u64`: a count or a position, which no program lets grow beyond 2^53.
    Usize,
    /// Varint of up to 19 bytes.
    U128,
    /// One raw byte, two's complement.
    I8,
    /// Zigzag, then varint.
    I16,
    /// Zigzag, then varint.
    I32,
    /// Zigzag, then varint.
    I64,
    /// The bytes of `i64`: a difference of counts.
    Isize,
    /// Zigzag, then varint of up to 19 bytes.
    I128,
    /// Four bytes, little-endian IEEE 754.
    F32,
    /// Eight bytes, little-endian IEEE 754.
    F64,
    /// One character as a string: varint byte length, UTF-8.
    Char,
    /// Varint byte length, UTF-8.
    String,
    /// `Vec<u8>`: varint length, raw bytes.
    Bytes,
    /// A byte 0, or 1 and the value.
    Option(Box<TypeRef>),
    /// Varint count, items.
    List(Box<TypeRef>),
    /// Varint count, items. Items are unique; their order means nothing.
    Set(Box<TypeRef>),
    /// `[T; len]`: the items, no count.
    Array {
        /// Type of the items.
        item: Box<TypeRef>,
        /// How many items.
        len: u64,
    },
    /// Varint count, key and value in turn. Keys are unique; their order means nothing.
    Map {
        /// Type of the keys.
        key: Box<TypeRef>,
        /// Type of the values.
        value: Box<TypeRef>,
    },
    /// The values one after another; two at least.
    Tuple(Vec<TypeRef>),
    /// The [`TypeDef`] of that name.
    Named(String),
}

impl TypeRef {
    /// The types directly inside this one, in order.
    pub fn children(&self) -> Vec<&TypeRef> {
        match self {
            TypeRef::Option(item) | TypeRef::List(item) | TypeRef::Set(item) => vec![item],
            TypeRef::Array { item, .. } => vec![item],
            TypeRef::Map { key, value } => vec![key, value],
            TypeRef::Tuple(items) => items.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// Calls `visit` with the name of each named type in this one, in order.
    pub fn for_each_name<'a>(&'a self, visit: &mut impl FnMut(&'a str)) {
        if let TypeRef::Named(name) = self {
            visit(name);
        }
        for child in self.children() {
            child.for_each_name(visit);
        }
    }
}

/// A named type: a Rust struct or enum, generic ones once per instantiation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TypeDef {
    /// Unique name in this file: Rust's own identifier, an instantiation with its arguments (`PageOfBook`).
    pub name: String,
    /// The type as Rust writes it: `Page<Book>`.
    pub rust: String,
    /// The type with all modules, where they are known: `bookshop::catalog::Page<bookshop::catalog::Book>`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Where the type comes from, when it is an instantiation of a generic one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generic: Option<Generic>,
    /// Documentation, Markdown, lines separated by `\n`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// Present when the type is deprecated; the note may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// Digests of the type with all types that it reaches.
    #[serde(default)]
    pub digest: Digest,
    /// Present when this enum is the outcome of a call: users of the languages get the value or an error of their language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultVariants>,
    /// Present when this newtype has a type of its own in the languages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
    /// What users of a language get in the place of this type, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub foreign: BTreeMap<String, Foreign>,
    /// True when Rust implements `Eq` and `Hash` for the type.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hashable: bool,
    /// True when this is an enum whose variants have no fields, and readers in the languages keep the index of a variant that they do
    /// not know. The value is then the number. Readers in Rust refuse it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// What the type is.
    #[serde(flatten)]
    pub kind: TypeKind,
}

impl TypeDef {
    /// True for an enum whose variants have no fields: only such an enum may be [open](Self::open).
    pub fn is_unit_enum(&self) -> bool {
        let empty = |variant: &Variant| variant.fields.fields.is_empty();
        matches!(&self.kind, TypeKind::Enum { variants } if variants.iter().all(empty))
    }

    /// The types of all fields of the type, of all its variants, in order.
    pub fn field_types(&self) -> impl Iterator<Item = &TypeRef> {
        let fields: Vec<&Fields> = match &self.kind {
            TypeKind::Struct(fields) => vec![fields],
            TypeKind::Enum { variants } => variants.iter().map(|variant| &variant.fields).collect(),
        };
        fields
            .into_iter()
            .flat_map(|fields| fields.fields.iter().map(|field| &field.ty))
    }
}

/// Which of an enum's two variants is the success, and which the failure. Each has no field or one unnamed field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResultVariants {
    /// Name of the variant of success: `Ok`.
    pub ok: String,
    /// Name of the variant of failure: `Err`.
    pub err: String,
}

/// What a newtype means, so that the languages can show their usual type for it. No effect on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// An integer: seconds since 1970-01-01T00:00:00Z, without leap seconds.
    TimestampS,
    /// An integer: milliseconds since then.
    TimestampMs,
    /// An integer: microseconds since then.
    TimestampUs,
    /// An integer: nanoseconds since then.
    TimestampNs,
    /// An integer: seconds.
    DurationS,
    /// An integer: milliseconds.
    DurationMs,
    /// An integer: microseconds.
    DurationUs,
    /// An integer: nanoseconds.
    DurationNs,
    /// `[u8; 16]` or a `u128`, most significant byte first; or a `String` in the form of RFC 9562.
    Uuid,
    /// A `String`: digits with an optional sign, point and exponent.
    Decimal,
    /// A `String`: an absolute URL.
    Url,
    /// Any type: a distinct type in the languages, which does not mix with others of equal form.
    Brand,
}

/// A user's type of one language, and the functions between it and what the generator would show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Foreign {
    /// The module or package that has all three, as the language imports it: `acme.money`, `github.com/acme/money`,
    /// `@acme/money`.
    pub import: String,
    /// Name of the type in it: `Money`.
    #[serde(rename = "type")]
    pub ty: String,
    /// Name of the function that takes the generator's type, or in Go its fields, and returns the user's, or fails.
    pub from: String,
    /// Name of the function that takes the user's type and returns the generator's, or in Go its fields, or fails.
    pub to: String,
}

/// The generic type that a [`TypeDef`] instantiates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Generic {
    /// The generic type's name: `Page`.
    pub name: String,
    /// Its arguments in order.
    pub arguments: Vec<TypeRef>,
}

/// What a [`TypeDef`] is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TypeKind {
    /// The fields one after another.
    Struct(Fields),
    /// Varint index of the variant, then its fields one after another.
    Enum {
        /// The variants; the position is the index. One at least.
        variants: Vec<Variant>,
    },
}

impl Default for TypeKind {
    /// A struct without fields.
    fn default() -> Self {
        Self::Struct(Fields::default())
    }
}

/// Fields of a struct or of a variant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fields {
    /// How Rust writes them.
    pub style: Style,
    /// The fields in order of the wire.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

impl Fields {
    /// The type inside a newtype, that is, a tuple struct or variant with one field.
    pub fn newtype(&self) -> Option<&TypeRef> {
        match (self.style, self.fields.as_slice()) {
            (Style::Tuple, [field]) => Some(&field.ty),
            _ => None,
        }
    }
}

/// How Rust writes the fields of a struct or variant. No effect on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// `Sold`
    #[default]
    Unit,
    /// `InStock(u32)`: fields are named `0`, `1`, …
    Tuple,
    /// `Preorder { ships_in_days: u16 }`
    Struct,
}

/// A field of a struct or of a variant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Field {
    /// The field's name without `r#`; `0`, `1`, … in a tuple.
    pub name: String,
    /// The name in Rust, where a `rename` makes it another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rust_name: Option<String>,
    /// The name that a `rename` gives it in JSON, where `name` cannot be that: it is no identifier (`first-name`, `@type`), or
    /// another has it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json_name: Option<String>,
    /// Documentation, Markdown, lines separated by `\n`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// Present when the field is deprecated; the note may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// True when Rust has a default for the field. No effect on the wire, where every field is there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// The value of the default in the form of JSON that this crate gives to values, where the exporter could evaluate it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<serde_json::Value>,
    /// True when the value must not be printed or logged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// The field's type.
    #[serde(rename = "type")]
    pub ty: TypeRef,
    /// The [`Alias`] by which Rust calls the type here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
}

/// A variant of an enum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Variant {
    /// The variant's name, without `r#`.
    pub name: String,
    /// The name in Rust, where a `rename` makes it another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rust_name: Option<String>,
    /// The name that a `rename` gives it in JSON, where `name` cannot be that: it is no identifier (`first-name`, `@type`), or
    /// another has it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json_name: Option<String>,
    /// The number on the wire: the position among the variants, whatever the Rust discriminant.
    pub index: u32,
    /// Documentation, Markdown, lines separated by `\n`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// Present when the variant is deprecated; the note may be empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// The variant's fields.
    #[serde(flatten)]
    pub fields: Fields,
}
