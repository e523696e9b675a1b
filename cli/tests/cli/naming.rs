//! Names of types: stable, and the author's where they do not please.

use std::fmt::Write as _;

use crate::support::{Crate, methods, types};

const TWO_WRAPPERS: &str = "
    pub mod a { #[derive(facet::Facet)] pub struct Wrapper { pub a: u8 } }
    pub mod b { pub mod c { #[derive(facet::Facet)] pub struct Wrapper { pub b: u8 } } }
    #[derive(facet::Facet)] pub struct Page<T: 'static> { pub items: Vec<T> }
    pub mod own {
        /// Not the standard one.
        #[derive(facet::Facet)] pub struct Option { pub o: u8 }
        #[derive(facet::Facet)] pub struct String { pub s: std::option::Option<std::string::String> }
    }
    #[rapace::service]
    pub trait Shop {
        async fn one(&self) -> Page<a::Wrapper>;
        async fn two(&self) -> Page<b::c::Wrapper>;
        async fn three(&self) -> Page<Option<Page<own::Option>>>;
        async fn four(&self) -> own::String;
    }";

#[test]
fn types_of_one_name_are_told_apart() {
    let shop = Crate::new("export-names", &[("src/lib.rs", TWO_WRAPPERS)]);
    assert_eq!(
        types(&shop.api(&[])),
        [
            "CWrapper",
            "Option",
            "PageOfCWrapper",
            "PageOfOption",
            "PageOfOptionOfPageOfOption",
            "PageOfWrapper",
            "String",
            "Wrapper"
        ]
    );
}

#[test]
fn names_that_do_not_please_are_given_by_hand() {
    let shop = Crate::new("export-names-by-hand", &[("src/lib.rs", TWO_WRAPPERS)]);
    shop.write(
        "rapace.toml",
        "[names]\n\"export_names_by_hand::b::c::Wrapper\" = \"Cover\"\n\
         \"export_names_by_hand::Page<export_names_by_hand::own::Option>\" = \"OptionPage\"\n\"gone::Type\" = \"T\"\n",
    );
    let outcome = shop.export();
    assert!(
        outcome
            .said()
            .contains("warning: rapace.toml: no exported type has the path \"gone::Type\"")
    );
    let api = rapace_schema::read(&outcome.stdout).unwrap();
    assert_eq!(
        types(&api),
        [
            "Cover",
            "Option",
            "OptionPage",
            "PageOfCover",
            "PageOfOptionOfOptionPage",
            "PageOfWrapper",
            "String",
            "Wrapper"
        ]
    );
    shop.write(
        "rapace.toml",
        "[names]\n\"export_names_by_hand::b::c::Wrapper\" = \"no name\"\n",
    );
    assert!(
        shop.export()
            .error()
            .contains("type no name: \"no name\" is not an identifier")
    );
}

#[test]
fn what_is_idempotent_is_said_by_hand() {
    let source = "#[rapace::service] pub trait Shop {\n\
                  async fn find(&self, id: u32) -> u32;\n async fn buy(&self, id: u32) -> u32;\n\
                  async fn r#match(&self) -> u32;\n async fn watch(&self) -> rapace::Streaming<u32>;\n}";
    let shop = Crate::new("export-idempotent", &[("src/lib.rs", source)]);
    shop.write(
        "rapace.toml",
        "idempotent = [\"Shop.find\", \"Shop.match\", \"Shop.mtach\"]\n",
    );
    assert!(shop.export().error().starts_with(
        "rapace.toml, `idempotent`: no exported method is called \"Shop.mtach\" [unused-key]\n  \
             --> rapace.toml:1:42\n    instead: did you mean \"Shop.match\"?"
    ));
    shop.write("rapace.toml", "idempotent = [\"Shop.find\", \"Shop.match\"]\n");
    let outcome = shop.export();
    let api = rapace_schema::read(&outcome.stdout).unwrap();
    let marked: Vec<_> = (api.services[0].methods.iter())
        .filter(|method| method.idempotent)
        .map(|method| method.name.as_str())
        .collect();
    assert_eq!(marked, ["find", "match"]);

    shop.write("rapace.toml", "idempotent = [\"Shop.watch\"]\n");
    assert!(
        shop.export()
            .error()
            .contains("method Shop.watch: idempotent, but it streams: a stream is never sent again")
    );
}

/// 25 services with 300 types between them, types of one name among them.
fn large(extra: &str) -> String {
    let mut text = String::new();
    for service in 0..25 {
        let _ = writeln!(text, "pub mod m{service} {{");
        for number in 0..11 {
            let inner = if number == 0 {
                "u32".to_owned()
            } else {
                format!("std::vec::Vec<T{service}x{}>", number - 1)
            };
            let _ = writeln!(
                text,
                "/// Type {number}.\n#[derive(facet::Facet, Clone)] pub struct T{service}x{number} {{ pub field: {inner} }}"
            );
        }
        let _ = writeln!(
            text,
            "#[derive(facet::Facet, Clone)] #[repr(u8)] pub enum Same {{ A(T{service}x10), B }}\n\
             #[rapace::service] pub trait S{service} {{ async fn m(&self, a: Same, b: Same) -> T{service}x10; }}\n}}"
        );
    }
    text + extra
}

#[test]
fn a_large_crate_is_stable() {
    let shop = Crate::new("export-large", &[("src/lib.rs", &large(""))]);
    let first = shop.export();
    assert!(first.success, "{}", first.stderr);
    assert!(shop.export().stdout == first.stdout, "two exports differ");
    let before = rapace_schema::read(&first.stdout).unwrap();
    assert_eq!(
        (before.services.len(), before.types.len(), methods(&before).len()),
        (25, 300, 25)
    );

    // Another `Same`, and a service that is reached before all others.
    let more = "pub mod first { pub mod deep { #[derive(facet::Facet)] pub struct Same { pub x: u8 } }\n\
                #[rapace::service] pub trait A { async fn a(&self) -> deep::Same; } }";
    shop.write("src/lib.rs", &large(more));
    let after = shop.api(&[]);
    assert_eq!(after.types.len(), 301);
    for def in &before.types {
        assert!(after.types.contains(def), "{} has changed", def.name);
    }
}
