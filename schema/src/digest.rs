//! Digests of types, methods and the whole.
//!
//! A digest is the first 16 bytes of a SHA-256, in hexadecimal. It depends on nothing but what the thing itself
//! reaches: adding a type elsewhere changes no other digest. A type in a circle is digested in as many rounds as the
//! circle has members, each round over the digests of the round before, so that neither the entry point nor the
//! order of the walk matters.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::model::{Api, Digest, Fields, Method, Style, TypeDef, TypeKind, TypeRef};
use crate::order::groups;

/// Computes every digest of `api` and writes it in its place. References must resolve.
pub fn seal(api: &mut Api) {
    let mut digests = Digests::default();
    for group in groups(api).iter() {
        let mut before: Vec<Digest> = vec![Digest::default(); group.len()];
        for _ in 0..group.len() {
            for (def, digest) in group.iter().zip(&before) {
                digests.0.insert(def.name.clone(), digest.clone());
            }
            before = group.iter().map(|def| digests.type_def(def)).collect();
        }
        for (def, digest) in group.iter().zip(before) {
            digests.0.insert(def.name.clone(), digest);
        }
    }
    let [mut wire, mut shape, mut names] = [(); 3].map(|()| vec!["api".to_owned()]);
    for service in &mut api.services {
        for method in &mut service.methods {
            method.digest = digests.method(method);
            wire.push(method.digest.wire.clone());
            shape.push(method.digest.shape.clone());
            names.push(format!("{} {} {}", service.name, method.name, method.digest.api));
        }
    }
    // Methods are told apart by their ids, not by their order.
    for parts in [&mut wire, &mut shape, &mut names] {
        parts[1..].sort_unstable();
    }
    api.digest = Digest {
        wire: hash(&wire),
        shape: hash(&shape),
        api: hash(&names),
    };
    for def in &mut api.types {
        def.digest = digests.0[&def.name].clone();
    }
}

/// The digests of the named types that are known so far.
#[derive(Default)]
struct Digests(BTreeMap<String, Digest>);

impl Digests {
    fn type_def(&self, def: &TypeDef) -> Digest {
        match &def.kind {
            TypeKind::Struct(fields) => {
                let fields = self.fields(fields);
                Digest {
                    wire: fields.wire,
                    shape: fields.shape,
                    api: hash(&["struct".into(), def.name.clone(), fields.api]),
                }
            }
            TypeKind::Enum { variants } => {
                let [mut wire, mut shape, mut names] = [(); 3].map(|()| vec!["enum".to_owned()]);
                names.push(def.name.clone());
                for variant in variants {
                    let fields = self.fields(&variant.fields);
                    wire.push(fields.wire);
                    shape.extend([variant.name.clone(), fields.shape]);
                    names.extend([variant.name.clone(), fields.api]);
                }
                if def.open {
                    names.push("open".into());
                }
                Digest {
                    wire: hash(&wire),
                    shape: hash(&shape),
                    api: hash(&names),
                }
            }
        }
    }

    fn fields(&self, fields: &Fields) -> Digest {
        let types: Vec<Digest> = fields.fields.iter().map(|field| self.type_ref(&field.ty)).collect();
        let style = match fields.style {
            Style::Unit => "unit",
            Style::Tuple => "tuple",
            Style::Struct => "struct",
        };
        let mut names = vec![style.to_owned()];
        let mut shape = vec!["fields".to_owned()];
        for (field, ty) in fields.fields.iter().zip(&types) {
            names.extend([field.name.clone(), ty.api.clone()]);
            shape.extend([field.name.clone(), ty.shape.clone()]);
        }
        Digest {
            wire: product(types.iter().map(|ty| ty.wire.clone()).collect()),
            shape: match fields.style {
                Style::Struct => hash(&shape),
                // Positions are no names: `Isbn(String)` is a String, `Point(f32, f32)` a tuple.
                Style::Unit | Style::Tuple => product(types.iter().map(|ty| ty.shape.clone()).collect()),
            },
            api: hash(&names),
        }
    }

    fn type_ref(&self, ty: &TypeRef) -> Digest {
        let tag = match ty {
            TypeRef::Named(name) => return self.0[name].clone(),
            TypeRef::Tuple(items) => {
                let items: Vec<Digest> = items.iter().map(|item| self.type_ref(item)).collect();
                let mut names = vec!["tuple".to_owned()];
                names.extend(items.iter().map(|item| item.api.clone()));
                return Digest {
                    wire: product(items.iter().map(|item| item.wire.clone()).collect()),
                    shape: product(items.into_iter().map(|item| item.shape).collect()),
                    api: hash(&names),
                };
            }
            TypeRef::Unit => {
                return Digest {
                    wire: product(Vec::new()),
                    shape: product(Vec::new()),
                    api: hash(&["unit".into()]),
                };
            }
            TypeRef::Array { len, .. } => format!("array {len}"),
            TypeRef::Option(_) => "option".to_owned(),
            TypeRef::List(_) => "list".to_owned(),
            TypeRef::Set(_) => "set".to_owned(),
            TypeRef::Map { .. } => "map".to_owned(),
            scalar => format!("{scalar:?}").to_lowercase(),
        };
        let bytes = match ty {
            TypeRef::Usize => "u64".to_owned(),
            TypeRef::Isize => "i64".to_owned(),
            _ => tag.clone(),
        };
        let (mut wire, mut shape, mut names) = (vec![bytes.clone()], vec![bytes], vec![tag]);
        for child in ty.children() {
            let child = self.type_ref(child);
            wire.push(child.wire);
            shape.push(child.shape);
            names.push(child.api);
        }
        Digest {
            wire: hash(&wire),
            shape: hash(&shape),
            api: hash(&names),
        }
    }

    fn method(&self, method: &Method) -> Digest {
        let arguments: Vec<Digest> = method.arguments.iter().map(|arg| self.type_ref(&arg.ty)).collect();
        let response = self.type_ref(&method.response);
        let request = product(arguments.iter().map(|arg| arg.wire.clone()).collect());
        let kind = format!("{:?}", method.kind);
        let mut names = vec![method.wire_name.clone(), kind.clone(), response.api];
        let mut shape = vec![method.id.to_string(), kind.clone(), response.shape];
        for (argument, digest) in method.arguments.iter().zip(&arguments) {
            names.extend([argument.name.clone(), digest.api.clone()]);
            shape.extend([argument.name.clone(), digest.shape.clone()]);
        }
        Digest {
            wire: hash(&[method.id.to_string(), kind, request, response.wire]),
            shape: hash(&shape),
            api: hash(&names),
        }
    }
}

/// Values one after another. A lone value has the bytes of itself, as in a newtype.
fn product(mut parts: Vec<String>) -> String {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    parts.insert(0, "product".into());
    hash(&parts)
}

/// Each part is preceded by its length, so that no two lists of parts read the same.
fn hash(parts: &[String]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::seal;
    use crate::fixtures::{api, boxed, enumeration, named, service, structure};
    use crate::model::TypeRef::{self, List, Option, String, U32};
    use crate::model::{Api, Digest, TypeDef};

    fn sealed(types: impl IntoIterator<Item = TypeDef>) -> Api {
        let mut api = api(types);
        seal(&mut api);
        api
    }

    fn digest_of(api: &Api, name: &str) -> Digest {
        api.types.iter().find(|def| def.name == name).unwrap().digest.clone()
    }

    #[test]
    fn names_move_the_api_digest_alone() {
        let one = digest_of(&sealed([structure("Book", &[("title", String)])]), "Book");
        let renamed = digest_of(&sealed([structure("Book", &[("name", String)])]), "Book");
        let retyped = digest_of(&sealed([structure("Book", &[("title", U32)])]), "Book");
        assert_eq!(one.wire, renamed.wire);
        assert_ne!(one.api, renamed.api);
        assert_ne!(one.wire, retyped.wire);
        assert_eq!(one.wire.len(), 32);
    }

    #[test]
    fn fields_of_equal_bytes_that_change_places_move_the_shape_and_a_type_that_is_renamed_does_not() {
        let check = |before: TypeDef, after: TypeDef, wire_is_equal: bool, shape_is_equal: bool| {
            let [before, after] = [before, after].map(|def| {
                let name = def.name.clone();
                digest_of(&sealed([structure("Isbn", &[("0", String)]), def]), &name)
            });
            assert_eq!(before.wire == after.wire, wire_is_equal, "{before:?} {after:?}");
            assert_eq!(before.shape == after.shape, shape_is_equal, "{before:?} {after:?}");
        };
        let point = || structure("Point", &[("x", U32), ("y", U32)]);
        check(point(), structure("Point", &[("y", U32), ("x", U32)]), true, false);
        check(point(), structure("Place", &[("x", U32), ("y", U32)]), true, true);
        check(point(), structure("Point", &[("0", U32), ("1", U32)]), true, false);
        check(point(), structure("Point", &[("x", U32), ("y", String)]), false, false);
        let book = |isbn: TypeRef| structure("Book", &[("isbn", isbn), ("copies", U32)]);
        check(book(named("Isbn")), book(String), true, true);
        check(
            structure("N", &[("n", TypeRef::Usize)]),
            structure("N", &[("n", TypeRef::U64)]),
            true,
            true,
        );
        let format = |names: [&str; 2]| enumeration("Format", &names.map(|name| (name, &[] as &[_])));
        check(format(["Paper", "Audio"]), format(["Audio", "Paper"]), true, false);
    }

    #[test]
    fn arguments_that_change_places_move_the_shape_of_their_method() {
        let digest = |names: [&str; 2]| {
            let mut api = api([]);
            api.services = vec![service("S", &[("m", &[U32, U32], U32)])];
            for (argument, name) in api.services[0].methods[0].arguments.iter_mut().zip(names) {
                argument.name = name.into();
            }
            seal(&mut api);
            api.digest
        };
        assert_eq!(digest(["from", "to"]).wire, digest(["to", "from"]).wire);
        assert_ne!(digest(["from", "to"]).shape, digest(["to", "from"]).shape);
    }

    #[test]
    fn whether_a_method_is_idempotent_moves_no_digest() {
        let digest = |idempotent| {
            let mut api = api([]);
            api.services = vec![service("S", &[("m", &[U32], U32)])];
            api.services[0].methods[0].idempotent = idempotent;
            seal(&mut api);
            api.digest
        };
        assert_eq!(digest(false), digest(true));
    }

    #[test]
    fn an_enum_that_opens_moves_the_api_digest_alone() {
        let format = enumeration("Format", &[("Paper", &[]), ("Ebook", &[])]);
        let digest = |open| digest_of(&sealed([TypeDef { open, ..format.clone() }]), "Format");
        assert_eq!(digest(false).wire, digest(true).wire);
        assert_ne!(digest(false).api, digest(true).api);
    }

    #[test]
    fn a_newtype_has_the_bytes_of_its_inner_type() {
        let api = sealed([
            structure("Isbn", &[("0", String)]),
            structure("A", &[("isbn", named("Isbn")), ("n", U32)]),
            structure("B", &[("isbn", String), ("n", U32)]),
        ]);
        assert_eq!(digest_of(&api, "A").wire, digest_of(&api, "B").wire);
        assert_ne!(digest_of(&api, "A").api, digest_of(&api, "B").api);
    }

    #[test]
    fn the_order_of_variants_and_fields_is_on_the_wire() {
        let enums = sealed([
            enumeration("A", &[("X", &[]), ("Y", &[("n", U32)])]),
            enumeration("B", &[("Y", &[("n", U32)]), ("X", &[])]),
            structure("C", &[("a", U32), ("b", String)]),
            structure("D", &[("b", String), ("a", U32)]),
        ]);
        assert_ne!(digest_of(&enums, "A").wire, digest_of(&enums, "B").wire);
        assert_ne!(digest_of(&enums, "C").wire, digest_of(&enums, "D").wire);
    }

    #[test]
    fn circles_are_digested_whatever_the_entry_and_seen_through() {
        let author = |extra: TypeRef| structure("Author", &[("books", List(boxed(named("Book")))), ("x", extra)]);
        let book = structure("Book", &[("author", Option(boxed(named("Author"))))]);
        let one = sealed([author(U32), book.clone()]);
        let other = sealed([book.clone(), author(U32), structure("Far", &[("a", U32)])]);
        let changed = sealed([author(String), book]);
        assert_eq!(digest_of(&one, "Book"), digest_of(&other, "Book"));
        assert_ne!(digest_of(&one, "Book").wire, digest_of(&changed, "Book").wire);
        assert_ne!(digest_of(&one, "Author").wire, digest_of(&one, "Book").wire);
    }

    #[test]
    fn the_whole_depends_on_methods_and_not_on_their_order() {
        let with = |services: &[crate::Service]| {
            let mut api = api([]);
            api.services = services.to_vec();
            seal(&mut api);
            api.digest
        };
        let a = service("A", &[("one", &[], U32), ("two", &[U32], String)]);
        let swapped = service("A", &[("two", &[U32], String), ("one", &[], U32)]);
        assert_eq!(with(std::slice::from_ref(&a)), with(std::slice::from_ref(&swapped)));
        let fewer = service("A", &[("one", &[], U32)]);
        assert_ne!(with(&[a]).wire, with(&[fewer]).wire);
    }
}
