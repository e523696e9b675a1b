//! Several crates in one description: names do not change sides, services of one name are told apart from their cure on,
//! and what is left out is said.

use std::fs;

use rapace_schema::Api;

use crate::support::{Crate, types};

const BOTH: &str = "rapace = \"=0.5.0\"\nfacet = \"=0.32.3\"\n";

fn manifest(name: &str, dependencies: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}")
}

/// A workspace of these packages, each with the file of its sources, in a folder that no other test has.
fn workspace(folder: &str, packages: &[(&str, &str, &str)]) -> Crate {
    let all = Crate::with_dependencies(folder, "", &[]);
    let members: Vec<String> = packages.iter().map(|(name, ..)| format!("\"{name}\"")).collect();
    all.write(
        "Cargo.toml",
        &format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n", members.join(", ")),
    );
    for (name, file, text) in packages {
        all.write(&format!("{name}/Cargo.toml"), &manifest(name, BOTH));
        all.write(&format!("{name}/{file}"), text);
    }
    all
}

/// A crate with an `Item` and a service.
fn with_item(service: &str, field: &str) -> String {
    format!(
        "#[derive(facet::Facet)] pub struct Item {{ pub {field}: u32 }}\n\
         #[derive(facet::Facet)] pub struct Only{service} {{ pub item: Item }}\n\
         #[rapace::service] pub trait {service} {{ async fn find(&self) -> Only{service}; }}\n"
    )
}

fn fields_of_item(api: &Api) -> Vec<String> {
    let items = api.types.iter().filter(|def| def.name.ends_with("Item"));
    let shown = items.map(|def| format!("{} = {}", def.name, def.path));
    shown.collect()
}

#[test]
fn a_merge_gives_no_name_to_another_type() {
    let (shop, stock, archive) = (
        with_item("Shop", "a"),
        with_item("Stock", "b"),
        with_item("Archive", "c"),
    );
    let all = workspace(
        "reports-merge-names",
        &[
            ("reports-shop", "src/lib.rs", &shop),
            ("reports-stock", "src/lib.rs", &stock),
            ("reports-archive", "src/lib.rs", &archive),
        ],
    );
    let two = ["-p", "reports-shop", "-p", "reports-stock"];
    let prefixed = [
        "ReportsShopItem = reports_shop::Item",
        "ReportsStockItem = reports_stock::Item",
    ];
    assert_eq!(fields_of_item(&all.api(&two)), prefixed);
    let three = all.api(&["--workspace"]);
    assert_eq!(fields_of_item(&three)[1..], prefixed);
    assert_eq!(
        types(&three),
        [
            "OnlyArchive",
            "OnlyShop",
            "OnlyStock",
            "ReportsArchiveItem",
            "ReportsShopItem",
            "ReportsStockItem"
        ]
    );

    // One was there alone, and keeps its name.
    let alone = all.export_with(&["-p", "reports-shop"]);
    assert!(alone.success, "{}", alone.stderr);
    fs::write(all.path().join("shop.json"), &alone.stdout).unwrap();
    let kept = all.api(&["--workspace", "--keep-names", "shop.json"]);
    assert_eq!(
        fields_of_item(&kept),
        [
            "Item = reports_shop::Item",
            "ReportsArchiveItem = reports_archive::Item",
            "ReportsStockItem = reports_stock::Item"
        ]
    );
    let outcome = all.export_with(&["--workspace", "--keep-names", "gone.json"]);
    assert_eq!(
        outcome.error(),
        "--keep-names gone.json: No such file or directory (os error 2)"
    );
}

#[test]
fn services_of_one_name_name_their_crates_and_the_cure() {
    let service = "pub mod api { #[rapace::service] pub trait Calculator { async fn add(&self, a: u32) -> u32; async fn sub(&self); } }";
    let all = workspace(
        "reports-merge-services",
        &[
            ("reports-one", "src/lib.rs", service),
            ("reports-two", "src/lib.rs", service),
        ],
    );
    insta::assert_snapshot!(all.export_with(&["--workspace"]).error(), @r#"
    reports_one, reports_two: Calculator: is the name of 2 services, `reports_one::api::Calculator` and `reports_two::api::Calculator`: method ids are made of the names alone, so that a server cannot tell them apart
      --> reports-two/src/lib.rs:1:44
        instead: export the packages apart, leave one out (`--exclude` the package of `reports_one`), or rename one of the traits
    "#);
    let json = all.export_with(&["--workspace", "--format", "json"]);
    assert!(
        json.stderr
            .contains(r#""crate":"reports_one, reports_two","service":"Calculator""#),
        "{}",
        json.stderr
    );
}

#[test]
fn rapace_toml_says_which_of_two_services_is_meant() {
    let text = "
        pub mod v1 { #[rapace::service] pub trait Catalog { async fn find(&self) -> u32; } }
        pub mod v2 { #[rapace::service] pub trait Catalog { async fn find(&self) -> u64; } }
        pub mod other { #[rapace::service] pub trait Orders { async fn place(&self); } }";
    let shop = Crate::new("reports-twice", &[("src/lib.rs", text)]);
    insta::assert_snapshot!(shop.export().error(), @r#"
    reports_twice: Catalog: is the name of 2 services, `reports_twice::v1::Catalog` and `reports_twice::v2::Catalog`: method ids are made of the names alone, so that a server cannot tell them apart
      --> src/lib.rs:3:51
        instead: say in `rapace.toml` which one is meant, for example `services = ["v2::Catalog"]`, or rename one of the traits
    "#);
    for (picked, response) in [("v1", "U32"), ("v2", "U64")] {
        shop.write("rapace.toml", &format!("services = [\"{picked}::Catalog\"]\n"));
        let api = shop.api(&[]);
        let of: Vec<String> = (api.services.iter())
            .map(|service| format!("{}::{} {:?}", service.module, service.name, service.methods[0].response))
            .collect();
        assert_eq!(
            of,
            [
                format!("reports_twice::{picked}::Catalog {response}"),
                "reports_twice::other::Orders Unit".to_owned()
            ]
        );
    }
}

#[test]
fn a_workspace_says_what_it_passed_over() {
    let service = |name: &str| format!("#[rapace::service] pub trait {name} {{ async fn a(&self); }}\n");
    let all = workspace(
        "reports-merge-passed",
        &[
            ("reports-library", "src/lib.rs", &service("Library")),
            (
                "reports-program",
                "src/main.rs",
                &(service("Program") + "fn main() {}\n"),
            ),
            ("reports-empty", "src/lib.rs", "pub fn nothing() {}\n"),
        ],
    );
    all.write("plain/Cargo.toml", &manifest("reports-plain", ""));
    all.write("plain/src/lib.rs", "");
    let members = "[\"reports-library\", \"reports-program\", \"reports-empty\", \"plain\"]";
    all.write(
        "Cargo.toml",
        &format!("[workspace]\nresolver = \"3\"\nmembers = {members}\n"),
    );
    let outcome = all.export_with(&["--workspace"]);
    assert!(outcome.success, "{}", outcome.stderr);
    insta::assert_snapshot!(outcome.said(), @r#"
    warning: `--workspace` passed over:
        package `reports-plain` does not depend on rapace
        package `reports-program` has no library that another program can link: move its service traits and their types into `src/lib.rs` and use them from the binary
        package `reports-empty` has no service in its library [passed-over]
    "#);
}
