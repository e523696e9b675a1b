//! The `rapace` command. Everything that is printed is printed here.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use rapace_exporter::diagnostic::{Diagnostic, Level, messages};
use rapace_exporter::export::{ExportOptions, export};
use rapace_exporter::generate;
use rapace_exporter::output::{folder_of, write_file};
use rapace_gen_core::{Options, Runtime};

#[derive(Parser)]
#[command(
    name = "rapace",
    version,
    about = "Makes Rust services on rapace callable from other languages."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Describe the services of a Rust crate as JSON, or say what in them cannot travel and why.
    Export(Export),
    /// Write a client package for a language from an api.json.
    Gen(Gen),
}

#[derive(Args)]
struct Export {
    /// Manifest of the crate or of its workspace [default: that of the current folder]
    #[arg(long, value_name = "PATH")]
    manifest_path: Option<PathBuf>,
    /// Package in the workspace; repeatable, the services of all are merged
    #[arg(short, long = "package", value_name = "NAME")]
    packages: Vec<String>,
    /// All packages of the workspace that use rapace
    #[arg(long, conflicts_with = "packages")]
    workspace: bool,
    /// Package that `--workspace` leaves out; repeatable
    #[arg(long, value_name = "NAME", requires = "workspace")]
    exclude: Vec<String>,
    /// Features of the packages, separated by commas or blanks
    #[arg(short = 'F', long, value_name = "FEATURES", value_delimiter = ',')]
    features: Vec<String>,
    /// All features of the packages
    #[arg(long, conflicts_with = "features")]
    all_features: bool,
    /// Not the default features of the packages
    #[arg(long)]
    no_default_features: bool,
    /// Name of the API [default: the package's]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Earlier api.json whose types keep their names, whatever types of the same names are added
    #[arg(long, value_name = "FILE")]
    keep_names: Option<PathBuf>,
    /// File to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How errors and warnings are printed on stderr: for people, or as one JSON object per line
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// Never use the network
    #[arg(long)]
    offline: bool,
    /// Fail when the lock file is not up to date
    #[arg(long)]
    locked: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Json,
}

#[derive(Args)]
struct Gen {
    /// python, go or typescript; any other runs the program `rapace-gen-LANGUAGE`
    #[arg(long, value_name = "LANGUAGE")]
    lang: String,
    /// Folder of the package; a later run replaces the files of an earlier one and no others
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Name of the package [default: from the API's name]
    #[arg(long, value_name = "NAME")]
    package: Option<String>,
    /// `vendored`: the runtime's sources are written beside the generated code; `package` or `package=NAME`: the
    /// generated code imports a published runtime
    #[arg(long, value_name = "WHERE", default_value = "vendored")]
    runtime: Runtime,
    /// Option of one language alone; repeatable. For typescript: `number-lists=typed-arrays` makes `Vec<f64>` a
    /// `Float64Array` and likewise for the other numbers of up to 64 bits [default: `number-lists=arrays`, a `number[]`];
    /// `int64=number` or `int64=string` makes a `u64` such instead of a `bigint`, and checks it [default: `int64=bigint`].
    /// For go: `websocket=true` and `opentelemetry=true` write the runtime's packages for these too, which need libraries. For
    /// python: `frozen=true` makes dataclasses whose objects cannot be changed
    #[arg(long = "opt", value_name = "NAME=VALUE", value_parser = named_value)]
    own: Vec<(String, String)>,
    /// How long a program `rapace-gen-LANGUAGE` may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    plugin_seconds: u64,
    /// Write nothing; fail when the folder is not what would be written
    #[arg(long)]
    check: bool,
    /// The description, as `rapace export` writes it
    #[arg(value_name = "API_JSON")]
    api: PathBuf,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Export(arguments) => run_export(arguments),
        Command::Gen(arguments) => run_gen(arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Without a message, what went wrong has been printed.
            if !message.is_empty() {
                eprintln!("error: {message}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run_export(arguments: Export) -> Result<(), String> {
    let format = arguments.format;
    if let Some(folder) = arguments
        .out
        .as_deref()
        .map(folder_of)
        .filter(|folder| !folder.is_dir())
    {
        return Err(format!("--out: there is no folder {}", folder.display()));
    }
    let blanks = |features: &String| features.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let options = ExportOptions {
        manifest_path: arguments.manifest_path,
        packages: arguments.packages,
        workspace: arguments.workspace,
        exclude: arguments.exclude,
        features: arguments.features.iter().flat_map(blanks).collect(),
        all_features: arguments.all_features,
        no_default_features: arguments.no_default_features,
        name: arguments.name,
        keep_names: arguments.keep_names,
        offline: arguments.offline,
        locked: arguments.locked,
        quiet: format == Format::Json,
        target_folder: None,
    };
    let exported = match export(&options) {
        Ok(exported) => exported,
        Err(diagnostics) => {
            let errors = print_diagnostics(&diagnostics, format);
            return match (format, errors) {
                (Format::Json, _) | (_, 1) => Err(String::new()),
                _ => Err(format!("nothing was exported: {errors} problems")),
            };
        }
    };
    print_diagnostics(&exported.warnings, format);
    let text = rapace_schema::to_json(&exported.api);
    match arguments.out {
        Some(path) => write_file(&path, &text),
        None => io::stdout()
            .write_all(text.as_bytes())
            .map_err(|error| format!("stdout: {error}")),
    }
}

/// Prints errors and warnings; returns how many errors there are for people.
fn print_diagnostics(diagnostics: &[Diagnostic], format: Format) -> usize {
    let messages = messages(diagnostics);
    match format {
        Format::Human => {
            for (level, message) in &messages {
                let level = match level {
                    Level::Error => "error",
                    Level::Warning => "warning",
                };
                eprintln!("{level}: {message}");
            }
        }
        Format::Json => {
            for diagnostic in diagnostics {
                eprintln!("{}", serde_json::to_string(diagnostic).expect("plain data is JSON"));
            }
        }
    }
    messages.iter().filter(|(level, _)| *level == Level::Error).count()
}

fn run_gen(arguments: Gen) -> Result<(), String> {
    let path = &arguments.api;
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let api = rapace_schema::read_bytes(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    let options = Options {
        package: arguments.package,
        runtime: arguments.runtime,
        own: own_options(arguments.own)?,
    };
    let limits = generate::PluginLimits {
        time: Duration::from_secs(arguments.plugin_seconds),
        ..generate::PluginLimits::default()
    };
    let files = generate::generate(&arguments.lang, &api, &options, limits, |line| eprintln!("{line}"))?;
    if !arguments.check {
        return generate::write(&arguments.out, &files);
    }
    let differences = generate::differences(&arguments.out, &files)?;
    if differences.is_empty() {
        return Ok(());
    }
    let again = format!("{} is not up to date, run `rapace gen` again", arguments.out.display());
    Err(format!("{again}:\n  {}", differences.join("\n  ")))
}

/// What stands before and behind the first `=`.
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
