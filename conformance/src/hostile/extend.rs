//! Adds to the exported description what rustc cannot have so much of: a service, a method and a parameter of every name.

use std::collections::BTreeSet;

use rapace_schema::{Api, Argument, Digest, Method, MethodKind, Service, TypeRef, method_id};

use super::names::Names;

/// The module of services that are in the description alone.
const ADDED: &str = "added";
/// A method in so many is deprecated, and one has docs.
const DEPRECATED: usize = 23;
const DOCUMENTED: usize = 13;
/// How many names of its service a method has as parameters at most, besides its own.
const PARAMETERS: usize = 5;

/// Whether the crate has the service.
pub fn is_typed(service: &Service) -> bool {
    service.module != ADDED
}

/// Adds the services of each group of names, which have all its names as methods between them.
pub fn extend(api: &mut Api, names: &Names) {
    let mut adding = Adding {
        names,
        types: api.types.iter().map(|def| def.name.clone()).collect(),
        count: 0,
    };
    let taken: BTreeSet<String> = api.services.iter().map(|service| service.name.clone()).collect();
    for group in &names.groups {
        let is_free = |position: &usize| !taken.contains(group[*position]);
        let positions = || (0..group.len()).filter(is_free);
        let mut services: Vec<usize> = positions().filter(|at| names.services.contains(group[*at])).collect();
        if services.is_empty() {
            services.extend(positions().next());
        }
        for service in &services {
            let has = |position: &usize| position == service || owner(group, &services, *position) == *service;
            let methods: Vec<&str> = (0..group.len()).filter(has).map(|position| group[position]).collect();
            api.services.push(adding.service(group[*service], &methods));
        }
    }
    api.services.sort_by(|a, b| a.name.cmp(&b.name));
}

/// The service that has the method of this name: the last one that does not stand behind it. Names that differ in casing and
/// underscores alone meet in one service.
fn owner(group: &[&str], services: &[usize], position: usize) -> usize {
    let folded = |name: &str| name.replace('_', "").to_lowercase();
    let alike = group.iter().position(|name| folded(name) == folded(group[position]));
    let first = alike.unwrap_or(position);
    let before = services.iter().rev().find(|service| **service <= first);
    *before.unwrap_or(&services[0])
}

struct Adding<'a> {
    names: &'a Names,
    types: BTreeSet<String>,
    count: usize,
}

impl Adding<'_> {
    /// A service with a method of each name, of which the first has others as parameters.
    fn service(&mut self, name: &str, methods: &[&str]) -> Service {
        let doc = self.doc();
        let methods = methods.iter().enumerate().map(|(position, method)| {
            let others = match position {
                0 => &methods[1..methods.len().min(1 + PARAMETERS)],
                _ => &[],
            };
            self.method(name, method, others)
        });
        Service {
            name: name.into(),
            module: ADDED.into(),
            doc,
            deprecated: None,
            methods: methods.collect(),
        }
    }

    /// A method whose last parameter has its name, and the type of that name where there is one. It answers with that.
    fn method(&mut self, service: &str, name: &str, others: &[&str]) -> Method {
        let doc = self.doc();
        let ty = match self.types.contains(name) {
            true => TypeRef::Named(name.to_owned()),
            false => plain(self.count),
        };
        let (response, kind) = match self.count % 16 {
            0 => (TypeRef::Option(Box::new(ty.clone())), MethodKind::Unary),
            1 => (TypeRef::List(Box::new(ty.clone())), MethodKind::Unary),
            2 | 3 => (TypeRef::Unit, MethodKind::Unary),
            4 | 5 => (ty.clone(), MethodKind::ServerStreaming),
            _ => (ty.clone(), MethodKind::Unary),
        };
        let others = others.iter().enumerate();
        let mut arguments: Vec<Argument> = others
            .map(|(place, other)| argument(other, plain(self.count + place)))
            .collect();
        arguments.push(argument(name, ty));
        let wire_name = format!("{service}.{name}");
        Method {
            name: name.into(),
            id: method_id(&wire_name),
            wire_name,
            doc,
            deprecated: self.note(),
            kind,
            idempotent: false,
            arguments,
            response,
            response_alias: None,
            digest: Digest::default(),
        }
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
    Argument {
        name: name.into(),
        ty,
        alias: None,
    }
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

#[cfg(test)]
mod tests {
    use super::owner;

    #[test]
    fn names_that_differ_in_casing_alone_are_methods_of_one_service() {
        let group = ["a", "fooBar", "b", "foo_bar", "FooBar"];
        let owners: Vec<usize> = (0..group.len())
            .map(|position| owner(&group, &[1, 2, 3], position))
            .collect();
        assert_eq!(owners, [1, 1, 2, 1, 1]);
    }
}
