//! `rapace gen`: writes client packages, one that the flags describe or all that `rapace.toml` names.

mod all;
mod one;
mod watch;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rapace_gen_core::Runtime;

use crate::failure::Failure;
use crate::generators::{self, Limits};
use crate::project::CargoFlags;

/// The flags.
#[derive(Args)]
#[command(
    after_help = generators::own_options_help(),
    override_usage = "rapace gen [--check | --watch]\n       \
                      rapace gen --lang <LANGUAGE> --out <DIR> [OPTIONS] <API_JSON>\n       \
                      rapace gen --lang <LANGUAGE> --out <DIR> --runtime-only"
)]
pub(crate) struct Gen {
    /// Language of the package
    #[arg(long, value_name = "LANGUAGE", help = language_help(), requires = "out")]
    lang: Option<String>,
    /// Folder of the package. Replaces and removes files of an earlier run, and no others
    #[arg(long, value_name = "DIR", requires = "lang")]
    out: Option<PathBuf>,
    /// Name of the package [default: made from the API's name]
    #[arg(long, value_name = "NAME", requires = "lang")]
    package: Option<String>,
    /// Where the generated code finds its runtime. `vendored`: its sources are written into the package [default].
    /// `package` or `package=NAME`: a published package. `path=FOLDER`: a package that `--runtime-only` wrote
    #[arg(long, value_name = "WHERE", requires = "lang")]
    runtime: Option<Runtime>,
    /// Write the runtime alone, as a package that others import with `--runtime path=FOLDER`
    #[arg(long, requires = "lang", conflicts_with_all = ["runtime", "api"])]
    runtime_only: bool,
    /// Option of one language, listed below. May be repeated
    #[arg(long = "opt", value_name = "NAME=VALUE", value_parser = named_value, requires = "lang")]
    own: Vec<(String, String)>,
    /// Time limit for a program `rapace-gen-LANGUAGE`
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    plugin_seconds: u64,
    /// Write nothing. Fail if a file differs from what would be written
    #[arg(long)]
    check: bool,
    /// Generate again whenever a source of the exported crates changes, until Ctrl-C
    #[arg(long, conflicts_with_all = ["lang", "check"])]
    watch: bool,
    /// Do not export first: generate from the api.json that is there
    #[arg(long, conflicts_with = "lang")]
    no_export: bool,
    #[command(flatten)]
    cargo: CargoFlags,
    /// Description to read, as `rapace export` writes it; `-` is stdin
    #[arg(value_name = "API_JSON", requires = "lang")]
    api: Option<PathBuf>,
}

impl Gen {
    /// Generates, and writes the packages or compares them with their folders.
    ///
    /// # Errors
    /// When a description, an option or rapace.toml is refused, a folder cannot be written, or with `--check` differs.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let limits = Limits {
            time: Duration::from_secs(self.plugin_seconds),
            ..Limits::default()
        };
        let (Some(language), Some(out)) = (self.lang, self.out) else {
            let all = all::All {
                check: self.check,
                export: !self.no_export,
                cargo: self.cargo,
                quiet: false,
                limits,
            };
            return if self.watch { watch::run(all) } else { all.run() };
        };
        let one = one::One {
            language,
            out,
            package: self.package,
            runtime: self.runtime.unwrap_or_default(),
            runtime_only: self.runtime_only,
            own: self.own,
            check: self.check,
            api: self.api,
            limits,
        };
        one.run()
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
