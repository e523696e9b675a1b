//! What `rapace.toml` says of the form of types in the languages: `[results]`, `[types]`, and `open-enums` in `[export]`.

use std::collections::BTreeMap;

use rapace_schema::{Api, TypeDef};

use crate::config::{FILE, TypeEntry};
use crate::diagnostic::{Diagnostic, Level};
use crate::inputs::Inputs;
use crate::nearest::did_you_mean;
use crate::parts::of_problem;

/// Writes into the types what the author says of them.
///
/// # Errors
/// A key that names no type, unless the file is for more packages than are exported; a type that has not the form that is said of it.
pub(crate) fn present(api: &mut Api, inputs: &Inputs<'_>) -> Vec<Diagnostic> {
    let mut problems = each(api, &["results"], inputs.results, inputs, |def, result| {
        def.result = Some(result.clone());
    });
    problems.extend(each(
        api,
        &["types"],
        inputs.presented,
        inputs,
        |def, entry| match entry {
            TypeEntry::Preset(known) => def.known = Some(*known),
            TypeEntry::Foreign(foreign) => def.foreign.clone_from(foreign),
        },
    ));
    for def in api
        .types
        .iter_mut()
        .filter(|def| inputs.open_enums && def.is_unit_enum())
    {
        def.open = def.result.is_none();
    }
    problems.extend(each(api, &["export", "open-enums"], inputs.open, inputs, |def, ()| {
        def.open = true
    }));
    problems.extend(rapace_schema::validate(api).into_iter().map(|problem| Diagnostic {
        at: of_problem(&problem, api, inputs),
        place: format!("{FILE}, {}", problem.place),
        why: problem.what,
        ..Diagnostic::error("type-unfit")
    }));
    problems
}

/// Does it to each type that a key of the table names. A path without generic arguments means all instantiations; one with them goes
/// before it. `table` is its name and the key in it.
fn each<T>(
    api: &mut Api,
    table: &[&str],
    entries: &BTreeMap<String, T>,
    inputs: &Inputs<'_>,
    apply: impl Fn(&mut TypeDef, &T),
) -> Vec<Diagnostic> {
    let is_whole = |key: &&String| key.contains('<');
    let ordered = entries
        .keys()
        .filter(|key| !is_whole(key))
        .chain(entries.keys().filter(is_whole));
    let mut problems = Vec::new();
    for key in ordered {
        let mut found = false;
        for def in api.types.iter_mut().filter(|def| is_of(def, key)) {
            apply(def, &entries[key]);
            found = true;
        }
        if !found {
            let paths = api.types.iter().map(|def| def.path.as_str());
            let paths = paths.filter(|path| key.contains('<') || !path.contains('<'));
            let generic = api
                .types
                .iter()
                .filter_map(|def| def.path.split_once('<').map(|(base, _)| base));
            problems.push(Diagnostic {
                level: if inputs.partial { Level::Warning } else { Level::Error },
                place: format!("{FILE}, [{}]", table[0]),
                why: format!("no exported type has the path {key:?}"),
                at: inputs.places.of(&[table, &[key]].concat()),
                cure: did_you_mean(
                    key,
                    paths.chain(generic),
                    "take the path from \"path\" in the exported JSON",
                ),
                ..Diagnostic::error("unused-key")
            });
        }
    }
    problems
}

/// Whether a key names a type: by its path, blanks aside, or by that of the generic type.
fn is_of(def: &TypeDef, key: &str) -> bool {
    let without_blanks = |text: &str| text.replace(' ', "");
    let base = def.path.split('<').next().unwrap_or_default();
    !def.path.is_empty() && (base == key || without_blanks(&def.path) == without_blanks(key))
}
