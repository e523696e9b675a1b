//! `_json.py`: what JSON calls fields and variants, and the functions that packages export.

use rapace_schema::{Fields, Style, TypeKind};

use crate::docs::literal;
use crate::imports::Imports;
use crate::names::Names;
use crate::plan::{Plan, Source};
use crate::reserved::FUNCTIONS;
use crate::types::{Form, Types};

/// The tables and functions of `_json.py`.
pub fn json(types: &Types<'_>, names: &Names, plan: &Plan<'_>, imports: &Imports<'_>) -> String {
    let class = |name: &str| imports.own("types", name);
    let (mut named, mut fields, mut variants) = (Vec::new(), Vec::new(), Vec::new());
    for def in types.in_order() {
        let of_def = names.of(&def.name);
        if let Some(foreign) = types.foreign(&def.name) {
            named.push((imports.foreign(&foreign.import, &foreign.ty), plan.of_name(&def.name)));
        } else if let Form::NewType(_) | Form::Known(..) = types.form(def) {
            named.push((class(&of_def.class), plan.of_name(&def.name)));
        }
        match (&def.kind, types.form(def)) {
            (_, Form::NewType(_) | Form::Known(..)) => {}
            (TypeKind::Struct(own), _) => {
                fields.extend(renamed(own, &of_def.fields).map(|entry| (class(&of_def.class), entry)));
            }
            (TypeKind::Enum { variants: all }, form) => {
                variants.push((literal(&of_def.class), texts(all.iter().map(|variant| &variant.name))));
                if form == Form::Union {
                    let each = all.iter().zip(&of_def.variants);
                    fields.extend(each.filter_map(|(variant, names)| {
                        Some((renamed(&variant.fields, &names.fields)?, names))
                            .map(|(entry, names)| (class(&names.class), entry))
                    }));
                }
            }
        }
    }
    let form = imports.codegen("Form");
    let mut blocks = vec![
        dictionary("NAMED", &format!("dict[object, {form}]"), named),
        dictionary("FIELDS", "dict[type, tuple[str, ...] | None]", fields),
        dictionary("VARIANTS", "dict[str, tuple[str, ...]]", variants),
    ];
    let tables = format!("{}, NAMED, FIELDS, VARIANTS", imports.own("_plan", "TYPES"));
    let mut functions = vec![format!("JSON = {}({tables})", imports.codegen("json_codec"))];
    functions.extend(FUNCTIONS.map(|name| format!("{name} = JSON.{name}")));
    blocks.push(functions.join("\n"));
    blocks.join("\n\n")
}

/// What JSON calls the fields of a class, where that is not what Python calls them.
fn renamed(fields: &Fields, names: &[String]) -> Option<Source> {
    match fields.style {
        Style::Unit | Style::Tuple => Some(Source::Word("None".into())),
        Style::Struct if fields.fields.iter().map(|field| &field.name).eq(names) => None,
        Style::Struct => Some(texts(fields.fields.iter().map(|field| &field.name))),
    }
}

fn texts<'n>(names: impl Iterator<Item = &'n String>) -> Source {
    Source::Tuple(names.map(|name| Source::Word(literal(name))).collect())
}

fn dictionary(name: &str, annotation: &str, entries: Vec<(String, Source)>) -> String {
    let entries: String = (entries.into_iter())
        .map(|(key, value)| value.laid_out(4, &format!("{key}: ")) + "\n")
        .collect();
    match entries.is_empty() {
        true => format!("{name}: {annotation} = {{}}"),
        false => format!("{name}: {annotation} = {{\n{entries}}}"),
    }
}
