//! A package: made, and then written or compared with its folder.

use std::path::Path;

use rapace_gen_core::Files;
use rapace_schema::{Api, without_services};

use crate::generators::{self, Limits};
use crate::printer;
use crate::project::{Content, Entry};
use crate::writer::{self, Owner, Written};

/// What the list of a runtime alone calls it when it was given no name.
const RUNTIME: &str = "(runtime)";

/// A package whose files are made.
pub(crate) struct Made<'a> {
    out: &'a Path,
    files: Files,
    owner: Owner,
}

impl<'a> Made<'a> {
    /// Makes the files. The API is needed by all packages but a runtime.
    ///
    /// # Errors
    /// A message: a service to leave out is not there, or the generator refuses.
    pub(crate) fn make(entry: &'a Entry, api: Option<&Api>, limits: Limits) -> Result<Self, String> {
        let (language, options) = (entry.language.as_str(), &entry.options);
        let named = |default: &str| Owner::new(language, options.package.as_deref().unwrap_or(default));
        let (files, owner) = match (&entry.content, api) {
            (Content::Runtime, _) => (generators::runtime(language, options)?, named(RUNTIME)),
            (Content::Api { .. }, None) => return Err("there is no api.json to generate from".to_owned()),
            (Content::Api { without }, Some(api)) if without.is_empty() => {
                let files = generators::generate(language, api, options, limits, printer::line)?;
                (files, named(&api.name))
            }
            (Content::Api { without }, Some(api)) => {
                let part = without_services(api.clone(), without).map_err(|why| format!("exclude: {why}"))?;
                let files = generators::generate(language, &part, options, limits, printer::line)?;
                (files, named(&api.name))
            }
        };
        Ok(Self {
            out: &entry.out,
            files,
            owner,
        })
    }

    /// Writes the files, and says how many.
    ///
    /// # Errors
    /// A message: see [`writer::write_package`].
    pub(crate) fn write(&self) -> Result<(), String> {
        let Written { files, changed } = writer::write_package(self.out, &self.files, &self.owner)?;
        printer::line(&match changed {
            0 => format!("{} is up to date: {files} files", self.out.display()),
            _ => format!("wrote {}: {files} files, {changed} changed", self.out.display()),
        });
        Ok(())
    }

    /// A line for each file of the folder that differs.
    ///
    /// # Errors
    /// A message: the folder cannot be compared, or holds another package.
    pub(crate) fn differences(&self) -> Result<Vec<String>, String> {
        writer::differences(self.out, &self.files, &self.owner)
    }

    /// Compares the files with the folder.
    ///
    /// # Errors
    /// A message with a line for each file that differs.
    pub(crate) fn check(&self) -> Result<(), String> {
        let differences = self.differences()?;
        if differences.is_empty() {
            return Ok(());
        }
        let again = format!("{} is not up to date, run `rapace gen` again", self.out.display());
        Err(format!("{again}:\n  {}", differences.join("\n  ")))
    }
}
