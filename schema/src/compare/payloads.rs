//! What the methods that stayed carry: arguments, answers and items, each compared and tried out.

use serde_json::Value;

use super::finding::Finding;
use super::gather::Found;
use super::proof::{Codecs, Direction};
use super::report::{Example, Outcome, Part, Use};
use super::side::{Item, Side, Step, shown};
use super::verdict::{Rollout, Seen, Verdict};
use super::walk::Walk;
use crate::model::{Api, Method, MethodKind, TypeRef};

/// Both sides, with what writes and reads their values.
pub(super) struct Payloads<'a> {
    old: (Side<'a>, Codecs<'a>),
    new: (Side<'a>, Codecs<'a>),
}

impl<'a> Payloads<'a> {
    /// `rust` is how Rust's own readers see the two: without open enums.
    pub(super) fn new([old, new]: [&'a Api; 2], rust: [&'a Api; 2]) -> Self {
        let side = |api: &'a Api, rust: &'a Api| {
            let side = Side::new(api);
            let codecs = Codecs::new(&side, rust);
            (side, codecs)
        };
        Self {
            old: side(old, rust[0]),
            new: side(new, rust[1]),
        }
    }

    /// All that differs in what a method carries.
    pub(super) fn compared(&self, old: (&str, &Method), new: (&str, &Method)) -> Vec<Found> {
        let name = format!("{}.{}", new.0, new.1.name);
        let (sent, received) = (request(old.1), request(new.1));
        let arguments = Payload {
            method: &name,
            part: Part::Arguments,
            types: (&sent, &received),
            names: Some((argument_names(old.1), argument_names(new.1))),
        };
        let mut walk = Walk::new(&self.old.0, &self.new.0);
        let owner = format!("{name} arguments");
        walk.note_list(
            [&owner, &owner],
            "argument",
            &argument_names(old.1),
            &argument_names(new.1),
        );
        let local = walk.payload(
            argument_items(old.1, &owner, &name),
            argument_items(new.1, &owner, &name),
        );
        let mut found = self.shown(&arguments, local.findings);
        if old.1.kind == new.1.kind {
            let part = match new.1.kind {
                MethodKind::Unary => Part::Answer,
                MethodKind::ServerStreaming => Part::Item,
            };
            let answer = Payload {
                method: &name,
                part,
                types: (&old.1.response, &new.1.response),
                names: None,
            };
            let owner = format!("{name} {}", part.word());
            let local = Walk::new(&self.old.0, &self.new.0)
                .payload(vec![root(&old.1.response, &owner)], vec![root(&new.1.response, &owner)]);
            found.extend(self.shown(&answer, local.findings));
        }
        found
    }

    /// The findings of a payload with values that show them.
    fn shown(&self, payload: &Payload<'_>, findings: Vec<Finding>) -> Vec<Found> {
        let only = findings.len() == 1;
        let forth = Direction::new((&self.old.0, &self.old.1), (&self.new.0, &self.new.1));
        let back = Direction::new((&self.new.0, &self.new.1), (&self.old.0, &self.old.1));
        let found = findings.into_iter().map(|finding| {
            let outcome = |direction: &Direction<'_, '_>, types, way: &[Step], seen: Seen| {
                if seen.worst() == Verdict::Same {
                    return Outcome { seen, example: None };
                }
                // What is decided needs one value that shows it, unless the values can decide more.
                let enough = match finding.exact && !only {
                    true => seen.verdict.max(Verdict::Loud),
                    false => Verdict::Silent,
                };
                let (tried, examples) = direction.tried(types, way, enough);
                // With several differences in one payload, what went wrong may be another one.
                let seen = match only || !finding.exact {
                    true => seen.worse(tried),
                    false => seen,
                };
                Outcome {
                    seen,
                    example: example_of(seen, examples),
                }
            };
            let (old, new) = payload.types;
            let mut forth = outcome(&forth, (old, new), &finding.old_steps, finding.forth);
            let mut back = outcome(&back, (new, old), &finding.new_steps, finding.back);
            if let Some((old, new)) = &payload.names {
                forth.example = forth.example.map(|example| named(example, old, new));
                back.example = back.example.map(|example| named(example, new, old));
            }
            let rollout = match payload.part {
                // The server that reads may be plain Rust.
                Part::Call | Part::Arguments => Rollout::of(forth.seen.worst().is_safe(), back.seen.worst().is_safe()),
                // The clients that are deployed are generated ones.
                Part::Answer | Part::Item => Rollout::of(back.seen.verdict.is_safe(), forth.seen.verdict.is_safe()),
            };
            let way = match finding.new_steps.len() >= finding.old_steps.len() {
                true => &finding.new_steps,
                false => &finding.old_steps,
            };
            Found {
                place: finding.place.clone(),
                what: finding.what.clone(),
                at: Use {
                    method: payload.method.to_owned(),
                    part: payload.part,
                    path: shown(way),
                    forth,
                    back,
                    rollout,
                },
            }
        });
        found.collect()
    }
}

/// A payload of a method, on both sides.
struct Payload<'p> {
    method: &'p str,
    part: Part,
    types: (&'p TypeRef, &'p TypeRef),
    /// The names of the values, where they are arguments.
    names: Option<(Vec<&'p str>, Vec<&'p str>)>,
}

/// The example of what is reported. What was swapped reads well, so that any value shows it.
fn example_of(seen: Seen, examples: Vec<Example>) -> Option<Example> {
    let wanted = seen.verdict;
    let moved = matches!(wanted, Verdict::Semantic | Verdict::Silent);
    let mut fitting: Vec<Example> = (examples.into_iter())
        .filter(|example| example.verdict == wanted || moved && example.read.is_some())
        .collect();
    fitting.sort_by_key(|example| (example.verdict != wanted, example.written.to_string().len()));
    (!wanted.is_safe() && !fitting.is_empty()).then(|| fitting.swap_remove(0))
}

/// The arguments as one type: their values one after another.
fn request(method: &Method) -> TypeRef {
    TypeRef::Tuple(method.arguments.iter().map(|argument| argument.ty.clone()).collect())
}

fn argument_names(method: &Method) -> Vec<&str> {
    method.arguments.iter().map(|argument| argument.name.as_str()).collect()
}

/// An example of arguments, each with its name.
fn named(example: Example, writer: &[&str], reader: &[&str]) -> Example {
    Example {
        written: by_name(writer, example.written),
        read: example.read.map(|read| by_name(reader, read)),
        ..example
    }
}

/// The values of arguments by their names.
fn by_name(names: &[&str], values: Value) -> Value {
    match values {
        Value::Array(values) => Value::Object(names.iter().map(|name| (*name).to_owned()).zip(values).collect()),
        value => value,
    }
}

pub(super) fn argument_items<'a>(method: &'a Method, owner: &str, name: &str) -> Vec<Item<'a>> {
    let items = method.arguments.iter().enumerate().map(|(index, argument)| Item {
        steps: vec![Step::Field(index, Some(argument.name.clone()))],
        place: format!("{name} argument {}", argument.name),
        ..root(&argument.ty, owner)
    });
    items.collect()
}

fn root<'a>(ty: &'a TypeRef, owner: &str) -> Item<'a> {
    Item {
        ty,
        whole: ty,
        repeat: 1,
        steps: Vec::new(),
        owner: owner.to_owned(),
        place: owner.to_owned(),
    }
}
