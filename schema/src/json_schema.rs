//! The JSON Schema of `api.json`.

use crate::model::{Api, SCHEMA_URN};

/// The text of `api.schema.json`: the JSON Schema (draft 2020-12) of an [`Api`].
pub fn json_schema() -> String {
    let mut schema = schemars::schema_for!(Api);
    schema.insert("$id".into(), SCHEMA_URN.into());
    let mut text = serde_json::to_string_pretty(&schema).expect("a JSON Schema is JSON");
    text.push('\n');
    text
}
