//! Enums that are the outcome of a call: a value that is returned, or an error that is thrown.

use std::collections::{BTreeMap, BTreeSet};

use rapace_gen_core::names::Scope;
use rapace_schema::{Api, Method, MethodKind, TypeDef, TypeKind, TypeRef, Variant};

use crate::choices::Choices;
use crate::newtypes::inner_of;

/// The language, as `foreign` calls it.
pub(crate) const LANGUAGE: &str = "typescript";

/// A class of errors.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    /// Its name.
    pub(crate) class: String,
    /// The type of its errors.
    pub(crate) ty: TypeRef,
    /// True when no message may show the error.
    pub(crate) sensitive: bool,
}

/// An outcome of calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome<'a> {
    /// The enum.
    pub(crate) def: &'a TypeDef,
    /// The variant of success.
    pub(crate) ok: &'a Variant,
    /// The variant of failure.
    pub(crate) err: &'a Variant,
}

impl<'a> Outcome<'a> {
    /// The outcome that the enum is, if so.
    fn of(def: &'a TypeDef) -> Option<Self> {
        let result = def.result.as_ref()?;
        let TypeKind::Enum { variants } = &def.kind else {
            return None;
        };
        let variant = |name: &str| variants.iter().find(|variant| variant.name == name);
        Some(Self {
            def,
            ok: variant(&result.ok)?,
            err: variant(&result.err)?,
        })
    }

    /// What a call of success returns.
    pub(crate) fn value(&self) -> TypeRef {
        content(self.ok)
    }
}

/// What is in a variant.
fn content(variant: &Variant) -> TypeRef {
    variant
        .fields
        .fields
        .first()
        .map_or(TypeRef::Unit, |field| field.ty.clone())
}

/// The outcomes that methods with one answer have, by name. There are none where unions are wanted.
pub(crate) fn outcomes(api: &Api, choices: Choices) -> BTreeMap<&str, Outcome<'_>> {
    if !choices.throws {
        return BTreeMap::new();
    }
    let answers = api.services.iter().flat_map(|service| &service.methods);
    let answers: BTreeSet<&str> = answers.filter_map(answer).collect();
    let answers = |def: &&TypeDef| answers.contains(def.name.as_str());
    let outcomes = api.types.iter().filter(answers);
    outcomes
        .filter_map(|def| Some((def.name.as_str(), Outcome::of(def)?)))
        .collect()
}

/// The name of what a method with one answer answers.
pub(crate) fn answer(method: &Method) -> Option<&str> {
    match (&method.kind, &method.response) {
        (MethodKind::Unary, TypeRef::Named(name)) => Some(name),
        _ => None,
    }
}

/// The classes of errors by outcome. Outcomes with the same type of error share its class.
pub(crate) fn failures(api: &Api, choices: Choices, scope: &mut Scope) -> BTreeMap<String, Failure> {
    let outcomes = outcomes(api, choices);
    let defs = api.types.iter().map(|def| (def.name.as_str(), def)).collect();
    let mut classes: BTreeMap<(TypeRef, bool), String> = BTreeMap::new();
    let failures = outcomes.iter().map(|(name, outcome)| {
        let ty = content(outcome.err);
        let marked = outcome.err.fields.fields.iter().any(|field| field.sensitive);
        let sensitive = marked || is_secret(&defs, &ty);
        let class = match &ty {
            TypeRef::Named(error) => {
                let class = classes.entry((ty.clone(), sensitive));
                class.or_insert_with(|| scope.claim(&class_of(error))).clone()
            }
            _ => scope.claim(&class_of(name)),
        };
        ((*name).to_owned(), Failure { class, ty, sensitive })
    });
    failures.collect()
}

/// Whether the type is a newtype whose value is sensitive, or is a newtype whose value is.
fn is_secret(defs: &BTreeMap<&str, &TypeDef>, ty: &TypeRef) -> bool {
    let (mut at, mut seen) = (ty, BTreeSet::new());
    while let TypeRef::Named(name) = at {
        let def = defs[name.as_str()];
        let (Some(inner), TypeKind::Struct(fields)) = (inner_of(def), &def.kind) else {
            return false;
        };
        if fields.fields.iter().any(|field| field.sensitive) {
            return true;
        }
        // A circle of newtypes has no end.
        if !seen.insert(name) {
            return false;
        }
        at = inner;
    }
    false
}

/// `WhyError`, or `JobErrorException` of what is called an error already.
fn class_of(name: &str) -> String {
    let suffix = if name.ends_with("Error") { "Exception" } else { "Error" };
    format!("{name}{suffix}")
}
