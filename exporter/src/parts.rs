//! Where the parts of a description are written: in the sources, or where an author has named them.

use rapace_schema::{Api, Method, Problem, Service, TypeDef};

use crate::diagnostic::Location;
use crate::inputs::Inputs;
use crate::rust_type::plain;
use crate::source::services::{ServiceSource, Signature};

/// The tables of `rapace.toml` whose keys are paths of types.
const TABLES_OF_TYPES: [&[&str]; 3] = [&["results"], &["types"], &["export", "open-enums"]];

/// What the sources say of a service.
pub(crate) fn source<'a>(service: &Service, sources: &'a [ServiceSource]) -> Option<&'a ServiceSource> {
    let is_it =
        |source: &&ServiceSource| plain(&source.name) == service.name && source.module.join("::") == service.module;
    sources.iter().find(is_it)
}

/// How a method is written.
pub(crate) fn signature<'a>(service: &Service, method: &Method, inputs: &Inputs<'a>) -> Option<&'a Signature> {
    let source = source(service, inputs.services)?;
    let raw = |name: &&String| plain(name) == method.name;
    source.signature(source.methods.iter().find(raw)?, method.arguments.len())
}

/// Where a type is written.
pub(crate) fn of_type(def: &TypeDef, inputs: &Inputs<'_>) -> Option<Location> {
    let base = def.path.split('<').next().unwrap_or_default();
    inputs.types.get(base)?.at.clone()
}

/// The place of what a check of the description has found, which begins as `type Book`, `method Catalog.find` or
/// `service Catalog`. Where an author's word made it what it is, that is the place.
pub(crate) fn of_problem(problem: &Problem, api: &Api, inputs: &Inputs<'_>) -> Option<Location> {
    let part = problem.place.split(", ").next().unwrap_or_default();
    let (kind, name) = part.split_once(' ')?;
    match kind {
        "type" => {
            let def = api.types.iter().find(|def| def.name == name)?;
            of_entry(def, inputs).or_else(|| of_type(def, inputs))
        }
        "service" => {
            let service = api.services.iter().find(|service| service.name == name)?;
            source(service, inputs.services)?.at.clone()
        }
        "method" => {
            let (service, method) = name.split_once('.')?;
            let service = api.services.iter().find(|found| found.name == service)?;
            let method = service.methods.iter().find(|found| found.name == method)?;
            let said = inputs.places.of(&["idempotent", name]).filter(|_| method.idempotent);
            said.or_else(|| signature(service, method, inputs)?.at.clone())
        }
        _ => None,
    }
}

/// Where an author names a type, or says what form it has.
fn of_entry(def: &TypeDef, inputs: &Inputs<'_>) -> Option<Location> {
    let base = def.path.split('<').next().unwrap_or_default();
    let keys = || [def.path.as_str(), base].into_iter();
    let in_table = |table: &[&str]| keys().find_map(|key| inputs.places.of(&[table, &[key]].concat()));
    TABLES_OF_TYPES
        .into_iter()
        .find_map(in_table)
        .or_else(|| inputs.places.of(&["names", &def.path]))
}
