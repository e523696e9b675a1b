//! What an API says of the form of its types in the languages: the manifest, aliases, hashable types, values of defaults.

use rapace_schema::{Api, Field, TypeKind};

use crate::support::{copy, copy_as, export, write};

fn fields(api: &Api) -> Vec<(String, Field)> {
    let of = |def: &rapace_schema::TypeDef| {
        let fields = match &def.kind {
            TypeKind::Struct(fields) => fields.fields.clone(),
            TypeKind::Enum { variants } => variants
                .iter()
                .flat_map(|variant| variant.fields.fields.clone())
                .collect(),
        };
        let place = |field: Field| (format!("{}.{}", def.name, field.name), field);
        fields.into_iter().map(place).collect::<Vec<_>>()
    };
    api.types.iter().flat_map(of).collect()
}

#[test]
fn what_sources_and_manifests_say() {
    let api = export(&copy("presented"), &[]).api();
    let package = serde_json::json!({
        "version": "1.4.0",
        "description": "A crate that says what it can.",
        "license": "Apache-2.0",
        "authors": ["Ada <ada@example.com>", "Grace"],
        "repository": "https://example.com/acme/jobs",
        "homepage": "https://example.com/jobs",
        "keywords": ["jobs", "queue"],
    });
    assert_eq!(serde_json::to_value(&api.package).unwrap(), package);
    let aliases = serde_json::json!([
        { "name": "Isbn", "type": "string" },
        { "name": "Labels", "doc": "By another alias.", "type": { "map": { "key": "string", "value": "string" } } },
        { "name": "Numbers", "doc": "The numbers of jobs.", "type": { "list": "u64" } },
    ]);
    assert_eq!(serde_json::to_value(&api.aliases).unwrap(), aliases);
    let methods = api
        .services
        .iter()
        .flat_map(|service| &service.methods)
        .flat_map(|method| {
            let arguments = method
                .arguments
                .iter()
                .map(|argument| (&argument.name, &argument.alias));
            let uses = arguments.chain([(&method.name, &method.response_alias)]);
            uses.filter_map(|(place, alias)| Some(format!("{place}: {}", alias.as_ref()?)))
        });
    assert_eq!(
        methods.collect::<Vec<_>>(),
        ["labels: Labels", "submit: Numbers", "isbn: Isbn", "watch: Numbers"]
    );
    let fields = fields(&api);
    let aliases = fields
        .iter()
        .filter_map(|(place, field)| Some(format!("{place}: {}", field.alias.as_ref()?)));
    assert_eq!(
        aliases.collect::<Vec<_>>(),
        ["Shown.labels: Labels", "Spec.labels: Labels", "Spec.numbers: Numbers"]
    );
    let hashable = api.types.iter().filter(|def| def.hashable).map(|def| def.name.as_str());
    assert_eq!(hashable.collect::<Vec<_>>(), ["Id", "LotsOfId", "Spec"]);
    // Those that have none differ between evaluations or processes, or panic.
    let defaults = fields.iter().filter(|(_, field)| field.default);
    let defaults = defaults.map(|(place, field)| match &field.default_value {
        Some(value) => format!("{place} = {value}"),
        None => place.clone(),
    });
    assert_eq!(
        defaults.collect::<Vec<_>>(),
        [
            "Spec.retries = 0",
            "Spec.timeout_ms = \"30000\"",
            "Spec.queue = {\"some\":\"high\"}",
            "Spec.table = [[1,\"2\"],[3,\"4\"]]",
            "Spec.process",
            "Spec.counted",
            "Spec.never",
            "Spec.level = {\"Normal\":null}",
            "Spec.inner = {\"level\":{\"Normal\":null},\"many\":[],\"pair\":[0.0,null],\"text\":\"\"}",
        ]
    );
}

#[test]
fn attributes_that_nothing_reads_are_said_with_their_places() {
    let said = export(&copy("presented"), &[]).stderr;
    insta::assert_snapshot!(said[said.find("warning: reports_presented: ").unwrap()..].trim_end(), @r#"
    warning: reports_presented: Jobs.purge: rapace's macro ignores `cfg` on a method: it is exported and served though `cfg(feature = "admin")` is off [cfg-on-method]
      --> src/lib.rs:36:14
        instead: move it into a separate trait under the `cfg`
    warning: reports_presented: serde's attributes mean nothing to facet: `Limits.secret` is sent [serde-attribute]
      --> src/model.rs:78:13
        instead: write `#[facet(skip)]`, or allow the warning
    warning: reports_presented: serde's attributes mean nothing to facet: `rename` of `Limits.first` has no effect [serde-attribute]
      --> src/model.rs:80:13
        instead: write `#[facet(rename = "first-name")]`, or allow the warning
    warning: Jobs.watch: streams, and the service has other methods: on rapace's plain `serve()` an open stream keeps all other calls of its connection waiting [stream-blocks]
      --> src/lib.rs:31:14
        instead: serve it with rapace-host or through a session, or open a connection for each stream
    "#);
    let json = export(&copy("presented"), &["--format", "json"]).stderr;
    let found = json
        .lines()
        .filter(|line| line.starts_with('{') && !line.contains("stream-blocks"));
    let objects: Vec<serde_json::Value> = found.map(|line| serde_json::from_str(line).unwrap()).collect();
    let places = objects.iter().map(|object| {
        let at = &object["at"];
        format!("{} {}:{}:{}", object["code"], at["file"], at["line"], at["column"])
    });
    assert_eq!(
        places.collect::<Vec<_>>(),
        [
            "\"cfg-on-method\" \"src/lib.rs\":36:14",
            "\"serde-attribute\" \"src/model.rs\":78:13",
            "\"serde-attribute\" \"src/model.rs\":80:13",
        ]
    );
}

/// What the crate's export says with this `rapace.toml`.
fn with_toml(toml: &str) -> crate::support::Outcome {
    let folder = copy_as("presented", "presented-toml");
    write(&folder.join("rapace.toml"), toml);
    export(&folder, &["--out", "-"])
}

#[test]
fn authors_say_what_types_are_in_the_languages() {
    let api = with_toml(
        "[results]\n\"reports_presented::model::Outcome\" = { ok = \"Ok\", err = \"Err\" }\n\
         [types]\n\"reports_presented::model::Id\" = \"uuid\"\n\
         \"reports_presented::model::Lots\" = \"brand\"\n\
         \"reports_presented::model::Limits\" = { go = { import = \"a/b\", type = \"L\", from = \"F\", to = \"T\" } }\n\
         [export]\nopen-enums = true\n\
         [warnings]\ndeny = true\nallow = [\"stream-blocks\", \"serde-attribute\", \"cfg-on-method\"]\n",
    )
    .api();
    let said = api.types.iter().filter_map(|def| {
        let known = def.known.map(|known| serde_json::to_string(&known).unwrap());
        let result = def
            .result
            .as_ref()
            .map(|result| format!("{}/{}", result.ok, result.err));
        let foreign = def
            .foreign
            .iter()
            .map(|(language, foreign)| format!("{language} {}", foreign.import))
            .next();
        let open = def.open.then(|| "open".to_owned());
        Some(format!("{}: {}", def.name, known.or(result).or(foreign).or(open)?))
    });
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            "Id: \"uuid\"",
            "Level: open",
            "Limits: go a/b",
            "LotsOfF64: \"brand\"",
            "LotsOfId: \"brand\"",
            "OutcomeOfIdAndString: Ok/Err",
            "OutcomeOfUnitAndLevel: Ok/Err",
        ]
    );
    // What names nothing or does not fit is refused with the nearest.
    let outcome = with_toml(
        "idempotent = [\"Jobs.limit\"]\n[results]\n\"reports_presented::Outcome\" = { ok = \"Ok\", err = \"Err\" }\n\
         [types]\n\"reports_presented::model::Id\" = \"timestamp-ms\"\n\"reports_presented::model::Spac\" = \"brand\"\n\
         [export]\nopen-enums = [\"reports_presented::model::Leval\", \"reports_presented::model::Spec\"]\n\
         [warnings]\nallow = [\"stream-blocks\"]\n",
    );
    assert!(!outcome.success);
    insta::assert_snapshot!(outcome.stderr[outcome.stderr.find("error: ").unwrap()..].trim_end(), @r#"
    error: rapace.toml, [results]: no exported type has the path "reports_presented::Outcome" [unused-key]
      --> rapace.toml:3:1
        instead: did you mean "reports_presented::model::Outcome"?
    error: rapace.toml, [types]: no exported type has the path "reports_presented::model::Spac" [unused-key]
      --> rapace.toml:6:1
        instead: did you mean "reports_presented::model::Spec"?
    error: rapace.toml, [export]: no exported type has the path "reports_presented::model::Leval" [unused-key]
      --> rapace.toml:8:15
        instead: did you mean "reports_presented::model::Level"?
    error: rapace.toml, type Id: its field is not what "timestamp-ms" needs: an integer
      --> rapace.toml:5:1
    error: rapace.toml, type Spec: "open" is said of an enum whose variants have no fields
      --> rapace.toml:8:50
    error: rapace.toml, `idempotent`: no exported method is called "Jobs.limit" [unused-key]
      --> rapace.toml:1:15
        instead: did you mean "Jobs.limits"?
    error: nothing was exported: 6 problems
    "#);
}
