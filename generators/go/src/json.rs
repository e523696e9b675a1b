//! The JSON form of values: for each type a function that reads and writes it, and the methods by which `encoding/json` does.
//!
//! The form is that of `rapace-schema`. Programs that use no JSON have none of this: the linker leaves it out.

use std::collections::{BTreeSet, HashMap};

use rapace_gen_core::in_parallel;
use rapace_gen_core::names::Scope;
use rapace_gen_core::plan::stem;
use rapace_schema::{Api, Fields, Style, TypeDef, TypeKind, TypeRef, Variant};

use crate::declared::Naming;
use crate::docs::literal;
use crate::foreign::wire_of;
use crate::layout::{bracketed, joined};
use crate::statement::{Errors, Function, Statement};
use crate::types::{Form, Types, is_byte};

/// How many types are printed together. Each takes microseconds.
const TOGETHER: usize = 64;

/// The functions of an API's types.
pub(crate) struct Forms<'a> {
    types: &'a Types<'a>,
    naming: &'a Naming<'a>,
    /// Only looked up, as those of variants.
    functions: HashMap<TypeRef, String>,
    /// The functions for the fields of variants, by the variants' names in Go.
    variants: HashMap<&'a str, String>,
}

impl<'a> Forms<'a> {
    /// The functions for the types of an API, whose names are taken from `scope`.
    pub(crate) fn new(types: &'a Types<'a>, naming: &'a Naming<'a>, api: &'a Api, scope: &mut Scope) -> Self {
        let mut forms = Self {
            types,
            naming,
            functions: HashMap::new(),
            variants: HashMap::new(),
        };
        for def in &api.types {
            let function = scope.claim(&format!("json{}", types.word(&def.name)));
            forms.functions.insert(TypeRef::Named(def.name.clone()), function);
            if let (TypeKind::Enum { variants }, Form::Sum) = (&def.kind, types.form(&def.name)) {
                for index in 0..variants.len() {
                    let variant = naming.variant(&def.name, index);
                    forms.variants.insert(variant, scope.claim(&format!("json{variant}")));
                }
            }
        }
        let mut containers = BTreeSet::new();
        for ty in api.types.iter().flat_map(TypeDef::field_types) {
            collect(ty, &mut containers);
        }
        for ty in containers {
            let stem = stem(ty, &|name| types.word(name));
            forms.functions.insert(ty.clone(), scope.claim(&format!("json{stem}")));
        }
        forms
    }

    /// Methods and functions as lines of Go: those of each named type in the API's order, then those of containers.
    pub(crate) fn functions(&self, api: &Api) -> Vec<Vec<String>> {
        let parts: Vec<&[TypeDef]> = api.types.chunks(TOGETHER).collect();
        let named = in_parallel(&parts, |part| {
            part.iter().flat_map(|def| self.named(def)).collect::<Vec<_>>()
        });
        let mut functions: Vec<Vec<String>> = named.into_iter().flatten().collect();
        let mut containers: Vec<(&TypeRef, &String)> = (self.functions.iter())
            .filter(|(ty, _)| !matches!(ty, TypeRef::Named(_)))
            .collect();
        containers.sort_by_key(|(_, name)| *name);
        for (ty, name) in containers {
            functions.push(self.function(name, &self.types.go(ty), "v", self.container(ty)));
        }
        functions
    }

    fn named(&self, def: &TypeDef) -> Vec<Vec<String>> {
        let go = self.types.name(&def.name);
        let function = &self.functions[&TypeRef::Named(def.name.clone())];
        match (&def.kind, self.types.form(&def.name)) {
            (TypeKind::Enum { variants }, Form::Sum) => self.sum(def, go, function, variants),
            (TypeKind::Enum { variants }, _) => {
                let names = variants.iter().map(|variant| literal(&variant.name));
                let arguments: Vec<String> = std::iter::once("(*uint32)(v)".to_owned()).chain(names).collect();
                let reads = if def.open { "j.OpenVariant(" } else { "j.UnitVariant(" };
                self.with_methods(go, function, "v", call(reads, &arguments))
            }
            (TypeKind::Struct(fields), Form::Presented) => {
                let [from, to] = self.naming.conversions(&def.name);
                let codec = self.codec(&fields.fields[0].ty);
                let body = call(
                    "rapace.JSONAs(",
                    &["j".into(), "v".into(), codec, from.clone(), to.clone()],
                );
                match self.types.presented(&def.name).is_some_and(|one| one.is_alias()) {
                    true => vec![self.function(function, go, "v", body)],
                    false => self.with_methods(go, function, "v", body),
                }
            }
            (TypeKind::Struct(fields), Form::Defined) => {
                let inner = &fields.fields[0].ty;
                let pointer = format!("(*{})(v)", self.types.go(inner));
                self.with_methods(go, function, "v", vec![self.call(inner, &pointer)])
            }
            (TypeKind::Struct(fields), _) => {
                let parameter = if fields.fields.is_empty() { "_" } else { "v" };
                let body = self.fields(fields, self.naming.fields(&def.name, None));
                match wire_of(&def.name) {
                    // Nobody has a value of it.
                    Some(_) => vec![self.function(function, go, parameter, body)],
                    None => self.with_methods(go, function, parameter, body),
                }
            }
        }
    }

    /// The methods of a type and its function.
    fn with_methods(&self, go: &str, function: &str, parameter: &str, body: Vec<Statement>) -> Vec<Vec<String>> {
        vec![
            method(&[
                "// MarshalJSON returns the JSON form of the value.".into(),
                format!("func (v {go}) MarshalJSON() ([]byte, error) {{"),
                format!("\treturn rapace.MarshalJSON(v, {function})"),
            ]),
            method(&[
                "// UnmarshalJSON reads what MarshalJSON writes.".into(),
                format!("func (v *{go}) UnmarshalJSON(text []byte) error {{"),
                format!("\treturn rapace.UnmarshalJSON(text, v, {function})"),
            ]),
            self.function(function, go, parameter, body),
        ]
    }

    /// An enum with data: an interface, which has no methods for JSON. Its variants have them.
    fn sum(&self, def: &TypeDef, go: &str, function: &str, variants: &[Variant]) -> Vec<Vec<String>> {
        let unmarshal = self.naming.unmarshal(&def.name);
        let mut functions = vec![method(&[
            format!("// {unmarshal} returns the {go} that has this JSON form."),
            format!("func {unmarshal}(text []byte) (v {go}, err error) {{"),
            format!("\terr = rapace.UnmarshalJSON(text, &v, {function})"),
            "\treturn v, err".into(),
        ])];
        let cases = variants.iter().enumerate().map(|(index, variant)| {
            let go = self.naming.variant(&def.name, index);
            let arguments = [
                "j".into(),
                "v".into(),
                literal(&variant.name),
                self.variants[go].clone(),
            ];
            let label = joined(&bracketed("case rapace.JSONVariant(", &arguments, ")", 1), 1);
            (label, Vec::new())
        });
        let names = variants.iter().map(|variant| literal(&variant.name));
        let refusal: Vec<String> = std::iter::once("*v".to_owned()).chain(names).collect();
        let refused = ("default".to_owned(), call("j.RefuseVariant(", &refusal));
        let body = Statement::Switch {
            subject: String::new(),
            cases: cases.chain([refused]).collect(),
        };
        functions.push(self.function(function, go, "v", vec![body]));
        for (index, variant) in variants.iter().enumerate() {
            let names = self.naming.fields(&def.name, Some(index));
            functions.extend(self.variant(
                go,
                function,
                self.naming.variant(&def.name, index),
                &variant.fields,
                names,
            ));
        }
        functions
    }

    fn variant(&self, sum: &str, of_sum: &str, go: &str, fields: &Fields, names: &[String]) -> Vec<Vec<String>> {
        let parameter = if fields.fields.is_empty() { "_" } else { "v" };
        vec![
            method(&[
                format!("// MarshalJSON returns the JSON form that the value has as a value of [{sum}]."),
                format!("func (v {go}) MarshalJSON() ([]byte, error) {{"),
                format!("\treturn rapace.MarshalJSON[{sum}](v, {of_sum})"),
            ]),
            method(&[
                "// UnmarshalJSON reads what MarshalJSON writes, and refuses other variants.".into(),
                format!("func (v *{go}) UnmarshalJSON(text []byte) error {{"),
                format!("\treturn rapace.UnmarshalVariantJSON(text, v, {of_sum})"),
            ]),
            self.function(&self.variants[go], go, parameter, self.fields(fields, names)),
        ]
    }

    fn function(&self, name: &str, go: &str, parameter: &str, body: Vec<Statement>) -> Vec<String> {
        let function = Function {
            name: name.to_owned(),
            parameters: vec!["j *rapace.JSON".into(), format!("{parameter} *{go}")],
            result: "",
            errors: Errors::Declared,
            body,
        };
        function.print()
    }

    /// Reads or writes fields that have these names in Go.
    fn fields(&self, fields: &Fields, names: &[String]) -> Vec<Statement> {
        let named = || fields.fields.iter().zip(names);
        match (fields.style, fields.fields.as_slice()) {
            (Style::Unit, _) | (Style::Tuple, []) => vec![Statement::plain("j.Unit(nil)")],
            (Style::Tuple, [field]) => vec![self.call(&field.ty, &format!("&v.{}", names[0]))],
            (Style::Tuple, many) => {
                let places = names.iter().map(|go| format!("&v.{go}"));
                self.items(many.iter().map(|field| &field.ty).zip(places).collect())
            }
            (Style::Struct, _) => {
                let mut body = vec![Statement::plain("j.BeginObject()")];
                for (field, go) in named() {
                    let arguments = [
                        "j".into(),
                        literal(&field.name),
                        format!("&v.{go}"),
                        self.codec(&field.ty),
                    ];
                    body.extend(call("rapace.JSONField(", &arguments));
                }
                body.push(Statement::plain("j.EndObject()"));
                body
            }
        }
    }

    /// Reads or writes an array of values that are in these places.
    fn items(&self, items: Vec<(&TypeRef, String)>) -> Vec<Statement> {
        let mut body = vec![Statement::Plain(format!("j.BeginArray({})", items.len()))];
        for (index, (ty, place)) in items.into_iter().enumerate() {
            let arguments = ["j".into(), index.to_string(), place, self.codec(ty)];
            body.extend(call("rapace.JSONItem(", &arguments));
        }
        body.push(Statement::plain("j.EndArray()"));
        body
    }

    fn container(&self, ty: &TypeRef) -> Vec<Statement> {
        let one = |function: &str, item: &TypeRef| {
            let arguments = ["j".into(), "v".into(), self.codec(item)];
            call(&format!("rapace.{function}("), &arguments)
        };
        match ty {
            TypeRef::Option(item) if self.types.is_sum(item) => one("JSONInterface", item),
            TypeRef::Option(item) if self.types.is_option_struct(item) => one("JSONOption", item),
            TypeRef::Option(item) => one("JSONPointer", item),
            TypeRef::Set(item) if self.types.is_comparable(item) => one("JSONSet", item),
            TypeRef::List(item) | TypeRef::Set(item) => one("JSONList", item),
            TypeRef::Array { item, len } => {
                // As Go has them, see `Types::go`.
                let item = if *len == 0 && !is_byte(item) {
                    &TypeRef::Unit
                } else {
                    &**item
                };
                let arguments = ["j".into(), "v[:]".into(), self.codec(item)];
                call("rapace.JSONArray(", &arguments)
            }
            TypeRef::Map { key, value } => {
                let function = match self.types.is_comparable(key) {
                    true => "rapace.JSONMap(",
                    false => "rapace.JSONEntries(",
                };
                call(function, &["j".into(), "v".into(), self.codec(key), self.codec(value)])
            }
            TypeRef::Tuple(items) => {
                let items = items.iter().enumerate();
                self.items(items.map(|(i, item)| (item, format!("&v.V{i}"))).collect())
            }
            _ => Vec::new(),
        }
    }

    /// The function for a type, as an expression.
    fn codec(&self, ty: &TypeRef) -> String {
        match scalar(ty) {
            Some(method) => format!("(*rapace.JSON).{method}"),
            None => self.functions[ty].clone(),
        }
    }

    /// The statement that reads or writes what this pointer points to.
    fn call(&self, ty: &TypeRef, pointer: &str) -> Statement {
        Statement::Plain(match scalar(ty) {
            Some(method) => format!("j.{method}({pointer})"),
            None => format!("{}(j, {pointer})", self.functions[ty]),
        })
    }
}

/// A method or a function, of which the lines but the last brace are given.
fn method(lines: &[String]) -> Vec<String> {
    lines.iter().cloned().chain(["}".to_owned()]).collect()
}

/// A call, with a line for each argument where it would be too wide.
fn call(before: &str, arguments: &[String]) -> Vec<Statement> {
    let lines = bracketed(before, arguments, ")", 2);
    lines.into_iter().map(Statement::Plain).collect()
}

/// Collects the containers in a type, itself included. Nothing is in an array of none.
fn collect<'a>(ty: &'a TypeRef, containers: &mut BTreeSet<&'a TypeRef>) {
    if scalar(ty).is_some() || matches!(ty, TypeRef::Named(_)) || !containers.insert(ty) {
        return;
    }
    if !matches!(ty, TypeRef::Array { len: 0, .. }) {
        for child in ty.children() {
            collect(child, containers);
        }
    }
}

/// The method of the runtime's JSON for a scalar.
fn scalar(ty: &TypeRef) -> Option<&'static str> {
    Some(match ty {
        TypeRef::Unit => "Unit",
        TypeRef::Bool => "Bool",
        TypeRef::U8 => "Uint8",
        TypeRef::U16 => "Uint16",
        TypeRef::U32 => "Uint32",
        TypeRef::U64 | TypeRef::Usize => "Uint64",
        TypeRef::U128 => "Uint128",
        TypeRef::I8 => "Int8",
        TypeRef::I16 => "Int16",
        TypeRef::I32 => "Int32",
        TypeRef::I64 | TypeRef::Isize => "Int64",
        TypeRef::I128 => "Int128",
        TypeRef::F32 => "Float32",
        TypeRef::F64 => "Float64",
        TypeRef::Char => "Char",
        TypeRef::String => "String",
        TypeRef::Bytes => "Bytes",
        _ => return None,
    })
}
