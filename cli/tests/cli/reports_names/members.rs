//! Names of fields and variants that attributes give for JSON, and letters that not all languages know.

use rapace_schema::{Fields, TypeKind};

use crate::support::Crate;

const RENAMED: &str = r#"
    #![allow(uncommon_codepoints, mixed_script_confusables, non_snake_case, non_camel_case_types, confusable_idents)]
    use facet::Facet;

    #[derive(Facet)]
    #[facet(rename_all = "kebab-case")]
    pub struct Kebab { pub first_name: String, pub max_retries: u32 }

    #[derive(Facet)]
    #[facet(rename_all = "SCREAMING-KEBAB-CASE")]
    #[repr(u8)]
    pub enum Mode { FastLane, #[facet(rename = "slow lane")] SlowLane { #[facet(rename = "wait-ms")] wait_ms: u32 } }

    #[derive(Facet)]
    pub struct Tagged {
        #[facet(rename = "@type")] pub r#type: String,
        #[facet(rename = "$ref")] pub reference: String,
        #[facet(rename = "a²")] pub square: u8,
        #[facet(rename = "")] pub empty: u8,
        #[facet(rename = "nameOfIt")] pub name: u8,
    }

    #[derive(Facet)]
    pub struct Alike { #[facet(rename = "value")] pub a: String, #[facet(rename = "value")] pub b: String, pub c: u8 }

    #[derive(Facet)]
    pub struct Swapped { #[facet(rename = "b")] pub a: u8, #[facet(rename = "@b")] pub b: u8 }

    macro_rules! hidden {
        ($name:ident) => {
            #[derive(Facet)]
            #[facet(rename_all = "kebab-case")]
            pub struct $name { pub one_two: u8, #[facet(rename = "one two")] pub three: u8 }
        };
    }
    hidden!(Hidden);

    #[derive(Facet)]
    pub struct Café { pub पुस्तक: u32, pub col·lecció: u8, pub ภาษาไทยไม้: bool, pub naïve: u8, pub x̂: u8 }

    #[rapace::service]
    pub trait Shop {
        async fn kebab(&self) -> Kebab;
        async fn mode(&self, mode: Mode) -> Mode;
        async fn tagged(&self) -> Tagged;
        async fn alike(&self) -> Alike;
        async fn swapped(&self) -> Swapped;
        async fn hidden(&self) -> Hidden;
        async fn find(&self, हिन्दी: u32) -> Café;
    }
"#;

/// `name`, or `name (Rust's, JSON's)`, of each field.
fn fields(fields: &Fields) -> Vec<String> {
    let members = fields.fields.iter();
    members
        .map(|field| shown(&field.name, field.rust_name.as_deref(), field.json_name.as_deref()))
        .collect()
}

fn shown(name: &str, rust: Option<&str>, json: Option<&str>) -> String {
    match (rust, json) {
        (None, None) => name.to_owned(),
        (rust, json) => format!("{name} ({}, {})", rust.unwrap_or_default(), json.unwrap_or_default()),
    }
}

#[test]
fn names_for_json_that_no_language_has_give_way_to_rust_s_own() {
    let shop = Crate::new("reports-renamed", &[("src/lib.rs", RENAMED)]);
    let api = shop.api(&[]);
    let of = |name: &str| {
        let def = api.types.iter().find(|def| def.name == name).unwrap();
        match &def.kind {
            TypeKind::Struct(of) => fields(of),
            TypeKind::Enum { variants } => variants
                .iter()
                .flat_map(|variant| {
                    let name = shown(
                        &variant.name,
                        variant.rust_name.as_deref(),
                        variant.json_name.as_deref(),
                    );
                    std::iter::once(name).chain(fields(&variant.fields))
                })
                .collect(),
        }
    };
    assert_eq!(
        of("Kebab"),
        ["first_name (, first-name)", "max_retries (, max-retries)"]
    );
    assert_eq!(
        of("Mode"),
        [
            "FastLane (, FAST-LANE)",
            "SlowLane (, slow lane)",
            "wait_ms (, wait-ms)"
        ]
    );
    assert_eq!(
        of("Tagged"),
        [
            "type (, @type)",
            "reference (, $ref)",
            "square (, a²)",
            "empty (, )",
            "nameOfIt (name, )"
        ]
    );
    assert_eq!(of("Alike"), ["a (, value)", "b (, value)", "c"]);
    assert_eq!(of("Swapped"), ["a (, b)", "b (, @b)"]);
    // The sources do not show what a macro writes.
    assert_eq!(of("Hidden"), ["one_two (, one-two)", "one_two_2 (, one two)"]);
    assert_eq!(of("Café"), ["पुस्तक", "col·lecció", "ภาษาไทยไม้", "naïve", "x\u{302}"]);
    assert_eq!(api.services[0].methods[6].arguments[0].name, "हिन्दी");
}
