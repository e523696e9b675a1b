//! Which type is which: every type gets a path that no other type of the program has.

use std::collections::BTreeMap;

use crate::crates::CrateNames;
use crate::diagnostic::{Diagnostic, Location};
use crate::driver::Unit;
use crate::facts::{Facts, Form};
use crate::sources::Sources;
use crate::symbols::{Name, Symbols, const_arguments};

/// What the symbols of a program say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Identified {
    /// The names of crates in paths.
    pub(crate) crates: CrateNames,
    /// The path of each service's registering function, in the order of the facts.
    pub(crate) functions: Vec<String>,
}

/// Why types cannot be told apart.
#[derive(Debug)]
pub(crate) enum Unidentified {
    /// This has no symbol.
    Lost(String),
    /// A message.
    Failed(String),
    /// Types of one path.
    Alike(Vec<Diagnostic>),
}

impl Unidentified {
    /// `lost` has the message for what has no symbol.
    pub(crate) fn diagnostics(self, lost: impl Fn(&str) -> String) -> Vec<Diagnostic> {
        match self {
            Self::Lost(what) => vec![Diagnostic::failure(lost(&what))],
            Self::Failed(message) => vec![Diagnostic::failure(message)],
            Self::Alike(diagnostics) => diagnostics,
        }
    }
}

/// Fills in the paths of structs and enums, and of other types where they have one. `names` are those that authors give
/// to types, by their path.
pub(crate) fn identify(
    facts: &mut Facts,
    units: &[Unit],
    names: &BTreeMap<String, String>,
    sources: &mut Sources<'_>,
) -> Result<Identified, Unidentified> {
    let symbols = Symbols::read(&facts.files).map_err(Unidentified::Failed)?;
    let mut types: Vec<(usize, Name)> = Vec::new();
    for (index, shape) in facts.shapes.iter().enumerate() {
        match symbols.type_at(shape.symbol) {
            Some(name) => types.push((index, name)),
            None if is_named(&shape.form) => return Err(Unidentified::Lost(format!("type `{}`", shape.display))),
            None => {}
        }
    }
    let functions = facts.services.iter().map(|service| {
        let function = symbols.function_at(service.symbol);
        function.ok_or_else(|| Unidentified::Lost(format!("the function that registers service `{}`", service.name)))
    });
    let functions: Vec<Name> = functions.collect::<Result<_, _>>()?;
    let of_types = types
        .iter()
        .filter(|(index, _)| is_named(&facts.shapes[*index].form))
        .map(|(_, name)| name);
    let crates = CrateNames::new(of_types.chain(&functions), units).map_err(Unidentified::Failed)?;
    let mut by_path: BTreeMap<String, Vec<(Name, usize)>> = BTreeMap::new();
    for (index, name) in types {
        let path = crates.path(&name);
        let shape = &mut facts.shapes[index];
        shape.consts = const_arguments(name.plain());
        shape.path = Some(path.clone());
        if is_named(&shape.form) {
            by_path.entry(path).or_default().push((name, index));
        }
    }
    number(facts, by_path, names, |path| {
        let path: Vec<&str> = path.split('<').next().unwrap_or_default().split("::").collect();
        sources.nearest(crates.unit(path[0], units)?, &path)
    })?;
    Ok(Identified {
        functions: functions.iter().map(|name| crates.path(name)).collect(),
        crates,
    })
}

fn is_named(form: &Form) -> bool {
    matches!(form, Form::Struct(_) | Form::Enum(_))
}

/// Types of one path, as those in two blocks of a function, are numbered in the order of their symbols, and must have
/// names from their author. `place` says where a path leads in the sources.
fn number(
    facts: &mut Facts,
    by_path: BTreeMap<String, Vec<(Name, usize)>>,
    names: &BTreeMap<String, String>,
    mut place: impl FnMut(&str) -> Option<Location>,
) -> Result<(), Unidentified> {
    let mut alike = Vec::new();
    for (path, mut types) in by_path.into_iter().filter(|(_, types)| types.len() > 1) {
        types.sort_by(|(a, _), (b, _)| a.symbol().cmp(b.symbol()));
        for (number, (_, index)) in types.iter().enumerate() {
            let numbered = format!("{path}#{}", number + 1);
            if !names.contains_key(&numbered) {
                alike.push(Diagnostic {
                    rust_type: path.clone(),
                    why: format!("has the path of another type, {} in all, so that nothing names it", types.len()),
                    at: place(&path),
                    cure: format!(
                        "move it into a module of another name, or write `\"{numbered}\" = \"Name\"` under `[names]` in \
                         `rapace.toml`"
                    ),
                    ..Diagnostic::error("types-alike")
                });
            }
            facts.shapes[*index].path = Some(numbered);
        }
    }
    if alike.is_empty() {
        Ok(())
    } else {
        Err(Unidentified::Alike(alike))
    }
}
