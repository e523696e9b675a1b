//! Values that the generator chooses: defaults of fields, and samples of arguments for READMEs.

use rapace_schema::{Field, Fields, Style, TypeKind, TypeRef};
use serde_json::{Value, json};

use crate::types::{Form, is_integer};
use crate::values::Printer;

/// A field's default.
pub enum Default {
    /// A value that cannot change, as an expression.
    Plain(String),
    /// A function that makes a value, as an expression.
    Factory(String),
}

/// How many types deep a sample goes.
const DEEPEST_SAMPLE: usize = 4;

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
