//! What users have in the place of a type of the API: a type of theirs, and two functions.

use rapace_gen_core::GenerateError;
use std::collections::BTreeSet;

use rapace_gen_core::names::Scope;
use rapace_schema::{Api, TypeDef};

use crate::outcome::LANGUAGE;

/// Names of variables where functions of users' modules are called.
const VARIABLES: &[&str] = &[
    "answer", "bytes", "entries", "from", "i", "item", "items", "key", "n", "r", "v", "value", "w",
];

/// The names of a user's type in generated modules.
#[derive(Clone, Debug)]
pub(crate) struct ForeignNames {
    /// The type.
    pub(crate) ty: String,
    /// The function that makes one of what the generator would show.
    pub(crate) from: String,
    /// The function that does the reverse.
    pub(crate) to: String,
    /// All three, as they are imported.
    pub(crate) imported: [Imported; 3],
}

/// A name of a user's module.
#[derive(Clone, Debug)]
pub(crate) struct Imported {
    /// The name here.
    pub(crate) local: String,
    /// The name there.
    name: String,
    /// The package or the module.
    module: String,
    /// True for a type.
    pub(crate) is_type: bool,
}

impl Imported {
    /// `Money`, or `Money as Money_` when a type of the API has that name.
    pub(crate) fn import(&self) -> String {
        match self.local == self.name {
            true => self.name.clone(),
            false => format!("{} as {}", self.name, self.local),
        }
    }

    /// Where it is imported from, by a module whose way to `src/` is `to_root`.
    pub(crate) fn from(&self, to_root: &str) -> String {
        match self.module.strip_prefix("./") {
            Some(path) => format!("{to_root}/{path}"),
            None => self.module.clone(),
        }
    }
}

/// The names of the user's type that is shown in the place of `def`, if any.
pub(crate) fn foreign_names(def: &TypeDef, scope: &mut Scope) -> Option<ForeignNames> {
    let foreign = def.foreign.get(LANGUAGE)?;
    let imported = [(&foreign.ty, true), (&foreign.from, false), (&foreign.to, false)];
    let imported = imported.map(|(name, is_type)| Imported {
        local: match VARIABLES.contains(&name.as_str()) {
            true => scope.claim(&format!("{name}_")),
            false => scope.claim(name),
        },
        name: name.clone(),
        module: foreign.import.clone(),
        is_type,
    });
    let [ty, from, to] = &imported;
    Some(ForeignNames {
        ty: ty.local.clone(),
        from: from.local.clone(),
        to: to.local.clone(),
        imported,
    })
}

/// The npm packages that users' types come from: `@acme/money` of `@acme/money/wire`. A path is none, nor is a module of Node.
pub(crate) fn foreign_packages(api: &Api) -> Vec<String> {
    let modules = api.types.iter().filter_map(|def| def.foreign.get(LANGUAGE));
    let modules = modules.map(|foreign| foreign.import.as_str());
    let packages = modules.filter(|module| !module.starts_with(['.', '#']) && !module.contains(':'));
    let packages = packages.map(|module| {
        let parts = if module.starts_with('@') { 2 } else { 1 };
        module.split('/').take(parts).collect::<Vec<_>>().join("/")
    });
    packages.collect::<BTreeSet<String>>().into_iter().collect()
}

/// Refuses what an import statement cannot name: it would be code.
pub(crate) fn check_foreign(api: &Api) -> Result<(), GenerateError> {
    for def in &api.types {
        let Some(foreign) = def.foreign.get(LANGUAGE) else {
            continue;
        };
        let wrong = |what: &str, text: &str, needed: &str| {
            let text = text.escape_debug();
            GenerateError::new(format!(
                "type {}: {what} of its foreign type is `{text}`, and must be {needed}",
                def.name
            ))
        };
        for (what, text) in [
            ("`type`", &foreign.ty),
            ("`from`", &foreign.from),
            ("`to`", &foreign.to),
        ] {
            if !is_identifier(text) {
                return Err(wrong(what, text, "a name that the module exports"));
            }
        }
        let import = &foreign.import;
        if !import.chars().all(is_of_path) || import.starts_with('/') || import.starts_with("..") {
            return Err(wrong(
                "`import`",
                &foreign.import,
                "a package, or a path from `src/` that begins with `./`",
            ));
        }
    }
    Ok(())
}

/// A name that a module can export; words of the language are refused by the compiler.
fn is_identifier(text: &str) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    text.chars().all(of_name) && text.starts_with(|c: char| !c.is_ascii_digit())
}

fn is_of_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || "@/._-~:#".contains(c)
}
