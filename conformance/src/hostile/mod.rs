//! Hostile names: a crate in which every name of the list stands in every place is compiled, exported, generated, linted, and
//! called from every language.

mod call;
mod extend;
mod krate;
mod names;
mod plain;
mod server;

use std::collections::BTreeSet;
use std::thread;
use std::time::Instant;

use rapace_schema::{Api, TypeKind};

use self::names::{Names, Place};
use crate::build;
use crate::testee::list as testees;

/// Who calls.
#[derive(clap::Args)]
pub struct Options {
    /// Run only this testee of `testees/testees.json`. May be repeated. Default: all of them.
    #[arg(long = "lang", value_name = "NAME")]
    langs: Vec<String>,
}

/// Makes the crate and its clients, and calls everything; false when something is not as it should be.
///
/// # Errors
/// When it cannot be done: the crate cannot be compiled, a tool is missing.
pub fn run(options: &Options) -> Result<bool, String> {
    let start = Instant::now();
    let testees: Vec<String> = match options.langs.is_empty() {
        true => testees::all()?,
        false => options.langs.clone(),
    };
    let names = Names::read()?;
    let built = build::build(
        &krate::write(&names).sources(&|api| extend::extend(api, &names)),
        &testees,
    )?;
    let mut problems = built.problems;
    problems.extend(missing(&names, &built.api));
    let built_in = start.elapsed();

    let api = &built.api;
    let server = built.program.as_str();
    let called = thread::scope(|scope| {
        let programs = built.programs.iter();
        let started: Vec<_> = programs
            .map(|program| scope.spawn(move || call::every_method(api, program, server)))
            .collect();
        let ended = started.into_iter().map(|thread| thread.join());
        ended
            .map(|outcome| outcome.unwrap_or_else(|_| Err("a caller panicked".into())))
            .collect::<Result<Vec<_>, _>>()
    })?;
    let mut calls = 0;
    for called in called {
        calls += called.calls;
        problems.extend(called.problems);
    }
    for problem in &problems {
        println!("{problem}\n");
    }
    println!(
        "{} services, {} types: built in {:.1} s; {calls} calls in {:.1} s; {} problems",
        api.services.len(),
        api.types.len(),
        built_in.as_secs_f64(),
        (start.elapsed() - built_in).as_secs_f64(),
        problems.len()
    );
    Ok(problems.is_empty())
}

/// The names that should be in a place, and are not.
fn missing(names: &Names, api: &Api) -> Vec<String> {
    let mut problems = Vec::new();
    for place in Place::ALL {
        let there = standing(place, api);
        let all = names.groups.iter().flatten();
        let missing = all.filter(|name| !there.contains(*name) && must_be(names, place, name));
        problems.extend(missing.map(|name| format!("{name} is no {} in the description", place.word())));
    }
    problems
}

/// Whether the name should be there: methods and parameters are added that Rust cannot have, types are not.
fn must_be(names: &Names, place: Place, name: &str) -> bool {
    match place {
        Place::Service => names.services.contains(name),
        Place::Type => names.can_be(place, name),
        Place::Method | Place::Parameter | Place::Field | Place::Variant | Place::VariantField => true,
    }
}

/// What is in a place.
fn standing(place: Place, api: &Api) -> BTreeSet<&str> {
    let methods = || api.services.iter().flat_map(|service| &service.methods);
    let variants = || {
        api.types.iter().flat_map(|def| match &def.kind {
            TypeKind::Enum { variants } => variants.as_slice(),
            TypeKind::Struct(_) => &[],
        })
    };
    match place {
        Place::Service => api.services.iter().map(|service| service.name.as_str()).collect(),
        Place::Method => methods().map(|method| method.name.as_str()).collect(),
        Place::Parameter => methods()
            .flat_map(|method| &method.arguments)
            .map(|argument| argument.name.as_str())
            .collect(),
        Place::Type => api.types.iter().map(|def| def.name.as_str()).collect(),
        Place::Field => api
            .types
            .iter()
            .flat_map(|def| match &def.kind {
                TypeKind::Struct(fields) => fields.fields.as_slice(),
                TypeKind::Enum { .. } => &[],
            })
            .map(|field| field.name.as_str())
            .collect(),
        Place::Variant => variants().map(|variant| variant.name.as_str()).collect(),
        Place::VariantField => variants()
            .flat_map(|variant| &variant.fields.fields)
            .map(|field| field.name.as_str())
            .collect(),
    }
}
