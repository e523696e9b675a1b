//! Small APIs for this crate's tests.

use crate::model::*;

/// An API of these types and no services.
pub(crate) fn api(types: impl IntoIterator<Item = TypeDef>) -> Api {
    Api {
        schema: SCHEMA_URN.into(),
        ir_version: IR_VERSION.into(),
        producer: Producer {
            name: "test".into(),
            version: "0.0.0".into(),
        },
        protocol: Protocol::default(),
        name: "test".into(),
        digest: Digest::default(),
        services: Vec::new(),
        types: types.into_iter().collect(),
        ..Api::default()
    }
}

/// A struct with these fields.
pub(crate) fn structure(name: &str, fields: &[(&str, TypeRef)]) -> TypeDef {
    definition(name, TypeKind::Struct(fields_of(fields)))
}

/// An enum with these variants; one without fields is a unit variant.
pub(crate) fn enumeration(name: &str, variants: &[(&str, &[(&str, TypeRef)])]) -> TypeDef {
    let variants = variants.iter().enumerate().map(|(index, (name, fields))| Variant {
        name: (*name).into(),
        rust_name: None,
        json_name: None,
        index: index as u32,
        doc: String::new(),
        deprecated: None,
        fields: fields_of(fields),
    });
    definition(
        name,
        TypeKind::Enum {
            variants: variants.collect(),
        },
    )
}

/// A service with these unary methods.
pub(crate) fn service(name: &str, methods: &[(&str, &[TypeRef], TypeRef)]) -> Service {
    let methods = methods.iter().map(|(method, arguments, response)| {
        let wire_name = format!("{name}.{method}");
        Method {
            name: (*method).into(),
            id: crate::method_id(&wire_name),
            wire_name,
            doc: String::new(),
            deprecated: None,
            kind: MethodKind::Unary,
            idempotent: false,
            arguments: (arguments.iter().enumerate())
                .map(|(i, ty)| Argument {
                    name: format!("a{i}"),
                    ty: ty.clone(),
                    ..Argument::default()
                })
                .collect(),
            response: response.clone(),
            digest: Digest::default(),
            ..Method::default()
        }
    });
    Service {
        name: name.into(),
        module: String::new(),
        doc: String::new(),
        deprecated: None,
        methods: methods.collect(),
    }
}

/// The type of this name.
pub(crate) fn named(name: &str) -> TypeRef {
    TypeRef::Named(name.into())
}

/// A type inside another.
pub(crate) fn boxed(item: TypeRef) -> Box<TypeRef> {
    Box::new(item)
}

fn definition(name: &str, kind: TypeKind) -> TypeDef {
    TypeDef {
        name: name.into(),
        rust: name.into(),
        path: String::new(),
        generic: None,
        doc: String::new(),
        deprecated: None,
        digest: Digest::default(),
        kind,
        ..TypeDef::default()
    }
}

fn fields_of(fields: &[(&str, TypeRef)]) -> Fields {
    Fields {
        style: match fields.first() {
            None => Style::Unit,
            Some(("0", _)) => Style::Tuple,
            Some(_) => Style::Struct,
        },
        fields: fields
            .iter()
            .map(|(name, ty)| Field {
                name: (*name).into(),
                rust_name: None,
                json_name: None,
                doc: String::new(),
                deprecated: None,
                default: false,
                sensitive: false,
                ty: ty.clone(),
                ..Field::default()
            })
            .collect(),
    }
}
