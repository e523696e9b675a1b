//! What an attribute of serde does not do, and what to write instead.
//!
//! Silent are those of which facet's own attribute says the same, and those that change nothing of what travels (`bound`,
//! `crate`, `deny_unknown_fields`: reading is strict anyway).

use crate::config::FILE;
use crate::facts::{FieldFacts, FieldsStyle, Form, Scalar};
use crate::rust_type::plain;
use crate::source::helper::HelperAttribute;

/// An attribute that does nothing.
pub(super) struct Effect {
    /// What happens all the same: `` `Odd.secret` is sent ``.
    pub what: String,
    /// What to write.
    pub cure: String,
}

fn effect(what: String, cure: impl Into<String>) -> Option<Effect> {
    Some(Effect {
        what,
        cure: cure.into(),
    })
}

/// What a serializer of one's own choice is replaced by.
const OTHER_TYPE: &str = "give it the type that is to be sent";
/// The attribute has a meaning in texts alone.
const RENAME_MEMBERS: &str = "write `#[facet(rename = \"…\")]` on the fields";

/// A struct or an enum.
pub(super) struct Type<'a> {
    pub name: &'a str,
    /// The path without generic arguments.
    pub path: &'a str,
    pub generic: bool,
    /// The name that `rapace.toml` gives it.
    pub wanted: Option<&'a str>,
    /// What it says to facet.
    pub facet: &'a [HelperAttribute],
    pub form: &'a Form,
}

impl Type<'_> {
    pub(super) fn effect(&self, attribute: &HelperAttribute) -> Option<Effect> {
        let HelperAttribute { name, value, .. } = attribute;
        let nothing = format!("`{name}` of `{}` has no effect", self.name);
        let to_facet = |name: &str| self.facet.iter().find(|attribute| attribute.name == name);
        match name.as_str() {
            "rename" if value == self.name || self.wanted == Some(value) => None,
            "rename" if value.is_empty() || self.generic => {
                effect(nothing, format!("name it in {FILE}, under `[names]`"))
            }
            "rename" => effect(
                nothing,
                format!("write in {FILE}, under `[names]`: `{:?} = {value:?}`", self.path),
            ),
            "rename_all" if to_facet(name).is_some_and(|own| own.value == *value) => None,
            "rename_all" => effect(nothing, written(name, value)),
            "rename_all_fields" => effect(nothing, RENAME_MEMBERS),
            "default" if self.fields().all(|field| field.default || field.skip) => None,
            "default" => effect(nothing, "write `#[facet(default)]` on its fields"),
            "tag" | "untagged" if matches!(self.form, Form::Enum(_)) => effect(
                format!("{nothing}: the number of the variant is sent"),
                "write an enum in the form that is to be sent",
            ),
            "tag" => effect(nothing, "add a field"),
            "from" | "try_from" | "into" => effect(
                format!("{nothing}: its own fields are sent"),
                "use the other type in the service",
            ),
            "transparent" if to_facet(name).is_some() || self.is_tuple() => None,
            "transparent" => effect(nothing, "write a struct whose only field has no name"),
            _ => None,
        }
    }

    fn fields(&self) -> impl Iterator<Item = &FieldFacts> {
        let fields = match self.form {
            Form::Struct(fields) => fields.fields.as_slice(),
            _ => &[],
        };
        fields.iter()
    }

    fn is_tuple(&self) -> bool {
        matches!(self.form, Form::Struct(fields) if fields.style == FieldsStyle::Tuple)
    }
}

/// A variant.
pub(super) struct Variant<'a> {
    /// `Kind::Secret`
    pub name: &'a str,
    /// The name that reflection knows, renamed where facet is told so.
    pub reflected: &'a str,
}

impl Variant<'_> {
    pub(super) fn effect(&self, attribute: &HelperAttribute) -> Option<Effect> {
        let HelperAttribute { name, value, .. } = attribute;
        let nothing = format!("`{name}` of `{}` has no effect", self.name);
        match name.as_str() {
            "rename" if value == self.reflected => None,
            "rename" => effect(nothing, written(name, value)),
            "rename_all" => effect(nothing, RENAME_MEMBERS),
            "alias" => effect(
                format!("{nothing}: it has one name"),
                "write the variant with each of its names",
            ),
            "skip" | "skip_serializing" => effect(format!("`{}` is sent", self.name), "move it to another enum"),
            "skip_deserializing" => effect(format!("`{}` is read", self.name), "move it to another enum"),
            "other" => effect(
                format!("{nothing}: a variant that is not known is refused"),
                "send what may be unknown as a `String`",
            ),
            "untagged" => effect(
                format!("{nothing}: the number of the variant is sent"),
                "write it in the form that is to be sent",
            ),
            "with" | "serialize_with" | "deserialize_with" => effect(nothing, OTHER_TYPE),
            _ => None,
        }
    }
}

/// A field of a struct or of a variant.
pub(super) struct Field<'a> {
    /// `Odd.secret`, `Kind::Secret.0`
    name: String,
    in_variant: bool,
    facts: &'a FieldFacts,
    form: &'a Form,
}

impl<'a> Field<'a> {
    /// `of` is the name of the struct or variant, `name` the field's in Rust, `form` what its type is.
    pub(super) fn new(of: &str, in_variant: bool, facts: &'a FieldFacts, name: &str, form: &'a Form) -> Self {
        Self {
            name: format!("{of}.{}", plain(name)),
            in_variant,
            facts,
            form,
        }
    }

    pub(super) fn effect(&self, attribute: &HelperAttribute) -> Option<Effect> {
        if self.facts.skip {
            return None;
        }
        let HelperAttribute { name, value, .. } = attribute;
        let nothing = format!("`{name}` of `{}` has no effect", self.name);
        let skip = if self.in_variant {
            "move it into a struct, and write `#[facet(skip)]` there"
        } else {
            "write `#[facet(skip)]`"
        };
        match name.as_str() {
            "skip_serializing" if self.facts.skip_serializing => None,
            "skip" | "skip_serializing" => effect(format!("`{}` is sent", self.name), skip),
            "skip_deserializing" if self.facts.skip_deserializing => None,
            "skip_deserializing" => effect(format!("`{}` is read", self.name), skip),
            // An empty value is sent as such, which means the same.
            "skip_serializing_if" if self.may_be_empty() || self.facts.skip_serializing_if => None,
            "skip_serializing_if" => effect(format!("`{}` is always sent", self.name), "make it an `Option`"),
            "rename" if *value == self.facts.name => None,
            "rename" => effect(nothing, written(name, value)),
            "alias" => effect(format!("{nothing}: it has one name"), "write that name alone"),
            "default" if self.facts.default => None,
            "default" if value.is_empty() => effect(nothing, "write `#[facet(default)]`"),
            "default" => effect(nothing, format!("write `#[facet(default = {value}())]`")),
            "flatten" if self.facts.flatten => None,
            "flatten" => effect(
                format!("{nothing}: it stays a value with fields"),
                "write these fields in its place",
            ),
            "with" | "serialize_with" | "deserialize_with" => effect(nothing, OTHER_TYPE),
            _ => None,
        }
    }

    fn may_be_empty(&self) -> bool {
        matches!(
            self.form,
            Form::Option(_) | Form::List(_) | Form::Map(..) | Form::Set(_) | Form::Scalar(Scalar::String)
        )
    }
}

/// facet's attribute of the same name.
fn written(name: &str, value: &str) -> String {
    let value = if value.is_empty() { "…" } else { value };
    format!("write `#[facet({name} = {value:?})]`")
}
