//! What people who wrote code on top of generated packages have to follow: names and types that they see.

use std::collections::BTreeMap;

use super::describe::type_text;
use super::report::CodeNote;
use crate::model::{Api, Fields, Method, Style, TypeDef, TypeKind, TypeRef};

/// The languages that packages are generated for.
const ALL: [&str; 3] = ["go", "python", "typescript"];

/// The notes, sorted.
pub(super) fn notes(old: &Api, new: &Api) -> Vec<CodeNote> {
    let mut notes = Notes {
        old,
        new,
        all: Vec::new(),
    };
    notes.services();
    notes.types();
    notes.all.sort();
    notes.all.dedup();
    notes.all
}

struct Notes<'a> {
    old: &'a Api,
    new: &'a Api,
    all: Vec<CodeNote>,
}

impl<'a> Notes<'a> {
    fn say(&mut self, languages: &[&'static str], place: impl Into<String>, what: impl Into<String>) {
        self.all.push(CodeNote {
            languages: languages.to_vec(),
            place: place.into(),
            what: what.into(),
        });
    }

    fn services(&mut self) {
        let services = by_name(&self.new.services, |service| &service.name);
        for service in &self.old.services {
            let Some(after) = services.get(service.name.as_str()) else {
                self.say(&ALL, &service.name, "the service is gone, or has another name");
                continue;
            };
            let methods = by_name(&after.methods, |method| &method.name);
            for method in &service.methods {
                let place = format!("{}.{}", service.name, method.name);
                match methods.get(method.name.as_str()) {
                    Some(after) => self.method(&place, method, after),
                    None => self.say(&ALL, place, "the method is gone, or has another name"),
                }
            }
        }
    }

    fn method(&mut self, place: &str, old: &Method, new: &Method) {
        if old.kind != new.kind {
            self.say(&ALL, place, "a stream and a single answer are used in other ways");
        }
        self.retyped(place, "the answer", &old.response, &new.response);
        let (before, after) = (&old.arguments, &new.arguments);
        if before.len() != after.len() {
            self.say(
                &ALL,
                place,
                format!("it takes {} arguments instead of {}", after.len(), before.len()),
            );
            return;
        }
        for (old, new) in before.iter().zip(after) {
            if old.name != new.name {
                // Only Python calls by keyword.
                self.say(
                    &["python"],
                    place,
                    format!("argument `{}` is now `{}`", old.name, new.name),
                );
            }
            self.retyped(place, &format!("argument `{}`", new.name), &old.ty, &new.ty);
        }
    }

    fn types(&mut self) {
        let [old, new] = [self.old, self.new].map(|api| by_name(&api.types, |def| &def.name));
        // The first of each shape that has a new name.
        let mut renamed: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, def) in new.iter().rev().filter(|(name, _)| !old.contains_key(**name)) {
            renamed.insert(&def.digest.shape, name);
        }
        for (name, before) in &old {
            let Some(after) = new.get(name) else {
                let what = match renamed.get(before.digest.shape.as_str()) {
                    Some(other) => format!("the type is now `{other}`"),
                    None => "the type is gone".to_owned(),
                };
                self.say(&ALL, *name, what);
                continue;
            };
            match (&before.kind, &after.kind) {
                (TypeKind::Struct(before), TypeKind::Struct(after)) => self.fields(name, before, after),
                (TypeKind::Enum { .. }, TypeKind::Enum { .. }) => self.variants(name, before, after),
                _ => self.say(&ALL, *name, "a struct and an enum are used in other ways"),
            }
        }
    }

    fn variants(&mut self, name: &str, before: &TypeDef, after: &TypeDef) {
        let (TypeKind::Enum { variants: old }, TypeKind::Enum { variants: new }) = (&before.kind, &after.kind) else {
            return;
        };
        let news = by_name(new, |variant| &variant.name);
        for variant in old {
            match news.get(variant.name.as_str()) {
                Some(after) => self.fields(&format!("{name}::{}", variant.name), &variant.fields, &after.fields),
                None => {
                    let what = format!("variant `{}` is gone, or has another name", variant.name);
                    self.say(&ALL, name, what);
                }
            }
        }
    }

    fn fields(&mut self, place: &str, old: &Fields, new: &Fields) {
        if old.style != new.style {
            self.say(&ALL, place, "its fields have names now, or no longer");
            return;
        }
        if old.style == Style::Tuple && old.fields.len() != new.fields.len() {
            self.say(
                &ALL,
                place,
                format!("it has {} fields instead of {}", new.fields.len(), old.fields.len()),
            );
            return;
        }
        let (olds, news) = (
            by_name(&old.fields, |field| &field.name),
            by_name(&new.fields, |field| &field.name),
        );
        for field in &old.fields {
            let here = format!("{place}.{}", field.name);
            match news.get(field.name.as_str()) {
                Some(after) => self.retyped(&here, "the field", &field.ty, &after.ty),
                None => self.say(&ALL, here, "the field is gone, or has another name"),
            }
        }
        for field in &new.fields {
            let added = !olds.contains_key(field.name.as_str());
            let optional = field.default || matches!(field.ty, TypeRef::Option(_));
            let languages: &[&'static str] = if optional {
                &["typescript"]
            } else {
                &["python", "typescript"]
            };
            if added && new.fields.len() > old.fields.len() {
                // Go fills in zero values.
                self.say(
                    languages,
                    format!("{place}.{}", field.name),
                    "the field is new: values are made with it",
                );
            }
        }
    }

    fn retyped(&mut self, place: &str, what: &str, old: &TypeRef, new: &TypeRef) {
        if old == new {
            return;
        }
        let mut languages: Vec<&'static str> = vec!["go"];
        if seen_in_python(old) != seen_in_python(new) {
            languages.push("python");
        }
        if seen_in_typescript(old) != seen_in_typescript(new) {
            languages.push("typescript");
        }
        let what = format!("{what} is `{}` instead of `{}`", type_text(new), type_text(old));
        self.say(&languages, place, what);
    }
}

/// Things by their names.
fn by_name<'t, T>(all: &'t [T], name: impl Fn(&'t T) -> &'t String) -> BTreeMap<&'t str, &'t T> {
    all.iter().map(|one| (name(one).as_str(), one)).collect()
}

/// What numbers are in Python; every other type is itself.
fn seen_in_python(ty: &TypeRef) -> String {
    match ty {
        TypeRef::F32 | TypeRef::F64 => "float".to_owned(),
        ty if is_integer(ty) => "int".to_owned(),
        TypeRef::Char | TypeRef::String => "str".to_owned(),
        TypeRef::Option(item) => format!("{} or None", seen_in_python(item)),
        TypeRef::List(item) => format!("list of {}", seen_in_python(item)),
        ty => type_text(ty),
    }
}

/// What numbers are in TypeScript; every other type is itself.
fn seen_in_typescript(ty: &TypeRef) -> String {
    match ty {
        TypeRef::U64 | TypeRef::I64 | TypeRef::U128 | TypeRef::I128 => "bigint".to_owned(),
        TypeRef::F32 | TypeRef::F64 => "number".to_owned(),
        ty if is_integer(ty) => "number".to_owned(),
        TypeRef::Char | TypeRef::String => "string".to_owned(),
        TypeRef::Option(item) => format!("{} or undefined", seen_in_typescript(item)),
        ty => type_text(ty),
    }
}

fn is_integer(ty: &TypeRef) -> bool {
    use TypeRef::{I8, I16, I32, I64, I128, Isize, U8, U16, U32, U64, U128, Usize};
    matches!(
        ty,
        U8 | U16 | U32 | U64 | U128 | Usize | I8 | I16 | I32 | I64 | I128 | Isize
    )
}
