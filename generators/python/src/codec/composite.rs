//! Functions for collections, tuples and arrays, each called after its form.

use rapace_schema::TypeRef;

use super::Codecs;
use super::steps::{Step, decode_steps, encode_steps, guarded, indented, taken_apart};
use crate::layout::definition;
use crate::types::Use;

impl Codecs<'_> {
    /// The function that writes such a value.
    pub(super) fn encode_composite(&mut self, used: &Use, stem: &str) -> String {
        let mut lines = vec![format!("def encode_{stem}(w: codegen.Writer, value: object) -> None:")];
        let body = match &used.ty {
            TypeRef::List(item) => {
                let mut body = vec![format!("items = {}(value)", self.import("expect_list"))];
                body.push(self.write_count(item));
                body.extend(self.encode_items(&self.types.used(item, used.hashable)));
                body
            }
            TypeRef::Set(item) => {
                let mut body = vec![format!("items = {}(value)", self.import("expect_set"))];
                body.push(self.write_count(item));
                body.extend(self.encode_items(&self.types.used(item, true)));
                body
            }
            TypeRef::Map { key, value } => {
                let mut body = vec![format!("items = {}(value)", self.import("expect_map"))];
                body.push(self.write_count(&TypeRef::Tuple(vec![(**key).clone(), (**value).clone()])));
                body.push("for index, (key, item) in enumerate(items):".into());
                let mut inner = self.write(&self.types.used(key, true), "key");
                inner.extend(self.write(&self.types.used(value, used.hashable), "item"));
                body.extend(indented(1, guarded(inner, "Encode", "index")));
                body
            }
            TypeRef::Array { item, len } if **item != TypeRef::U8 => {
                let mut body = vec![format!("items = {}(value, {len})", self.import("expect_items"))];
                if self.types.is_zero_sized(item) {
                    body.push(format!("{}(w, {len})", self.import("write_zero_sized_array")));
                }
                body.extend(self.encode_items(&self.types.used(item, used.hashable)));
                body
            }
            TypeRef::Tuple(items) => {
                let locals: Vec<String> = (0..items.len()).map(|i| format!("item_{i}")).collect();
                lines.push(taken_apart(&locals, self.import("expect_items")));
                let steps = items.iter().zip(&locals).enumerate().map(|(i, (item, local))| Step {
                    place: i.to_string(),
                    lines: self.write(&self.types.used(item, used.hashable), local),
                });
                encode_steps(steps.collect())
            }
            // Options and byte arrays, which stand inline elsewhere.
            _ => self.write(used, "value"),
        };
        lines.extend(indented(1, body));
        lines.join("\n")
    }

    /// The function that reads such a value.
    pub(super) fn decode_composite(&mut self, used: &Use, stem: &str) -> String {
        let annotation = self.annotation(used);
        let tail = format!(") -> {annotation}:");
        let mut lines = vec![definition(&format!("def decode_{stem}("), "r: codegen.Reader", &tail)];
        let body = match &used.ty {
            TypeRef::List(item) => {
                let item_use = self.types.used(item, used.hashable);
                let count = self.read_count(item, self.types.sizes().item(item));
                let mut body = self.decode_items(&item_use, &count);
                body.push(
                    if used.hashable {
                        "return tuple(items)"
                    } else {
                        "return items"
                    }
                    .into(),
                );
                body
            }
            TypeRef::Array { item, len } if **item != TypeRef::U8 => {
                let mut body = Vec::new();
                if self.types.is_zero_sized(item) {
                    body.push(format!("{}(r, {len})", self.import("read_zero_sized_array")));
                }
                body.extend(self.decode_items(&self.types.used(item, used.hashable), &len.to_string()));
                body.push("return tuple(items)".into());
                body
            }
            TypeRef::Set(item) => {
                let item_use = self.types.used(item, true);
                let kind = self.annotation(&item_use);
                let mut body = vec![format!("items: set[{kind}] = set()")];
                let read = self.read(&item_use);
                let add = if self.types.may_collide(&item_use.ty) {
                    body.push("keys = codegen.Keys()".into());
                    vec![
                        format!("item = {read}"),
                        "items.add(item)".into(),
                        "keys.check(r, item, len(items))".into(),
                    ]
                } else {
                    vec![format!("items.add({read})")]
                };
                let count = self.read_count(item, self.types.sizes().item(item));
                body.push(format!("for index in {}(r, {count}):", self.import("read_entries")));
                body.extend(indented(1, guarded(add, "Decode", "index")));
                body.push(
                    if used.hashable {
                        "return frozenset(items)"
                    } else {
                        "return items"
                    }
                    .into(),
                );
                body
            }
            TypeRef::Map { key, value } => {
                let entry = TypeRef::Tuple(vec![(**key).clone(), (**value).clone()]);
                let count = self.read_count(&entry, self.types.sizes().entry(key, value));
                let (key, value) = (self.types.used(key, true), self.types.used(value, used.hashable));
                let mut body = vec![format!("items: {annotation} = {{}}")];
                let mut put = vec![
                    format!("key = {}", self.read(&key)),
                    format!("items[key] = {}", self.read(&value)),
                ];
                if self.types.may_collide(&key.ty) {
                    body.push("keys = codegen.Keys()".into());
                    put.push("keys.check(r, key, len(items))".into());
                }
                body.push(format!("for index in {}(r, {count}):", self.import("read_entries")));
                body.extend(indented(1, guarded(put, "Decode", "index")));
                body.push("return items".into());
                body
            }
            TypeRef::Tuple(items) => {
                let locals: Vec<String> = (0..items.len()).map(|i| format!("item_{i}")).collect();
                let steps = items.iter().zip(&locals).enumerate().map(|(i, (item, local))| Step {
                    place: i.to_string(),
                    lines: vec![format!(
                        "{local} = {}",
                        self.read(&self.types.used(item, used.hashable))
                    )],
                });
                let steps: Vec<Step> = steps.collect();
                let mut body = decode_steps(steps);
                body.push(match locals.as_slice() {
                    [] => "return ()".into(),
                    [only] => format!("return ({only},)"),
                    several => format!("return {}", several.join(", ")),
                });
                body
            }
            _ => vec![format!("return {}", self.read(used))],
        };
        lines.extend(indented(1, body));
        lines.join("\n")
    }

    fn write_count(&mut self, item: &TypeRef) -> String {
        let function = if self.types.is_zero_sized(item) {
            "write_zero_sized_count"
        } else {
            "write_count"
        };
        format!("{}(w, len(items))", self.import(function))
    }

    fn read_count(&mut self, item: &TypeRef, size: u64) -> String {
        let function = if self.types.is_zero_sized(item) {
            "read_zero_sized_count"
        } else {
            "read_count"
        };
        format!("{}(r, {size})", self.import(function))
    }

    fn encode_items(&mut self, item: &Use) -> Vec<String> {
        let mut lines = vec!["for index, item in enumerate(items):".to_owned()];
        let inner = self.write(item, "item");
        lines.extend(indented(1, guarded(inner, "Encode", "index")));
        lines
    }

    fn decode_items(&mut self, item: &Use, count: &str) -> Vec<String> {
        let kind = self.annotation(item);
        let mut lines = vec![format!("items: list[{kind}] = []")];
        lines.push(format!("for index in range({count}):"));
        let add = vec![format!("items.append({})", self.read(item))];
        lines.extend(indented(1, guarded(add, "Decode", "index")));
        lines
    }
}
