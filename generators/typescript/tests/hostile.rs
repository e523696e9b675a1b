//! `hostile.json` has every name that TypeScript, JavaScript, its platforms or the runtime give a meaning, in every place that
//! a name can have. What is generated for it is compiled, linted and called by `cargo xtask test --only typescript`.

use std::collections::BTreeSet;

use rapace_schema::{Api, TypeKind, read};

const WORDS: &str = "arguments await break case catch class const continue debugger default delete do else enum eval export extends \
    false finally for function if implements import in instanceof interface let new null package private protected public return \
    static super switch this throw true try typeof undefined var void while with yield abstract any as async bigint boolean \
    constructor declare from get infer is keyof module namespace never number object of readonly require satisfies set string \
    symbol type unique unknown using then toString valueOf toJSON hasOwnProperty prototype Array Error Function JSON Map Math \
    Number Object Promise Proxy Reflect RegExp Set String Symbol WebSocket ReadableStream AbortSignal globalThis Intl process \
    fooBar foo_bar FooBar foo_Bar kind value options signal timeoutMs client ctx result self";

/// What the runtime's sources export.
fn runtime_names() -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    for (_, text) in rapace_runtimes::TYPESCRIPT {
        for line in text.lines() {
            let mut words = line.split_whitespace();
            if words.next() == Some("export") {
                let mut words = words.skip_while(|word| matches!(*word, "abstract" | "async" | "declare"));
                let declares = matches!(
                    words.next(),
                    Some("class" | "function" | "const" | "interface" | "type")
                );
                let name = words.next().unwrap_or_default();
                let name = name.split(|c: char| !c.is_alphanumeric() && c != '_').next();
                names.extend(name.filter(|name| declares && !name.is_empty()));
            }
        }
    }
    names
}

fn missing<'a>(wanted: &BTreeSet<&'a str>, there: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let there: BTreeSet<&str> = there.into_iter().collect();
    wanted.difference(&there).copied().collect()
}

#[test]
fn every_name_is_everywhere() {
    let api: Api = read(include_str!("hostile.json")).expect("it is an API");
    let mut wanted = runtime_names();
    for known in ["Connection", "backoff", "encodeString", "MAX_CALLS", "unary"] {
        assert!(wanted.contains(known), "{known} is not found in the runtime");
    }
    wanted.extend(WORDS.split_whitespace());
    let none: Vec<&str> = Vec::new();
    assert_eq!(
        missing(&wanted, api.types.iter().map(|def| def.name.as_str())),
        none,
        "types"
    );
    for service in &api.services {
        let methods = || service.methods.iter();
        match service.name.as_str() {
            "Hostile" => assert_eq!(
                missing(&wanted, methods().map(|method| method.name.as_str())),
                none,
                "methods"
            ),
            "Client" => {
                let arguments = methods().flat_map(|method| &method.arguments);
                assert_eq!(
                    missing(&wanted, arguments.map(|argument| argument.name.as_str())),
                    none,
                    "arguments"
                );
            }
            _ => {}
        }
    }
    for def in &api.types {
        match (def.name.as_str(), &def.kind) {
            ("HostileVariants" | "HostileNames", TypeKind::Enum { variants }) => {
                let names = variants.iter().map(|variant| variant.name.as_str());
                assert_eq!(missing(&wanted, names), none, "variants of {}", def.name);
            }
            ("HostileFields", TypeKind::Struct(fields)) => {
                let names = fields.fields.iter().map(|field| field.name.as_str());
                assert_eq!(missing(&wanted, names), none, "fields");
            }
            _ => {}
        }
    }
}
