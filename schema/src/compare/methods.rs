//! Methods that are there, that are gone, that are new, and what became of those that stayed.

use std::collections::{BTreeMap, BTreeSet};

use super::gather::Found;
use super::payloads::Payloads;
use super::report::{Outcome, Part, Use};
use super::verdict::{Rollout, Seen, Verdict};
use crate::model::{Api, Method, MethodKind};

/// A method with its service's name.
type Known<'a> = (&'a str, &'a Method);

/// All that differs between the methods of two APIs, and in what they carry.
pub(super) fn uses(old: &Api, new: &Api, rust: [&Api; 2]) -> Vec<Found> {
    let (olds, news) = (by_wire_name(old), by_wire_name(new));
    let mut gone: BTreeMap<&str, Known<'_>> = missing(&olds, &news);
    let mut added: BTreeMap<&str, Known<'_>> = missing(&news, &olds);
    let mut found = Vec::new();
    for (before, after) in renamed(&gone, &added) {
        gone.remove(before.1.wire_name.as_str());
        added.remove(after.1.wire_name.as_str());
        let what = format!(
            "`{}` is now `{}`: the method has another id",
            before.1.wire_name, after.1.wire_name
        );
        found.push(called(before, what, [Verdict::Loud, Verdict::Loud], Rollout::Neither));
    }
    for &method in gone.values() {
        // Whoever calls it has to stop first.
        let what = "the method was removed".to_owned();
        found.push(called(
            method,
            what,
            [Verdict::Loud, Verdict::Loud],
            Rollout::ClientsFirst,
        ));
    }
    for &method in added.values() {
        let what = "the method was added".to_owned();
        found.push(called(method, what, [Verdict::Ok, Verdict::Loud], Rollout::ServerFirst));
    }
    let payloads = Payloads::new([old, new], rust);
    for (wire_name, &before) in &olds {
        if let Some(&after) = news.get(wire_name) {
            found.extend(kept(&payloads, before, after));
        }
    }
    found
}

fn kept(payloads: &Payloads<'_>, before: Known<'_>, after: Known<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let (old, new) = (before.1, after.1);
    if old.kind != new.kind {
        let what = match new.kind {
            MethodKind::ServerStreaming => "the method answers with a stream now",
            MethodKind::Unary => "the method no longer answers with a stream",
        };
        found.push(called(
            after,
            what.to_owned(),
            [Verdict::Loud, Verdict::Loud],
            Rollout::Neither,
        ));
    }
    if old.idempotent && !new.idempotent {
        // The clients that are deployed still send the call again when they reconnect.
        let what = "the method is no longer idempotent: old clients still repeat calls".to_owned();
        found.push(called(
            after,
            what,
            [Verdict::Same, Verdict::Semantic],
            Rollout::ClientsFirst,
        ));
    }
    if old.digest.api != new.digest.api {
        found.extend(payloads.compared(before, after));
    }
    found
}

fn called((service, method): Known<'_>, what: String, [forth, back]: [Verdict; 2], rollout: Rollout) -> Found {
    let name = format!("{service}.{}", method.name);
    let outcome = |verdict| Outcome {
        seen: Seen::all(verdict),
        example: None,
    };
    Found {
        place: name.clone(),
        what,
        at: Use {
            method: name,
            part: Part::Call,
            path: String::new(),
            forth: outcome(forth),
            back: outcome(back),
            rollout,
        },
    }
}

fn by_wire_name(api: &Api) -> BTreeMap<&str, Known<'_>> {
    let methods = api.services.iter().flat_map(|service| {
        let named = service.methods.iter();
        named.map(|method| (method.wire_name.as_str(), (service.name.as_str(), method)))
    });
    methods.collect()
}

fn missing<'a>(of: &BTreeMap<&'a str, Known<'a>>, from: &BTreeMap<&str, Known<'_>>) -> BTreeMap<&'a str, Known<'a>> {
    let missing = of.iter().filter(|(wire_name, _)| !from.contains_key(*wire_name));
    missing.map(|(wire_name, method)| (*wire_name, *method)).collect()
}

/// The methods that have another wire name and are the same otherwise: `r#` was added, the trait has another name, or the method,
/// where only one can be meant.
fn renamed<'a>(gone: &BTreeMap<&str, Known<'a>>, added: &BTreeMap<&str, Known<'a>>) -> Vec<(Known<'a>, Known<'a>)> {
    let mut taken = BTreeSet::new();
    let mut pairs = Vec::new();
    let services = |known: &BTreeMap<&str, Known<'a>>| -> BTreeSet<&'a str> {
        known.values().map(|(service, _)| *service).collect()
    };
    let (of_gone, of_added) = (services(gone), services(added));
    for &before in gone.values() {
        let fits = |after: &Known<'a>| {
            let (same_service, same_name) = (before.0 == after.0, before.1.name == after.1.name);
            let service_is_new = !of_gone.contains(after.0) && !of_added.contains(before.0);
            carries_the_same(before.1, after.1)
                && (same_service || same_name && service_is_new)
                && !taken.contains(after.1.wire_name.as_str())
        };
        let mut fitting: Vec<Known<'a>> = added.values().copied().filter(fits).collect();
        if fitting.len() > 1 {
            fitting.retain(|after| after.1.name == before.1.name);
        }
        if let [after] = fitting.as_slice() {
            taken.insert(after.1.wire_name.as_str());
            pairs.push((before, *after));
        }
    }
    pairs
}

fn carries_the_same(old: &Method, new: &Method) -> bool {
    let types =
        |method: &Method| -> Vec<String> { method.arguments.iter().map(|argument| argument.name.clone()).collect() };
    old.kind == new.kind
        && old.response == new.response
        && types(old) == types(new)
        && (old.arguments.iter().zip(&new.arguments)).all(|(old, new)| old.ty == new.ty)
}
