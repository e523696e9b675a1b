//! Ready assertions for the tests of service crates.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::export::{ExportOptions, export};

/// Passes when the file holds what `rapace export` would write now.
///
/// ```no_run
/// #[test]
/// fn api_json_is_up_to_date() {
///     rapace_exporter::testing::assert_fresh(env!("CARGO_MANIFEST_DIR"), "api.json");
/// }
/// ```
///
/// `crate_folder` is the crate's folder, and `file` a path inside it. With `UPDATE_GOLDEN=1` in the environment the file
/// is written anew.
///
/// # Panics
/// When the crate cannot be exported, or the file holds something else; the message says what and what to do.
pub fn assert_fresh(crate_folder: impl AsRef<Path>, file: impl AsRef<Path>) {
    let options = ExportOptions {
        manifest_path: Some(crate_folder.as_ref().join("Cargo.toml")),
        quiet: true,
        ..ExportOptions::default()
    };
    let exported = export(&options).unwrap_or_else(|diagnostics| {
        let list = diagnostics.iter().fold(String::new(), |mut list, diagnostic| {
            let _ = write!(list, "\n  {diagnostic}");
            list
        });
        panic!("the crate cannot be exported:{list}")
    });
    let path: PathBuf = crate_folder.as_ref().join(file);
    let fresh = rapace_schema::to_json(&exported.api);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &fresh).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let found = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if found == fresh {
        return;
    }
    let line = found
        .lines()
        .zip(fresh.lines())
        .position(|(found, fresh)| found != fresh);
    let line = line.unwrap_or_else(|| found.lines().count().min(fresh.lines().count()));
    panic!(
        "{} is not up to date, run `rapace export` again or this test with UPDATE_GOLDEN=1; line {}:\n  it says     \
         {}\n  and should  {}",
        path.display(),
        line + 1,
        found.lines().nth(line).unwrap_or("<nothing>"),
        fresh.lines().nth(line).unwrap_or("<nothing>"),
    );
}
