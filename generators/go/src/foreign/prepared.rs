//! The API as Go has it where users have types of their own.

use std::collections::BTreeMap;

use rapace_gen_core::GenerateError;
use rapace_gen_core::plan::Facts;
use rapace_schema::{Api, Field, Fields, Foreign, Style, TypeDef, TypeKind, TypeRef};

use super::{LANGUAGE, WIRE, foreign};
use crate::casing::is_exported;
use crate::known::is_of_standard_library;

/// The API with a newtype in the place of each type that has one of a user's, and with whole import paths. `module` is the path of
/// the generated module.
///
/// # Errors
/// When Go cannot have such a type there, or a name of it.
pub(crate) fn prepared(mut api: Api, module: &str) -> Result<Api, GenerateError> {
    if api.types.iter().all(|def| foreign(def).is_none()) {
        return Ok(api);
    }
    let preparing = Preparing {
        defs: api.types.iter().map(|def| (def.name.as_str(), def)).collect(),
        facts: Facts::of(&api),
        module,
    };
    let prepared: Result<Vec<_>, _> = api.types.iter().map(|def| preparing.type_def(def)).collect();
    api.types = prepared?.into_iter().flatten().collect();
    Ok(api)
}

struct Preparing<'a> {
    defs: BTreeMap<&'a str, &'a TypeDef>,
    facts: Facts<'a>,
    module: &'a str,
}

impl Preparing<'_> {
    /// The type, and the private struct where there is one.
    fn type_def(&self, def: &TypeDef) -> Result<Vec<TypeDef>, GenerateError> {
        let Some(foreign) = foreign(def) else {
            return Ok(vec![def.clone()]);
        };
        let refuse = |why: String| {
            let message = format!("type {}: {why}; or leave out `go` in [types] of rapace.toml", def.rust);
            GenerateError::new(message)
        };
        let mut own = def.clone();
        let import = match foreign.import.strip_prefix("./") {
            Some(path) => format!("{}/{path}", self.module),
            None => foreign.import.clone(),
        };
        check(&Foreign {
            import: import.clone(),
            ..foreign.clone()
        })
        .map_err(refuse)?;
        if let Some(foreign) = own.foreign.get_mut(LANGUAGE) {
            foreign.import = import;
        }
        let fields = match &def.kind {
            TypeKind::Struct(fields) if !self.facts.is_zero_sized(&TypeRef::Named(def.name.clone())) => fields,
            TypeKind::Struct(_) => {
                return Err(refuse(
                    "a value of it has no content that a function of yours could take".into(),
                ));
            }
            TypeKind::Enum { .. } => {
                return Err(refuse(
                    "it is an enum, and in Go only a struct can become a type of yours".into(),
                ));
            }
        };
        let fields = self.unwrapped(fields).map_err(refuse)?;
        if fields.newtype().is_some() {
            own.kind = TypeKind::Struct(fields);
            return Ok(vec![own]);
        }
        let wire = TypeDef {
            name: format!("{WIRE}{}", def.name),
            rust: def.rust.clone(),
            kind: TypeKind::Struct(fields),
            ..TypeDef::default()
        };
        own.kind = TypeKind::Struct(Fields {
            style: Style::Tuple,
            fields: vec![Field {
                name: "0".into(),
                ty: TypeRef::Named(wire.name.clone()),
                ..Field::default()
            }],
        });
        Ok(vec![own, wire])
    }

    /// The fields without newtypes, which another package cannot name.
    fn unwrapped(&self, fields: &Fields) -> Result<Fields, String> {
        let mut fields = fields.clone();
        for field in &mut fields.fields {
            let inside = self.inside(&field.ty).map_err(|name| {
                format!(
                    "its field `{}` holds the type {name}, which only the generated package declares: in Go a function of yours takes \
                     scalars, texts, lists, sets, maps, options and tuples of them, newtypes as what is inside, times, durations, and other \
                     types of yours",
                    field.name
                )
            })?;
            // An alias of the API may name what the functions cannot.
            field.alias = None;
            field.sensitive |= inside.sensitive;
            field.ty = inside.ty;
        }
        Ok(fields)
    }

    /// The type without newtypes, or the name of a type that cannot be left out.
    fn inside(&self, ty: &TypeRef) -> Result<Inside, String> {
        let mut sensitive = false;
        let mut of = |ty: &TypeRef| {
            let inside = self.inside(ty)?;
            sensitive |= inside.sensitive;
            Ok::<TypeRef, String>(inside.ty)
        };
        let ty = match ty {
            TypeRef::Named(name) => return self.inside_named(name),
            TypeRef::Option(item) => TypeRef::Option(Box::new(of(item)?)),
            TypeRef::List(item) => TypeRef::List(Box::new(of(item)?)),
            TypeRef::Set(item) => TypeRef::Set(Box::new(of(item)?)),
            TypeRef::Array { item, len } => TypeRef::Array {
                item: Box::new(of(item)?),
                len: *len,
            },
            TypeRef::Map { key, value } => TypeRef::Map {
                key: Box::new(of(key)?),
                value: Box::new(of(value)?),
            },
            TypeRef::Tuple(items) => TypeRef::Tuple(items.iter().map(of).collect::<Result<_, _>>()?),
            scalar => scalar.clone(),
        };
        Ok(Inside { ty, sensitive })
    }

    fn inside_named(&self, name: &str) -> Result<Inside, String> {
        let def = self.defs[name];
        if foreign(def).is_some() || is_of_standard_library(def) {
            return Ok(Inside {
                ty: TypeRef::Named(name.to_owned()),
                sensitive: false,
            });
        }
        let TypeKind::Struct(fields) = &def.kind else {
            return Err(def.rust.clone());
        };
        match fields.newtype() {
            Some(inner) if !self.facts.is_recursive(name) => {
                let inside = self.inside(inner)?;
                Ok(Inside {
                    sensitive: inside.sensitive || fields.fields[0].sensitive,
                    ..inside
                })
            }
            _ => Err(def.rust.clone()),
        }
    }
}

/// A type without newtypes.
struct Inside {
    ty: TypeRef,
    /// Whether one of them was sensitive.
    sensitive: bool,
}

/// Refuses what generated code cannot name.
fn check(foreign: &Foreign) -> Result<(), String> {
    for (what, name) in [("type", &foreign.ty), ("from", &foreign.from), ("to", &foreign.to)] {
        if !is_exported(name) {
            let name = name.escape_debug();
            return Err(format!(
                "`{what}` is `{name}`, and must be a name that a package of Go exports, such as `Money`"
            ));
        }
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let is_element = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(allowed);
    if !foreign.import.split('/').all(is_element) {
        let import = foreign.import.escape_debug();
        return Err(format!(
            "`import` is `{import}`, and must be a package of Go: `example.com/acme/money`, or `./money` for one in the generated module"
        ));
    }
    Ok(())
}
