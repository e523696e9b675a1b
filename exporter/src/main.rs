//! The `rapace` command. Everything that is printed is printed here.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use rapace_exporter::export::{ExportOptions, export};
use rapace_exporter::generate;
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
    /// Package in the workspace
    #[arg(short, long, value_name = "NAME")]
    package: Option<String>,
    /// File to write [default: stdout]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Args)]
struct Gen {
    /// python, go or typescript
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
    #[arg(long, value_name = "WHERE", default_value = "vendored", value_parser = runtime)]
    runtime: Runtime,
    /// Write nothing; fail when the folder is not what would be written
    #[arg(long)]
    check: bool,
    /// The description, as `rapace export` writes it
    #[arg(value_name = "API_JSON")]
    api: PathBuf,
}

fn runtime(text: &str) -> Result<Runtime, String> {
    match text.split_once('=') {
        None if text == "vendored" => Ok(Runtime::Vendored),
        None if text == "package" => Ok(Runtime::Package(None)),
        Some(("package", name)) if !name.is_empty() => Ok(Runtime::Package(Some(name.to_owned()))),
        _ => Err("it is `vendored`, `package` or `package=NAME`".to_owned()),
    }
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Export(arguments) => run_export(arguments),
        Command::Gen(arguments) => run_gen(arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run_export(arguments: Export) -> Result<(), String> {
    let options = ExportOptions {
        manifest_path: arguments.manifest_path,
        package: arguments.package,
    };
    let api = export(&options).map_err(|error| error.to_string())?;
    let text = rapace_schema::to_json(&api);
    match arguments.out {
        Some(path) => write_file(&path, &text),
        None => io::stdout()
            .write_all(text.as_bytes())
            .map_err(|error| format!("stdout: {error}")),
    }
}

fn run_gen(arguments: Gen) -> Result<(), String> {
    let path = &arguments.api;
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let api = rapace_schema::read(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let options = Options {
        package: arguments.package,
        runtime: arguments.runtime,
    };
    let files = generate::generate(&arguments.lang, &api, &options)?;
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

/// Writes beside the place and moves there: on an error nothing is half-written.
fn write_file(path: &Path, text: &str) -> Result<(), String> {
    let folder = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(path).map_err(|error| error.error)?;
        io::Result::Ok(())
    };
    write().map_err(|error| format!("{}: {error}", path.display()))
}
