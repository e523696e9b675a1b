//! The testees of this repository, by name. How they are started is data: `testees/testees.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::program::{PATIENCE, Program, START, TRIES};
use crate::class::Class;
use crate::peer::Transport;

/// A testee of this repository. In its texts `{root}` is the repository, `{target}` where cargo builds, `{testee}` the
/// testee's folder, `{api}` the description of the services that its clients were generated from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    name: String,
    /// Its folder is that of its language.
    language: String,
    command: Vec<String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// The transports that it has, where it has not all.
    #[serde(default)]
    over: Vec<Transport>,
    /// The classes of what it does not have yet.
    #[serde(default)]
    without: Vec<Class>,
    /// What is there when it has been built.
    built: Vec<String>,
    /// The defects that are seeded into it, which `cargo xtask test` reads.
    #[serde(rename = "mutants", default)]
    _mutants: Option<String>,
}

/// The names of all testees of this repository.
///
/// # Errors
/// When the list cannot be read.
pub fn all() -> Result<Vec<String>, String> {
    Ok(known()?.into_iter().map(|testee| testee.name).collect())
}

/// The names of those that are ready for every class.
///
/// # Errors
/// When the list cannot be read.
pub fn complete() -> Result<Vec<String>, String> {
    let complete = known()?.into_iter().filter(|testee| testee.without.is_empty());
    Ok(complete.map(|testee| testee.name).collect())
}

fn known() -> Result<Vec<Known>, String> {
    let file = crate::fixtures::folder().join("testees/testees.json");
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))
}

/// How to start the testee of this name: from its place and with the fixtures, or from a copy in another folder, or with
/// another API's clients.
///
/// # Errors
/// When there is none of this name, or it has not been built; with the cure.
pub fn program(name: &str, folder: Option<&Path>, api: Option<&Path>) -> Result<Program, String> {
    let known = known()?;
    let Some(testee) = known.iter().find(|testee| testee.name == name) else {
        let names: Vec<&str> = known.iter().map(|testee| testee.name.as_str()).collect();
        return Err(format!(
            "no testee {name}: this repository's are {}; others are given with --testee NAME=COMMAND",
            names.join(", ")
        ));
    };
    let place = Place::new(testee, folder, api)?;
    for path in testee.built.iter().map(|path| place.fill(path)) {
        if !Path::new(&path).exists() {
            return Err(format!(
                "the testee {name} is not built, {path} is not there: run `cargo xtask testees`"
            ));
        }
    }
    let copy = folder.map_or_else(String::new, |folder| format!(" --folder '{}'", folder.display()));
    Ok(Program {
        name: name.into(),
        command: testee.command.iter().map(|word| place.fill(word)).collect(),
        environment: testee
            .environment
            .iter()
            .map(|(key, value)| (key.clone(), place.fill(value)))
            .collect(),
        options: format!("--lang {name}{copy}"),
        over: testee.over.clone(),
        without: testee.without.clone(),
        patience: PATIENCE,
        start: START,
        tries: TRIES,
    })
}

/// The values of the names in braces.
struct Place {
    names: [(&'static str, PathBuf); 4],
}

impl Place {
    fn new(testee: &Known, folder: Option<&Path>, api: Option<&Path>) -> Result<Self, String> {
        let suite = crate::fixtures::folder();
        let root = suite.parent().unwrap_or(&suite).to_owned();
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        let own = suite.join("testees").join(&testee.language);
        let fixtures = suite.join("fixtures/api.json");
        let absolute = |path: &Path| std::path::absolute(path).map_err(|error| format!("{}: {error}", path.display()));
        Ok(Self {
            names: [
                ("{root}", root),
                ("{target}", target),
                ("{testee}", absolute(folder.unwrap_or(&own))?),
                ("{api}", absolute(api.unwrap_or(&fixtures))?),
            ],
        })
    }

    fn fill(&self, text: &str) -> String {
        let names = self.names.iter();
        names.fold(text.to_owned(), |text, (name, path)| {
            text.replace(name, &path.display().to_string())
        })
    }
}
