//! Decoders: statements that take a value and put it where a pointer says.

use rapace_schema::{Fields, TypeKind, TypeRef};

use super::lines::{Part, address, failing_as, function, indented, looped, returning, sliced};
use super::{Codecs, Way, field_part, is_byte_array, own_method};
use crate::types::{Form, is_byte};

impl Codecs<'_> {
    pub(super) fn decoder(&self, ty: &TypeRef, name: &str) -> Vec<String> {
        let body = returning(match ty {
            TypeRef::Named(name) => self.decode_named(name),
            ty => self.decode_container(ty),
        });
        let assigns = body.iter().any(|line| line.contains(", err = "));
        let body: Vec<String> = match assigns {
            true => body,
            false => body
                .into_iter()
                .map(|line| line.replace("if err = ", "if err := "))
                .collect(),
        };
        let result = if assigns { "(err error)" } else { "error" };
        function(
            format!("func {name}(d *rapace.Decoder, v *{}) {result} {{", self.types.go(ty)),
            body,
        )
    }

    fn decode_named(&self, name: &str) -> Vec<String> {
        let body = match (&self.types.def(name).kind, self.types.form(name)) {
            (TypeKind::Struct(fields), Form::Defined) => self.decode_defined(name, &fields.fields[0].ty),
            (TypeKind::Struct(fields), _) => self.decode_fields(name, None, fields, "v", ""),
            (TypeKind::Enum { variants }, Form::UnitEnum) => {
                return vec![
                    format!("index, err := d.Variant({})", variants.len()),
                    format!("*v = {}(index)", self.types.name(name)),
                    "return err".into(),
                ];
            }
            (TypeKind::Enum { variants }, _) => {
                let mut lines = vec![format!("index, err := d.Variant({})", variants.len())];
                lines.extend(["if err != nil {", "\treturn err", "}", "switch index {"].map(str::to_owned));
                for (index, variant) in variants.iter().enumerate() {
                    lines.push(format!("case {index}:"));
                    let go = self.naming.variant(name, index);
                    let prefix = format!("{}.", variant.name);
                    let fields = self.decode_fields(name, Some(index), &variant.fields, "variant", &prefix);
                    if fields.is_empty() {
                        lines.push(format!("\t*v = {go}{{}}"));
                    } else {
                        lines.push(format!("\tvar variant {go}"));
                        lines.extend(indented(fields));
                        lines.push("\t*v = variant".into());
                    }
                }
                lines.push("}".into());
                lines
            }
        };
        self.guarded(Way::Decode, name, body)
    }

    fn decode_fields(
        &self,
        name: &str,
        variant: Option<usize>,
        fields: &Fields,
        variable: &str,
        prefix: &str,
    ) -> Vec<String> {
        let transparent = variant.is_none() && fields.newtype().is_some();
        let names = self.naming.fields(name, variant);
        let statements = fields.fields.iter().zip(names).flat_map(|(field, go)| {
            let part = field_part(field, transparent, prefix);
            self.decode(&field.ty, &format!("{variable}.{go}"), &part)
        });
        statements.collect()
    }

    fn decode_defined(&self, name: &str, inner: &TypeRef) -> Vec<String> {
        if is_byte_array(inner) {
            return self.decode(inner, "*v", &Part::Whole);
        }
        match own_method(inner) {
            Some(method) => vec![
                format!("value, err := d.{method}()"),
                format!("*v = {}(value)", self.types.name(name)),
                "return err".into(),
            ],
            None => self.decode(inner, &format!("*(*{})(v)", self.types.go(inner)), &Part::Whole),
        }
    }

    fn decode_container(&self, ty: &TypeRef) -> Vec<String> {
        let go = self.types.go(ty);
        match ty {
            ty if own_method(ty).is_some() => self.decode(ty, "*v", &Part::Whole),
            TypeRef::Option(item) => {
                let mut lines: Vec<String> = ["some, err := d.Bool()", "if err != nil || !some {", "\t*v = nil"]
                    .map(str::to_owned)
                    .to_vec();
                lines.extend(["\treturn err".into(), "}".into()]);
                if self.types.is_sum(item) {
                    lines.extend(self.decode(item, "*v", &Part::Whole));
                } else {
                    lines.push(format!("value := new({})", self.types.go(item)));
                    lines.extend(self.decode(item, "*value", &Part::Whole));
                    lines.push("*v = value".into());
                }
                lines
            }
            TypeRef::Set(item) if self.types.is_comparable(item) => {
                let mut lines = decode_len(self.types.min_size(item), self.sizes.item(item));
                lines.push(format!("set := make({go}, n)"));
                let mut body = vec![format!("var item {}", self.types.go(item))];
                body.extend(self.decode(item, "item", &Part::Index));
                body.push("set[item] = struct{}{}".into());
                body.extend(watching_the_clock());
                lines.extend(looped("i := range n", body));
                lines.push("*v = set".into());
                lines
            }
            TypeRef::List(item) | TypeRef::Set(item) => {
                let mut lines = decode_len(self.types.min_size(item), self.sizes.item(item));
                lines.push(format!("items := make({go}, n)"));
                let mut body = self.decode(item, "items[i]", &Part::Index);
                if !body.is_empty() && own_method(item).is_none() {
                    body.extend(watching_the_clock());
                }
                lines.extend(looped("i := range items", body));
                lines.push("*v = items".into());
                lines
            }
            TypeRef::Array { item, .. } if !is_byte(item) => {
                looped("i := range v", self.decode(item, "v[i]", &Part::Index))
            }
            TypeRef::Map { key, value } => {
                let min_size = self.types.min_size(key).saturating_add(self.types.min_size(value));
                let mut lines = decode_len(min_size, self.sizes.entry(key, value));
                if self.types.is_comparable(key) {
                    lines.push(format!("entries := make({go}, n)"));
                    let mut body = vec![format!("var key {}", self.types.go(key))];
                    body.extend(self.decode(key, "key", &Part::Index));
                    body.push(format!("var value {}", self.types.go(value)));
                    body.extend(self.decode(value, "value", &Part::Key("key")));
                    body.push("entries[key] = value".into());
                    body.extend(watching_the_clock());
                    lines.extend(looped("i := range n", body));
                } else {
                    lines.push(format!("entries := make({go}, n)"));
                    let mut body = self.decode(key, "entries[i].Key", &Part::Index);
                    body.extend(self.decode(value, "entries[i].Value", &Part::Index));
                    body.extend(watching_the_clock());
                    lines.extend(looped("i := range entries", body));
                }
                lines.push("*v = entries".into());
                lines
            }
            TypeRef::Tuple(items) => {
                let items = items.iter().enumerate();
                items
                    .flat_map(|(i, item)| self.decode(item, &format!("v.V{i}"), &Part::Field(i.to_string())))
                    .collect()
            }
            bytes => self.decode(bytes, "*v", &Part::Whole),
        }
    }

    /// The statements that decode into the variable that an expression denotes.
    fn decode(&self, ty: &TypeRef, variable: &str, part: &Part) -> Vec<String> {
        if self.types.is_void(ty) {
            return Vec::new();
        }
        let assignment = match (ty, own_method(ty)) {
            (_, Some(method)) => format!("{variable}, err = d.{method}()"),
            (ty, None) if is_byte_array(ty) => format!("err = d.Raw({})", sliced(variable)),
            (ty, None) => {
                let function = &self.functions[&(Way::Decode, ty.clone())];
                format!("err = {function}(d, {})", address(variable))
            }
        };
        failing_as(&assignment, part)
    }
}

/// Takes a number of items, of which each has so many bytes at least and this nominal size in memory.
fn decode_len(min_size: u64, size: u64) -> Vec<String> {
    let min_size = min_size.min(i32::MAX as u64);
    vec![
        format!("n, err := d.Len({min_size}, {size})"),
        "if err != nil {".into(),
        "\treturn err".into(),
        "}".into(),
    ]
}

/// What ends a loop over items: a decoder gives up when nobody waits for the value any more.
fn watching_the_clock() -> Vec<String> {
    failing_as("err = d.Item(i)", &Part::Whole)
}
