//! Adds to the exported description what rustc cannot have so much of: a service, a method and a parameter of every name.

use std::collections::BTreeSet;

use rapace_schema::{Api, Argument, Digest, Method, MethodKind, Service, TypeRef, method_id};

use super::names::Names;

/// The module of services that are in the description alone.
const ADDED: &str = "added";
/// A method in so many is deprecated, and one has docs.
const DEPRECATED: usize = 11;
const DOCUMENTED: usize = 4;

/// Whether the crate has the service.
pub fn is_typed(service: &Service) -> bool {
    service.module != ADDED
}

/// Adds a service for each group of names, whose methods are all its names, and one without methods for each name that no
/// service has then.
pub fn extend(api: &mut Api, names: &Names) {
    let mut adding = Adding {
        names,
        types: api.types.iter().map(|def| def.name.clone()).collect(),
        count: 0,
    };
    let mut taken: BTreeSet<String> = api.services.iter().map(|service| service.name.clone()).collect();
    for (number, group) in names.groups.iter().enumerate() {
        let free: Vec<&str> = group.iter().copied().filter(|name| !taken.contains(*name)).collect();
        for (position, name) in free.iter().enumerate() {
            let has_methods = position == number % free.len();
            let methods = match has_methods {
                true => adding.methods(name, number, group),
                false => Vec::new(),
            };
            api.services.push(adding.service(name, methods));
        }
        taken.extend(group.iter().map(|name| (*name).to_owned()));
    }
    api.services.sort_by(|a, b| a.name.cmp(&b.name));
}

struct Adding<'a> {
    names: &'a Names,
    types: BTreeSet<String>,
    count: usize,
}

impl Adding<'_> {
    fn service(&mut self, name: &str, methods: Vec<Method>) -> Service {
        Service {
            name: name.into(),
            module: ADDED.into(),
            doc: self.doc(),
            deprecated: None,
            methods,
        }
    }

    /// A method of each name, in each form.
    fn methods(&mut self, service: &str, number: usize, group: &[&str]) -> Vec<Method> {
        let methods = group.iter().enumerate().map(|(position, name)| {
            let ty = match self.types.contains(*name) {
                true => TypeRef::Named((*name).to_owned()),
                false => TypeRef::U32,
            };
            let boxed = || Box::new(ty.clone());
            let (response, kind) = match (position + number) % 6 {
                0 => (ty.clone(), MethodKind::Unary),
                1 => (ty.clone(), MethodKind::ServerStreaming),
                2 => (TypeRef::Unit, MethodKind::Unary),
                3 => (TypeRef::Option(boxed()), MethodKind::Unary),
                4 => (TypeRef::List(boxed()), MethodKind::Unary),
                _ => (TypeRef::Unit, MethodKind::Unary),
            };
            let mut arguments = Vec::new();
            let mut response = response;
            // All of the group's names, with what builtin types are called after.
            if position == number % group.len() {
                let others = group.iter().enumerate().filter(|(_, other)| *other != name);
                arguments.extend(others.map(|(place, other)| argument(other, plain(number + place))));
            }
            arguments.push(argument(name, ty));
            if arguments.len() > 1 && kind == MethodKind::Unary {
                response = TypeRef::Tuple(arguments.iter().map(|argument| argument.ty.clone()).collect());
            } else if arguments.len() > 1 {
                arguments.drain(..arguments.len() - 1);
            }
            let wire_name = format!("{service}.{name}");
            Method {
                name: (*name).to_owned(),
                id: method_id(&wire_name),
                wire_name,
                doc: self.doc(),
                deprecated: self.note(),
                kind,
                idempotent: false,
                arguments,
                response,
                digest: Digest::default(),
            }
        });
        methods.collect()
    }

    fn doc(&mut self) -> String {
        self.count += 1;
        match self.count % DOCUMENTED {
            0 => self.names.docs[self.count / DOCUMENTED % self.names.docs.len()].clone(),
            _ => String::new(),
        }
    }

    fn note(&self) -> Option<String> {
        let turn = self.count / DEPRECATED;
        let is_deprecated = self.count.is_multiple_of(DEPRECATED);
        is_deprecated.then(|| self.names.docs[turn % self.names.docs.len()].clone())
    }
}

fn argument(name: &str, ty: TypeRef) -> Argument {
    Argument { name: name.into(), ty }
}

/// Types that annotations use builtins for, one after another.
fn plain(turn: usize) -> TypeRef {
    let string = || Box::new(TypeRef::String);
    match turn % 8 {
        0 => TypeRef::U8,
        1 => TypeRef::String,
        2 => TypeRef::Bytes,
        3 => TypeRef::Option(Box::new(TypeRef::Bool)),
        4 => TypeRef::Map {
            key: string(),
            value: Box::new(TypeRef::I64),
        },
        5 => TypeRef::Set(Box::new(TypeRef::Char)),
        6 => TypeRef::List(string()),
        _ => TypeRef::F64,
    }
}
