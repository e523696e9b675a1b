//! The call as a program in another language.

use std::path::Path;

use rapace_gen_core::{Call as GeneratedCall, Options};
use rapace_schema::{Api, without_services};
use serde_json::Value;

use super::one::method_of;
use crate::failure::Failure;
use crate::generators::generators;
use crate::printer;
use crate::project::{Content, Project};

/// Prints the program that makes a call with these values, for the package that the nearest `rapace.toml` names for the language.
/// A description that is named by a flag has a package with the default names.
pub(super) fn print(
    api: &Api,
    language: &str,
    (address, method): (&str, &str),
    arguments: &[Value],
    is_named: bool,
) -> Result<(), Failure> {
    let all = generators();
    let Some(generator) = all.iter().find(|generator| generator.language() == language) else {
        return Err(Failure::Usage(format!("there is no generator for `{language}`")));
    };
    let (options, without) = match is_named {
        true => (Options::default(), Vec::new()),
        false => package(language, method).map_err(Failure::Usage)?,
    };
    let api = without_services(api.clone(), &without).map_err(|why| Failure::Usage(format!("exclude: {why}")))?;
    let (service, own) = method_of(&api, method)?;
    let call = GeneratedCall {
        address,
        service: position(&api.services, service),
        method: position(&service.methods, own),
        arguments,
    };
    let program = options
        .check_own(generator.as_ref())
        .and_then(|()| generator.call(&api, &options, &call))
        .map_err(|error| Failure::Message(format!("{language}: {}", error.message)))?;
    printer::result(&program)
}

/// The position of an item of a list.
fn position<T>(items: &[T], item: &T) -> usize {
    let found = items.iter().position(|one| std::ptr::eq(one, item));
    found.expect("it is a reference to an item of the list")
}

/// The options of the first package for a language that has the service of this method, and the services that it leaves out.
fn package(language: &str, method: &str) -> Result<(Options, Vec<String>), String> {
    let service = method.split('.').next().unwrap_or(method);
    let entries = match Project::nearest(Path::new(""))? {
        Some(project) => project.entries()?,
        None => Vec::new(),
    };
    let found = entries.into_iter().find_map(|entry| match entry.content {
        Content::Api { without } if entry.language == language && !without.iter().any(|name| name == service) => {
            Some((entry.options, without))
        }
        _ => None,
    });
    Ok(found.unwrap_or_default())
}
