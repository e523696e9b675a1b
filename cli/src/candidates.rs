//! What completes the names of an `api.json`: that of `--api`, otherwise that of the nearest `rapace.toml`.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap_complete::engine::CompletionCandidate;
use rapace_schema::{Api, Method, Service};

use crate::description;
use crate::shells;

/// Methods: `Catalog.find`.
pub(crate) fn methods(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(api) = api() else { return Vec::new() };
    let methods = all(&api).map(|(service, method)| candidate(&full_name(service, method), &method.doc));
    beginning(current, methods)
}

/// Services, methods and types.
pub(crate) fn names(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(api) = api() else { return Vec::new() };
    let services = (api.services.iter()).map(|service| candidate(&service.name, &service.doc));
    let types = (api.types.iter()).map(|def| candidate(&def.name, &def.doc));
    let mut found = beginning(current, services.chain(types));
    found.extend(methods(current));
    found
}

/// Types.
pub(crate) fn types(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(api) = api() else { return Vec::new() };
    beginning(current, api.types.iter().map(|def| candidate(&def.name, &def.doc)))
}

/// The arguments of the method that is on the command line: `isbn=`.
pub(crate) fn arguments(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(api) = api() else { return Vec::new() };
    let called = shells::words().find_map(|word| {
        let mut all = all(&api);
        all.find(|(service, method)| word == full_name(service, method).as_str())
    });
    let arguments = called.into_iter().flat_map(|(_, method)| &method.arguments);
    beginning(
        current,
        arguments.map(|argument| CompletionCandidate::new(format!("{}=", argument.name))),
    )
}

fn api() -> Option<Api> {
    let mut words = shells::words();
    let mut path = None;
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--api") => path = words.next().map(PathBuf::from),
            Some(text) => path = text.strip_prefix("--api=").map(PathBuf::from).or(path),
            None => {}
        }
    }
    description::nearest(path.as_deref()).ok()
}

fn all(api: &Api) -> impl Iterator<Item = (&Service, &Method)> {
    let services = api.services.iter();
    services.flat_map(|service| service.methods.iter().map(move |method| (service, method)))
}

fn full_name(service: &Service, method: &Method) -> String {
    format!("{}.{}", service.name, method.name)
}

/// A candidate, which the first line of its documentation explains.
fn candidate(name: &str, doc: &str) -> CompletionCandidate {
    let line = doc.lines().next().filter(|line| !line.is_empty());
    let line = line.map(|line| rapace_schema::text::visible(line).into());
    CompletionCandidate::new(name).help(line)
}

fn beginning(current: &OsStr, candidates: impl Iterator<Item = CompletionCandidate>) -> Vec<CompletionCandidate> {
    let Some(current) = current.to_str() else {
        return Vec::new();
    };
    let begins = |candidate: &CompletionCandidate| {
        let value = candidate.get_value().to_str();
        value.is_some_and(|value| value.starts_with(current))
    };
    candidates.filter(begins).collect()
}
