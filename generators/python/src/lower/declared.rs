//! Names beside those of types: Python's own types, aliases, and the exceptions of calls that fail.

use rapace_schema::{Field, Known, Method, TypeDef, TypeKind, TypeRef};

use super::{Lowering, assignment, definition};
use crate::docs::docstring;
use crate::imports::Imports;
use crate::layout::{Item, bracketed, items};
use crate::names::error_type;
use crate::types::{Classes, Form, Place};
use crate::view::{self, Block};

/// The two variants of a result.
pub(super) struct Outcome<'a> {
    /// The type of the success. None for a variant without a field.
    pub ok: Option<&'a TypeRef>,
    /// The class of the success's variant.
    pub ok_class: &'a str,
    /// The class of the failure's variant.
    pub err_class: &'a str,
    /// The type whose exceptions are raised.
    pub raised: &'a str,
}

impl<'a> Lowering<'a> {
    /// What a unary method raises, if its answer is a result.
    pub(super) fn outcome(&self, method: &'a Method) -> Option<Outcome<'a>> {
        let TypeRef::Named(name) = &method.response else {
            return None;
        };
        let def = self.types.def(name);
        let (TypeKind::Enum { variants }, Some(result)) = (&def.kind, &def.result) else {
            return None;
        };
        if method.kind != rapace_schema::MethodKind::Unary || self.types.form(def) != Form::Union {
            return None;
        }
        let variant = |name: &str| variants.iter().position(|variant| variant.name == *name);
        let (ok, err) = (variant(&result.ok)?, variant(&result.err)?);
        let names = &self.names.of(name).variants;
        Some(Outcome {
            ok: variants[ok].fields.newtype(),
            ok_class: &names[ok].class,
            err_class: &names[err].class,
            raised: error_type(def).unwrap_or(name),
        })
    }

    /// The classes and aliases that are no types of the API.
    pub(super) fn declared(&self) -> Vec<String> {
        let mut declared: Vec<String> = Vec::new();
        for alias in &self.api.aliases {
            declared.push(self.names.of_alias(&alias.name).to_owned());
        }
        for def in &self.api.types {
            let names = self.names.of(&def.name);
            if !names.exception.is_empty() {
                declared.push(names.exception.clone());
                if !matches!(self.types.form(def), Form::Enum | Form::Union) || def.result.is_some() {
                    continue;
                }
                declared.extend(names.variants.iter().map(|variant| variant.exception.clone()));
            }
        }
        declared
    }

    /// The annotation of a field, which is an alias where Rust has one that is the same here.
    pub(super) fn field_annotation(&self, def: &TypeDef, field: &Field, place: &Place<'_>) -> String {
        let used = self.types.field(&def.name, &field.ty);
        match &field.alias {
            Some(alias) if used == self.types.used(&field.ty, false) => place.class(self.names.of_alias(alias)),
            _ => self.types.annotation(&used, place),
        }
    }

    /// The annotation of an argument or answer.
    pub(super) fn carried(&self, ty: &TypeRef, alias: Option<&String>, place: &Place<'_>) -> String {
        match alias {
            Some(alias) => place.class(self.names.of_alias(alias)),
            None => self.types.annotation(&self.types.used(ty, false), place),
        }
    }

    /// The new type over Python's own type.
    pub(super) fn known_block(&self, def: &TypeDef, known: Known, imports: &Imports<'_>) -> Block {
        let name = &self.names.of(&def.name).class;
        let (inner, about) = match known {
            Known::TimestampS | Known::TimestampMs | Known::TimestampUs | Known::TimestampNs => (
                imports.library("datetime", "datetime"),
                "A point in time with its time zone, UTC when it is received.",
            ),
            Known::DurationS | Known::DurationMs | Known::DurationUs | Known::DurationNs => {
                (imports.library("datetime", "timedelta"), "A duration.")
            }
            Known::Uuid => (imports.library("uuid", "UUID"), ""),
            Known::Decimal => (imports.library("decimal", "Decimal"), "A finite decimal number."),
            Known::Url | Known::Brand => ("str".to_owned(), "An absolute URL."),
        };
        let unit = match known {
            Known::TimestampS | Known::DurationS => "seconds",
            Known::TimestampMs | Known::DurationMs => "milliseconds",
            Known::TimestampUs | Known::DurationUs => "microseconds",
            Known::TimestampNs | Known::DurationNs => "nanoseconds",
            _ => "",
        };
        let unit = match unit {
            "" => String::new(),
            unit => format!("On the wire it is a whole number of {unit}; what is not exactly that is an error."),
        };
        let doc = [def.doc.as_str(), about, unit.as_str()];
        let doc: Vec<&str> = doc.into_iter().filter(|part| !part.is_empty()).collect();
        assignment(&view::Alias {
            assignment: bracketed(
                0,
                &format!("{name} = {}(", imports.library("typing", "NewType")),
                &[format!("\"{name}\"").into(), inner.into()],
                ")",
            ),
            doc: docstring(&doc.join("\n\n"), def.deprecated.as_deref(), 0),
        })
    }

    /// The aliases of Rust, for annotations.
    pub(super) fn alias_blocks(&self, imports: &Imports<'_>, blocks: &mut Vec<Block>) {
        for alias in &self.api.aliases {
            let place = Place::new(imports, Classes::Defined);
            let annotation = self.types.annotation(&self.types.used(&alias.ty, false), &place);
            let (name, kind) = (self.names.of_alias(&alias.name), imports.library("typing", "TypeAlias"));
            blocks.push(assignment(&view::Alias {
                assignment: format!("{name}: {kind} = {annotation}"),
                doc: docstring(&alias.doc, None, 0),
            }));
        }
    }

    /// The exceptions of calls that fail: one for a type, and below it one for each variant of that.
    pub(super) fn exception_blocks(&self, imports: &Imports<'_>, blocks: &mut Vec<Block>) {
        for def in self.types.in_order() {
            let names = self.names.of(&def.name);
            if names.exception.is_empty() {
                continue;
            }
            let (error, about) = self.error_of(def, imports);
            let base = imports.codegen("ResultError");
            blocks.push(definition(&view::Exception {
                name: names.exception.clone(),
                base: format!("{base}[{error}]"),
                doc: summary(&format!("A call failed, and {about} says why: the attribute `error`.")),
                error: None,
            }));
            let TypeKind::Enum { variants } = &def.kind else {
                continue;
            };
            let form = self.types.form(def);
            if !matches!(form, Form::Enum | Form::Union) || def.result.is_some() {
                continue;
            }
            for (variant, own) in variants.iter().zip(&names.variants) {
                let why = format!("A call failed with `{}`.\n\n{}", variant.name, variant.doc);
                blocks.push(definition(&view::Exception {
                    name: own.exception.clone(),
                    base: names.exception.clone(),
                    doc: docstring(&why, variant.deprecated.as_deref(), 4).unwrap_or_default(),
                    error: (form == Form::Union)
                        .then(|| (own.class.clone(), "property", imports.library("typing", "cast"))),
                }));
            }
        }
    }

    /// The type of the failure, as an annotation, and what it is called.
    fn error_of(&self, def: &'a TypeDef, imports: &Imports<'_>) -> (String, String) {
        let place = Place::new(imports, Classes::Defined);
        let named = |ty: &TypeRef| self.types.annotation(&self.types.used(ty, false), &place);
        let failure = def.result.as_ref().and_then(|result| match &def.kind {
            TypeKind::Enum { variants } => variants.iter().find(|variant| variant.name == result.err),
            TypeKind::Struct(_) => None,
        });
        match failure {
            Some(variant) => match variant.fields.newtype() {
                Some(inner) => (named(inner), "its value".into()),
                None => ("None".into(), "nothing".into()),
            },
            None => {
                let own = named(&TypeRef::Named(def.name.clone()));
                (own, format!("a `{}`", self.names.of(&def.name).class))
            }
        }
    }

    /// `_results.py`: what results become in Python.
    pub fn results(&self) -> Option<String> {
        let imports = Imports::new(self.runtime, 0);
        let mut lines = Vec::new();
        for (service, names) in self.services() {
            for (method, names) in service.methods.iter().zip(&names.methods) {
                let Some(outcome) = self.outcome(method) else { continue };
                lines.push(self.result_line(&names.constant, &outcome, &imports));
            }
        }
        let doc = "What the results of calls become: a value, or an exception.";
        (!lines.is_empty()).then(|| self.annotated(doc, imports, vec![Block::Assignment(lines.join("\n"))]))
    }

    fn result_line(&self, constant: &str, outcome: &Outcome<'_>, imports: &Imports<'_>) -> String {
        let types = |name: &str| imports.own("types", name);
        let def = self.types.def(outcome.raised);
        let names = self.names.of(outcome.raised);
        let by_variant: Vec<String> = match self.types.form(def) {
            Form::Union if def.result.is_none() => {
                let each = names.variants.iter();
                each.map(|own| format!("{}: {}", types(&own.class), types(&own.exception)))
                    .collect()
            }
            Form::Enum => {
                let each = names.variants.iter();
                each.map(|own| format!("{}.{}: {}", types(&names.class), own.member, types(&own.exception)))
                    .collect()
            }
            _ => Vec::new(),
        };
        let by_variant = match by_variant.is_empty() {
            true => "{}".into(),
            false => Item::Dictionary(items(&by_variant)),
        };
        let place = Place::new(imports, Classes::Qualified);
        let ok = match outcome.ok {
            Some(ty) => self.types.annotation(&self.types.used(ty, false), &place),
            None => "None".into(),
        };
        let arguments = [
            types(outcome.ok_class).into(),
            types(outcome.err_class).into(),
            types(&names.exception).into(),
            by_variant,
        ];
        let kind = imports.codegen("Result");
        bracketed(0, &format!("{constant}: {kind}[{ok}] = {kind}("), &arguments, ")")
    }

    /// `_adapters.py`: the values that users have in another form than the wire.
    pub fn adapters(&self) -> Option<String> {
        let imports = Imports::new(self.runtime, 0);
        let mut lines = Vec::new();
        for def in self.types.in_order() {
            let adapter = &self.names.of(&def.name).adapter;
            if let Some(foreign) = self.types.foreign(&def.name) {
                let functions = [&foreign.from, &foreign.to].map(|name| imports.foreign(&foreign.import, name).into());
                lines.push(bracketed(
                    0,
                    &format!("{adapter} = {}(", imports.codegen("Adapter")),
                    &functions,
                    ")",
                ));
            } else if let Form::Known(known, inner) = self.types.form(def) {
                let function = match (known, inner) {
                    (Known::TimestampS, _) => "timestamp(1_000_000_000)",
                    (Known::TimestampMs, _) => "timestamp(1_000_000)",
                    (Known::TimestampUs, _) => "timestamp(1_000)",
                    (Known::TimestampNs, _) => "timestamp(1)",
                    (Known::DurationS, _) => "duration(1_000_000_000)",
                    (Known::DurationMs, _) => "duration(1_000_000)",
                    (Known::DurationUs, _) => "duration(1_000)",
                    (Known::DurationNs, _) => "duration(1)",
                    (Known::Uuid, TypeRef::U128) => "uuid_of_int()",
                    (Known::Uuid, TypeRef::String) => "uuid_of_text()",
                    (Known::Uuid, _) => "uuid_of_bytes()",
                    (Known::Decimal, _) => "decimal()",
                    (Known::Url | Known::Brand, _) => "url()",
                };
                lines.push(format!("{adapter} = {}", imports.codegen(&format!("known.{function}"))));
            }
        }
        let doc = "The values that users have in another form than the wire.";
        (!lines.is_empty()).then(|| self.annotated(doc, imports, vec![Block::Assignment(lines.join("\n"))]))
    }
}

fn summary(doc: &str) -> String {
    docstring(doc, None, 4).unwrap_or_default()
}
