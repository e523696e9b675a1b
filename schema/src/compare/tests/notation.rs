//! APIs in a short notation: arguments as Rust writes them, with structs and enums where they are used.
//!
//! `qty: u32, order: Order{id: u64, tags: Vec<String>}, format: enum Format{Paper, Audio(u32), Film{fps: u8}}`

use crate::fixtures::{api, enumeration, service, structure};
use crate::model::{Api, MethodKind, TypeDef, TypeRef};

/// An API with the method `Shop.buy`, which takes these arguments and answers what comes after `->`, else nothing. `-> stream u32`
/// is a stream of items.
pub(crate) fn described(text: &str) -> Api {
    let (arguments, answer) = text.split_once("->").unwrap_or((text, "()"));
    let mut parser = Parser {
        left: arguments.trim(),
        types: Vec::new(),
    };
    let arguments = parser.fields("");
    parser.left = answer.trim();
    let kind = match parser.skip("stream ") {
        true => MethodKind::ServerStreaming,
        false => MethodKind::Unary,
    };
    let response = parser.ty();
    assert_eq!(parser.left, "", "{text}");
    let mut api = api(parser.types);
    api.types.dedup_by(|a, b| a.name == b.name);
    let types: Vec<TypeRef> = arguments.iter().map(|(_, ty)| ty.clone()).collect();
    api.services = vec![service("Shop", &[("buy", &types, response)])];
    api.services[0].methods[0].kind = kind;
    for (argument, (name, _)) in api.services[0].methods[0].arguments.iter_mut().zip(arguments) {
        argument.name = name;
    }
    let problems = crate::validate(&api);
    assert!(problems.is_empty(), "{text}: {problems:?}");
    api
}

struct Parser<'t> {
    left: &'t str,
    types: Vec<TypeDef>,
}

impl<'t> Parser<'t> {
    fn skip(&mut self, token: &str) -> bool {
        let rest = self.left.trim_start();
        match rest.strip_prefix(token) {
            Some(rest) => {
                self.left = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) {
        assert!(self.skip(token), "{token:?} expected at {:?}", self.left);
    }

    fn word(&mut self) -> &'t str {
        let end = self
            .left
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(self.left.len());
        let (word, rest) = self.left.split_at(end);
        self.left = rest.trim_start();
        word
    }

    /// `name: Type, …` up to the token.
    fn fields(&mut self, end: &str) -> Vec<(String, TypeRef)> {
        let mut fields = Vec::new();
        while !self.left.is_empty() && (end.is_empty() || !self.skip(end)) {
            let name = self.word().to_owned();
            self.expect(":");
            fields.push((name, self.ty()));
            self.skip(",");
        }
        fields
    }

    /// `Type, …)`, with the names that fields of tuples have.
    fn tuple(&mut self) -> Vec<(String, TypeRef)> {
        let mut fields = Vec::new();
        while !self.skip(")") {
            fields.push((fields.len().to_string(), self.ty()));
            self.skip(",");
        }
        fields
    }

    fn inner(&mut self) -> Box<TypeRef> {
        self.expect("<");
        let inner = self.ty();
        self.expect(">");
        Box::new(inner)
    }

    fn ty(&mut self) -> TypeRef {
        if self.skip("(") {
            let items: Vec<TypeRef> = self.tuple().into_iter().map(|(_, ty)| ty).collect();
            return if items.is_empty() {
                TypeRef::Unit
            } else {
                TypeRef::Tuple(items)
            };
        }
        if self.skip("[") {
            let item = Box::new(self.ty());
            self.expect(";");
            let len = self.word().parse().expect("a length");
            self.expect("]");
            return TypeRef::Array { item, len };
        }
        match self.word() {
            "Option" => TypeRef::Option(self.inner()),
            "Vec" => match *self.inner() {
                TypeRef::U8 => TypeRef::Bytes,
                item => TypeRef::List(Box::new(item)),
            },
            "Set" => TypeRef::Set(self.inner()),
            "Map" => {
                self.expect("<");
                let key = Box::new(self.ty());
                self.expect(",");
                let value = Box::new(self.ty());
                self.expect(">");
                TypeRef::Map { key, value }
            }
            "enum" => {
                let name = self.word().to_owned();
                self.expect("{");
                let mut variants = Vec::new();
                while !self.skip("}") {
                    let variant = self.word().to_owned();
                    let fields = match (self.skip("("), self.left.starts_with('{')) {
                        (true, _) => self.tuple(),
                        (false, true) => {
                            self.expect("{");
                            self.fields("}")
                        }
                        _ => Vec::new(),
                    };
                    variants.push((variant, fields));
                    self.skip(",");
                }
                self.define_enum(&name, &variants);
                TypeRef::Named(name)
            }
            scalar if scalar.starts_with(char::is_lowercase) || scalar == "String" => {
                serde_json::from_value(scalar.to_lowercase().into()).expect("a scalar")
            }
            name => {
                let fields = match (self.skip("{"), self.skip("(")) {
                    (true, _) => Some(self.fields("}")),
                    (_, true) => Some(self.tuple()),
                    _ => None,
                };
                if let Some(fields) = fields {
                    let fields: Vec<(&str, TypeRef)> = fields.iter().map(|(n, ty)| (n.as_str(), ty.clone())).collect();
                    self.types.push(structure(name, &fields));
                }
                TypeRef::Named(name.to_owned())
            }
        }
    }

    fn define_enum(&mut self, name: &str, variants: &[(String, Vec<(String, TypeRef)>)]) {
        let fields: Vec<Vec<(&str, TypeRef)>> = variants
            .iter()
            .map(|(_, fields)| fields.iter().map(|(name, ty)| (name.as_str(), ty.clone())).collect())
            .collect();
        let variants: Vec<(&str, &[(&str, TypeRef)])> = variants
            .iter()
            .zip(&fields)
            .map(|((name, _), fields)| (name.as_str(), fields.as_slice()))
            .collect();
        self.types.push(enumeration(name, &variants));
    }
}
