//! From a rapace registry and facet shapes to [`Facts`]: with the driver, the only code that knows facet.
//!
//! Compiled here and in the driver's program; see `facts.rs`.

use std::any::TypeId;
use std::collections::HashMap;

use rapace::facet_core::{
    Def, DefaultSource, Field, FieldFlags, KnownPointer, ScalarType, Shape, StructKind, StructType, Type, UserType,
};
use rapace::registry::{MethodEntry, ServiceEntry, ServiceRegistry};

use crate::facts::{
    Facts, FieldFacts, FieldsFacts, FieldsStyle, Form, MethodFacts, OtherForm, PointerKind, Scalar, ServiceFacts,
    ShapeFacts, Symbol, VariantFacts,
};

/// A rapace `*_register` function, as `#[rapace::service]` makes one for each trait.
pub type Register = fn(&mut ServiceRegistry);

/// What reflection says of these services.
///
/// Each is registered in a separate registry: a shared one panics when a service comes twice, and the global one
/// belongs to servers.
pub fn collect(services: &[Register]) -> Facts {
    let mut walk = Walk::default();
    for (index, register) in services.iter().enumerate() {
        let mut registry = ServiceRegistry::new();
        register(&mut registry);
        let mut entries: Vec<&ServiceEntry> = registry.iter_services().collect();
        entries.sort_by_key(|service| service.name);
        for service in entries {
            let symbol = walk.files.symbol(*register as usize);
            // The registry keeps methods in the order of a hash map, and the walk numbers shapes in the order of methods.
            let mut methods: Vec<&MethodEntry> = service.iter_methods().collect();
            methods.sort_by_key(|method| method.name);
            let methods = methods.into_iter().map(|method| walk.method(method)).collect();
            walk.facts.services.push(ServiceFacts {
                register: index,
                symbol,
                name: service.name.into(),
                doc: service.doc.clone(),
                methods,
            });
        }
    }
    walk.facts.files = walk.files.names;
    walk.facts
}

/// Shapes are told apart by their id: names are not unique, and there are no module paths.
#[derive(Default)]
struct Walk {
    facts: Facts,
    indexes: HashMap<TypeId, usize>,
    files: Files,
}

impl Walk {
    fn method(&mut self, method: &MethodEntry) -> MethodFacts {
        MethodFacts {
            name: method.name.into(),
            full_name: method.full_name.clone(),
            id: method.id.0,
            doc: method.doc.clone(),
            arguments: method.args.iter().map(|argument| argument.name.into()).collect(),
            request: self.shape(method.request_shape),
            response: self.shape(method.response_shape),
            streaming: method.is_streaming,
        }
    }

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
            symbol: self.files.symbol(type_id_function(shape)),
            path: None,
            consts: Vec::new(),
            form: Form::Other(OtherForm::Undefined),
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
                (Some(scalar), _) => Form::Scalar(scalar_facts(scalar)),
                (None, Some(inner)) if shape.type_identifier == "NonZero" => Form::NonZero(self.shape(inner)),
                (None, _) => Form::Other(OtherForm::UnknownScalar),
            },
            Def::Option(def) => Form::Option(self.shape(def.t)),
            Def::List(def) => Form::List(self.shape(def.t)),
            Def::Array(def) => Form::Array(self.shape(def.t), def.n),
            Def::Slice(def) => Form::Slice(self.shape(def.t)),
            Def::Map(def) => Form::Map(self.shape(def.k), self.shape(def.v)),
            Def::Set(def) => Form::Set(self.shape(def.t)),
            Def::Pointer(def) => Form::Pointer(pointer_kind(def.known), def.pointee.map(|pointee| self.shape(pointee))),
            Def::Result(def) => Form::Result(self.shape(def.t), self.shape(def.e)),
            Def::NdArray(_) => Form::Other(OtherForm::NdArray),
            Def::DynamicValue(_) => Form::Other(OtherForm::DynamicValue),
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
            Type::User(UserType::Union(_)) => Form::Other(OtherForm::Union),
            Type::User(UserType::Opaque) => Form::Other(OtherForm::Opaque),
            Type::Pointer(_) => Form::Other(OtherForm::RawPointer),
            _ => Form::Other(OtherForm::Undefined),
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
            default_of_type: matches!(field.default, Some(DefaultSource::FromTrait)),
            default_bytes: default_bytes(field),
            sensitive: has(FieldFlags::SENSITIVE),
            flatten: has(FieldFlags::FLATTEN),
            skip: has(FieldFlags::SKIP),
            skip_serializing: has(FieldFlags::SKIP_SERIALIZING),
            skip_serializing_if: field.skip_serializing_if.is_some(),
            skip_deserializing: has(FieldFlags::SKIP_DESERIALIZING),
        }
    }
}

fn scalar_facts(scalar: ScalarType) -> Scalar {
    match scalar {
        ScalarType::Unit => Scalar::Unit,
        ScalarType::Bool => Scalar::Bool,
        ScalarType::Char => Scalar::Char,
        ScalarType::Str => Scalar::Str,
        ScalarType::String => Scalar::String,
        ScalarType::CowStr => Scalar::CowStr,
        ScalarType::F32 => Scalar::F32,
        ScalarType::F64 => Scalar::F64,
        ScalarType::U8 => Scalar::U8,
        ScalarType::U16 => Scalar::U16,
        ScalarType::U32 => Scalar::U32,
        ScalarType::U64 => Scalar::U64,
        ScalarType::U128 => Scalar::U128,
        ScalarType::USize => Scalar::USize,
        ScalarType::I8 => Scalar::I8,
        ScalarType::I16 => Scalar::I16,
        ScalarType::I32 => Scalar::I32,
        ScalarType::I64 => Scalar::I64,
        ScalarType::I128 => Scalar::I128,
        ScalarType::ISize => Scalar::ISize,
        other => Scalar::Other(format!("{other:?}")),
    }
}

fn pointer_kind(known: Option<KnownPointer>) -> PointerKind {
    match known {
        Some(KnownPointer::Box) => PointerKind::Box,
        Some(KnownPointer::Rc) => PointerKind::Rc,
        Some(KnownPointer::Arc) => PointerKind::Arc,
        Some(KnownPointer::Cow) => PointerKind::Cow,
        Some(KnownPointer::SharedReference) => PointerKind::SharedReference,
        _ => PointerKind::Other,
    }
}

/// The address of the function that makes the type's id.
#[cfg(feature = "rapace-driver")]
fn type_id_function(shape: &Shape) -> usize {
    // SAFETY: facet's `ConstTypeId` is `repr(C)` with this function as its only field.
    let type_id: fn() -> TypeId = unsafe { std::mem::transmute(shape.id) };
    type_id as usize
}

#[cfg(not(feature = "rapace-driver"))]
fn type_id_function(_shape: &Shape) -> usize {
    0
}

/// The files that the process has loaded.
#[derive(Default)]
struct Files {
    names: Vec<String>,
    #[cfg(feature = "rapace-driver")]
    mappings: Vec<Mapping>,
}

#[cfg(not(feature = "rapace-driver"))]
impl Files {
    fn symbol(&mut self, _address: usize) -> Symbol {
        Symbol::default()
    }
}

/// A part of a file in memory.
#[cfg(feature = "rapace-driver")]
struct Mapping {
    memory: std::ops::Range<usize>,
    offset: usize,
    file: String,
}

#[cfg(feature = "rapace-driver")]
impl Files {
    /// Where the function at an address lies. A library is known where the system has `/proc`; elsewhere its functions
    /// are counted as the program's, where they have no symbol.
    fn symbol(&mut self, address: usize) -> Symbol {
        if self.names.is_empty() {
            let program = std::env::current_exe().unwrap_or_default();
            self.names.push(program.display().to_string());
            let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
            self.mappings = maps.lines().filter_map(mapping).collect();
        }
        let mapping = self.mappings.iter().find(|mapping| mapping.memory.contains(&address));
        if let Some(mapping) = mapping.filter(|mapping| mapping.file != self.names[0]) {
            let known = self.names.iter().position(|name| *name == mapping.file);
            let file = known.unwrap_or(self.names.len());
            if known.is_none() {
                self.names.push(mapping.file.clone());
            }
            let offset = (address - mapping.memory.start + mapping.offset) as i64;
            return Symbol { file, offset };
        }
        let anchor = crate::rapace_export_anchor as extern "C" fn() as usize;
        Symbol {
            file: 0,
            offset: address as i64 - anchor as i64,
        }
    }
}

/// A line of `/proc/self/maps` that tells of a file: `start-end permissions offset device inode path`.
#[cfg(feature = "rapace-driver")]
fn mapping(line: &str) -> Option<Mapping> {
    let path = line.find('/')?;
    let mut words = line[..path].split_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let number = |text: &str| usize::from_str_radix(text, 16).ok();
    Some(Mapping {
        memory: number(start)?..number(end)?,
        offset: number(words.nth(1)?)?,
        file: line[path..].to_owned(),
    })
}

/// The bytes of a field's default, of two evaluations.
#[cfg(feature = "rapace-driver")]
fn default_bytes(field: &'static Field) -> Vec<Vec<u8>> {
    // The author's code may panic, and what it says then would be taken for a fault of the export.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let evaluated: Option<Vec<Vec<u8>>> = (0..2)
        .map(|_| std::panic::catch_unwind(|| evaluate(field)).ok().flatten())
        .collect();
    std::panic::set_hook(hook);
    evaluated.unwrap_or_default()
}

#[cfg(not(feature = "rapace-driver"))]
fn default_bytes(_field: &Field) -> Vec<Vec<u8>> {
    Vec::new()
}

/// Makes the default of a field and writes it. The value is never freed: the program ends soon.
#[cfg(feature = "rapace-driver")]
fn evaluate(field: &'static Field) -> Option<Vec<u8>> {
    let (source, shape) = (field.default?, field.shape());
    let place = shape.allocate().ok()?;
    // SAFETY: the place has the layout of the shape, and both functions write a value of the shape into it.
    let peek = unsafe {
        let value = match source {
            DefaultSource::Custom(make) => make(place),
            DefaultSource::FromTrait => {
                let value = place.assume_init();
                shape.call_default_in_place(value)?;
                value
            }
        };
        facet_reflect::Peek::unchecked_new(value.as_const(), shape)
    };
    rapace::facet_postcard::ptr_to_vec(peek).ok()
}

fn lines(doc: &[&str]) -> Vec<String> {
    doc.iter().map(|line| (*line).into()).collect()
}
