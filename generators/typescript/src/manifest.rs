//! `package.json`, which a serializer writes: no text of the API can be more than a text in it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Serializer, Value, json};

/// The version of the published runtime that generated code asks for: this one, or a later one that fits.
const RUNTIME_VERSION: &str = concat!("^", env!("CARGO_PKG_VERSION"));

/// What `package.json` says, in its order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    name: &'a str,
    version: &'a str,
    description: String,
    r#type: &'a str,
    side_effects: bool,
    engines: Value,
    files: [&'a str; 2],
    main: String,
    types: String,
    types_versions: Value,
    exports: BTreeMap<&'a str, Export>,
    scripts: Value,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    dependencies: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Value::is_null")]
    peer_dependencies: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    peer_dependencies_meta: Value,
    dev_dependencies: Value,
}

/// Where a module that a package exports is, and its types.
#[derive(Serialize)]
struct Export {
    types: String,
    default: String,
}

impl Export {
    fn of(module: &str) -> Self {
        Self {
            types: format!("./dist/{module}.d.ts"),
            default: format!("./dist/{module}.js"),
        }
    }
}

/// What finds the same modules' types for compilers that resolve as old versions of Node did, and see no exports.
fn types_versions(exports: &BTreeMap<&str, Export>) -> Value {
    let modules = exports.iter().filter_map(|(name, export)| {
        let name = name.strip_prefix("./")?;
        Some((name.to_owned(), json!([export.types])))
    });
    json!({"*": modules.collect::<serde_json::Map<_, _>>()})
}

/// The text of `package.json` for a package of this name, with this runtime unless that is vendored. Without
/// services there are no handlers.
pub(crate) fn package_json(name: &str, api: &str, runtime: Option<&str>, has_services: bool) -> String {
    let mut exports = BTreeMap::from([(".", Export::of("index")), ("./services/*", Export::of("services/*"))]);
    if has_services {
        exports.insert("./handlers", Export::of("handlers"));
    }
    let (mut peers, mut meta) = (Value::Null, Value::Null);
    if runtime.is_none() {
        exports.extend([
            ("./node", Export::of("rapace/node")),
            ("./opentelemetry", Export::of("rapace/opentelemetry")),
            ("./rapace", Export::of("rapace/index")),
            ("./web", Export::of("rapace/web")),
        ]);
        peers = json!({"@opentelemetry/api": "^1.9.0", "ws": "^8.16.0"});
        meta = json!({"@opentelemetry/api": {"optional": true}, "ws": {"optional": true}});
    }
    let index = Export::of("index");
    let manifest = Manifest {
        name,
        version: "0.0.0",
        description: format!("Client for the rapace services of {api}"),
        r#type: "module",
        side_effects: false,
        engines: json!({"node": ">=20"}),
        files: ["dist", "src"],
        main: index.default,
        types: index.types,
        types_versions: types_versions(&exports),
        exports,
        scripts: json!({"build": "tsc"}),
        dependencies: runtime.map(|runtime| (runtime, RUNTIME_VERSION)).into_iter().collect(),
        peer_dependencies: peers,
        peer_dependencies_meta: meta,
        dev_dependencies: json!({"@types/node": "20.19.43", "typescript": "7.0.2"}),
    };
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"\t"));
    manifest
        .serialize(&mut serializer)
        .expect("plain data with string keys is always JSON");
    String::from_utf8(text).expect("JSON is UTF-8") + "\n"
}

#[cfg(test)]
mod tests {
    use super::package_json;

    #[test]
    fn the_name_of_the_api_is_a_text_and_nothing_else() {
        let api = "a\",\n\"dependencies\": {\"evil\": \"*\"},\n\"x\": \"";
        let text = package_json("p", api, None, true);
        let read: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(read["description"], format!("Client for the rapace services of {api}"));
        assert!(read.get("dependencies").is_none());
    }
}
