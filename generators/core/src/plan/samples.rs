//! APIs for tests.

use rapace_schema::{Api, Digest, Field, Fields, Producer, Protocol, Style, TypeDef, TypeKind, TypeRef};

/// An API without services and types.
pub fn empty() -> Api {
    Api {
        schema: rapace_schema::SCHEMA_URN.into(),
        ir_version: rapace_schema::IR_VERSION.into(),
        producer: Producer {
            name: "tests".into(),
            version: "0.0.0".into(),
        },
        protocol: Protocol::default(),
        name: "sample".into(),
        digest: Digest::default(),
        services: Vec::new(),
        types: Vec::new(),
        ..Api::default()
    }
}

/// `struct Name(Inner);`
pub fn newtype(name: &str, inner: TypeRef) -> TypeDef {
    structure(name, Style::Tuple, [("0".to_owned(), inner)])
}

/// A struct of these fields.
pub fn structure(name: &str, style: Style, fields: impl IntoIterator<Item = (String, TypeRef)>) -> TypeDef {
    TypeDef {
        name: name.into(),
        rust: name.into(),
        path: String::new(),
        generic: None,
        doc: String::new(),
        deprecated: None,
        digest: Digest::default(),
        kind: TypeKind::Struct(self::fields(style, fields)),
        ..TypeDef::default()
    }
}

/// Fields without docs.
pub fn fields(style: Style, fields: impl IntoIterator<Item = (String, TypeRef)>) -> Fields {
    let field = |(name, ty)| Field {
        name,
        rust_name: None,
        json_name: None,
        doc: String::new(),
        deprecated: None,
        default: false,
        sensitive: false,
        ty,
        ..Field::default()
    };
    Fields {
        style,
        fields: fields.into_iter().map(field).collect(),
    }
}
