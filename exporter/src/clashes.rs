//! Services of one name: what a client calls is found by the names of service and method alone.

use std::collections::BTreeMap;

use rapace_schema::Service;

use crate::config::FILE;
use crate::diagnostic::Diagnostic;
use crate::parts::source;
use crate::source::services::ServiceSource;

/// An error for each name that several services have. `sources` say where they are written.
pub(crate) fn clashes(services: &[Service], sources: &[ServiceSource]) -> Vec<Diagnostic> {
    let mut by_name: BTreeMap<&str, Vec<&Service>> = BTreeMap::new();
    for service in services {
        by_name.entry(&service.name).or_default().push(service);
    }
    let several = by_name.into_iter().filter(|(_, services)| services.len() > 1);
    several
        .map(|(name, services)| clash(name, &services, sources))
        .collect()
}

fn clash(name: &str, services: &[&Service], sources: &[ServiceSource]) -> Diagnostic {
    let krate = |service: &Service| service.module.split("::").next().unwrap_or_default().to_owned();
    let mut crates: Vec<String> = services.iter().map(|service| krate(service)).collect();
    crates.sort_unstable();
    crates.dedup();
    let mut paths: Vec<String> = services
        .iter()
        .map(|service| format!("`{}::{name}`", service.module))
        .collect();
    paths.sort_unstable();
    let cure = match crates.as_slice() {
        [_] => {
            let module = services[services.len() - 1]
                .module
                .split_once("::")
                .map_or("", |(_, module)| module);
            let path = if module.is_empty() {
                name.to_owned()
            } else {
                format!("{module}::{name}")
            };
            format!(
                "say in `{FILE}` which one is meant, for example `services = [\"{path}\"]`, or rename one of the traits"
            )
        }
        [first, ..] => format!(
            "export the packages apart, leave one out (`--exclude` the package of `{first}`), or rename one of the traits"
        ),
        [] => String::new(),
    };
    Diagnostic {
        krate: crates.join(", "),
        service: name.to_owned(),
        why: format!(
            "is the name of {} services, {}: method ids are made of the names alone, so that a server cannot tell them apart",
            paths.len(),
            paths.join(" and ")
        ),
        at: services
            .iter()
            .rev()
            .find_map(|service| source(service, sources)?.at.clone()),
        cure,
        ..Diagnostic::error("clash")
    }
}
