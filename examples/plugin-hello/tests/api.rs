//! The committed description of the services is that of the code.

/// Run with `UPDATE_GOLDEN=1` to write it anew.
#[test]
fn api_json_is_up_to_date() {
    rapace_exporter::testing::assert_fresh(env!("CARGO_MANIFEST_DIR"), "api.json");
}
