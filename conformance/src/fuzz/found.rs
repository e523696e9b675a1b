//! What was found: told, and kept so that it can be worked on and stays found.

use std::path::{Path, PathBuf};

use rapace_schema::TypeRef;
use serde::{Deserialize, Serialize};

use super::drive::Outcome;
use super::input::Input;
use super::schema::{self, Drawn};
use crate::build::{self, read_text, write_text};
use conformance_oracle::Hex;

/// The file of what was found in the fixtures' types.
pub const FILE: &str = "found.json";
/// The file with the cases of a drawn crate, in its folder.
const CASES: &str = "cases.json";

/// Bytes over which there was a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Found {
    /// The method of `Values` that takes and answers the type.
    pub method: String,
    /// The bytes.
    pub bytes: Hex,
    /// What the difference was.
    pub why: String,
}

/// A difference, made as small as it gets.
pub struct Difference<'a> {
    /// The seed of its round.
    pub seed: u64,
    /// The type of the bytes.
    pub ty: &'a TypeRef,
    /// The bytes.
    pub input: Input,
    /// What is right, and what Rust says.
    pub right: String,
    /// What each testee did.
    pub outcomes: Vec<(String, Outcome)>,
}

impl Difference<'_> {
    /// For people.
    pub fn told(&self) -> String {
        let hex = serde_json::to_string(&Hex(self.input.bytes.clone())).unwrap_or_default();
        let ty = serde_json::to_string(self.ty).unwrap_or_default();
        let mut text = format!(
            "difference: {} of type {ty}, seed {}\n  bytes {hex}\n  right is: {}\n",
            self.input.method, self.seed, self.right
        );
        for (name, outcome) in &self.outcomes {
            match outcome {
                Ok(()) => text += &format!("  {name}: so it is\n"),
                Err(problem) => text += &format!("  {name}: {}\n", problem.replace('\n', "\n    ")),
            }
        }
        text
    }

    /// For the file.
    pub fn found(&self) -> Found {
        let wrong = self.outcomes.iter().filter_map(|(name, outcome)| {
            let problem = outcome.as_ref().err()?;
            Some(format!("{name}: {}", problem.lines().next().unwrap_or_default()))
        });
        let wrong: Vec<String> = wrong.collect();
        Found {
            method: self.input.method.clone(),
            bytes: Hex(self.input.bytes.clone()),
            why: match wrong.is_empty() {
                true => self.right.clone(),
                false => wrong.join("; "),
            },
        }
    }
}

/// Reads a list; there is none before something is found.
///
/// # Errors
/// When the file is no list.
pub fn read(path: &Path) -> Result<Vec<Found>, String> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    serde_json::from_str(&read_text(path)?).map_err(|error| format!("{}: {error}", path.display()))
}

/// Adds to a list what is not in it, a line each.
///
/// # Errors
/// When the file cannot be read or written.
pub fn add(path: &Path, more: &[Found]) -> Result<(), String> {
    let mut all = read(path)?;
    for found in more {
        if !all
            .iter()
            .any(|known| (&known.method, &known.bytes) == (&found.method, &found.bytes))
        {
            all.push(found.clone());
        }
    }
    let lines = all.iter().map(|found| serde_json::to_string(found).unwrap_or_default());
    write_text(path, &format!("[\n{}\n]\n", lines.collect::<Vec<_>>().join(",\n")))
}

/// Keeps a drawn crate with what was found in it, and returns its folder.
///
/// # Errors
/// When it cannot be written.
pub fn keep(folder: &Path, seed: u64, drawn: &Drawn, found: &[Found], problems: &[String]) -> Result<PathBuf, String> {
    let folder = folder.join(format!("found/seed-{seed}"));
    write_text(&folder.join("lib.rs"), &drawn.library)?;
    write_text(&folder.join("main.rs"), &drawn.oracle)?;
    if let Ok(api) = read_text(&build::exported(schema::NAME)) {
        write_text(&folder.join("api.json"), &api)?;
    }
    if !problems.is_empty() {
        write_text(&folder.join("problems.txt"), &problems.join("\n\n"))?;
    }
    add(&folder.join(CASES), found)?;
    Ok(folder)
}

/// The crate and the cases that are kept in a folder.
///
/// # Errors
/// When they are not there.
pub fn kept(folder: &Path) -> Result<(Drawn, Vec<Input>), String> {
    let drawn = Drawn {
        library: read_text(&folder.join("lib.rs"))?,
        oracle: read_text(&folder.join("main.rs"))?,
    };
    let inputs = read(&folder.join(CASES))?.into_iter().map(|found| Input {
        method: found.method,
        bytes: found.bytes.0,
    });
    Ok((drawn, inputs.collect()))
}
