//! What an API says of the form of its types in the languages: the manifest, aliases, hashable types, values of defaults.

use rapace_schema::{Api, Field, TypeKind};

use crate::support::{copy, export};

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
