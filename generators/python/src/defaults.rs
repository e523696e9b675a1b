//! Values as Python writes them: defaults of fields, and samples of arguments for READMEs.

use rapace_schema::{Field, Fields, Style, TypeKind, TypeRef};
use serde_json::{Value, json};

use crate::docs::literal;
use crate::names::Names;
use crate::types::{Form, Place, Types, Use, is_integer};

/// A field's default.
pub enum Default {
    /// A value that cannot change, as an expression.
    Plain(String),
    /// A function that makes a value, as an expression.
    Factory(String),
}

/// How many types deep a sample goes.
const DEEPEST_SAMPLE: usize = 4;

/// Prints values where annotations are printed by `place`.
pub struct Printer<'p> {
    /// The types.
    pub types: &'p Types<'p>,
    /// Their names.
    pub names: &'p Names,
    /// Where the values are written.
    pub place: &'p Place<'p>,
}

impl Printer<'_> {
    /// The default of a field of `owner`, where Python can write it: that of Rust, or `None` for an option.
    pub fn default(&self, owner: &str, field: &Field) -> Option<Default> {
        let used = self.types.field(owner, &field.ty);
        let Some(value) = &field.default_value else {
            return matches!(field.ty, TypeRef::Option(_)).then(|| Default::Plain("None".into()));
        };
        let expression = self.expression(&used, value)?;
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        Some(match &used.ty {
            TypeRef::List(_) | TypeRef::Set(_) | TypeRef::Map { .. } if is_empty && !used.hashable => {
                Default::Factory(self.types.annotation(&used, self.place))
            }
            ty if self.is_immutable(ty, value) => Default::Plain(expression),
            _ => Default::Factory(format!("lambda: {expression}")),
        })
    }

    /// True for a value that one object can stand for everywhere, and whose class is there already.
    fn is_immutable(&self, ty: &TypeRef, value: &Value) -> bool {
        match ty {
            TypeRef::Option(inner) => value.is_null() || self.is_immutable(inner, &value["some"]),
            TypeRef::Named(name) => match self.types.form(self.types.def(name)) {
                Form::NewType(inner) => self.is_immutable(inner, value),
                form => form == Form::Enum,
            },
            ty => ty.children().is_empty(),
        }
    }

    /// The expression for a value in the form that JSON gives it. None for what Python writes otherwise.
    pub fn expression(&self, used: &Use, value: &Value) -> Option<String> {
        let inside = |ty: &TypeRef, value: &Value| self.expression(&self.types.used(ty, used.hashable), value);
        let key = |ty: &TypeRef, value: &Value| self.expression(&self.types.used(ty, true), value);
        Some(match &used.ty {
            TypeRef::Unit => "None".into(),
            TypeRef::Bool => if value.as_bool()? { "True" } else { "False" }.into(),
            ty if is_integer(ty) => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            TypeRef::F32 | TypeRef::F64 => {
                let number = value.as_number()?.to_string();
                match number.contains(['.', 'e']) {
                    true => number,
                    false => number + ".0",
                }
            }
            TypeRef::Char | TypeRef::String => literal(value.as_str()?),
            TypeRef::Bytes if value == "" => "b\"\"".into(),
            TypeRef::Option(_) if value.is_null() => "None".into(),
            TypeRef::Option(inner) => {
                let item = inside(inner, &value["some"])?;
                match Types::includes_none(inner) {
                    true => format!("{}({item})", self.place.imports.public("Some")),
                    false => item,
                }
            }
            TypeRef::List(item) => {
                let items: Option<Vec<String>> = value.as_array()?.iter().map(|each| inside(item, each)).collect();
                match used.hashable {
                    true => tuple(&items?),
                    false => format!("[{}]", items?.join(", ")),
                }
            }
            TypeRef::Set(item) if !used.hashable => {
                let items: Option<Vec<String>> = value.as_array()?.iter().map(|each| key(item, each)).collect();
                format!("{{{}}}", items?.join(", "))
            }
            TypeRef::Map { key: name, value: ty } => {
                let entries = value.as_array()?.iter();
                let entry = |entry: &Value| Some(format!("{}: {}", key(name, &entry[0])?, inside(ty, &entry[1])?));
                let entries: Option<Vec<String>> = entries.map(entry).collect();
                format!("{{{}}}", entries?.join(", "))
            }
            TypeRef::Tuple(types) => {
                let items = types.iter().zip(value.as_array()?).map(|(ty, each)| inside(ty, each));
                tuple(&items.collect::<Option<Vec<String>>>()?)
            }
            TypeRef::Named(name) => self.named(name, value)?,
            _ => return None,
        })
    }

    fn named(&self, name: &str, value: &Value) -> Option<String> {
        let (def, names) = (self.types.def(name), self.names.of(name));
        let class = |name: &str| self.place.class(name);
        if self.types.is_adapted(name) {
            return None;
        }
        match (self.types.form(def), &def.kind) {
            (Form::NewType(inner), _) => {
                let inner = self.expression(&self.types.field(name, inner), value)?;
                Some(format!("{}({inner})", class(&names.class)))
            }
            (form, TypeKind::Enum { variants }) => {
                let (chosen, inside) = value.as_object()?.iter().next()?;
                let index = variants.iter().position(|variant| variant.name == *chosen)?;
                let of_variant = &names.variants[index];
                match form {
                    Form::Enum => Some(format!("{}.{}", class(&names.class), of_variant.member)),
                    _ => {
                        let fields = (&variants[index].fields, of_variant.fields.as_slice());
                        self.made(name, &class(&of_variant.class), fields, inside)
                    }
                }
            }
            (_, TypeKind::Struct(fields)) => self.made(name, &class(&names.class), (fields, &names.fields), value),
        }
    }

    fn made(&self, owner: &str, class: &str, (fields, names): (&Fields, &[String]), value: &Value) -> Option<String> {
        let each = fields.fields.iter().zip(names).enumerate();
        let arguments = each.map(|(index, (field, name))| {
            let value = match (fields.style, fields.fields.len()) {
                (Style::Struct, _) => &value[&field.name],
                (_, 1) => value,
                _ => &value[index],
            };
            let value = self.expression(&self.types.field(owner, &field.ty), value)?;
            Some(match fields.style {
                Style::Struct => format!("{name}={value}"),
                _ => value,
            })
        });
        Some(format!(
            "{class}({})",
            arguments.collect::<Option<Vec<String>>>()?.join(", ")
        ))
    }

    /// A value of the type as an expression. None for what no short one is known of.
    pub fn sample(&self, ty: &TypeRef) -> Option<String> {
        self.expression(&self.types.used(ty, false), &self.sample_json(ty, 0)?)
    }

    fn sample_json(&self, ty: &TypeRef, depth: usize) -> Option<Value> {
        if depth > DEEPEST_SAMPLE {
            return None;
        }
        let inside = |ty: &TypeRef| self.sample_json(ty, depth + 1);
        Some(match ty {
            TypeRef::Unit | TypeRef::Option(_) => Value::Null,
            TypeRef::Bool => json!(true),
            ty if is_integer(ty) => json!(1),
            TypeRef::F32 | TypeRef::F64 => json!(1.5),
            TypeRef::Char => json!("a"),
            TypeRef::String => json!("text"),
            TypeRef::Bytes => json!(""),
            TypeRef::List(item) => json!([inside(item)?]),
            TypeRef::Map { .. } => json!([]),
            TypeRef::Tuple(items) => Value::Array(items.iter().map(inside).collect::<Option<_>>()?),
            TypeRef::Named(name) => {
                let def = self.types.def(name);
                let fields = |fields: &Fields| -> Option<Value> {
                    let values = fields.fields.iter().map(|field| inside(&field.ty));
                    let values: Vec<Value> = values.collect::<Option<_>>()?;
                    Some(match (fields.style, values.len()) {
                        (Style::Struct, _) => {
                            let names = fields.fields.iter().map(|field| field.name.clone());
                            Value::Object(names.zip(values).collect())
                        }
                        (_, 1) => values.into_iter().next()?,
                        _ => Value::Array(values),
                    })
                };
                match &def.kind {
                    TypeKind::Struct(own) => fields(own)?,
                    TypeKind::Enum { variants } => {
                        let variant = variants.first()?;
                        json!({ variant.name.clone(): fields(&variant.fields)? })
                    }
                }
            }
            _ => return None,
        })
    }
}

fn tuple(items: &[String]) -> String {
    match items {
        [only] => format!("({only},)"),
        items => format!("({})", items.join(", ")),
    }
}
