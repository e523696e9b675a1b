//! The package that the flags of `rapace gen` describe.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rapace_gen_core::{Options, Runtime};

use crate::description;
use crate::failure::Failure;
use crate::generators::Limits;
use crate::package::Made;
use crate::project::{Content, Entry};

/// What the flags say.
pub(super) struct One {
    pub(super) language: String,
    pub(super) out: PathBuf,
    pub(super) package: Option<String>,
    pub(super) runtime: Runtime,
    pub(super) runtime_only: bool,
    pub(super) own: Vec<(String, String)>,
    pub(super) check: bool,
    pub(super) api: Option<PathBuf>,
    pub(super) limits: Limits,
}

impl One {
    pub(super) fn run(self) -> Result<(), Failure> {
        let api = match (&self.api, self.runtime_only) {
            (_, true) => None,
            (Some(path), false) => Some(description::read(path)?),
            (None, false) => {
                let missing = "--lang needs an API_JSON, the file that `rapace export` writes, or --runtime-only";
                return Err(Failure::Usage(missing.to_owned()));
            }
        };
        let entry = Entry {
            label: String::new(),
            language: self.language,
            out: self.out,
            options: Options {
                package: self.package,
                runtime: self.runtime,
                own: own_options(self.own)?,
                ..Options::default()
            },
            content: match self.runtime_only {
                true => Content::Runtime,
                false => Content::Api { without: Vec::new() },
            },
        };
        let made = Made::make(&entry, api.as_ref(), self.limits)?;
        match self.check {
            true => made.check()?,
            false => made.write()?,
        }
        Ok(())
    }
}

fn own_options(given: Vec<(String, String)>) -> Result<BTreeMap<String, String>, String> {
    let mut own = BTreeMap::new();
    for (name, value) in given {
        if let Some(before) = own.insert(name.clone(), value) {
            return Err(format!("--opt: `{name}` is given twice, first as `{before}`"));
        }
    }
    Ok(own)
}
