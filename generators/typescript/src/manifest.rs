//! `package.json`, which a serializer writes: no text of the API can be more than a text in it.

use std::collections::BTreeMap;

use rapace_schema::Package;
use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Serializer, Value, json};

use crate::choices::Target;

/// The version of a package that says none.
const NO_VERSION: &str = "0.0.0";

/// What a package is made for, from which its manifest follows.
pub(crate) struct About<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// What it is, where the metadata do not say.
    pub(crate) description: String,
    /// What the user says of it.
    pub(crate) metadata: &'a Package,
    /// What it has.
    pub(crate) target: Target,
    /// The modules that it exports: the name behind the package's, and the module.
    pub(crate) modules: Vec<(&'static str, &'static str)>,
    /// The runtime that it imports, and its version or place.
    pub(crate) runtime: Option<(&'a str, String)>,
    /// The packages of users' own types, which programs bring along.
    pub(crate) foreign: Vec<String>,
    /// The names of the files that hold its licence.
    pub(crate) license_files: Vec<&'a str>,
}

/// What `package.json` says, in its order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    name: &'a str,
    version: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    keywords: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    homepage: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    license: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    contributors: &'a [String],
    #[serde(skip_serializing_if = "Value::is_null")]
    repository: Value,
    r#type: &'a str,
    side_effects: bool,
    engines: Value,
    files: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    main: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    types: Option<String>,
    types_versions: Value,
    exports: BTreeMap<&'a str, Export>,
    #[serde(skip_serializing_if = "Value::is_null")]
    scripts: Value,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    dependencies: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "Value::is_null")]
    peer_dependencies: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    peer_dependencies_meta: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
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

/// The text of `package.json`.
pub(crate) fn package_json(about: &About<'_>) -> String {
    let metadata = about.metadata;
    let exports: BTreeMap<&str, Export> = (about.modules.iter())
        .map(|&(name, module)| (name, Export::of(module)))
        .collect();
    let index = exports.get(".").map(|_| Export::of("index"));
    let (mut peers, mut meta) = (Value::Null, Value::Null);
    if about.runtime.is_none() {
        peers = json!({"@opentelemetry/api": "^1.9.0", "ws": "^8.16.0"});
        meta = json!({"@opentelemetry/api": {"optional": true}, "ws": {"optional": true}});
    }
    for package in &about.foreign {
        peers[package] = json!("*");
    }
    let (mut scripts, mut tools) = (Value::Null, Value::Null);
    let mut files = match about.target {
        Target::JavaScript => vec!["dist"],
        Target::Both | Target::TypeScript => vec!["dist", "src"],
    };
    if about.target == Target::TypeScript {
        // Without what is made of the sources, a package that is published could not be imported.
        scripts = json!({"build": "tsc", "prepack": "tsc"});
        tools = json!({"@types/node": "20.19.43", "typescript": "7.0.2"});
    }
    files.extend(&about.license_files);
    let (author, contributors) = match metadata.authors.split_first() {
        Some((author, contributors)) => (Some(author.as_str()), contributors),
        None => (None, &[][..]),
    };
    let manifest = Manifest {
        name: about.name,
        version: metadata.version.as_deref().unwrap_or(NO_VERSION),
        description: metadata.description.as_deref().unwrap_or(&about.description),
        keywords: &metadata.keywords,
        homepage: metadata.homepage.as_deref(),
        license: metadata.license.as_deref(),
        author,
        contributors,
        repository: repository(metadata.repository.as_deref()),
        r#type: "module",
        side_effects: false,
        engines: json!({"node": ">=20"}),
        files,
        main: index.as_ref().map(|index| index.default.clone()),
        types: index.map(|index| index.types),
        types_versions: types_versions(&exports),
        exports,
        scripts,
        dependencies: about.runtime.iter().cloned().collect(),
        peer_dependencies: peers,
        peer_dependencies_meta: meta,
        dev_dependencies: tools,
    };
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"\t"));
    manifest
        .serialize(&mut serializer)
        .expect("plain data with string keys is always JSON");
    String::from_utf8(text).expect("JSON is UTF-8") + "\n"
}

/// Where the sources are, as npm writes the address itself: that of git.
fn repository(address: Option<&str>) -> Value {
    let Some(address) = address else { return Value::Null };
    let https = address.starts_with("https://");
    let prefix = if https { "git+" } else { "" };
    let forge = ["https://github.com/", "https://gitlab.com/"];
    let suffix = match forge.iter().any(|forge| address.starts_with(forge)) && !address.ends_with(".git") {
        true => ".git",
        false => "",
    };
    json!({"type": "git", "url": format!("{prefix}{}{suffix}", address.trim_end_matches('/'))})
}

#[cfg(test)]
mod tests {
    use rapace_schema::Package;
    use serde_json::{Value, json};

    use super::{About, package_json};
    use crate::choices::Target;

    fn read(description: &str, metadata: &Package, target: Target) -> Value {
        let text = package_json(&About {
            name: "p",
            description: description.to_owned(),
            metadata,
            target,
            modules: vec![(".", "index")],
            runtime: None,
            foreign: vec!["@acme/money".to_owned()],
            license_files: vec!["LICENSE-MIT"],
        });
        serde_json::from_str(&text).expect("it is JSON")
    }

    #[test]
    fn the_name_of_the_api_is_a_text_and_nothing_else() {
        let description = "a\",\n\"dependencies\": {\"evil\": \"*\"},\n\"x\": \"";
        let read = read(description, &Package::default(), Target::Both);
        assert_eq!(read["description"], description);
        assert!(read.get("dependencies").is_none() && read.get("scripts").is_none());
    }

    #[test]
    fn the_manifest_says_what_the_metadata_say() {
        let text = |text: &str| Some(text.to_owned());
        let metadata = Package {
            version: text("1.4.0"),
            description: text("Jobs"),
            license: text("MIT"),
            authors: vec!["Ada <ada@acme.example>".into(), "Bob".into()],
            repository: text("https://github.com/acme/jobs"),
            homepage: text("https://acme.example"),
            keywords: vec!["jobs".into()],
        };
        let read = read("ignored", &metadata, Target::Both);
        for (key, expected) in [
            ("version", json!("1.4.0")),
            ("description", json!("Jobs")),
            ("license", json!("MIT")),
            ("author", json!("Ada <ada@acme.example>")),
            ("contributors", json!(["Bob"])),
            ("homepage", json!("https://acme.example")),
            ("keywords", json!(["jobs"])),
            (
                "repository",
                json!({"type": "git", "url": "git+https://github.com/acme/jobs.git"}),
            ),
            ("files", json!(["dist", "src", "LICENSE-MIT"])),
            (
                "peerDependencies",
                json!({"@acme/money": "*", "@opentelemetry/api": "^1.9.0", "ws": "^8.16.0"}),
            ),
        ] {
            assert_eq!(read[key], expected, "{key}");
        }
    }

    #[test]
    fn what_has_to_be_built_is_built_before_it_is_packed() {
        let of = |target| read("p", &Package::default(), target);
        assert_eq!(of(Target::TypeScript)["scripts"]["prepack"], "tsc");
        assert_eq!(of(Target::JavaScript)["files"], json!(["dist", "LICENSE-MIT"]));
        assert!(of(Target::JavaScript).get("devDependencies").is_none());
    }
}
