//! An `api.json`: exported, read, written and compared.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use rapace_exporter::config::FILE;
use rapace_exporter::export::{ExportOptions, export};
use rapace_schema::difference::{first_difference, is_same_text};
use rapace_schema::{Api, limits};

use crate::failure::Failure;
use crate::printer::{self, Format};
use crate::project::Project;
use crate::writer;

/// The name of the file that is stdin.
const STDIN: &str = "-";

/// Exports, and prints errors and warnings. Returns the text of the `api.json`.
///
/// # Errors
/// When nothing can be exported.
pub(crate) fn exported(options: &ExportOptions, format: Format) -> Result<(Api, String), Failure> {
    let exported = match export(options) {
        Ok(exported) => exported,
        Err(error) => {
            let errors = printer::diagnostics(&error.into_diagnostics(), format);
            return Err(match (format, errors) {
                (Format::Json, _) | (_, 1) => Failure::Printed,
                _ => format!("nothing was exported: {errors} problems").into(),
            });
        }
    };
    printer::diagnostics(&exported.warnings, format);
    let text = rapace_schema::to_json(&exported.api);
    Ok((exported.api, text))
}

/// Reads an `api.json`, from stdin when the path is `-`.
///
/// # Errors
/// A message with the path.
pub(crate) fn read(path: &Path) -> Result<Api, String> {
    let failed = |why: &dyn std::fmt::Display| match path.to_str() {
        Some(STDIN) => format!("stdin: {why}"),
        _ => format!("{}: {why}", path.display()),
    };
    let bytes = match path.to_str() {
        Some(STDIN) => all_of_stdin(),
        _ => fs::read(path),
    };
    let bytes = bytes.map_err(|error| failed(&error))?;
    rapace_schema::read_bytes(&bytes).map_err(|error| failed(&error))
}

/// Reads this `api.json`, or that of the nearest `rapace.toml`.
///
/// # Errors
/// A message: there is none, or it cannot be read.
pub(crate) fn nearest(path: Option<&Path>) -> Result<Api, String> {
    if let Some(path) = path {
        return read(path);
    }
    let Some(project) = Project::nearest(Path::new(""))? else {
        return Err(format!(
            "there is no {FILE} in this folder or above it, which would name the api.json: give --api FILE"
        ));
    };
    let path = project.api_json();
    match path.exists() {
        true => read(&path),
        false => Err(format!(
            "{}: there is no such file: `rapace export` writes it, or give --api FILE",
            path.display()
        )),
    }
}

/// One byte more than is allowed is enough to be refused.
fn all_of_stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(limits::FILE_BYTES as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes an `api.json` and says what is in it.
///
/// # Errors
/// A message: the file cannot be written.
pub(crate) fn write(path: &Path, api: &Api, text: &str) -> Result<(), String> {
    writer::write_file(path, text)?;
    printer::line(&format!("wrote {}: {}", path.display(), contents(api)));
    Ok(())
}

/// Writes an `api.json` where it differs from what is there.
///
/// # Errors
/// A message: the file cannot be written.
pub(crate) fn update(path: &Path, api: &Api, text: &str) -> Result<(), String> {
    if path.is_file() && fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        printer::line(&format!("{} is up to date: {}", path.display(), contents(api)));
        return Ok(());
    }
    write(path, api, text)
}

/// Compares an `api.json` with what it should be. Line ends of Windows are no difference.
///
/// # Errors
/// A message with the first line that differs.
pub(crate) fn check(path: &Path, text: &str) -> Result<(), String> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let again = format!("{} is not up to date, run `rapace export` again", path.display());
    let found = rapace_schema::text_of(&bytes).map_err(|error| format!("{again}: {error}"))?;
    if is_same_text(found, text) {
        return Ok(());
    }
    let difference = first_difference(found, text).map(|difference| difference.between("it says", "it should say"));
    Err(format!("{again}; {}", difference.unwrap_or_default()))
}

/// `3 services, 19 methods, 22 types`.
pub(crate) fn contents(api: &Api) -> String {
    let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let methods = api.services.iter().map(|service| service.methods.len()).sum();
    format!(
        "{}, {}, {}",
        counted(api.services.len(), "service"),
        counted(methods, "method"),
        counted(api.types.len(), "type")
    )
}
