//! `rapace init`: writes a `rapace.toml` to begin with.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use clap::Args;
use rapace_exporter::config::FILE;

use crate::failure::Failure;
use crate::{generators, printer, writer};

/// The flags.
#[derive(Args)]
pub(crate) struct Init {
    /// Language to generate a package for. May be repeated [default: all built-in languages]
    #[arg(long = "lang", value_name = "LANGUAGE")]
    languages: Vec<String>,
}

impl Init {
    /// Writes the file; one that is there stays.
    ///
    /// # Errors
    /// When there is a `rapace.toml` or no `Cargo.toml`, or the file cannot be written.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let manifest = read_manifest()?;
        let languages = match self.languages.as_slice() {
            [] => generators::languages().into_iter().map(str::to_owned).collect(),
            chosen => chosen.to_vec(),
        };
        writer::create_file(Path::new(FILE), &text(&manifest, &languages)).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => format!("there is a {FILE} here already: it stays as it is"),
            _ => format!("{FILE}: {error}"),
        })?;
        printer::line(&format!("wrote {FILE}: now run `rapace gen`"));
        Ok(())
    }
}

fn read_manifest() -> Result<toml::Table, String> {
    let text = fs::read_to_string("Cargo.toml").map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            "there is no Cargo.toml here: go to the folder of the crate with the services, or of its \
                                workspace"
                .to_owned()
        }
        _ => format!("Cargo.toml: {error}"),
    })?;
    toml::from_str(&text).map_err(|error| format!("Cargo.toml: {}", error.to_string().trim_end()))
}

/// The text of the file. Every line that is commented out is right as it is.
fn text(manifest: &toml::Table, languages: &[String]) -> String {
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name"))
        .and_then(toml::Value::as_str);
    let selection = match name {
        Some(_) => "# packages = [\"other\"]     # packages of the workspace; by default the one here",
        None => "workspace = true             # all packages that use rapace; or name them: packages = [\"shop\"]",
    };
    let begin = BEGIN.replace("SELECTION", selection);
    let entries = languages.iter().map(|language| {
        ENTRY
            .replace("LANGUAGE", language)
            .replace("# package = NAME", &package_hint(language, name.unwrap_or("shop")))
    });
    begin + &entries.collect::<String>()
}

/// The line that names a package: what is a name differs between ecosystems.
fn package_hint(language: &str, name: &str) -> String {
    let (example, what) = match language {
        "go" => (format!("example.com/you/{name}-go"), "the module's path"),
        "python" => (format!("{name}-client"), "the distribution's name"),
        "typescript" => (format!("@you/{name}"), "the name on npm"),
        _ => (format!("{name}-client"), "the package's name"),
    };
    let line = format!("# package = \"{example}\"");
    format!("{line:28} # {what}")
}

const BEGIN: &str = r#"# What `rapace gen` exports and generates. Paths start from the folder of this file.
# `rapace gen` writes everything, `rapace gen --check` fails when something is not up to date.

# Methods that may be called twice with the effect of once: a client that reconnects sends them again.
# idempotent = ["Shop.count"]

[export]
out = "api.json"             # commit it: its differences show what changes for clients
SELECTION
# features = ["admin"]
# keep-names = "api.json"    # types keep their names when others of the same name are added

# Names for types, by their "path" in api.json.
[names]
# "shop::Page<shop::Book>" = "BookPage"

# Enums that are the outcome of a call: clients return the value or raise an error.
[results]
# "shop::Outcome" = { ok = "Ok", err = "Err" }

# What a type is in the clients: timestamp-ms, duration-ms (or -s, -us, -ns), uuid, decimal, url, brand.
[types]
# "shop::BookId" = "uuid"

# Warnings, by the names in brackets after them. A warning that is denied stops the export.
[warnings]
# allow = ["several-services"]
# deny = ["serde-attribute"]
"#;

const ENTRY: &str = r#"
[[gen]]
lang = "LANGUAGE"
out = "clients/LANGUAGE"
# package = NAME
# version = "1.0.0"          # by default that of Cargo.toml
# license = "MIT"            # by default that of Cargo.toml; so are authors, description, repository, homepage and keywords
# exclude = ["Admin"]        # services to leave out
"#;

#[cfg(test)]
mod tests {
    use rapace_exporter::config::Config;

    use super::text;

    fn manifest(text: &str) -> toml::Table {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn the_file_is_right_with_and_without_what_is_commented_out() {
        for (of, workspace) in [("[package]\nname = \"shop\"", false), ("[workspace]", true)] {
            let text = text(&manifest(of), &["go".into(), "python".into(), "cobol".into()]);
            let config = Config::parse(&text).unwrap();
            assert_eq!(config.export.unwrap().workspace, workspace);
            let outs: Vec<&str> = config.packages.iter().map(|table| table.out.as_str()).collect();
            assert_eq!(outs, ["clients/go", "clients/python", "clients/cobol"]);

            let is_value = |line: &str| line.contains(" = ") && line.starts_with("# ");
            let lines = text.lines().map(|line| if is_value(line) { &line[2..] } else { line });
            let all = Config::parse(&lines.collect::<Vec<_>>().join("\n")).unwrap();
            assert_eq!(all.idempotent.len(), 1);
            assert_eq!(all.names.len(), 1);
            assert_eq!((all.results.len(), all.types.len()), (1, 1));
            assert!(all.warnings.unwrap().allow.contains("several-services"));
            assert_eq!(
                all.packages[0].package.as_deref().unwrap().split('/').next(),
                Some("example.com")
            );
            assert_eq!(all.packages[1].exclude, ["Admin"]);
        }
    }
}
