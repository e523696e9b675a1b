//! The declarations of types.

use std::collections::BTreeSet;

use rapace_schema::{Api, Field, Fields, Style, TypeDef, TypeKind, TypeRef, Variant};

use crate::codec::payload;
use crate::comments::{comment, lines, literal};
use crate::imports::{Import, statements};
use crate::layout::{Doc, concat, fits_line, list, print};
use crate::lower::RuntimePaths;
use crate::names::{KIND, Names, properties};
use crate::types::{Form, Types, behind_colon, spaced, union};
use crate::view;

/// The module with all types.
pub(crate) fn lower_types(api: &Api, types: &Types<'_>, names: &Names, runtime: &RuntimePaths) -> view::TypesModule {
    let mut imports = BTreeSet::new();
    let mut declarations = Vec::new();
    for def in &api.types {
        declare(def, types, names, &mut imports, &mut declarations);
    }
    let some = names.runtime("Some");
    let runtime_types = imports.contains(some).then(|| names.runtime_import("Some"));
    let imports = vec![Import {
        from: runtime.from_root.clone(),
        types: runtime_types.into_iter().collect(),
        values: Vec::new(),
    }];
    view::TypesModule {
        imports: statements(imports),
        declarations,
    }
}

fn declare(
    def: &TypeDef,
    types: &Types<'_>,
    names: &Names,
    imports: &mut BTreeSet<String>,
    out: &mut Vec<view::Declaration>,
) {
    let own = names.of(&def.name);
    let name = &own.name;
    let mut write = |ty: &TypeRef| types.write(ty, names, imports);
    let alias = |doc: String, value: Doc| view::Declaration::Alias {
        doc,
        text: print(&concat([format!("export type {name} =").into(), value, ";".into()]), 0),
    };
    let doc = |fields: Option<&Fields>| {
        let text = match fields {
            Some(fields) => with_positions(&def.doc, fields),
            None => def.doc.clone(),
        };
        comment(&text, def.deprecated.as_deref(), 0)
    };
    match types.form(&def.name) {
        Form::Empty => out.push(alias(doc(None), " undefined".into())),
        Form::Alias(inner) => {
            let value = write(inner);
            let fields = only_fields(def);
            // A union starts on a line of its own when it does not fit; anything else breaks inside.
            let value = match value {
                Doc::Group(_) if matches!(inner, TypeRef::Option(_)) => spaced(value),
                value => concat([" ".into(), value]),
            };
            out.push(alias(doc(fields), value));
        }
        Form::Tuple(fields) => {
            let items = fields.fields.iter().map(|field| write(&field.ty)).collect();
            let value = concat([" ".into(), list("readonly [", items, ",", "]")]);
            out.push(alias(doc(Some(fields)), value));
        }
        Form::Boxed(inner) => {
            let members = vec![member("value", inner, "", None, types, write(inner))];
            out.push(view::Declaration::Interface {
                doc: doc(only_fields(def)),
                name: name.clone(),
                members,
            });
        }
        Form::Record(fields) => {
            let members = fields.fields.iter().zip(properties(fields, &[]));
            let members = members.map(|(field, property)| field_member(field, &property, types, write(&field.ty)));
            out.push(view::Declaration::Interface {
                doc: doc(None),
                name: name.clone(),
                members: members.collect(),
            });
        }
        Form::Plain(variants) => out.push(alias(doc(None), plain_union(variants))),
        Form::Union(variants) => {
            let members = own.variants.iter().map(|name| Doc::from(name.as_str())).collect();
            out.push(alias(doc(None), spaced(union(members))));
            for (variant, name) in variants.iter().zip(&own.variants) {
                out.push(declare_variant(variant, name, types, &mut write));
            }
        }
    }
}

/// The alias of an enum without data. Where a variant has a comment, each stands on a line of its own.
fn plain_union(variants: &[Variant]) -> Doc {
    let string = |variant: &Variant| Doc::from(literal(&variant.name));
    let docs: Vec<String> = variants
        .iter()
        .map(|variant| comment(&variant.doc, variant.deprecated.as_deref(), 1))
        .collect();
    if docs.iter().all(String::is_empty) {
        return spaced(union(variants.iter().map(string).collect()));
    }
    if docs[1..].iter().all(String::is_empty) {
        // Only the first has a comment, which stands before all of them: they share a line where they fit.
        let names: Vec<String> = variants.iter().map(|variant| literal(&variant.name)).collect();
        let joined = names.join(" | ");
        if fits_line(&format!("{joined};"), 1) {
            return format!("\n{}\t{joined}", docs[0]).into();
        }
    }
    let lines = variants.iter().zip(docs);
    let lines = lines.map(|(variant, doc)| format!("\n{doc}\t| {}", literal(&variant.name)));
    lines.collect::<String>().into()
}

fn declare_variant(
    variant: &Variant,
    name: &str,
    types: &Types<'_>,
    write: &mut impl FnMut(&TypeRef) -> Doc,
) -> view::Declaration {
    let mut members = vec![view::Member {
        doc: String::new(),
        text: format!("{KIND}: {};", literal(&variant.name)),
    }];
    // The fields of a longer tuple are one property.
    let joined = variant.fields.style == Style::Tuple && variant.fields.fields.len() > 1;
    for (i, (property, ty)) in payload(variant).enumerate() {
        let written = write(&ty);
        members.push(match variant.fields.fields.get(i) {
            Some(field) if !joined => field_member(field, &property, types, written),
            _ => {
                let doc = with_positions("", &variant.fields);
                member(&property, &ty, &doc, None, types, written)
            }
        });
    }
    view::Declaration::Interface {
        doc: comment(&variant.doc, variant.deprecated.as_deref(), 0),
        name: name.to_owned(),
        members,
    }
}

fn field_member(field: &Field, property: &str, types: &Types<'_>, written: Doc) -> view::Member {
    let mut doc = field.doc.clone();
    if field.sensitive {
        // Plain objects print all that they hold: whoever uses this one has to know.
        doc.push_str("\n\nSensitive: keep it out of what is printed or logged.");
    }
    member(property, &field.ty, &doc, field.deprecated.as_deref(), types, written)
}

/// `title: string;`, or `note?: string | undefined;` for what may be left out.
fn member(
    property: &str,
    ty: &TypeRef,
    doc: &str,
    deprecated: Option<&str>,
    types: &Types<'_>,
    written: Doc,
) -> view::Member {
    let mark = if types.admits_undefined(ty) { "?" } else { "" };
    let value = behind_colon(ty, written);
    let text = print(&concat([format!("{property}{mark}:").into(), value, ";".into()]), 1);
    view::Member {
        doc: comment(doc, deprecated, 1),
        text,
    }
}

/// The doc with a line for each field of a tuple that has a doc; a newtype's follows as it is.
fn with_positions(doc: &str, fields: &Fields) -> String {
    let mut all = lines(doc);
    let documented = fields.fields.iter().filter(|field| !lines(&field.doc).is_empty());
    for (i, field) in documented.enumerate() {
        if i == 0 && !all.is_empty() {
            all.push(String::new());
        }
        let text = lines(&field.doc);
        if fields.fields.len() == 1 {
            all.extend(text);
        } else {
            all.push(format!("- `{}`: {}", field.name, text.join(" ")));
        }
    }
    all.join("\n")
}

fn only_fields(def: &TypeDef) -> Option<&Fields> {
    match &def.kind {
        TypeKind::Struct(fields) => Some(fields),
        TypeKind::Enum { .. } => None,
    }
}
