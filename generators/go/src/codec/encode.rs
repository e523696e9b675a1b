//! Encoders: statements that append a value.

use rapace_schema::{Fields, TypeKind, TypeRef};

use super::lines::{Part, address, failing, function, indented, looped, returning, sliced};
use super::{Codecs, Way, field_part, is_byte_array, own_method};
use crate::types::Form;

impl Codecs<'_> {
    pub(super) fn encoder(&self, ty: &TypeRef, name: &str) -> Vec<String> {
        let fallible = self.types.is_fallible(ty);
        let star = if self.types.by_pointer(ty) { "*" } else { "" };
        let result = if fallible { " error" } else { "" };
        let head = format!(
            "func {name}(e *rapace.Encoder, v {star}{}){result} {{",
            self.types.go(ty)
        );
        let mut body = match ty {
            TypeRef::Named(name) => self.encode_named(name),
            ty => self.encode_container(ty),
        };
        if fallible {
            body = returning(body);
        }
        function(head, body)
    }

    fn encode_named(&self, name: &str) -> Vec<String> {
        let body = match (&self.types.def(name).kind, self.types.form(name)) {
            (TypeKind::Struct(fields), Form::Defined) => self.encode_defined(&fields.fields[0].ty),
            (TypeKind::Struct(fields), _) => self.encode_fields(name, None, fields, ""),
            (TypeKind::Enum { variants }, Form::UnitEnum) => {
                failing(&format!("e.Variant(uint32(v), {})", variants.len()), &Part::Whole)
            }
            (TypeKind::Enum { variants }, _) => {
                let mut lines = vec!["switch v := v.(type) {".to_owned()];
                for (index, variant) in variants.iter().enumerate() {
                    lines.push(format!("case {}:", self.naming.variant(name, index)));
                    lines.push(format!("\te.U32({index})"));
                    let prefix = format!("{}.", variant.name);
                    lines.extend(indented(self.encode_fields(
                        name,
                        Some(index),
                        &variant.fields,
                        &prefix,
                    )));
                }
                let refusal = format!("e.Refuse(\"%T is no variant of {}\", v)", self.types.name(name));
                lines.extend(["default:".into(), format!("\treturn {refusal}"), "}".into()]);
                lines
            }
        };
        self.guarded(Way::Encode, name, body)
    }

    fn encode_fields(&self, name: &str, variant: Option<usize>, fields: &Fields, prefix: &str) -> Vec<String> {
        let transparent = variant.is_none() && fields.newtype().is_some();
        let names = self.naming.fields(name, variant);
        let statements = fields.fields.iter().zip(names).flat_map(|(field, go)| {
            let part = field_part(field, transparent, prefix);
            self.encode(&field.ty, &format!("v.{go}"), &part)
        });
        statements.collect()
    }

    /// Encodes `v` of a defined type as what it is defined as.
    fn encode_defined(&self, inner: &TypeRef) -> Vec<String> {
        let go = self.types.go(inner);
        match inner {
            TypeRef::Bytes | TypeRef::List(_) => self.encode(inner, "v", &Part::Whole),
            inner if self.types.by_pointer(inner) => {
                let pointer = if is_byte_array(inner) {
                    "*v".into()
                } else {
                    format!("*(*{go})(v)")
                };
                self.encode(inner, &pointer, &Part::Whole)
            }
            inner => self.encode(inner, &format!("{go}(v)"), &Part::Whole),
        }
    }

    fn encode_container(&self, ty: &TypeRef) -> Vec<String> {
        match ty {
            TypeRef::Option(item) => {
                let value = if self.types.is_sum(item) { "v" } else { "*v" };
                let item_lines = self.encode(item, value, &Part::Whole);
                let mut lines = vec!["e.Bool(v != nil)".to_owned()];
                if !item_lines.is_empty() {
                    let nothing = if self.types.is_fallible(item) {
                        "return nil"
                    } else {
                        "return"
                    };
                    lines.extend(["if v == nil {".into(), format!("\t{nothing}"), "}".into()]);
                    lines.extend(item_lines);
                }
                lines
            }
            TypeRef::Set(item) if self.types.is_comparable(item) => {
                let mut lines = self.encode_len(self.types.min_size(item));
                let body = self.encode(item, "item", &Part::Key("item"));
                if self.types.is_float(item) {
                    lines.extend(looped("_, item := range rapace.SortedKeys(v)", body));
                } else if self.types.is_ordered(item) {
                    let body = self.encode(item, "entry.Key", &Part::Key("entry.Key"));
                    lines.extend(sorted(&self.types.go(item), None, body));
                } else {
                    lines.extend(looped("item := range v", body));
                }
                lines
            }
            TypeRef::List(item) | TypeRef::Set(item) => {
                let mut lines = self.encode_len(self.types.min_size(item));
                lines.extend(self.encode_items(item));
                lines
            }
            TypeRef::Array { item, .. } => self.encode_items(item),
            TypeRef::Map { key, value } => {
                let mut lines = self.encode_len(self.types.min_size(key).saturating_add(self.types.min_size(value)));
                lines.extend(self.encode_entries(key, value));
                lines
            }
            TypeRef::Tuple(items) => {
                let items = items.iter().enumerate();
                items
                    .flat_map(|(i, item)| self.encode(item, &format!("v.V{i}"), &Part::Field(i.to_string())))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn encode_len(&self, min_size: u64) -> Vec<String> {
        match min_size {
            0 => failing("e.ZeroSizedLen(len(v))", &Part::Whole),
            _ => vec!["e.Len(len(v))".into()],
        }
    }

    fn encode_items(&self, item: &TypeRef) -> Vec<String> {
        match self.types.is_fallible(item) || self.types.by_pointer(item) {
            true => looped("i := range v", self.encode(item, "v[i]", &Part::Index)),
            false => looped("_, item := range v", self.encode(item, "item", &Part::Index)),
        }
    }

    fn encode_entries(&self, key: &TypeRef, value: &TypeRef) -> Vec<String> {
        if !self.types.is_comparable(key) {
            let mut body = self.encode(key, "v[i].Key", &Part::Index);
            body.extend(self.encode(value, "v[i].Value", &Part::Index));
            return looped("i := range v", body);
        }
        let ordered = self.types.is_ordered(key);
        if ordered && !self.types.is_float(key) && !self.types.by_pointer(value) {
            let mut body = self.encode(key, "entry.Key", &Part::Key("entry.Key"));
            body.extend(self.encode(value, "entry.Value", &Part::Key("entry.Key")));
            return sorted(&self.types.go(key), Some(&self.types.go(value)), body);
        }
        let mut body = self.encode(key, "key", &Part::Key("key"));
        if ordered && self.types.by_pointer(value) && !self.types.is_void(value) {
            body.push("value := v[key]".into());
        }
        let variable = if ordered && !self.types.by_pointer(value) {
            "v[key]"
        } else {
            "value"
        };
        body.extend(self.encode(value, variable, &Part::Key("key")));
        match (ordered, self.types.is_void(key), self.types.is_void(value)) {
            (true, _, _) => looped("_, key := range rapace.SortedKeys(v)", body),
            // What cannot be encoded is told by its key, even where all keys are the same.
            (false, true, _) if self.types.is_fallible(value) => looped("key, value := range v", body),
            (false, true, _) => looped("_, value := range v", body),
            (false, false, true) => looped("key := range v", body),
            (false, false, false) => looped("key, value := range v", body),
        }
    }

    /// The statements that encode the value of an expression.
    pub(super) fn encode(&self, ty: &TypeRef, value: &str, part: &Part) -> Vec<String> {
        if self.types.is_void(ty) {
            return Vec::new();
        }
        let call = match (ty, own_method(ty)) {
            (_, Some(method)) => format!("e.{method}({value})"),
            (ty, None) if is_byte_array(ty) => format!("e.Raw({})", sliced(value)),
            (ty, None) => {
                let value = if self.types.by_pointer(ty) {
                    address(value)
                } else {
                    value.to_owned()
                };
                format!("{}(e, {value})", self.functions[&(Way::Encode, ty.clone())])
            }
        };
        match self.types.is_fallible(ty) {
            true => failing(&call, part),
            false => vec![call],
        }
    }
}

/// A loop over the entries of a map, or of a set, which has no values, in the order of the keys. Few of them are sorted on
/// the stack; small values are sorted with their keys, which saves looking them up.
fn sorted(key: &str, value: Option<&str>, body: Vec<String>) -> Vec<String> {
    let entry = format!("rapace.Entry[{key}, {}]", value.unwrap_or("struct{}"));
    let (variables, arguments) = match value {
        Some(_) => ("key, value", "key, value"),
        None => ("key", "key, struct{}{}"),
    };
    let mut lines = vec![
        format!("var few [rapace.FewEntries]{entry}"),
        "entries := few[:min(len(v), len(few))]".into(),
        "if len(v) > len(few) {".into(),
        "\tentries = rapace.SortedEntries(v)".into(),
        "} else {".into(),
        "\tn := 0".into(),
        format!("\tfor {variables} := range v {{"),
        format!("\t\trapace.InsertEntry(&few, n, {arguments})"),
        "\t\tn++".into(),
        "\t}".into(),
        "}".into(),
    ];
    lines.extend(looped("_, entry := range entries", body));
    lines
}
