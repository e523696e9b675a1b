//! The codecs: a straight-line function for each type and direction that the methods need, built statement by statement.

use std::collections::{BTreeMap, BTreeSet};

use rapace_gen_core::names::Scope;
use rapace_schema::{Fields, TypeKind, TypeRef};

use crate::naming::Naming;
use crate::types::{Form, Types, is_byte};

/// Which way a codec goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Encode,
    Decode,
}

/// The codecs of an API.
pub(crate) struct Codecs<'a> {
    types: &'a Types<'a>,
    naming: &'a Naming<'a>,
    functions: BTreeMap<(Way, TypeRef), String>,
}

/// What of a value a statement handles, for the path of an error.
enum Part {
    /// The value itself.
    Whole,
    /// A field, named as in Rust; several names in a row with dots between them.
    Field(String),
    /// The item at the index `i`.
    Index,
    /// The entry with this key.
    Key(&'static str),
}

impl Part {
    /// The error to return.
    fn error(&self) -> String {
        match self {
            Part::Whole => "err".into(),
            Part::Field(name) => format!("rapace.InField(err, {name:?})"),
            Part::Index => "rapace.InIndex(err, i)".into(),
            Part::Key(key) => format!("rapace.InKey(err, {key})"),
        }
    }
}

impl<'a> Codecs<'a> {
    /// The codecs that methods with these arguments and answers need. Their names are taken from `scope`.
    pub(crate) fn new<'b>(
        types: &'a Types<'a>,
        naming: &'a Naming<'a>,
        scope: &mut Scope,
        arguments: impl Iterator<Item = &'b TypeRef>,
        answers: impl Iterator<Item = &'b TypeRef>,
    ) -> Self {
        let mut codecs = Self {
            types,
            naming,
            functions: BTreeMap::new(),
        };
        let mut needed = BTreeSet::new();
        for ty in arguments {
            codecs.collect(Way::Encode, ty, &mut needed);
        }
        for ty in answers {
            codecs.collect(Way::Decode, ty, &mut needed);
            if !types.is_void(ty) {
                // The runtime wants a function for an answer, also for a scalar.
                needed.insert((Way::Decode, ty.clone()));
            }
        }
        // Named types have the names that a reader expects; others give way.
        let (named, others): (Vec<_>, Vec<_>) = needed.into_iter().partition(|(_, ty)| matches!(ty, TypeRef::Named(_)));
        for (way, ty) in named.into_iter().chain(others) {
            let prefix = match way {
                Way::Encode => "encode",
                Way::Decode => "decode",
            };
            let name = scope.claim(&format!("{prefix}{}", codecs.suffix(&ty)));
            codecs.functions.insert((way, ty), name);
        }
        codecs
    }

    /// The functions as lines of Go, encoders first, in the order of their types.
    pub(crate) fn functions(&self) -> Vec<Vec<String>> {
        let function = |((way, ty), name): (&(Way, TypeRef), &String)| match way {
            Way::Encode => self.encoder(ty, name),
            Way::Decode => self.decoder(ty, name),
        };
        let mut functions: Vec<(&(Way, TypeRef), &String)> = self.functions.iter().collect();
        functions.sort_by_key(|((way, _), name)| (*way, *name));
        functions.into_iter().map(function).collect()
    }

    /// The statements that encode the arguments of a method, and return; none when they have no bytes.
    pub(crate) fn arguments(&self, arguments: &[(String, String, &TypeRef)]) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, variable, ty) in arguments {
            lines.extend(self.encode(ty, variable, &Part::Field(name.clone())));
        }
        if !lines.is_empty() {
            lines.push("return nil".into());
        }
        lines
    }

    /// The function that decodes an answer; `nil` when it has no bytes.
    pub(crate) fn answer(&self, ty: &TypeRef) -> &str {
        self.functions
            .get(&(Way::Decode, ty.clone()))
            .map_or("nil", String::as_str)
    }

    /// Adds the types that have a function of their own: named types and containers.
    fn collect(&self, way: Way, ty: &TypeRef, needed: &mut BTreeSet<(Way, TypeRef)>) {
        let mut left = vec![ty.clone()];
        while let Some(ty) = left.pop() {
            let inline = match &ty {
                TypeRef::Array { item, .. } => is_byte(item),
                TypeRef::Named(_) => false,
                ty => ty.children().is_empty(),
            };
            if inline || self.types.is_void(&ty) || !needed.insert((way, ty.clone())) {
                continue;
            }
            match &ty {
                TypeRef::Named(name) => left.extend(self.types.def(name).field_types().cloned()),
                ty => left.extend(ty.children().into_iter().cloned()),
            }
        }
    }

    /// What a function's name says of its type: `ListOfOptionOfU32`.
    fn suffix(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Unit => "Unit".into(),
            TypeRef::Option(item) => format!("OptionOf{}", self.suffix(item)),
            TypeRef::List(item) => format!("ListOf{}", self.suffix(item)),
            TypeRef::Set(item) => format!("SetOf{}", self.suffix(item)),
            TypeRef::Array { item, len } => format!("Array{len}Of{}", self.suffix(item)),
            TypeRef::Map { key, value } => format!("MapOf{}To{}", self.suffix(key), self.suffix(value)),
            TypeRef::Tuple(items) => {
                let items: Vec<String> = items.iter().map(|item| self.suffix(item)).collect();
                format!("TupleOf{}", items.join("And"))
            }
            TypeRef::Named(name) => self.types.name(name).to_owned(),
            scalar => scalar_method(scalar).unwrap_or("Bytes").to_owned(),
        }
    }

    fn encoder(&self, ty: &TypeRef, name: &str) -> Vec<String> {
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

    fn decoder(&self, ty: &TypeRef, name: &str) -> Vec<String> {
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
        self.guarded("e", name, body)
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
        self.guarded("d", name, body)
    }

    /// Counts the levels of a recursive type around the statements for it.
    fn guarded(&self, coder: &str, name: &str, body: Vec<String>) -> Vec<String> {
        if !self.types.is_recursive(name) {
            return body;
        }
        let mut lines = failing(&format!("{coder}.Enter()"), &Part::Whole);
        if coder == "d" {
            lines[0] = lines[0].replace("err := ", "err = ");
        }
        lines.extend(body);
        lines.push(format!("{coder}.Leave()"));
        lines
    }

    fn encode_fields(&self, name: &str, variant: Option<usize>, fields: &Fields, prefix: &str) -> Vec<String> {
        let transparent = variant.is_none() && fields.newtype().is_some();
        let names = self.naming.fields(name, variant);
        let statements = fields.fields.iter().zip(names).flat_map(|(field, go)| {
            let part = match transparent {
                true => Part::Whole,
                false => Part::Field(format!("{prefix}{}", field.name)),
            };
            self.encode(&field.ty, &format!("v.{go}"), &part)
        });
        statements.collect()
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
            let part = match transparent {
                true => Part::Whole,
                false => Part::Field(format!("{prefix}{}", field.name)),
            };
            self.decode(&field.ty, &format!("{variable}.{go}"), &part)
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

    fn decode_defined(&self, name: &str, inner: &TypeRef) -> Vec<String> {
        if is_byte_array(inner) {
            return self.decode(inner, "*v", &Part::Whole);
        }
        match scalar_method(inner) {
            Some(method) => vec![
                format!("value, err := d.{method}()"),
                format!("*v = {}(value)", self.types.name(name)),
                "return err".into(),
            ],
            None => self.decode(inner, &format!("*(*{})(v)", self.types.go(inner)), &Part::Whole),
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
                let keys = match self.types.is_ordered(item) {
                    true => "_, item := range rapace.SortedKeys(v)",
                    false => "item := range v",
                };
                let mut lines = self.encode_len(self.types.min_size(item));
                lines.extend(looped(keys, self.encode(item, "item", &Part::Key("item"))));
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
        let mut body = self.encode(key, "key", &Part::Key("key"));
        let ordered = self.types.is_ordered(key);
        let keys = match (ordered, self.types.is_void(key), self.types.is_void(value)) {
            (true, _, _) => "_, key := range rapace.SortedKeys(v)",
            (false, true, _) => "_, value := range v",
            (false, false, true) => "key := range v",
            (false, false, false) => "key, value := range v",
        };
        if ordered && self.types.by_pointer(value) && !self.types.is_void(value) {
            body.push("value := v[key]".into());
        }
        let variable = if ordered && !self.types.by_pointer(value) {
            "v[key]"
        } else {
            "value"
        };
        body.extend(self.encode(value, variable, &Part::Key("key")));
        looped(keys, body)
    }

    fn decode_container(&self, ty: &TypeRef) -> Vec<String> {
        let go = self.types.go(ty);
        match ty {
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
                let mut lines = decode_len(self.types.min_size(item));
                lines.push(format!("set := make({go}, n)"));
                let mut body = vec![format!("var item {}", self.types.go(item))];
                body.extend(self.decode(item, "item", &Part::Index));
                body.push("set[item] = struct{}{}".into());
                lines.extend(looped("i := range n", body));
                lines.push("*v = set".into());
                lines
            }
            TypeRef::List(item) | TypeRef::Set(item) => {
                let mut lines = decode_len(self.types.min_size(item));
                lines.push(format!("items := make({go}, n)"));
                lines.extend(looped("i := range items", self.decode(item, "items[i]", &Part::Index)));
                lines.push("*v = items".into());
                lines
            }
            TypeRef::Array { item, .. } if !is_byte(item) => {
                looped("i := range v", self.decode(item, "v[i]", &Part::Index))
            }
            TypeRef::Map { key, value } => {
                let mut lines = decode_len(self.types.min_size(key).saturating_add(self.types.min_size(value)));
                if self.types.is_comparable(key) {
                    lines.push(format!("entries := make({go}, n)"));
                    let mut body = vec![format!("var key {}", self.types.go(key))];
                    body.extend(self.decode(key, "key", &Part::Index));
                    body.push(format!("var value {}", self.types.go(value)));
                    body.extend(self.decode(value, "value", &Part::Key("key")));
                    body.push("entries[key] = value".into());
                    lines.extend(looped("i := range n", body));
                } else {
                    lines.push(format!("entries := make({go}, n)"));
                    let mut body = self.decode(key, "entries[i].Key", &Part::Index);
                    body.extend(self.decode(value, "entries[i].Value", &Part::Index));
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
            scalar => self.decode(scalar, "*v", &Part::Whole),
        }
    }

    /// The statements that encode the value of an expression.
    fn encode(&self, ty: &TypeRef, value: &str, part: &Part) -> Vec<String> {
        if self.types.is_void(ty) {
            return Vec::new();
        }
        let call = match (ty, scalar_method(ty)) {
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

    /// The statements that decode into the variable that an expression denotes.
    fn decode(&self, ty: &TypeRef, variable: &str, part: &Part) -> Vec<String> {
        if self.types.is_void(ty) {
            return Vec::new();
        }
        let assignment = match (ty, scalar_method(ty)) {
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

/// The method of the encoder and the decoder for a type that has one.
fn scalar_method(ty: &TypeRef) -> Option<&'static str> {
    Some(match ty {
        TypeRef::Bool => "Bool",
        TypeRef::U8 => "U8",
        TypeRef::U16 => "U16",
        TypeRef::U32 => "U32",
        TypeRef::U64 => "U64",
        TypeRef::U128 => "U128",
        TypeRef::I8 => "I8",
        TypeRef::I16 => "I16",
        TypeRef::I32 => "I32",
        TypeRef::I64 => "I64",
        TypeRef::I128 => "I128",
        TypeRef::F32 => "F32",
        TypeRef::F64 => "F64",
        TypeRef::Char => "Char",
        TypeRef::String => "String",
        TypeRef::Bytes => "Bytes",
        _ => return None,
    })
}

fn is_byte_array(ty: &TypeRef) -> bool {
    matches!(ty, TypeRef::Array { item, .. } if is_byte(item))
}

/// `&x`, or `p` of `*p`.
fn address(variable: &str) -> String {
    match variable.strip_prefix('*') {
        Some(pointer) => pointer.to_owned(),
        None => format!("&{variable}"),
    }
}

/// `x[:]`; a pointer to an array can be sliced like the array.
fn sliced(variable: &str) -> String {
    format!("{}[:]", variable.strip_prefix('*').unwrap_or(variable))
}

fn decode_len(min_size: u64) -> Vec<String> {
    let min_size = min_size.min(i32::MAX as u64);
    vec![
        format!("n, err := d.Len({min_size})"),
        "if err != nil {".into(),
        "\treturn err".into(),
        "}".into(),
    ]
}

/// A call whose error is returned.
fn failing(call: &str, part: &Part) -> Vec<String> {
    failing_as(&format!("err := {call}"), part)
}

/// An assignment to `err` that is returned unless it is nil.
fn failing_as(assignment: &str, part: &Part) -> Vec<String> {
    vec![
        format!("if {assignment}; err != nil {{"),
        format!("\treturn {}", part.error()),
        "}".into(),
    ]
}

/// A loop, or nothing when there is nothing to do in it. An index that is not used is not there.
fn looped(range: &str, body: Vec<String>) -> Vec<String> {
    if body.is_empty() {
        return Vec::new();
    }
    let uses_index = body.iter().any(|line| line.contains("[i]") || line.contains(", i)"));
    let range = match range.strip_prefix("i := ") {
        Some(range) if !uses_index => range,
        _ => range,
    };
    let mut lines = vec![format!("for {range} {{")];
    lines.extend(indented(body));
    lines.push("}".into());
    lines
}

fn indented(lines: Vec<String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(|line| format!("\t{line}"))
}

/// The statements with a return at their end, of the last error itself where that is what comes last.
fn returning(mut lines: Vec<String>) -> Vec<String> {
    let count = lines.len();
    if lines.last().is_some_and(|line| line.starts_with("return ")) {
        return lines;
    }
    let last = count
        .checked_sub(3)
        .filter(|_| lines[count - 2] == "\treturn err" && lines[count - 1] == "}");
    let assignment = last.and_then(|last| lines[last].strip_prefix("if ")?.strip_suffix("; err != nil {"));
    match assignment.map(str::to_owned) {
        Some(assignment) => {
            lines.truncate(count - 3);
            match assignment.strip_prefix("err := ").or(assignment.strip_prefix("err = ")) {
                Some(call) => lines.push(format!("return {call}")),
                None => lines.extend([assignment, "return err".into()]),
            }
        }
        None => lines.push("return nil".into()),
    }
    lines
}

fn function(head: String, body: Vec<String>) -> Vec<String> {
    let mut lines = vec![head];
    lines.extend(indented(body));
    lines.push("}".into());
    lines
}
