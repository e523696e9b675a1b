//! All that the nearest `rapace.toml` names: the `api.json` and each package.

use rapace_schema::Api;

use crate::description;
use crate::failure::Failure;
use crate::generators::Limits;
use crate::package::Made;
use crate::printer::{self, Format};
use crate::project::{CargoFlags, Content, Entry, Project};

/// What the flags say.
#[derive(Clone, Copy)]
pub(super) struct All {
    pub(super) check: bool,
    /// Whether the crate is exported first.
    pub(super) export: bool,
    pub(super) cargo: CargoFlags,
    /// Without cargo's progress.
    pub(super) quiet: bool,
    pub(super) limits: Limits,
}

impl All {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.run_in(&Project::with_packages()?)
    }

    /// Makes all packages before it writes one of them, so that a refusal leaves everything as it is.
    pub(super) fn run_in(self, project: &Project) -> Result<(), Failure> {
        let entries = project.entries()?;
        let mut problems = Problems::default();
        let api = match entries.iter().any(|entry| entry.content != Content::Runtime) {
            true => Some(self.describe(project)?),
            false => None,
        };
        let parsed = api.as_ref().map(|(api, _)| api);
        let made = entries.iter().map(|entry| self.make(entry, parsed));
        let made: Vec<Made<'_>> = made.filter_map(|made| problems.keep(made)).collect();
        if !self.check {
            problems.end("nothing was written")?;
        }
        if let Some((api, Some(text))) = &api {
            let path = project.api_json();
            problems.keep(match self.check {
                true => description::check(&path, text),
                false => description::update(&path, api, text),
            });
        }
        for package in &made {
            problems.keep(match self.check {
                true => package.check(),
                false => package.write(),
            });
        }
        problems.end("not everything is up to date")
    }

    fn make<'a>(&self, entry: &'a Entry, api: Option<&Api>) -> Result<Made<'a>, String> {
        Made::make(entry, api, self.limits).map_err(|why| format!("{}: {why}", entry.label))
    }

    /// The API, and its text when it was exported.
    fn describe(&self, project: &Project) -> Result<(Api, Option<String>), Failure> {
        let path = project.api_json();
        if self.export && project.manifest().exists() {
            let (_, text) = description::exported(&project.export_options(self.cargo, self.quiet), Format::Human)?;
            // Whatever is generated from is what can be read.
            let api = rapace_schema::read(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            return Ok((api, Some(text)));
        }
        if !path.exists() {
            return Err(match self.export {
                true => format!(
                    "there is neither {} to read nor {} to export",
                    path.display(),
                    project.manifest().display()
                ),
                false => format!("there is no {}: run `rapace gen` without --no-export", path.display()),
            }
            .into());
        }
        Ok((description::read(&path)?, None))
    }
}

/// The failures of all packages: one run reports every one of them.
#[derive(Default)]
struct Problems {
    count: usize,
}

impl Problems {
    /// The value, or the message printed.
    fn keep<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result
            .map_err(|message| {
                self.count += 1;
                printer::error(&message);
            })
            .ok()
    }

    /// Fails when there was a problem; of several, this is what they come to.
    fn end(&self, what: &str) -> Result<(), Failure> {
        match self.count {
            0 => Ok(()),
            1 => Err(Failure::Printed),
            count => Err(format!("{what}: {count} problems").into()),
        }
    }
}
