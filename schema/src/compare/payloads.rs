//! What the methods that stayed carry: arguments, answers and items, each compared and tried out.

use std::rc::Rc;

use serde_json::Value;

use super::budget::{Budget, Work};
use super::finding::{Finding, Local};
use super::gather::{At, Found};
use super::proof::{Codecs, Direction};
use super::report::{Example, Outcome, Part, Use};
use super::side::{Item, Side, Step, shown};
use super::uses::{AllUses, Listed, Payload, rollout};
use super::verdict::{Seen, Verdict};
use super::walk::{Walk, all_others};
use super::way::Way;
use crate::model::{Api, Method, MethodKind, TypeRef};

/// A method with its service's name.
pub(super) type Known<'a> = (&'a str, &'a Method);

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

    /// All that differs in what methods carry that both sides have.
    pub(super) fn compared(&self, methods: &[(Known<'a>, Known<'a>)], parts: u64) -> (Vec<Found>, Work) {
        let mut walk = Walk::new(&self.old.0, &self.new.0);
        walk.named_types(self.new.0.groups.iter().flatten().copied());
        let mut uses = AllUses::default();
        for &(old, new) in methods {
            self.walked(&mut walk, &mut uses, old, new);
        }
        let budget = Budget::new(parts, uses.changes());
        let listed = uses.listed.iter();
        let mut found: Vec<Found> = listed
            .map(|one| self.shown(&uses.payloads[one.payload], one, &budget))
            .collect();
        found.extend(uses.unlisted());
        let work = Work {
            steps: walk.spent(),
            parts: budget.spent(),
        };
        (found, work)
    }

    /// Walks through what a method carries.
    fn walked<'p>(&'p self, walk: &mut Walk<'p>, uses: &mut AllUses<'a>, old: Known<'a>, new: Known<'a>) {
        let name = format!("{}.{}", new.0, new.1.name);
        let owner = format!("{name} arguments");
        let names = (argument_names(old.1), argument_names(new.1));
        walk.lists.note([&owner, &owner], "argument", || {
            [&names.0, &names.1].map(|names| names.iter().map(|name| (*name).to_owned()).collect())
        });
        let local = walk.payload(
            argument_items(old.1, &owner, &name),
            argument_items(new.1, &owner, &name),
        );
        let arguments = Payload {
            method: name.as_str().into(),
            part: Part::Arguments,
            types: (request(old.1), request(new.1)),
            names: Some(names),
        };
        uses.add(arguments, with_others(local));
        if old.1.kind == new.1.kind {
            let part = match new.1.kind {
                MethodKind::Unary => Part::Answer,
                MethodKind::ServerStreaming => Part::Item,
            };
            let owner = format!("{name} {}", part.word());
            let local = walk.payload(vec![root(&old.1.response, &owner)], vec![root(&new.1.response, &owner)]);
            let answer = Payload {
                method: name.as_str().into(),
                part,
                types: (old.1.response.clone(), new.1.response.clone()),
                names: None,
            };
            uses.add(answer, with_others(local));
        }
    }

    /// A use, with values that show it.
    fn shown(&self, payload: &Payload<'_>, one: &Listed, budget: &Budget) -> Found {
        let Listed {
            finding, only, change, ..
        } = one;
        let forth = Direction::new((&self.old.0, &self.old.1), (&self.new.0, &self.new.1));
        let back = Direction::new((&self.new.0, &self.new.1), (&self.old.0, &self.old.1));
        let outcome = |direction: &Direction<'_, '_>, types, way: &Way, seen: Seen| {
            // With several differences in one payload, what goes wrong may be another one.
            let decides = *only || !finding.exact;
            let is_settled = !decides && seen.worst().is_safe();
            if seen.worst() == Verdict::Same || is_settled {
                return Outcome {
                    seen,
                    ..Outcome::default()
                };
            }
            // What is decided needs one value that shows it, unless the values can decide more.
            let enough = match decides {
                true => Verdict::Silent,
                false => seen.verdict.max(Verdict::Loud),
            };
            let tried = direction.tried(types, &way.steps(), enough, (budget, *change));
            let seen = match decides {
                true => seen.worse(tried.seen),
                false => seen,
            };
            Outcome {
                seen,
                example: example_of(seen, tried.examples),
                tried: tried.count,
                why: None,
            }
        };
        let (old, new) = (&payload.types.0, &payload.types.1);
        let mut forth = outcome(&forth, (old, new), &finding.old_way, finding.forth);
        let mut back = outcome(&back, (new, old), &finding.new_way, finding.back);
        if let Some((old, new)) = &payload.names {
            forth.example = forth.example.map(|example| named(example, old, new));
            back.example = back.example.map(|example| named(example, new, old));
        }
        let way = match finding.new_way.len() >= finding.old_way.len() {
            true => &finding.new_way,
            false => &finding.old_way,
        };
        Found {
            place: Rc::clone(&finding.place),
            what: Rc::clone(&finding.what),
            at: At::Use(Box::new(Use {
                method: payload.method.to_string(),
                part: payload.part,
                path: shown(&way.steps()),
                rollout: rollout(payload.part, forth.seen, back.seen),
                forth,
                back,
            })),
        }
    }
}

/// The findings of a payload, and what stands for those without room.
fn with_others(local: Local) -> Vec<Finding> {
    let others = all_others(&local);
    local.findings.into_iter().chain(others).collect()
}

/// The example of what is reported. What was swapped reads well, so that any value shows it.
fn example_of(seen: Seen, examples: Vec<(usize, Example)>) -> Option<Example> {
    let wanted = seen.verdict;
    let moved = matches!(wanted, Verdict::Semantic | Verdict::Silent);
    let fitting = (examples.into_iter())
        .filter(|(_, example)| example.verdict == wanted || moved && example.read.is_some())
        .min_by_key(|(length, example)| (example.verdict != wanted, *length));
    fitting.filter(|_| !wanted.is_safe()).map(|(_, example)| example)
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
        place: format!("{name} argument {}", argument.name).into(),
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
        owner: owner.into(),
        place: owner.into(),
    }
}
