//! Ready assertions for the tests of service crates.

use std::path::{Path, PathBuf};

use rapace_schema::difference::{first_difference, is_same_text};

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
    let exported = export(&options).unwrap_or_else(|error| panic!("the crate cannot be exported:\n{error}"));
    let path: PathBuf = crate_folder.as_ref().join(file);
    let fresh = rapace_schema::to_json(&exported.api);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &fresh).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let found = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    if let Some(difference) = difference(&found, &fresh) {
        panic!("{} {difference}", path.display());
    }
}

/// What is wrong with the bytes of a file that should hold a text. Line ends of Windows and a byte order mark are not: git
/// and editors write them.
fn difference(found: &[u8], fresh: &str) -> Option<String> {
    let found = match rapace_schema::text_of(found) {
        Ok(found) if is_same_text(found, fresh) => return None,
        Ok(found) => found,
        Err(error) => return Some(format!("cannot be read: {error}")),
    };
    let difference = first_difference(found, fresh)?.between("it says", "it should say");
    Some(format!(
        "is not up to date, run `rapace export` again or this test with UPDATE_GOLDEN=1; {difference}"
    ))
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn a_description_that_git_or_an_editor_has_touched_is_fresh() {
        let fresh = "{\n  \"name\": \"shop\"\n}\n";
        let windows = fresh.replace('\n', "\r\n");
        assert_eq!(difference(fresh.as_bytes(), fresh), None);
        assert_eq!(difference(windows.as_bytes(), fresh), None);
        assert_eq!(difference(format!("\u{feff}{windows}").as_bytes(), fresh), None);
        let other = windows.replace("shop", "stop");
        let message = difference(other.as_bytes(), fresh).unwrap();
        assert!(
            message.contains("line 2:\n  it says:         \"name\": \"stop\"\n  it should say:   \"name\": \"shop\""),
            "{message}"
        );
        let utf16: Vec<u8> = fresh.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(difference(&utf16, fresh).unwrap().contains("it is UTF-16"));
    }
}
