//! The declarations of types.

use rapace_gen_core::in_parallel;
use rapace_gen_core::text::doc::{Doc, concat, indent, list};
use rapace_schema::{Alias, Api, Field, Fields, Known, Style, TypeDef, TypeKind, TypeRef, Variant};

use crate::codec::payload;
use crate::comments::{comment, lines, literal, own_comment};
use crate::defaults::Defaults;
use crate::form::Form;
use crate::imports::{Module, Printer, RuntimePaths};
use crate::known::{KnownText, unit_of};
use crate::layout::{BIOME, braces, call};
use crate::lines::Lines;
use crate::names::{KIND, Names, properties};
use crate::types::{Types, spaced, union};
use crate::view;

/// How many types are declared together. Each takes microseconds.
const TOGETHER: usize = 64;

/// The module with all types.
pub(crate) fn lower_types(api: &Api, types: &Types<'_>, names: &Names, runtime: &RuntimePaths) -> view::TypesModule {
    let nothing = || Declaring {
        types,
        names,
        printer: Printer::default(),
        declarations: Vec::new(),
        makes: false,
    };
    let parts: Vec<&[TypeDef]> = api.types.chunks(TOGETHER).collect();
    let declared = in_parallel(&parts, |part| {
        let mut declaring = nothing();
        for def in *part {
            declaring.declare(def);
        }
        declaring
    });
    let mut declaring = nothing();
    for part in declared {
        declaring.printer.add(part.printer);
        declaring.declarations.extend(part.declarations);
        declaring.makes |= part.makes;
    }
    for alias in &api.aliases {
        declaring.declare_alias(alias);
    }
    view::TypesModule {
        imports: declaring.printer.imports(Module::Types, names, runtime),
        declarations: declaring.declarations,
        makes: declaring.makes,
    }
}

/// The declarations that are made.
struct Declaring<'a> {
    types: &'a Types<'a>,
    names: &'a Names,
    printer: Printer,
    declarations: Vec<view::Declaration>,
    /// There are functions that make values.
    makes: bool,
}

impl Declaring<'_> {
    fn declare(&mut self, def: &TypeDef) {
        let own = self.names.of(&def.name);
        let name = &own.name;
        match self.types.form(&def.name) {
            Form::Date(..) => self.alias(about(def), name, " Date".into()),
            Form::Text(text) => {
                self.alias(about(def), name, self.branded("string".into(), name));
                let make = self.names.runtime_symbol(text.maker());
                let value = call(make, vec!["text".into(), literal(name).into()]);
                let doc = format!("Makes a {{@link {name}}} of a text. Throws a TypeError for a text that is none.");
                self.maker(def, "text", "string".into(), value, &doc);
            }
            Form::Brand(inner) => {
                self.alias(about(def), name, self.branded(self.write(inner), name));
                let value = format!("value as {name}").into();
                let doc = format!("Makes a {{@link {name}}} of what it is inside.");
                self.maker(def, "value", self.write(inner), value, &doc);
            }
            Form::Empty => self.alias(comment_of(def, None), name, " undefined".into()),
            Form::Alias(inner) => {
                self.alias(comment_of(def, only_fields(def)), name, self.aliased(inner));
            }
            Form::Tuple(fields) => {
                let items = fields.fields.iter().map(|field| self.write(&field.ty)).collect();
                let value = concat([" ".into(), list("readonly [", items, ",", "]")]);
                self.alias(comment_of(def, Some(fields)), name, value);
            }
            Form::Boxed(inner) => {
                let members = vec![self.member("value", (inner, None), "", None)];
                self.interface(comment_of(def, only_fields(def)), name, members);
            }
            Form::Record(fields) => {
                let members = fields.fields.iter().zip(properties(fields, &[]));
                let members = members.map(|(field, property)| self.field_member(field, &property));
                let members = members.collect();
                self.interface(comment_of(def, None), name, members);
                if let Some(init) = &own.init {
                    self.init(def, init, fields);
                }
            }
            Form::Plain(variants) => self.alias(comment_of(def, None), name, plain_union(variants, def.open)),
            Form::Union(variants) => {
                let members = own.variants.iter().map(|name| Doc::from(name.clone())).collect();
                self.alias(comment_of(def, None), name, spaced(union(members)));
                for (variant, name) in variants.iter().zip(&own.variants) {
                    self.variant(variant, name);
                }
            }
        }
    }

    fn declare_alias(&mut self, alias: &Alias) {
        let Doc::Symbol(name) = self.names.alias(&alias.name) else {
            return;
        };
        self.alias(comment(&alias.doc, None, 0), &name, self.aliased(&alias.ty));
    }

    /// What an alias names.
    fn aliased(&self, ty: &TypeRef) -> Doc {
        // A union that does not fit starts on the next line; anything else breaks inside.
        match self.write(ty) {
            value @ Doc::Group(_) if matches!(ty, TypeRef::Option(_)) => spaced(value),
            value => concat([" ".into(), value]),
        }
    }

    fn alias(&mut self, doc: String, name: &str, value: Doc) {
        let alias = concat([format!("export type {name} =").into(), value, ";".into()]);
        let text = self.printer.print(&alias, 0);
        self.declarations.push(view::Declaration::Alias { doc, text });
    }

    /// ` Branded<string, "JobId">`
    fn branded(&self, inner: Doc, name: &str) -> Doc {
        let branded = concat([" ".into(), self.names.runtime_symbol("Branded"), "<".into()]);
        list(branded, vec![inner, literal(name).into()], "", ">")
    }

    /// The function of the type's name that makes a value of it.
    fn maker(&mut self, def: &TypeDef, parameter: &str, ty: Doc, value: Doc, doc: &str) {
        let name = &self.names.of(&def.name).name;
        let parameter = concat([format!("{parameter}: ").into(), ty]);
        let mut body = Lines::default();
        body.statement(1, concat(["return ".into(), value]));
        let function = concat([
            list(format!("export function {name}("), vec![parameter], ",", ")"),
            format!(": {name} {{").into(),
            body.into(),
            Doc::HardLine,
            "}".into(),
        ]);
        let text = self.printer.print(&function, 0);
        let doc = own_comment(doc, def.deprecated.as_deref(), 0);
        self.makes = true;
        self.declarations.push(view::Declaration::Alias { doc, text });
    }

    /// The function of the type's name that fills in defaults, and what it takes.
    fn init(&mut self, def: &TypeDef, init: &str, fields: &Fields) {
        let name = &self.names.of(&def.name).name;
        let defaults = Defaults {
            types: self.types,
            names: self.names,
        };
        let (mut filled, mut members) = (Vec::new(), Vec::new());
        for (field, property) in fields.fields.iter().zip(properties(fields, &[])) {
            let Some(default) = defaults.of(field) else {
                members.push(self.field_member(field, &property));
                continue;
            };
            let mut described = field.clone();
            described.doc = format!("{}\n\nDefaults to `{default}`.", field.doc);
            let mark = if self.types.admits_undefined(&field.ty) {
                ""
            } else {
                "?"
            };
            members.push(self.field_member(&described, &format!("{property}{mark}")));
            filled.push(Doc::from(format!("{property}: {default}")));
        }
        if filled.is_empty() {
            return;
        }
        let doc = format!("The properties of a {{@link {name}}}, of which those with a default may be left out.");
        let deprecated = def.deprecated.as_deref();
        self.interface(own_comment(&doc, deprecated, 0), init, members);
        filled.push("...init".into());
        let mut body = Lines::default();
        body.line(1, braces("return {", filled, "};".to_owned()));
        let function = concat([
            list(
                format!("export function {name}("),
                vec![format!("init: {init}").into()],
                ",",
                ")",
            ),
            format!(": {name} {{").into(),
            body.into(),
            Doc::HardLine,
            "}".into(),
        ]);
        let text = self.printer.print(&function, 0);
        let doc = own_comment(
            &format!("Makes a {{@link {name}}}. What is left out has its default."),
            deprecated,
            0,
        );
        self.makes = true;
        self.declarations.push(view::Declaration::Alias { doc, text });
    }

    fn interface(&mut self, doc: String, name: &str, members: Vec<view::Member>) {
        let name = name.to_owned();
        self.declarations
            .push(view::Declaration::Interface { doc, name, members });
    }

    fn variant(&mut self, variant: &Variant, name: &str) {
        let mut members = vec![view::Member {
            doc: String::new(),
            text: format!("{KIND}: {};", literal(&variant.name)),
        }];
        // The fields of a longer tuple are one property.
        let joined = variant.fields.style == Style::Tuple && variant.fields.fields.len() > 1;
        for (i, (property, ty)) in payload(variant).enumerate() {
            members.push(match variant.fields.fields.get(i) {
                Some(field) if !joined => self.field_member(field, &property),
                _ => self.member(&property, (&ty, None), &with_positions("", &variant.fields), None),
            });
        }
        let doc = comment(&variant.doc, variant.deprecated.as_deref(), 0);
        self.interface(doc, name, members);
    }

    fn field_member(&mut self, field: &Field, property: &str) -> view::Member {
        let mut doc = field.doc.clone();
        if field.sensitive {
            doc.push_str(SENSITIVE);
        }
        let alias = field.alias.as_deref();
        self.member(property, (&field.ty, alias), &doc, field.deprecated.as_deref())
    }

    /// `title: string;`, or `note?: string | undefined;` for what may be left out.
    fn member(
        &mut self,
        property: &str,
        (ty, alias): (&TypeRef, Option<&str>),
        doc: &str,
        deprecated: Option<&str>,
    ) -> view::Member {
        let mark = if self.types.admits_undefined(ty) { "?" } else { "" };
        let value = self.types.write_after_colon(ty, alias, self.names);
        let member = concat([format!("{property}{mark}:").into(), value, ";".into()]);
        view::Member {
            doc: comment(doc, deprecated, 1),
            text: self.printer.print(&member, 1),
        }
    }

    fn write(&self, ty: &TypeRef) -> Doc {
        self.types.write(ty, self.names)
    }
}

/// The comment of a newtype with a meaning, which says what it is.
fn about(def: &TypeDef) -> String {
    let mut text = def.doc.clone();
    if let Some(fields) = only_fields(def) {
        text = with_positions(&text, fields);
        if fields.fields.iter().any(|field| field.sensitive) {
            text.push_str(SENSITIVE);
        }
    }
    let meaning = def.known.and_then(|known| match known {
        Known::Uuid => Some(KnownText::Uuid.about()),
        Known::Decimal => Some(KnownText::Decimal.about()),
        Known::Url => Some(KnownText::Url.about()),
        known => unit_of(known),
    });
    if let Some(meaning) = meaning {
        text.push_str("\n\n");
        text.push_str(meaning);
    }
    comment(&text, def.deprecated.as_deref(), 0)
}

/// Printing a plain object shows all its properties, so its users have to know.
const SENSITIVE: &str = "\n\nSensitive: do not print or log it.";

/// What is said of an open enum.
const UNKNOWN: &str = "A number is the index of a variant that this code does not know.";

/// The comment of a type, with what its fields say where they have no place of their own.
fn comment_of(def: &TypeDef, fields: Option<&Fields>) -> String {
    let text = match fields {
        Some(fields) => with_positions(&def.doc, fields),
        None if def.open => format!("{}\n\n{UNKNOWN}", def.doc).trim_start().to_owned(),
        None => def.doc.clone(),
    };
    comment(&text, def.deprecated.as_deref(), 0)
}

/// The alias of an enum without data. Where a variant has a comment, each is on its own line.
fn plain_union(variants: &[Variant], open: bool) -> Doc {
    let unknown = open.then(|| "number".to_owned());
    let docs: Vec<String> = variants
        .iter()
        .map(|variant| comment(&variant.doc, variant.deprecated.as_deref(), 0))
        .chain(unknown.as_ref().map(|_| String::new()))
        .collect();
    let names: Vec<String> = variants
        .iter()
        .map(|variant| literal(&variant.name))
        .chain(unknown)
        .collect();
    if docs.iter().all(String::is_empty) {
        return spaced(union(names.into_iter().map(Doc::from).collect()));
    }
    let mut lines: Vec<String> = docs[0].lines().map(str::to_owned).collect();
    let joined = names.join(" | ");
    if docs[1..].iter().all(String::is_empty) && BIOME.fits(&format!("{joined};"), 1) {
        // Only the first has a comment, which precedes all of them: they share a line.
        lines.push(joined);
    } else {
        lines.push(format!("| {}", names[0]));
        for (name, doc) in names.iter().zip(&docs).skip(1) {
            lines.extend(doc.lines().map(str::to_owned));
            lines.push(format!("| {name}"));
        }
    }
    indent(lines.into_iter().flat_map(|line| [Doc::HardLine, line.into()]))
}

/// The doc with a line for each field of a tuple that has a doc. The doc of a newtype's field follows unchanged.
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
