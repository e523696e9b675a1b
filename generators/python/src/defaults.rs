//! Values that fields have unless they are given.

use rapace_schema::{Field, TypeRef};
use serde_json::Value;

use crate::types::Form;
use crate::values::Printer;

/// A field's default.
pub enum Default {
    /// A value that cannot change, as an expression.
    Plain(String),
    /// A function that makes a value, as an expression.
    Factory(String),
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
}
