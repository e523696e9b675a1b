//! The JSON Schema of `rapace.toml` that is checked in.

// What fails here fails a test.
#![allow(clippy::unwrap_used)]

/// Run with `UPDATE_GOLDEN=1` to write it anew.
#[test]
fn the_json_schema_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/rapace-toml.schema.json");
    let fresh = rapace_exporter::config::json_schema();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &fresh).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap();
    assert!(
        found == fresh,
        "rapace-toml.schema.json is not up to date: run with UPDATE_GOLDEN=1"
    );
}
