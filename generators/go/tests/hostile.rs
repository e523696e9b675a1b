//! `hostile.json` has every name that Go or the runtime gives a meaning, in every place that a name can have. What is
//! generated for it is compiled, linted and called by `cargo xtask test --only go`.

use std::collections::BTreeSet;

use rapace_schema::{Api, TypeKind, read};

const KEYWORDS: &str = "break case chan const continue default defer else fallthrough for func go goto if import interface map \
    package range return select struct switch type var";

const PREDECLARED: &str = "any append bool byte cap clear close comparable complex complex128 complex64 copy delete error false \
    float32 float64 imag int int16 int32 int64 int8 iota len make max min new nil panic print println real recover rune string \
    true uint uint16 uint32 uint64 uint8 uintptr";

/// What the runtime's sources declare for others to see, outside of functions.
fn runtime_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (_, text) in rapace_runtimes::GO {
        let mut in_block = false;
        for line in text.lines() {
            let declaration = ["func ", "type ", "var ", "const "]
                .iter()
                .find_map(|word| line.strip_prefix(word))
                .or_else(|| line.strip_prefix('\t').filter(|_| in_block));
            in_block = match line {
                "const (" | "var (" | "type (" => true,
                ")" => false,
                _ => in_block,
            };
            let name: String = declaration
                .unwrap_or_default()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            if name.starts_with(|c: char| c.is_ascii_uppercase()) {
                names.insert(name);
            }
        }
    }
    names
}

fn missing<'a>(wanted: &BTreeSet<String>, there: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let there: BTreeSet<&str> = there.into_iter().collect();
    let mut wanted: Vec<String> = wanted.iter().cloned().collect();
    wanted.retain(|name| !there.contains(name.as_str()));
    wanted
}

#[test]
fn every_name_is_everywhere() {
    let api: Api = read(include_str!("../hostile.json")).expect("it is an API");
    let mut wanted = runtime_names();
    for known in ["Conn", "Dial", "CodeOK", "StateClosed", "DefaultTimeout", "ErrClosed"] {
        assert!(wanted.contains(known), "{known} is not found in the runtime");
    }
    let words = KEYWORDS.split_whitespace().chain(PREDECLARED.split_whitespace());
    wanted.extend(words.map(str::to_owned));

    let service = api.services.iter().find(|service| service.name == "Names");
    let methods = &service.expect("the service is there").methods;
    let none: Vec<String> = Vec::new();
    assert_eq!(
        missing(&wanted, api.types.iter().map(|def| def.name.as_str())),
        none,
        "types"
    );
    assert_eq!(
        missing(&wanted, methods.iter().map(|method| method.name.as_str())),
        none,
        "methods"
    );
    let arguments = methods.iter().flat_map(|method| &method.arguments);
    assert_eq!(
        missing(&wanted, arguments.map(|argument| argument.name.as_str())),
        none,
        "arguments"
    );
    for def in &api.types {
        match (def.name.as_str(), &def.kind) {
            ("AllNames" | "PlainNames", TypeKind::Enum { variants }) => {
                let names = variants.iter().map(|variant| variant.name.as_str());
                assert_eq!(missing(&wanted, names), none, "variants of {}", def.name);
            }
            ("FieldNames", TypeKind::Struct(fields)) => {
                let names = fields.fields.iter().map(|field| field.name.as_str());
                assert_eq!(missing(&wanted, names), none, "fields");
            }
            _ => {}
        }
    }
}
