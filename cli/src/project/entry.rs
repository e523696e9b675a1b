//! The packages of a project, each ready to be generated.

use std::path::{Path, PathBuf};

use rapace_exporter::config::{FILE, GenTable, VersionSource};
use rapace_gen_core::{Options, Runtime};
use rapace_schema::Package;

use super::places::normal;
use super::{Project, licences, places};

/// A package to generate.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// What messages call it: `[[gen]] 2 (go, clients/go)`.
    pub(crate) label: String,
    /// The language.
    pub(crate) language: String,
    /// Its folder, from the current one.
    pub(crate) out: PathBuf,
    /// What the generator is told.
    pub(crate) options: Options,
    /// What is in it.
    pub(crate) content: Content,
}

/// What is in a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// The API without the services of these names.
    Api {
        /// The services that are left out.
        without: Vec<String>,
    },
    /// The runtime alone.
    Runtime,
}

impl Project {
    /// The packages to generate, in the order of the file.
    ///
    /// # Errors
    /// A message: two are in each other's way, or an entry contradicts itself or names a file that is not there.
    pub(crate) fn entries(&self) -> Result<Vec<Entry>, String> {
        let tables = &self.config.packages;
        let labels = (tables.iter().enumerate())
            .map(|(index, table)| format!("[[gen]] {} ({}, {})", index + 1, table.lang, table.out));
        let labels: Vec<String> = labels.collect();
        let of_file = |why: String| format!("{}: {why}", self.folder.join(FILE).display());
        let outs: Vec<(String, &str)> = (labels.iter().cloned())
            .zip(tables.iter().map(|table| table.out.as_str()))
            .collect();
        places::check(&outs, self.export().out()).map_err(of_file)?;
        let entries = tables.iter().zip(labels).map(|(table, label)| {
            self.entry(table, &label)
                .map_err(|why| of_file(format!("{label}: {why}")))
        });
        entries.collect()
    }

    fn entry(&self, table: &GenTable, label: &str) -> Result<Entry, String> {
        let runtime = table.runtime.as_deref().unwrap_or("vendored");
        let runtime: Runtime = runtime.parse().map_err(|why| format!("runtime `{runtime}`: {why}"))?;
        if table.runtime_only && (table.runtime.is_some() || !table.exclude.is_empty()) {
            return Err(
                "`runtime-only` goes with neither `runtime` nor `exclude`: no service is in the package".to_owned(),
            );
        }
        if let Runtime::Path(path) = &runtime {
            self.check_runtime(table, path)?;
        }
        let license_files = match (table.license_files.as_slice(), table.runtime_only) {
            ([], false) => licences::found(&self.folder)?,
            (names, _) => licences::named(&self.folder, names)?,
        };
        let own = table.opt.iter().map(|(name, value)| (name.clone(), value.0.clone()));
        Ok(Entry {
            label: label.to_owned(),
            language: table.lang.clone(),
            out: self.folder.join(&table.out),
            options: Options {
                package: table.package.clone(),
                runtime,
                metadata: metadata(table),
                license_files,
                own: own.collect(),
            },
            content: match table.runtime_only {
                true => Content::Runtime,
                false => Content::Api {
                    without: table.exclude.clone(),
                },
            },
        })
    }

    /// Whether `path=FOLDER` leads to a runtime: one of this file, or a folder that is there.
    fn check_runtime(&self, table: &GenTable, path: &str) -> Result<(), String> {
        let place = normal(&Path::new(&table.out).join(path));
        let here = |other: &&GenTable| normal(Path::new(&other.out)) == place;
        match self.config.packages.iter().find(here) {
            Some(other) if other.runtime_only && other.lang == table.lang => Ok(()),
            Some(other) if other.runtime_only => Err(format!(
                "runtime `path={path}` leads to the runtime of {}: each language needs its own",
                other.lang
            )),
            Some(_) => Err(format!(
                "runtime `path={path}` leads to {}, which is no runtime: set `runtime-only = true` there",
                place.display()
            )),
            None if self.folder.join(&place).is_dir() => Ok(()),
            None => Err(format!(
                "runtime `path={path}` leads to {}, which is not there: add\n\n[[gen]]\nlang = \"{}\"\nout = \"{}\"\n\
                 runtime-only = true",
                place.display(),
                table.lang,
                place.display()
            )),
        }
    }
}

fn metadata(table: &GenTable) -> Package {
    Package {
        version: match &table.version {
            VersionSource::FromCargo => None,
            VersionSource::Exact(version) => Some(version.clone()),
        },
        description: table.description.clone(),
        license: table.license.clone(),
        authors: table.authors.clone(),
        repository: table.repository.clone(),
        homepage: table.homepage.clone(),
        keywords: table.keywords.clone(),
    }
}
