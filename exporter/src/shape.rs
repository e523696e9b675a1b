//! From a rapace registry and facet shapes to [`Facts`]: with the driver, the only code that knows facet.
//!
//! Compiled here and in the driver's program; see `facts.rs`.

use std::any::TypeId;
use std::collections::HashMap;

use rapace::facet_core::{Def, Field, FieldFlags, Shape, StructKind, StructType, Type, UserType};
use rapace::registry::ServiceRegistry;

use crate::facts::{
    Facts, FieldFacts, FieldsFacts, FieldsStyle, Form, MethodFacts, ServiceFacts, ShapeFacts, VariantFacts,
};

/// A rapace `*_register` function, as `#[rapace::service]` makes one beside each trait.
pub type Register = fn(&mut ServiceRegistry);

/// What reflection says of these services.
///
/// Each is registered in a registry of its own: a shared one panics when a service comes twice, and the global one
/// belongs to servers.
pub fn collect(services: &[Register]) -> Facts {
    let mut walk = Walk::default();
    for register in services {
        let mut registry = ServiceRegistry::new();
        register(&mut registry);
        for service in registry.iter_services() {
            let mut methods: Vec<MethodFacts> = service
                .iter_methods()
                .map(|method| MethodFacts {
                    name: method.name.into(),
                    full_name: method.full_name.clone(),
                    id: method.id.0,
                    doc: method.doc.clone(),
                    arguments: method.args.iter().map(|argument| argument.name.into()).collect(),
                    request: walk.shape(method.request_shape),
                    response: walk.shape(method.response_shape),
                    streaming: method.is_streaming,
                })
                .collect();
            methods.sort_by(|a, b| a.name.cmp(&b.name));
            walk.facts.services.push(ServiceFacts {
                name: service.name.into(),
                doc: service.doc.clone(),
                methods,
            });
        }
    }
    walk.facts
}

/// Shapes are told apart by their id: names are not unique, and there are no module paths.
#[derive(Default)]
struct Walk {
    facts: Facts,
    indexes: HashMap<TypeId, usize>,
}

impl Walk {
    fn shape(&mut self, shape: &'static Shape) -> usize {
        if let Some(&index) = self.indexes.get(&shape.id.get()) {
            return index;
        }
        // The place is taken before the children are walked, because a child may lead back here.
        let index = self.facts.shapes.len();
        self.indexes.insert(shape.id.get(), index);
        self.facts.shapes.push(ShapeFacts {
            name: shape.type_identifier.into(),
            display: shape.to_string(),
            parameters: Vec::new(),
            doc: lines(shape.doc),
            symbol: symbol(shape),
            path: None,
            form: Form::Other(String::new()),
        });
        let form = self.form(shape);
        let parameters = match form {
            Form::Struct(_) | Form::Enum(_) => shape.type_params.iter().map(|p| self.shape(p.shape)).collect(),
            _ => Vec::new(),
        };
        self.facts.shapes[index].form = form;
        self.facts.shapes[index].parameters = parameters;
        index
    }

    /// In the order in which facet-postcard's serializer looks: the definition first, then the type.
    fn form(&mut self, shape: &'static Shape) -> Form {
        match shape.def {
            Def::Scalar => match (shape.scalar_type(), shape.inner) {
                (Some(scalar), _) => Form::Scalar(format!("{scalar:?}")),
                (None, Some(inner)) if shape.type_identifier == "NonZero" => Form::NonZero(self.shape(inner)),
                (None, _) => Form::Other("a scalar of its own".into()),
            },
            Def::Option(def) => Form::Option(self.shape(def.t)),
            Def::List(def) => Form::List(self.shape(def.t)),
            Def::Array(def) => Form::Array(self.shape(def.t), def.n),
            Def::Slice(def) => Form::Slice(self.shape(def.t)),
            Def::Map(def) => Form::Map(self.shape(def.k), self.shape(def.v)),
            Def::Set(def) => Form::Set(self.shape(def.t)),
            Def::Pointer(def) => {
                let kind = def.known.map_or_else(|| "unknown".into(), |known| format!("{known:?}"));
                Form::Pointer(kind, def.pointee.map(|pointee| self.shape(pointee)))
            }
            Def::Result(def) => Form::Result(self.shape(def.t), self.shape(def.e)),
            Def::NdArray(_) => Form::Other("an n-dimensional array".into()),
            Def::DynamicValue(_) => Form::Other("a dynamic value".into()),
            _ => self.user_type(shape),
        }
    }

    fn user_type(&mut self, shape: &'static Shape) -> Form {
        match shape.ty {
            Type::User(UserType::Struct(def)) if def.kind == StructKind::Tuple => {
                Form::Tuple(def.fields.iter().map(|field| self.shape(field.shape())).collect())
            }
            Type::User(UserType::Struct(def)) => Form::Struct(self.fields(&def)),
            Type::User(UserType::Enum(def)) => {
                let variants = def.variants.iter().map(|variant| VariantFacts {
                    name: variant.name.into(),
                    doc: lines(variant.doc),
                    fields: self.fields(&variant.data),
                });
                Form::Enum(variants.collect())
            }
            Type::User(UserType::Union(_)) => Form::Other("a union".into()),
            Type::User(UserType::Opaque) => Form::Other("opaque".into()),
            Type::Pointer(_) => Form::Other("a raw or function pointer".into()),
            _ => Form::Other("without a definition".into()),
        }
    }

    fn fields(&mut self, def: &StructType) -> FieldsFacts {
        let style = match def.kind {
            StructKind::Unit => FieldsStyle::Unit,
            StructKind::TupleStruct | StructKind::Tuple => FieldsStyle::Tuple,
            StructKind::Struct => FieldsStyle::Struct,
        };
        FieldsFacts {
            style,
            fields: def.fields.iter().map(|field| self.field(field)).collect(),
        }
    }

    fn field(&mut self, field: &'static Field) -> FieldFacts {
        let has = |flag| field.flags.contains(flag);
        FieldFacts {
            name: field.effective_name().into(),
            doc: lines(field.doc),
            shape: self.shape(field.shape()),
            default: field.default.is_some(),
            sensitive: has(FieldFlags::SENSITIVE),
            flatten: has(FieldFlags::FLATTEN),
            skip: has(FieldFlags::SKIP),
            skip_serializing: has(FieldFlags::SKIP_SERIALIZING),
            skip_serializing_if: field.skip_serializing_if.is_some(),
            skip_deserializing: has(FieldFlags::SKIP_DESERIALIZING),
        }
    }
}

/// Where the type's name can be found in the program: see [`ShapeFacts::symbol`].
#[cfg(feature = "rapace-driver")]
fn symbol(shape: &Shape) -> i64 {
    // SAFETY: facet's `ConstTypeId` is `repr(C)` with this function as its only field.
    let type_id: fn() -> TypeId = unsafe { std::mem::transmute(shape.id) };
    type_id as usize as i64 - crate::rapace_export_anchor as extern "C" fn() as usize as i64
}

#[cfg(not(feature = "rapace-driver"))]
fn symbol(_shape: &Shape) -> i64 {
    0
}

fn lines(doc: &[&str]) -> Vec<String> {
    doc.iter().map(|line| (*line).into()).collect()
}
