//! `rapace export` on real crates: what it writes, and what it says when it cannot.

use std::fs;

use crate::support::{Crate, rapace, workspace};

const TYPES: &str = "use facet::Facet;\n";

#[test]
fn the_bookshop_is_exported_as_it_stands_in_the_repository_from_any_folder() {
    let manifest = workspace().join("examples/bookshop/Cargo.toml");
    let manifest = manifest.to_str().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let first = rapace(elsewhere.path(), &["export", "--manifest-path", manifest]);
    assert!(first.success, "{}", first.stderr);
    let second = rapace(
        &workspace(),
        &["export", "-p", "bookshop", "--out", "target/api-of-test.json"],
    );
    assert!(second.success && second.stdout.is_empty(), "{}", second.stderr);
    let written = fs::read_to_string(workspace().join("target/api-of-test.json")).unwrap();
    assert!(first.stdout == written, "two exports differ");

    let golden = workspace().join("examples/bookshop/api.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &first.stdout).unwrap();
    }
    assert!(
        fs::read_to_string(golden).unwrap() == first.stdout,
        "api.json is not fresh: run with UPDATE_GOLDEN=1"
    );
}

#[test]
fn names_docs_and_shapes_arrive_as_they_were_written() {
    let shop = Crate::new(
        "export-small",
        &[(
            "src/lib.rs",
            r#"//! A library.
            use facet::Facet;
            use rapace::{Streaming, service};

            pub mod deep {
                /// The same name in another module.
                #[derive(facet::Facet)]
                pub struct Item { pub r#type: u8 }
            }

            /// An item: `C:\new`, "quoted".
            ///
            ///   - indented
            #[derive(Facet)]
            pub struct Item {
                /// Its "name" \ and more.
                #[facet(rename = "nameOfIt")]
                pub name: String,
                #[facet(skip)]
                pub cache: u64,
                pub inner: Vec<deep::Item>,
                pub id: std::num::NonZeroU32,
                pub shared: std::sync::Arc<str>,
                pub lone: (u8,),
                #[facet(sensitive)]
                #[deprecated(note = "sign in instead")]
                pub password: String,
                #[facet(default = 3)]
                pub tries: u8,
            }

            #[derive(Facet)]
            #[repr(u8)]
            #[deprecated]
            #[facet(rename_all = "snake_case")]
            pub enum Either<L, R> {
                /// Left.
                #[deprecated = "go right"]
                Left(L) = 7,
                Right { right: R },
            }

            /// The service.
            #[service]
            pub trait HTTPShop {
                /// Says \n and "hello".
                async fn zeta(&self) -> Either<Item, Option<u8>>;
                #[deprecated = "use zeta"]
                async fn r#try(&self, r#in: Vec<u8>, size: usize) -> Either<(u8, i8), Vec<Item>>;
                async fn alpha(&self, pair: (u32, String)) -> Streaming<()>;
            }
            "#,
        )],
    );
    let outcome = shop.export();
    assert!(outcome.success, "{}", outcome.stderr);
    insta::assert_snapshot!(outcome.stdout);
}

#[test]
fn a_crate_without_a_service() {
    let shop = Crate::new("export-none", &[("src/lib.rs", "pub trait Catalog {}\n")]);
    insta::assert_snapshot!(
        shop.export().error(),
        @"
        no service found: no trait under `#[rapace::service]` in the library of package `export-none` (one of a dependency can be named in `rapace.toml`)
          --> src/lib.rs:1:1
        "
    );
}

#[test]
fn a_crate_without_rapace() {
    let shop = Crate::with_dependencies("export-other", "", &[("src/lib.rs", "")]);
    insta::assert_snapshot!(
        shop.export().error(),
        @"no service found: package `export-other` does not depend on rapace"
    );
}

#[test]
fn a_crate_that_does_not_compile() {
    let shop = Crate::new(
        "export-broken",
        &[(
            "src/lib.rs",
            "#[rapace::service]\npub trait Catalog { async fn find(&self) -> Missing; }\n",
        )],
    );
    let outcome = shop.export();
    assert!(
        outcome.stderr.contains("cannot find type `Missing` in this scope"),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome
            .error()
            .ends_with("error: package `export-broken` does not compile: the compiler's messages are above"),
        "{}",
        outcome.stderr
    );
}

/// Some types of the standard library are unknown to facet: there the compiler says no before anybody else.
#[test]
fn types_that_facet_does_not_know() {
    for (name, ty) in [
        ("export-duration", "std::time::Duration"),
        ("export-deque", "std::collections::VecDeque<u8>"),
    ] {
        let text = format!("#[rapace::service]\npub trait Clock {{ async fn wait(&self) -> {ty}; }}\n");
        let outcome = Crate::new(name, &[("src/lib.rs", &text)]).export();
        assert!(
            !outcome.success && outcome.stderr.contains(": Facet<'static>` is not satisfied"),
            "{}",
            outcome.stderr
        );
    }
}

/// rapace's macro decodes arguments into variables of their names, and then answers on `channel_id`.
#[test]
fn an_argument_that_hides_the_channel() {
    let text = "#[rapace::service]\npub trait Lines {
        async fn close(&self, channel_id: u32);
        async fn open(&self, channel: u32) -> u64;
    }\n";
    let outcome = Crate::new("export-channel", &[("src/lib.rs", text)]).export();
    assert!(outcome.success, "{}", outcome.stderr);
    let warned = "warning: Lines.close, argument channel_id: hides what rapace's macro calls the channel";
    assert!(
        outcome.stderr.contains(warned) && !outcome.stderr.contains("Lines.open"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_crate_that_is_not_rust() {
    let shop = Crate::new(
        "export-nonsense",
        &[("src/lib.rs", "mod shop;"), ("src/shop.rs", "\nfn 5() {}\n")],
    );
    let outcome = shop.export();
    assert!(
        outcome.stderr.contains("src/shop.rs:2:4") && outcome.error().ends_with("the compiler's messages are above"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn services_behind_a_private_module() {
    let shop = Crate::new(
        "export-private",
        &[
            ("src/lib.rs", "mod catalog;\npub mod orders;\n"),
            (
                "src/catalog.rs",
                "#[rapace::service]\npub trait Catalog { async fn find(&self); }\n",
            ),
            (
                "src/orders.rs",
                "#[rapace::service]\ntrait Orders { async fn place(&self); }\n",
            ),
        ],
    );
    insta::assert_snapshot!(shop.export().error(), @r"
    export_private::catalog::Catalog: the module `catalog` is private
      --> src/lib.rs:1:5
        instead: write `pub mod catalog`, or `pub use catalog::*` where it is public
    error: export_private::orders::Orders: the trait is not public
      --> src/orders.rs:2:7
        instead: write `pub trait Orders`
    error: nothing was exported: 2 problems
    ");
}

#[test]
fn types_that_cannot_travel_are_refused_all_at_once() {
    let text = TYPES.to_owned()
        + r#"
        #[derive(Facet, Clone)] pub struct Query { pub text: Box<[u32]>, pub host: std::net::IpAddr, pub deep: Vec<Option<Deep>> }
        #[derive(Facet, Clone)] pub struct Deep { #[facet(skip_deserializing)] pub a: u8, pub b: std::sync::Arc<[u8]> }
        #[derive(Facet)] pub struct Answer {
            pub list: Box<[u32]>,
            #[facet(skip_serializing)] pub hidden: u8,
            #[facet(flatten)] pub extra: Option<Flat>,
            pub path: std::path::PathBuf,
        }
        #[derive(Facet)] pub struct Flat { pub a: u8 }
        #[derive(Facet)] #[repr(u8)] pub enum Event { Sent { #[facet(skip)] at: u64 }, Gone }
        #[rapace::service]
        pub trait Catalog {
            async fn find(&self, query: Query, name: &'static str) -> Result<Answer, String>;
            async fn get(&self) -> Answer;
            async fn watch(&self) -> rapace::Streaming<Event>;
        }
        "#;
    let shop = Crate::new("export-refused", &[("src/lib.rs", &text)]);
    insta::assert_snapshot!(shop.export().error());
}

#[test]
fn two_services_of_one_name() {
    let service = "#[rapace::service] pub trait Catalog { async fn find(&self); }";
    let text = format!("pub mod a {{ {service} }}\npub mod b {{ {service} }}\n");
    let shop = Crate::new("export-clash", &[("src/lib.rs", &text)]);
    insta::assert_snapshot!(shop.export().error(), @r#"
    export_clash: Catalog: is the name of 2 services, `export_clash::a::Catalog` and `export_clash::b::Catalog`: method ids are made of the names alone, so that a server cannot tell them apart
      --> src/lib.rs:2:42
        instead: say in `rapace.toml` which one is meant, for example `services = ["b::Catalog"]`, or rename one of the traits
    "#);
}

#[test]
fn a_binary_has_no_library_to_link() {
    let shop = Crate::new("export-binary", &[("src/main.rs", "fn main() {}\n")]);
    insta::assert_snapshot!(
        shop.export().error(),
        @"package `export-binary` has no library that another program can link: move its service traits and their types into `src/lib.rs` and use them from the binary"
    );
}

#[test]
fn the_package_must_be_one() {
    let folder = workspace();
    insta::assert_snapshot!(
        rapace(&folder, &["export"]).error(),
        @"the workspace has several packages, choose with `-p` or take all with `--workspace`: bookshop, conformance, conformance-draw, conformance-fixtures, conformance-oracle, jobs, plugin-hello, rapace-cli, rapace-exporter, rapace-gen-core, rapace-gen-go, rapace-gen-python, rapace-gen-typescript, rapace-host, rapace-runtimes, rapace-schema, rapace-wire, xtask"
    );
    insta::assert_snapshot!(
        rapace(&folder, &["export", "-p", "bookshelf"]).error(),
        @"there is no package `bookshelf` in the workspace: its packages are bookshop, conformance, conformance-draw, conformance-fixtures, conformance-oracle, jobs, plugin-hello, rapace-cli, rapace-exporter, rapace-gen-core, rapace-gen-go, rapace-gen-python, rapace-gen-typescript, rapace-host, rapace-runtimes, rapace-schema, rapace-wire, xtask"
    );
}

#[test]
fn a_manifest_that_is_not_there_and_a_place_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(
        rapace(folder.path(), &["export", "--manifest-path", "nowhere"]).error(),
        @"there is no manifest at nowhere"
    );
    let without = rapace(folder.path(), &["export"]);
    assert!(
        without.error().contains("could not find `Cargo.toml`"),
        "{}",
        without.stderr
    );
    let manifest = workspace().join("examples/bookshop/Cargo.toml");
    let arguments = [
        "export",
        "--manifest-path",
        manifest.to_str().unwrap(),
        "--out",
        "no/such/folder/api.json",
    ];
    let outcome = rapace(folder.path(), &arguments);
    assert_eq!(outcome.error(), "--out: there is no folder no/such/folder");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
