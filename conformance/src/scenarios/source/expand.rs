//! Lists are written out: loops, repetitions and definitions are replaced by their items.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::expression;
use super::node::{Kind, Node};
use super::scope::Scope;
use crate::bytes;

/// How deep definitions may use each other: one that uses itself has no end.
const DEEPEST: usize = 16;
/// How many items a loop may have.
const MOST: i64 = 100_000;

/// A node without variables and loops.
///
/// # Errors
/// When it is not written as it has to be, with its place.
pub(super) fn node(node: &Node, scope: &Scope<'_>) -> Result<Node, String> {
    match &node.kind {
        Kind::Text(text) => expression::filled(node, text, scope),
        Kind::List(items) => Ok(node.with(Kind::List(list(items, scope)?))),
        Kind::Map(entries) => match entries.as_slice() {
            [(name, value), more @ ..] if name == "$text" => text(node, value, more, scope),
            [(name, value)] if name == "$base64" => {
                let value = self::node(value, scope)?;
                let bytes = bytes::of(&value.to_json()).map_err(|error| value.error(error))?;
                Ok(node.text(BASE64_STANDARD.encode(bytes)))
            }
            entries => {
                let filled = entries
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self::node(value, scope)?)));
                Ok(node.with(Kind::Map(filled.collect::<Result<_, String>>()?)))
            }
        },
        _ => Ok(node.clone()),
    }
}

/// `{$text: a, times: 3}`: a text, or a list of texts one after another, so many times.
fn text(node: &Node, value: &Node, more: &[(String, Node)], scope: &Scope<'_>) -> Result<Node, String> {
    let times = match more {
        [] => 1,
        [(name, times)] if name == "times" => count(&self::node(times, scope)?)?,
        [(name, other), ..] => return Err(other.error(format_args!("$text has no {name}"))),
    };
    let value = self::node(value, scope)?;
    let text = match &value.kind {
        Kind::List(parts) => parts.iter().map(Node::as_text).collect::<Result<String, _>>()?,
        _ => value.as_text()?.into(),
    };
    Ok(node.text(text.repeat(times)))
}

/// The items, with those of loops, repetitions and definitions.
///
/// # Errors
/// When one is not written as it has to be, with its place.
pub(super) fn list(items: &[Node], scope: &Scope<'_>) -> Result<Vec<Node>, String> {
    let mut all = Vec::new();
    for item in items {
        let first = match &item.kind {
            Kind::Map(entries) => entries.first(),
            _ => None,
        };
        match first.map(|(name, value)| (name.as_str(), value)) {
            Some(("for", values)) => {
                for inner in scopes(values, scope)? {
                    all.append(&mut list(body(item, "for")?, &inner)?);
                }
            }
            Some(("repeat", times)) => {
                let once = list(body(item, "repeat")?, scope)?;
                for _ in 0..count(&node(times, scope)?)? {
                    all.extend(once.iter().cloned());
                }
            }
            Some(("let", variables)) => {
                let inner = with(variables, scope)?;
                all.append(&mut list(body(item, "let")?, &inner)?);
            }
            Some(("use", name)) => all.append(&mut used(item, name, scope)?),
            Some(("all", items)) => {
                only(item, &["all"])?;
                all.extend(node(items, scope)?.items()?.iter().cloned());
            }
            _ => all.push(node(item, scope)?),
        }
    }
    Ok(all)
}

/// What is known inside, with these variables.
fn with<'a>(variables: &Node, scope: &'a Scope<'_>) -> Result<Scope<'a>, String> {
    let mut inner = Scope::inside(scope);
    for (name, value) in variables.entries()? {
        inner.set(name, value, node(value, scope)?)?;
    }
    Ok(inner)
}

/// The list after `do`.
fn body<'a>(item: &'a Node, form: &str) -> Result<&'a [Node], String> {
    only(item, &[form, "do"])?;
    let body = item
        .get("do")
        .ok_or_else(|| item.error(format_args!("{form} has no `do`")))?;
    body.items()
}

/// Whether all entries have these names.
fn only(item: &Node, names: &[&str]) -> Result<(), String> {
    match item.entries()?.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        Some((name, value)) => Err(value.error(format_args!("{} has no {name}", names[0]))),
        None => Ok(()),
    }
}

/// A scope for each round of a loop: `{name: values}`, or a list with the variables of each round.
fn scopes<'a>(values: &Node, scope: &'a Scope<'_>) -> Result<Vec<Scope<'a>>, String> {
    match &values.kind {
        Kind::List(rounds) => rounds.iter().map(|round| with(round, scope)).collect(),
        Kind::Map(entries) => {
            let [(name, values)] = entries.as_slice() else {
                return Err(values.error("a loop has one variable, or a list with the variables of each round"));
            };
            let rounds = rounds(values, scope)?.into_iter().map(|value| {
                let mut inner = Scope::inside(scope);
                inner.set(name, values, value)?;
                Ok(inner)
            });
            rounds.collect()
        }
        _ => Err(values.error(format_args!("no loop can be over {values}"))),
    }
}

/// The values of a loop's variable: a list, or numbers `{from: 0, to: 9, step: 1}`, both ends among them.
fn rounds(values: &Node, scope: &Scope<'_>) -> Result<Vec<Node>, String> {
    let values = node(values, scope)?;
    if matches!(values.kind, Kind::List(_)) {
        return values.items().map(<[Node]>::to_vec);
    }
    for (name, value) in values.entries()? {
        if !["from", "to", "step"].contains(&name.as_str()) {
            return Err(value.error(format_args!("a range of numbers has no {name}")));
        }
    }
    let end = |name: &str| {
        let end = values
            .get(name)
            .ok_or_else(|| values.error(format_args!("a range of numbers has no `{name}`")));
        end.and_then(Node::as_number)
    };
    let (from, to) = (end("from")?, end("to")?);
    let step = values.get("step").map_or(Ok(1), Node::as_number)?;
    if step == 0 || (to - from) / step > MOST {
        return Err(values.error(format_args!("a range of numbers has at most {MOST}, and a step")));
    }
    let mut numbers = Vec::new();
    let mut number = from;
    while (step > 0 && number <= to) || (step < 0 && number >= to) {
        numbers.push(values.number(number));
        number += step;
    }
    Ok(numbers)
}

fn count(node: &Node) -> Result<usize, String> {
    let count = node.as_number()?;
    let count = Some(count)
        .filter(|count| *count <= MOST)
        .and_then(|count| usize::try_from(count).ok());
    count.ok_or_else(|| node.error(format_args!("expected a number from 0 to {MOST}, came {node}")))
}

/// The items of a definition: `{use: NAME, PARAMETER: value}`.
fn used(item: &Node, name: &Node, scope: &Scope<'_>) -> Result<Vec<Node>, String> {
    let name = name.as_text()?;
    let Some((definition, known)) = scope.definition(name) else {
        return Err(item.error(format_args!("nothing is defined as {name}")));
    };
    let mut inner = Scope::inside(known);
    inner.depth = scope.depth + 1;
    if inner.depth > DEEPEST {
        return Err(item.error(format_args!("{name} uses itself")));
    }
    let given = &item.entries()?[1..];
    for (parameter, value) in given {
        if !definition.takes.contains(parameter) {
            return Err(value.error(format_args!("{name} takes no {parameter}")));
        }
        inner.set(parameter, value, node(value, scope)?)?;
    }
    let missing = definition
        .takes
        .iter()
        .find(|taken| !given.iter().any(|(given, _)| given == *taken));
    if let Some(missing) = missing {
        return Err(item.error(format_args!("{name} takes {missing} too")));
    }
    let problem = |error: String| format!("{error}\n  used at {}", item.place);
    list(definition.body.items()?, &inner).map_err(problem)
}
