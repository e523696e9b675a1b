//! Methods that are there, that are gone, that are new, and what became of those that stayed.

use std::collections::{BTreeMap, BTreeSet};

use super::budget::Work;
use super::gather::{At, Found};
use super::payloads::{Known, Payloads};
use super::report::{Outcome, Part, Use};
use super::verdict::{Rollout, Seen, Verdict};
use crate::model::{Api, Method, MethodKind};

/// All that differs between the methods of two APIs, and in what they carry.
pub(super) fn uses([old, new]: [&Api; 2], rust: [&Api; 2], parts: u64) -> (Vec<Found>, Work) {
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
        let loud = (Verdict::Loud, UNIMPLEMENTED);
        found.push(called(before, &what, [loud, loud], Rollout::Neither));
    }
    for &method in gone.values() {
        // Whoever calls it has to stop first.
        let what = "the method was removed";
        let verdicts = [(Verdict::Loud, UNIMPLEMENTED), (Verdict::Loud, NOBODY)];
        found.push(called(method, what, verdicts, Rollout::ClientsFirst));
    }
    for &method in added.values() {
        let verdicts = [(Verdict::Ok, NOBODY), (Verdict::Loud, UNIMPLEMENTED)];
        found.push(called(method, "the method was added", verdicts, Rollout::ServerFirst));
    }
    let mut kept = Vec::new();
    for (wire_name, &before) in &olds {
        if let Some(&after) = news.get(wire_name) {
            found.extend(calls(before, after));
            if before.1.digest.api != after.1.digest.api {
                kept.push((before, after));
            }
        }
    }
    let (carried, work) = Payloads::new([old, new], rust).compared(&kept, parts);
    found.extend(carried);
    (found, work)
}

/// What becomes of a call whose id the server does not know.
const UNIMPLEMENTED: &str = "the server answers `Unimplemented`";
/// What becomes of a call that only the other side knows.
const NOBODY: &str = "nobody calls it";
/// What becomes of a unary call of a method that streams.
const NO_STREAM_WANTED: &str = "the server answers `InvalidArgument`";
/// What becomes of a call for a stream, of a method that is unary. A server in plain rapace takes the flag that asks for a stream for the
/// one that asks for no answer.
const NO_STREAM_THERE: &str = "a host answers `InvalidArgument`; a server in plain rapace runs the method and never answers, so \
                               that the client waits for its deadline";
/// What becomes of calls that an old client makes again.
const REPEATED: &str = "a client that loses its connection still sends the call a second time";

/// What differs in how a method is called.
fn calls(before: Known<'_>, after: Known<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let (old, new) = (before.1, after.1);
    if old.kind != new.kind {
        let (what, verdicts) = match new.kind {
            MethodKind::ServerStreaming => (
                "the method answers with a stream now",
                [(Verdict::Loud, NO_STREAM_WANTED), (Verdict::Loud, NO_STREAM_THERE)],
            ),
            MethodKind::Unary => (
                "the method no longer answers with a stream",
                [(Verdict::Loud, NO_STREAM_THERE), (Verdict::Loud, NO_STREAM_WANTED)],
            ),
        };
        found.push(called(after, what, verdicts, Rollout::Neither));
    }
    if old.idempotent && !new.idempotent {
        let what = "the method is no longer idempotent";
        let verdicts = [(Verdict::Semantic, REPEATED), (Verdict::Same, "")];
        found.push(called(after, what, verdicts, Rollout::ClientsFirst));
    }
    found
}

/// A change of a call: what becomes of an old client's at a new server, and of a new client's at an old server.
fn called((service, method): Known<'_>, what: &str, verdicts: [(Verdict, &'static str); 2], rollout: Rollout) -> Found {
    let name = format!("{service}.{}", method.name);
    let [forth, back] = verdicts.map(|(verdict, why)| Outcome {
        seen: Seen::all(verdict),
        why: Some(why).filter(|why| !why.is_empty()),
        ..Outcome::default()
    });
    Found {
        place: name.as_str().into(),
        what: what.into(),
        at: At::Use(Box::new(Use {
            method: name,
            part: Part::Call,
            path: String::new(),
            forth,
            back,
            rollout,
        })),
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
    let services = |known: &BTreeMap<&str, Known<'a>>| -> BTreeSet<&'a str> {
        known.values().map(|(service, _)| *service).collect()
    };
    let (of_gone, of_added) = (services(gone), services(added));
    // By what they carry, and by their service or their name.
    let mut by_service: BTreeMap<(String, &str), Vec<Known<'a>>> = BTreeMap::new();
    let mut by_name: BTreeMap<(String, &str), Vec<Known<'a>>> = BTreeMap::new();
    for &after in added.values() {
        let signature = signature(after.1);
        by_service.entry((signature.clone(), after.0)).or_default().push(after);
        by_name.entry((signature, &after.1.name)).or_default().push(after);
    }
    let mut taken = BTreeSet::new();
    let mut pairs = Vec::new();
    for &before in gone.values() {
        let signature = signature(before.1);
        let is_free = |after: &&Known<'a>| !taken.contains(after.1.wire_name.as_str());
        let service_is_new = |after: &&Known<'a>| !of_gone.contains(after.0) && !of_added.contains(before.0);
        let named = by_name.get(&(signature.clone(), before.1.name.as_str()));
        let named: Vec<Known<'a>> = (named.into_iter().flatten())
            .filter(|after| is_free(after) && (before.0 == after.0 || service_is_new(after)))
            .copied()
            .collect();
        // One of the same name is meant before all others.
        let fitting = match named.is_empty() {
            true => by_service
                .get(&(signature, before.0))
                .into_iter()
                .flatten()
                .filter(is_free)
                .copied()
                .take(2)
                .collect(),
            false => named,
        };
        if let [after] = fitting.as_slice() {
            taken.insert(after.1.wire_name.as_str());
            pairs.push((before, *after));
        }
    }
    pairs
}

/// What a method carries, as text.
fn signature(method: &Method) -> String {
    let arguments = method.arguments.iter();
    let arguments: Vec<_> = arguments.map(|argument| (&argument.name, &argument.ty)).collect();
    format!("{:?} {arguments:?} {:?}", method.kind, method.response)
}
