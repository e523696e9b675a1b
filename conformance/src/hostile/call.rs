//! Calls every method of the crate's services through a generated client, on a real server that says what it was asked for.

use std::collections::BTreeSet;

use conformance_draw::{Random, Values};
use rapace_schema::{Api, Method, MethodKind, TypeKind, TypeRef};
use serde_json::{Value, json};

use super::extend::is_typed;
use super::server::{Answer, Server};
use crate::talks::{Expected, Talker, Turn};
use crate::testee::Program;

/// How deep drawn values are.
const DEPTH: u32 = 3;
/// From how many seeds values are drawn, so that every variant of an enum is among them.
const SEEDS: u64 = 10_000;
/// How many problems of one testee are printed.
const TOLD: usize = 20;

/// What came of the calls.
pub struct Called {
    /// How many there were.
    pub calls: usize,
    /// What was wrong.
    pub problems: Vec<String>,
}

/// Calls every method, with each variant of enums; also without waiting, where there is nothing to wait for.
///
/// # Errors
/// When the server or the testee cannot be started.
pub fn every_method(api: &Api, program: &Program, server: &str) -> Result<Called, String> {
    let (typed, echo) = (Server::of_program(server)?, Server::of_bytes(api)?);
    let mut talker = Talker::start(api, program)?;
    let values = Values::new(api);
    let (mut calls, mut problems) = (0, Vec::new());
    let (of_rust, added): (Vec<_>, Vec<_>) = api.services.iter().partition(|service| is_typed(service));
    let of_rust = of_rust.into_iter().map(|service| (service, &typed));
    for (service, server) in of_rust.chain(added.into_iter().map(|service| (service, &echo))) {
        let connect = json!({"connect": server.address});
        for method in &service.methods {
            let name = format!("{}.{}", service.name, method.name);
            for step in steps(api, &values, &name, method) {
                calls += 1;
                let outcome = talker.outcome_at(&connect, &[step])?;
                let problem = match outcome.is_failure() {
                    true => Err(format!("{outcome:?}")),
                    false => server.reached(&name),
                };
                if let Err(problem) = problem {
                    problems.push(format!("{}: {name}: {problem}", program.name));
                    server.forget();
                }
                if problems.len() == TOLD {
                    return Ok(Called { calls, problems });
                }
            }
        }
    }
    Ok(Called { calls, problems })
}

/// The calls of a method: each must be answered with its last argument, or with what has that in it.
fn steps(api: &Api, values: &Values<'_>, name: &str, method: &Method) -> Vec<Turn> {
    let random = |seed: u64| Random(Random(seed ^ u64::from(method.id)).bits());
    let Some((last, others)) = method.arguments.split_last() else {
        return Vec::new();
    };
    let mut steps = Vec::new();
    for (seed, value) in lasts(api, values, &last.ty, random) {
        let mut random = random(!seed);
        let mut arguments: Vec<Value> = others
            .iter()
            .map(|argument| values.draw(&mut random, &argument.ty, DEPTH))
            .collect();
        arguments.push(value.clone());
        if method.kind == MethodKind::ServerStreaming {
            let command = json!({"stream": name, "arguments": arguments});
            steps.push(Turn::Tell(command, Expected::Item(last.ty.clone(), value)));
            continue;
        }
        let answer = match Answer::of(method) {
            Answer::Last => value,
            Answer::Some => json!({"some": value}),
            Answer::List => json!([value]),
            Answer::Nothing => Value::Null,
        };
        let command = json!({"call": name, "arguments": arguments});
        steps.push(Turn::Tell(command, Expected::Value(method.response.clone(), answer)));
        if method.response == TypeRef::Unit {
            let command = json!({"notify": name, "arguments": arguments});
            steps.push(Turn::Tell(command, Expected::Entries(json!({"notified": true}))));
        }
    }
    steps
}

/// A value of the type, or one of each variant, each with its seed.
fn lasts(api: &Api, values: &Values<'_>, ty: &TypeRef, random: impl Fn(u64) -> Random) -> Vec<(u64, Value)> {
    let variants = api
        .types
        .iter()
        .find_map(|def| match (&def.kind, ty) {
            (TypeKind::Enum { variants }, TypeRef::Named(name)) if *name == def.name => Some(variants.len()),
            _ => None,
        })
        .unwrap_or(1);
    let mut seen = BTreeSet::new();
    let mut lasts = Vec::new();
    for seed in 0..SEEDS {
        if seen.len() == variants {
            break;
        }
        let value = values.draw(&mut random(seed), ty, DEPTH);
        let variant = value.as_object().and_then(|object| object.keys().next().cloned());
        if seen.insert(variant.filter(|_| variants > 1)) {
            lasts.push((seed, value));
        }
    }
    assert_eq!(seen.len(), variants, "not every variant of {ty:?} was drawn");
    lasts
}
