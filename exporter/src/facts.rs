//! What reflection says of services and types, as plain data that can leave the program in which the types live.
//!
//! This file and `shape.rs` are compiled twice: here, and in the small program that `driver.rs` builds against the
//! user's crate. That program depends on nothing but the user's crate and its rapace, so it prints its facts in the
//! form of `Debug`, which is read here as RON.

/// Everything that reflection says.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(not(feature = "rapace-driver"), derive(serde::Deserialize))]
pub struct Facts {
    /// What the program was built for, as `driver` wrote it into the program. Empty outside the driver's program.
    pub of: String,
    /// The files that hold the code of the symbols: the program first, then the libraries that it loads.
    pub files: Vec<String>,
    /// The services, in the order in which they were registered.
    pub services: Vec<ServiceFacts>,
    /// Every shape that they reach. An index into this list means a shape.
    pub shapes: Vec<ShapeFacts>,
}

/// A service as its registry entry describes it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(not(feature = "rapace-driver"), derive(serde::Deserialize))]
pub struct ServiceFacts {
    /// The place of its registering function in the list that the program was given.
    pub register: usize,
    /// Where the registering function lies. Its symbol names the module that defines the service.
    pub symbol: Symbol,
    /// The trait's name.
    pub name: String,
    /// The doc text, escaped as rapace's macro leaves it.
    pub doc: String,
    /// The methods, sorted by name.
    pub methods: Vec<MethodFacts>,
}

/// A method as its registry entry describes it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(not(feature = "rapace-driver"), derive(serde::Deserialize))]
pub struct MethodFacts {
    /// The method's name, a raw identifier with its `r#`.
    pub name: String,
    /// `Trait.method`.
    pub full_name: String,
    /// The id on the wire.
    pub id: u32,
    /// The doc text, escaped as rapace's macro leaves it.
    pub doc: String,
    /// The arguments' names, in order.
    pub arguments: Vec<String>,
    /// Shape of the request: `()` for no argument, the argument's own for one, a tuple for several.
    pub request: usize,
    /// Shape of the answer, or of a stream's item.
    pub response: usize,
    /// True when the answer is a stream.
    pub streaming: bool,
}

/// A type as its `facet::Shape` describes it.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(not(feature = "rapace-driver"), derive(serde::Deserialize))]
pub struct ShapeFacts {
    /// The name without generic arguments: `Page`.
    pub name: String,
    /// The name with generic arguments, as Rust writes it: `Page<Book>`.
    pub display: String,
    /// The generic arguments.
    pub parameters: Vec<usize>,
    /// The doc lines, each with its leading space.
    pub doc: Vec<String>,
    /// Where the function lies that makes the type's id. Its symbol names the type with its modules, which the shape
    /// itself does not know.
    pub symbol: Symbol,
    /// The type with all modules, as that symbol says it. Filled in when the driver's program has answered.
    pub path: Option<String>,
    /// The const arguments, as that symbol says them: `["4"]` of `Matrix<4>`. Filled in with the path.
    pub consts: Vec<String>,
    /// What it is.
    pub form: Form,
}

/// Where a function lies, so that its symbol can be looked up in a file. All 0 outside the driver's program.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(not(feature = "rapace-driver"), derive(serde::Deserialize))]
pub struct Symbol {
    /// The file's place in [`Facts::files`].
    pub file: usize,
    /// In the program: how far after the symbol `rapace_export_anchor`. In a library: the offset in the file.
    pub offset: i64,
}

/// What a shape is, as facet-postcard tells shapes apart.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(not(feature = "rapace-driver"), derive(serde::Deserialize))]
pub enum Form {
    /// A scalar that facet knows.
    Scalar(Scalar),
    /// `NonZero<T>`, written as the number inside.
    NonZero(usize),
    /// `Option<T>`
    Option(usize),
    /// A list that grows: `Vec<T>`, and others such as `Bytes`.
    List(usize),
    /// `[T; N]`
    Array(usize, usize),
    /// `[T]`, which a pointer points to.
    Slice(usize),
    /// `HashMap<K, V>` and its kind.
    Map(usize, usize),
    /// `HashSet<T>` and its kind.
    Set(usize),
    /// A pointer of this kind to a shape, if that is known.
    Pointer(PointerKind, Option<usize>),
    /// `Result<T, E>`, which the encoding has no form for.
    Result(usize, usize),
    /// A tuple.
    Tuple(Vec<usize>),
    /// A struct.
    Struct(FieldsFacts),
    /// An enum.
    Enum(Vec<VariantFacts>),
    /// Anything else. The encoding has no form for it.
    Other(OtherForm),
}

/// The scalars that facet knows.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(not(feature = "rapace-driver"), derive(serde::Deserialize))]
pub enum Scalar {
    /// `()`
    Unit,
    /// `bool`
    Bool,
    /// `char`
    Char,
    /// `str`, which a pointer points to, or `&str`.
    Str,
    /// `String`
    String,
    /// `Cow<str>`
    CowStr,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `u64`
    U64,
    /// `u128`
    U128,
    /// `usize`
    USize,
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `i128`
    I128,
    /// `isize`
    ISize,
    /// One that the encoding has no form for, by facet's name, for names of types: `IpAddr`.
    Other(String),
}

/// The kinds of pointers that are treated differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "rapace-driver"), derive(serde::Deserialize))]
pub enum PointerKind {
    /// `Box<T>`
    Box,
    /// `Rc<T>`
    Rc,
    /// `Arc<T>`
    Arc,
    /// `Cow<T>`
    Cow,
    /// `&T`
    SharedReference,
    /// Any other, such as `Weak<T>`. The encoding does not follow it.
    Other,
}

/// What else a shape may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "rapace-driver"), derive(serde::Deserialize))]
pub enum OtherForm {
    /// A scalar that facet has no name for.
    UnknownScalar,
    /// An n-dimensional array.
    NdArray,
    /// A value whose type is known only at run time.
    DynamicValue,
    /// A union.
    Union,
    /// A type that facet knows nothing about.
    Opaque,
    /// A raw pointer or a function pointer.
    RawPointer,
    /// A shape without a definition.
    Undefined,
}

/// How Rust writes fields.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(not(feature = "rapace-driver"), derive(serde::Deserialize))]
pub enum FieldsStyle {
    /// Without fields.
    Unit,
    /// In parentheses.
    Tuple,
    /// With names.
    Struct,
}

/// Fields of a struct or of a variant.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(not(feature = "rapace-driver"), derive(serde::Deserialize))]
pub struct FieldsFacts {
    /// How Rust writes them.
    pub style: FieldsStyle,
    /// The fields in order.
    pub fields: Vec<FieldFacts>,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(not(feature = "rapace-driver"), derive(serde::Deserialize))]
pub struct VariantFacts {
    /// The variant's name.
    pub name: String,
    /// The doc lines, each with its leading space.
    pub doc: Vec<String>,
    /// The variant's fields.
    pub fields: FieldsFacts,
}

/// A field, with the attributes that change the wire.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(not(feature = "rapace-driver"), derive(serde::Deserialize))]
pub struct FieldFacts {
    /// The field's name, renamed where it is.
    pub name: String,
    /// The doc lines, each with its leading space.
    pub doc: Vec<String>,
    /// The field's shape.
    pub shape: usize,
    /// `#[facet(default)]` on the field.
    pub default: bool,
    /// Whether the default is that of the type's `Default`: no expression gives it.
    pub default_of_type: bool,
    /// The default as facet-postcard writes it, evaluated several times: one that the clock or chance decides is no constant. Empty
    /// where there is none, or it cannot be evaluated or written.
    pub default_bytes: Vec<Vec<u8>>,
    /// `#[facet(sensitive)]`
    pub sensitive: bool,
    /// `#[facet(flatten)]`
    pub flatten: bool,
    /// `#[facet(skip)]`
    pub skip: bool,
    /// `#[facet(skip_serializing)]`
    pub skip_serializing: bool,
    /// `#[facet(skip_serializing_if = …)]`, and what a struct's `skip_all_unless_truthy` gives its fields.
    pub skip_serializing_if: bool,
    /// `#[facet(skip_deserializing)]`
    pub skip_deserializing: bool,
}

#[cfg(not(feature = "rapace-driver"))]
impl Form {
    /// The shapes directly inside a container; those of a struct's or enum's fields are not.
    pub fn children(&self) -> Vec<usize> {
        match self {
            Form::NonZero(item)
            | Form::Option(item)
            | Form::List(item)
            | Form::Array(item, _)
            | Form::Slice(item)
            | Form::Set(item)
            | Form::Pointer(_, Some(item)) => vec![*item],
            Form::Map(a, b) | Form::Result(a, b) => vec![*a, *b],
            Form::Tuple(items) => items.clone(),
            Form::Struct(_) | Form::Enum(_) | Form::Scalar(_) | Form::Pointer(_, None) | Form::Other(_) => Vec::new(),
        }
    }
}

#[cfg(not(feature = "rapace-driver"))]
impl Facts {
    /// The fields of all shapes, in the order of these.
    pub fn fields_mut(&mut self) -> impl Iterator<Item = &mut FieldFacts> {
        let fields = self.shapes.iter_mut().flat_map(|shape| match &mut shape.form {
            Form::Struct(fields) => vec![fields],
            Form::Enum(variants) => variants.iter_mut().map(|variant| &mut variant.fields).collect(),
            _ => Vec::new(),
        });
        fields.flat_map(|fields| &mut fields.fields)
    }

    /// The shapes of a method's arguments, in order.
    pub fn arguments(&self, method: &MethodFacts) -> Vec<usize> {
        match (method.arguments.len(), &self.shapes[method.request].form) {
            (0, _) => Vec::new(),
            (1, _) => vec![method.request],
            (_, Form::Tuple(shapes)) => shapes.clone(),
            (_, other) => unreachable!("rapace makes a tuple of several arguments, not {other:?}"),
        }
    }
}
