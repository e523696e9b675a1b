//! `rapace gen`: writes a client package.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rapace_gen_core::{Options, Runtime};

use crate::failure::Failure;
use crate::generators::{self, Limits};
use crate::{printer, writer};

/// The flags.
#[derive(Args)]
#[command(after_help = generators::own_options_help())]
pub(crate) struct Gen {
    /// Language of the package
    #[arg(long, value_name = "LANGUAGE", help = language_help())]
    lang: String,
    /// Folder of the package. Replaces and removes files of an earlier run, and no others
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Name of the package [default: made from the API's name]
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// Where the generated code finds its runtime. `vendored` writes the runtime's sources into the package;
    /// `package` or `package=NAME` imports a published package
    #[arg(long, value_name = "WHERE", default_value = "vendored")]
    runtime: Runtime,
    /// Option of one language, listed below. May be repeated
    #[arg(long = "opt", value_name = "NAME=VALUE", value_parser = named_value)]
    own: Vec<(String, String)>,
    /// Time limit for a program `rapace-gen-LANGUAGE`
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    plugin_seconds: u64,
    /// Write nothing. Fail if the folder differs from what would be written
    #[arg(long)]
    check: bool,
    /// Description to read, as `rapace export` writes it
    #[arg(value_name = "API_JSON")]
    api: PathBuf,
}

impl Gen {
    /// Generates the package, and writes it or compares it with its folder.
    ///
    /// # Errors
    /// When the description or an option is refused, the folder cannot be written, or with `--check` differs.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let of_api = |why: &dyn std::fmt::Display| format!("{}: {why}", self.api.display());
        let bytes = fs::read(&self.api).map_err(|error| of_api(&error))?;
        let api = rapace_schema::read_bytes(&bytes).map_err(|error| of_api(&error))?;
        let options = Options {
            package: self.package,
            runtime: self.runtime,
            own: own_options(self.own)?,
            ..Options::default()
        };
        let limits = Limits {
            time: Duration::from_secs(self.plugin_seconds),
            ..Limits::default()
        };
        let files = generators::generate(&self.lang, &api, &options, limits, printer::line)?;
        if !self.check {
            return Ok(writer::write_package(&self.out, &files)?);
        }
        let differences = writer::differences(&self.out, &files)?;
        if differences.is_empty() {
            return Ok(());
        }
        let again = format!("{} is not up to date, run `rapace gen` again", self.out.display());
        Err(format!("{again}:\n  {}", differences.join("\n  ")).into())
    }
}

fn language_help() -> String {
    let known = generators::languages().join(", ");
    format!("Language of the package: {known}. Any other value runs the program `rapace-gen-LANGUAGE`")
}

/// The name and the value around the first `=`.
fn named_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it is NAME=VALUE".to_owned()),
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
