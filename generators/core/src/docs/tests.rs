//! Documentation of Rust, and what it becomes.

use rapace_schema::{Api, TypeKind};

use super::{Dialect, Item, Name, fitted};

/// A language that shows what it was given.
struct Shown;

impl Dialect for Shown {
    fn name(&self, item: Item<'_>) -> Name {
        let at = |def: &rapace_schema::TypeDef, at: usize| match &def.kind {
            TypeKind::Struct(fields) => fields.fields[at].name.to_uppercase(),
            TypeKind::Enum { variants } => variants[at].name.to_uppercase(),
        };
        match item {
            Item::Type(def) => Name::alone(def.name.to_uppercase()),
            Item::Alias(alias) => Name::alone(alias.name.to_uppercase()),
            Item::Service(at) => Name::alone(format!("SERVICE{at}")),
            Item::Field(def, field) => Name::within(def.name.to_uppercase(), at(def, field)),
            Item::Variant(def, variant) => Name::within(def.name.to_uppercase(), at(def, variant)),
            Item::VariantField(def, variant, field) => Name::within(at(def, variant), format!("FIELD{field}")),
            Item::Method(service, method) => Name::within(format!("SERVICE{service}"), format!("METHOD{method}")),
        }
    }

    fn link(&self, _item: Item<'_>, name: &str, text: Option<&str>) -> String {
        text.map_or_else(|| format!("<{name}>"), |text| format!("<{name}|{text}>"))
    }
}

/// The same for a language that is not Markdown.
struct Plain;

impl Dialect for Plain {
    fn name(&self, item: Item<'_>) -> Name {
        Shown.name(item)
    }

    fn url(&self, text: &str, url: &str) -> Option<String> {
        Some(format!("{text} ({url})"))
    }

    fn before_rust(&self) -> Option<&str> {
        Some("In Rust:")
    }
}

/// The case with services `Docs` and `Library`, and with types of these docs.
fn api() -> Api {
    rapace_schema::read(include_str!("../../../cases/docs.json")).unwrap()
}

/// Where a text is.
#[derive(Clone, Copy)]
enum Place {
    /// In the documentation of the service `Library`.
    Service,
    /// In that of its method with the argument `page_count`.
    Method,
    /// In that of the type `Volume`.
    Type,
    /// In that of an alias, which has no members.
    Alias,
}

fn fit(doc: &str, place: Place, dialect: &impl Dialect) -> String {
    let mut api = api();
    api.aliases.push(rapace_schema::Alias {
        name: "Volumes".into(),
        doc: String::new(),
        ty: rapace_schema::TypeRef::Unit,
    });
    let library = |api: &Api| {
        api.services
            .iter()
            .position(|service| service.name == "Library")
            .unwrap()
    };
    let volume = |api: &Api| api.types.iter().position(|def| def.name == "Volume").unwrap();
    let text = |api: &mut Api| {
        let (service, def) = (library(api), volume(api));
        std::mem::take(match place {
            Place::Service => &mut api.services[service].doc,
            Place::Method => &mut api.services[service].methods[1].doc,
            Place::Type => &mut api.types[def].doc,
            Place::Alias => &mut api.aliases[0].doc,
        })
    };
    text(&mut api);
    let (service, def) = (library(&api), volume(&api));
    match place {
        Place::Service => api.services[service].doc = doc.into(),
        Place::Method => api.services[service].methods[1].doc = doc.into(),
        Place::Type => api.types[def].doc = doc.into(),
        Place::Alias => api.aliases[0].doc = doc.into(),
    }
    text(&mut fitted(&api, dialect))
}

fn check(place: Place, cases: &[(&str, &str)]) {
    for (doc, expected) in cases {
        assert_eq!(fit(doc, place, &Shown), *expected, "{doc:?}");
    }
}

#[test]
fn links_lead_to_items() {
    check(
        Place::Alias,
        &[
            ("a [`Volume`] b", "a <VOLUME> b"),
            ("[Volume]", "<VOLUME>"),
            ("[Volume][]", "<VOLUME>"),
            ("[struct@Volume] [`type@Volumes`]", "<VOLUME> <VOLUMES>"),
            ("[`Library`]", "<SERVICE1>"),
            ("[crate::model::Volume::page_count]", "<VOLUME.PAGE_COUNT>"),
            ("[`super::Genre::ShortProse`]", "<GENRE.SHORTPROSE>"),
            ("[`Found::NotHere::shelf_mark`]", "<NOTHERE.FIELD0>"),
            ("[`Library::find_all()`]", "<SERVICE1.METHOD0>"),
            ("[`Volume<T>`] [Volume](Volume#fields)", "<VOLUME> <VOLUME>"),
            ("[all of them](Library::find_all)", "<SERVICE1.METHOD0|all of them>"),
            ("[`find_all`](Library::find_all)", "<SERVICE1.METHOD0>"),
            ("[all `Volume`s](crate::Volume \"a title\")", "<VOLUME|all `VOLUME`s>"),
            ("[all][Volume] [`Volume`][Genre]", "<VOLUME|all> <GENRE|`VOLUME`>"),
            (
                "[that][it] and [It]\n\n[it]: Library::find_one",
                "<SERVICE1.METHOD1|that> and <SERVICE1.METHOD1|It>\n",
            ),
        ],
    );
}

#[test]
fn members_of_their_owner_have_no_path() {
    check(
        Place::Service,
        &[
            (
                "[`Self::find_all`] [`Library::find_all`] `find_all()`",
                "<METHOD0> <METHOD0> `METHOD0()`",
            ),
            (
                "`Self::find_all` `find` `Volume` `Genre::Poetry`",
                "`METHOD0` `find` `VOLUME` `GENRE.POETRY`",
            ),
            ("`Library` `page_count`", "`Library` `page_count`"),
        ],
    );
    check(
        Place::Type,
        &[(
            "[`Self`] `page_count` [`Self::genre`] [`Self::none`]",
            "<VOLUME> `PAGE_COUNT` <GENRE> `Self::none`",
        )],
    );
    // An argument is named by what prints the method.
    check(Place::Method, &[("`page_count` `find_all`", "`page_count` `METHOD0`")]);
}

#[test]
fn what_leads_nowhere_is_text() {
    check(
        Place::Alias,
        &[
            (
                "[`std::vec::Vec`] [`Vec`] [std::vec::Vec]",
                "`std::vec::Vec` `Vec` `std::vec::Vec`",
            ),
            (
                "[a vector](std::vec::Vec) [page](struct.Book.html) [there](#there)",
                "a vector page there",
            ),
            (
                "[`Volume::none`] [`Volume::page_count::x`]",
                "`Volume::none` `Volume::page_count::x`",
            ),
            (
                "[0, 1] [x] [ ] a[0][1] [^1] ![Volume](x.png) \\[Volume]",
                "[0, 1] [x] [ ] a[0][1] [^1] ![Volume](x.png) \\[Volume]",
            ),
            ("[`a b`] [Volume", "`a b` [Volume"),
            ("`[Volume]` ``[Volume] ` `` `open", "`[Volume]` ``[Volume] ` `` `open"),
            ("    [Volume]\n\ttext", "    [Volume]\n\ttext"),
            ("[`]`] [(] [x](", "`]` [(] [x]("),
        ],
    );
}

#[test]
fn pages_stay_links_where_the_language_has_them() {
    let doc = "[rapace](https://docs.rs/rapace) [home] <https://x.y>\n\n[home]: https://example.com";
    assert_eq!(fit(doc, Place::Alias, &Shown), doc);
    assert_eq!(
        fit(doc, Place::Alias, &Plain),
        "rapace (https://docs.rs/rapace) home (https://example.com) <https://x.y>\n"
    );
}

#[test]
fn code_of_rust_is_shown_as_in_rust() {
    let code = |fence: &str| format!("{fence}\n# use x;\n#\nx[Volume] `Volume`\n  # y\n## z\n#[test]\n```\n[Volume]");
    for (fence, expected) in [
        ("```", "```rust\nx[Volume] `Volume`\n# z\n#[test]\n```\n<VOLUME>"),
        (
            "```no_run,edition2024",
            "```rust\nx[Volume] `Volume`\n# z\n#[test]\n```\n<VOLUME>",
        ),
        (
            "```compile_fail,E0277",
            "```rust\nx[Volume] `Volume`\n# z\n#[test]\n```\n<VOLUME>",
        ),
        (
            "```sh",
            "```sh\n# use x;\n#\nx[Volume] `Volume`\n  # y\n## z\n#[test]\n```\n<VOLUME>",
        ),
    ] {
        assert_eq!(fit(&code(fence), Place::Alias, &Shown), expected, "{fence}");
    }
    check(
        Place::Alias,
        &[
            ("~~~\n```\n# a\n~~~~", "~~~rust\n```\n~~~~"),
            ("```rust\n# never closed", "```rust"),
        ],
    );
    assert_eq!(
        fit("- so:\n  ```\n  x\n  ```", Place::Alias, &Plain),
        "- so:\n  In Rust:\n  ```rust\n  x\n  ```"
    );
}

/// No text is too odd: what has no names of the API in it stays, but for brackets around code.
#[test]
fn hostile_docs_stay_as_they_are() {
    let docs: Vec<String> = serde_json::from_str(include_str!("../../../hostile/docs.json")).unwrap();
    for doc in docs {
        let changed = ["[`code`]", "```rust", "# "].iter().any(|mark| doc.contains(mark));
        let fitted = fit(&doc, Place::Service, &Shown);
        assert!(changed || fitted == doc, "{doc:?}\n{fitted:?}");
    }
    for (at, _) in "[`a`](b)[c]: `\\[\u{e9}](\u{4e2d})``".char_indices() {
        let doc = &"[`a`](b)[c]: `\\[\u{e9}](\u{4e2d})``"[at..];
        fit(doc, Place::Service, &Shown);
    }
}
