//! `api.schema.json` is what schemars makes of the model.

/// Run with `UPDATE_GOLDEN=1` to write it anew.
#[test]
fn api_schema_json_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/api.schema.json");
    let fresh = rapace_schema::json_schema();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &fresh).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap_or_default(),
        fresh,
        "run with UPDATE_GOLDEN=1"
    );
}
