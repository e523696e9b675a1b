//! The packages of a project, each ready to be generated.

use std::path::{Path, PathBuf};

use rapace_exporter::config::{FILE, GenTable, VersionSource};
use rapace_gen_core::{Options, Runtime};
use rapace_schema::Package;

use super::places::normal;
use super::root::Project;
use super::{licences, places};

/// A package to generate.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// What messages call it: `[[gen]] 2 (go, clients/go)`.
    pub(crate) label: String,
    /// The language.
    pub(crate) language: String,
    /// Its folder, from the current one.
    pub(crate) out: PathBuf,
    /// The options that the generator gets.
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use rapace_exporter::config::Config;
    use rapace_gen_core::Runtime;

    use super::{Content, Entry};
    use crate::project::root::Project;

    /// The only package of a project in this folder.
    fn entry(folder: &Path, text: &str) -> Entry {
        let project = Project {
            folder: folder.to_owned(),
            config: Config::parse(text).unwrap(),
        };
        let mut entries = project.entries().unwrap();
        assert_eq!(entries.len(), 1);
        entries.remove(0)
    }

    const ALL: &str = "[[gen]]\nlang = \"go\"\nout = \"clients/go\"\npackage = \"acme.example/shop\"\nruntime = \"package=r\"\n\
                       version = \"1.4.0-rc.1\"\ndescription = \"A shop.\"\nlicense = \"MIT\"\nauthors = [\"A <a@b.example>\"]\n\
                       repository = \"https://r.example\"\nhomepage = \"https://h.example\"\nkeywords = [\"shop\"]\n\
                       opt = { websocket = true, level = 3, target = \"js\" }\nexclude = [\"Admin\"]\n";

    #[test]
    fn what_the_file_says_reaches_the_generator() {
        let folder = tempfile::tempdir().unwrap();
        let entry = entry(folder.path(), ALL);
        assert_eq!(
            (entry.language.as_str(), entry.out),
            ("go", folder.path().join("clients/go"))
        );
        let without = vec!["Admin".to_owned()];
        assert_eq!(entry.content, Content::Api { without });
        let options = entry.options;
        assert_eq!(options.package.as_deref(), Some("acme.example/shop"));
        assert_eq!(options.runtime, Runtime::Package(Some("r".into())));
        let own: Vec<(&str, &str)> = options
            .own
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(own, [("level", "3"), ("target", "js"), ("websocket", "true")]);
        let said = options.metadata;
        assert_eq!(said.version.as_deref(), Some("1.4.0-rc.1"));
        assert_eq!(said.description.as_deref(), Some("A shop."));
        assert_eq!(said.license.as_deref(), Some("MIT"));
        assert_eq!((said.authors.len(), said.keywords.len()), (1, 1));
        assert_eq!(said.repository.as_deref(), Some("https://r.example"));
        assert_eq!(said.homepage.as_deref(), Some("https://h.example"));
    }

    #[test]
    fn the_example_of_the_readme_is_right() {
        let readme = include_str!("../../README.md");
        let (_, rest) = readme.split_once("```toml\n").unwrap();
        let (text, _) = rest.split_once("```").unwrap();
        let project = Project {
            folder: "/nowhere".into(),
            config: Config::parse(text).unwrap(),
        };
        let outs: Vec<_> = project.entries().unwrap().into_iter().map(|entry| entry.out).collect();
        assert_eq!(
            outs,
            [Path::new("/nowhere/clients/python"), Path::new("/nowhere/clients/go")]
        );
    }

    const PLAIN: &str = "[[gen]]\nlang = \"go\"\nout = \"go\"\n";

    #[test]
    fn the_version_is_that_of_cargo_unless_another_is_given() {
        let folder = tempfile::tempdir().unwrap();
        for text in [PLAIN.to_owned(), format!("{PLAIN}version = \"from-cargo\"\n")] {
            assert_eq!(entry(folder.path(), &text).options.metadata.version, None);
        }
    }

    fn licences(folder: &Path, text: &str) -> Vec<(String, String)> {
        entry(folder, text).options.license_files
    }

    fn file(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    #[test]
    fn licences_are_named_or_found_here_or_in_the_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let member = folder.path().join("crates/shop");
        fs::create_dir_all(member.join("legal")).unwrap();
        assert_eq!(licences(&member, PLAIN), []);
        for (path, text) in [
            ("Cargo.toml", "[workspace]\n"),
            ("LICENSE-MIT", "mit\r\nfor all"),
            ("LICENSE-APACHE", "apache\n"),
            ("licensed.rs", "no licence"),
            ("crates/shop/legal/EULA.txt", "eula\n"),
        ] {
            fs::write(folder.path().join(path), text).unwrap();
        }
        let of_workspace = [
            file("LICENSE-APACHE", "apache\n"),
            file("LICENSE-MIT", "mit\nfor all\n"),
        ];
        assert_eq!(licences(&member, PLAIN), of_workspace);
        assert_eq!(licences(folder.path(), PLAIN), of_workspace);
        fs::write(member.join("COPYING"), "gpl\n").unwrap();
        assert_eq!(licences(&member, PLAIN), [file("COPYING", "gpl\n")]);
        let named = format!("{PLAIN}license-files = [\"legal/EULA.txt\", \"../../LICENSE-MIT\"]\n");
        let expected = [file("EULA.txt", "eula\n"), file("LICENSE-MIT", "mit\nfor all\n")];
        assert_eq!(licences(&member, &named), expected);
        // A runtime alone is not the user's work.
        assert_eq!(licences(&member, &format!("{PLAIN}runtime-only = true\n")), []);
    }

    #[test]
    fn licences_that_cannot_be_had_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("b")).unwrap();
        fs::write(folder.path().join("A"), "a").unwrap();
        fs::write(folder.path().join("b/A"), "b").unwrap();
        fs::write(folder.path().join("C"), [0xff, 0xfe, 0xfd]).unwrap();
        for (files, why) in [
            ("[\"b\"]", "b: it is no file"),
            ("[\"A\", \"b/A\"]", "b/A: another file has this name"),
            ("[\"..\"]", "..: it is no name for a file of a package"),
            ("[\"gone\"]", "gone: No such file"),
            ("[\"C\"]", "C: "),
        ] {
            let project = Project {
                folder: folder.path().to_owned(),
                config: Config::parse(&format!("{PLAIN}license-files = {files}\n")).unwrap(),
            };
            let error = project.entries().unwrap_err();
            let expected = format!("license-files: {}", folder.path().join(why).display());
            assert!(error.contains(&expected), "{files}: {error}");
        }
    }
}
