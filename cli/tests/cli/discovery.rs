//! Which services `rapace export` finds: features, packages, dependencies of other names, services made by macros.

use crate::support::{Crate, methods, rapace};

const CATALOG: &str = "#[rapace::service]\npub trait Catalog { async fn find(&self) -> u32; }\n";

#[test]
fn features_are_those_of_cargo() {
    let text = format!(
        "{CATALOG}
        #[cfg(feature = \"search\")] pub mod search {{ #[rapace::service] pub trait Search {{ async fn find(&self); }} }}
        #[cfg(feature = \"more\")] #[rapace::service] pub trait More {{ async fn more(&self); }}
        #[cfg(not(feature = \"default\"))] #[rapace::service] pub trait Bare {{ async fn bare(&self); }}
        #[cfg(test)] mod tests {{ #[rapace::service] trait InTests {{ async fn test(&self); }} }}"
    );
    let shop = Crate::new("export-features", &[("src/lib.rs", &text)]);
    shop.append(
        "Cargo.toml",
        "[features]\ndefault = [\"search\"]\nsearch = []\nmore = [\"search\"]\n",
    );
    let found = |arguments: &[&str]| methods(&shop.api(arguments));
    assert_eq!(found(&[]), ["Catalog.find", "Search.find"]);
    assert_eq!(
        found(&["--features", "more"]),
        ["Catalog.find", "More.more", "Search.find"]
    );
    assert_eq!(found(&["--all-features"]), ["Catalog.find", "More.more", "Search.find"]);
    assert_eq!(found(&["--no-default-features"]), ["Bare.bare", "Catalog.find"]);
    assert_eq!(
        found(&["--no-default-features", "-F", "more"]),
        ["Bare.bare", "Catalog.find", "More.more", "Search.find"]
    );
    insta::assert_snapshot!(
        shop.export_with(&["-F", "nothing"]).error(),
        @"no feature `nothing` in `export-features`"
    );
}

#[test]
fn rapace_may_have_another_name() {
    let text = CATALOG.replace("rapace::", "rpc::");
    let dependencies = "rpc = { package = \"rapace\", version = \"=0.5.0\" }\n";
    let shop = Crate::with_dependencies("export-renamed", dependencies, &[("src/lib.rs", &text)]);
    assert_eq!(methods(&shop.api(&[])), ["Catalog.find"]);
}

#[test]
fn services_behind_re_exports() {
    let text = format!("mod hidden {{ {CATALOG} }}\npub mod api {{ pub use crate::hidden::*; }}\n");
    let shop = Crate::new("export-reexport", &[("src/lib.rs", &text)]);
    let api = shop.api(&[]);
    assert_eq!(api.services[0].module, "export_reexport::hidden");
}

#[test]
fn a_service_that_a_macro_writes_is_found_and_may_be_named_by_hand() {
    let text = "macro_rules! make { ($name:ident) => {
            #[rapace::service] pub trait $name { async fn count(&self) -> u64; async fn add(&self, by: u32); } } }
        pub mod generated { make!(Counter); }";
    let shop = Crate::new("export-macro", &[("src/lib.rs", text)]);
    let outcome = shop.export();
    assert!(
        outcome
            .said()
            .starts_with("warning: export_macro::generated::Counter: is in the library and not to be read"),
        "{}",
        outcome.stderr
    );
    let found = shop.api(&[]);
    shop.write("rapace.toml", "services = [\"generated::Counter\"]\n");
    let api = shop.api(&[]);
    assert_eq!(api, found);
    assert_eq!(methods(&api), ["Counter.add", "Counter.count"]);
    assert_eq!(api.services[0].module, "export_macro::generated");
    shop.write("rapace.toml", "service = [\"generated::Counter\"]\n");
    let refused = shop.export();
    let expected = "rapace.toml:1: unknown key `service`: did you mean `services`? Known here: ";
    assert!(refused.error().starts_with(expected), "{}", refused.error());
}

#[test]
fn a_service_named_by_hand_must_be_the_one_that_registers() {
    let text = "macro_rules! make { ($name:ident) => { #[rapace::service] pub trait $name { async fn m(&self); } } }\n\
                pub mod generated { make!(Counter); }";
    let shop = Crate::new("export-misnamed", &[("src/lib.rs", text)]);
    shop.write("rapace.toml", "services = [\"generated::counter\"]\n");
    insta::assert_snapshot!(
        shop.export().error(),
        @"
        service generated::counter: is called `Counter`: write the trait's own name in `rapace.toml`
          --> rapace.toml:1:13
        "
    );
}

/// A dependency whose library has the same name must not be taken for the crate itself.
#[test]
fn a_dependency_of_the_same_library_name() {
    let shop = Crate::with_dependencies(
        "export-twin",
        "rapace = \"=0.5.0\"\nother = { package = \"export-twin-other\", path = \"other\" }\n",
        &[("src/lib.rs", CATALOG), ("other/src/lib.rs", "pub struct Other;\n")],
    );
    let manifest = "[package]\nname = \"export-twin-other\"\nversion = \"1.0.0\"\n[lib]\nname = \"export_twin\"\n";
    shop.write("other/Cargo.toml", manifest);
    assert_eq!(methods(&shop.api(&[])), ["Catalog.find"]);
}

#[test]
fn sources_of_types_in_modules_of_raw_names() {
    let text = "pub mod r#type { #[derive(facet::Facet)] pub struct Item { #[deprecated] pub id: u32 } }\n\
                #[rapace::service] pub trait Shop { async fn get(&self) -> r#type::Item; }";
    let api = Crate::new("export-raw", &[("src/lib.rs", text)]).api(&[]);
    let item = api.types.iter().find(|def| def.name == "Item").unwrap();
    let rapace_schema::TypeKind::Struct(fields) = &item.kind else {
        unreachable!()
    };
    assert_eq!(
        (api.types[0].path.as_str(), fields.fields[0].deprecated.as_deref()),
        ("export_raw::type::Item", Some(""))
    );
}

/// A workspace of three packages: two with services, which share a type of the third.
fn shop(name: &str) -> Crate {
    let member = |name: &str, dependencies: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}")
    };
    let both = "rapace = \"=0.5.0\"\nfacet = \"=0.32.3\"\nexport-model = { path = \"../model\" }\n";
    let service = |name: &str| {
        format!(
            "use export_model::Item;\n#[rapace::service]\npub trait {name} {{ async fn get(&self) -> Item; }}\n\
             pub mod own {{ #[derive(facet::Facet)] pub struct Own(pub u8);\n\
             #[rapace::service] pub trait {name}Own {{ async fn own(&self) -> Own; }} }}"
        )
    };
    let model = "#[derive(facet::Facet)]\npub struct Item {\n    #[deprecated = \"gone\"]\n    pub id: u32,\n}\n";
    let shop = Crate::with_dependencies(name, "", &[]);
    shop.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"a\", \"b\", \"model\"]\n",
    );
    for (path, text) in [
        ("a/Cargo.toml", member("export-a", both)),
        ("a/src/lib.rs", service("Orders")),
        ("b/Cargo.toml", member("export-b", both)),
        ("b/src/lib.rs", service("Catalog")),
        ("model/Cargo.toml", member("export-model", "facet = \"=0.32.3\"\n")),
        ("model/src/lib.rs", model.to_owned()),
    ] {
        shop.write(path, &text);
    }
    shop
}

#[test]
fn the_packages_of_a_workspace_are_merged() {
    let shop = shop("export-virtual");
    let api = shop.api(&["--workspace"]);
    assert_eq!(
        methods(&api),
        ["Catalog.get", "CatalogOwn.own", "Orders.get", "OrdersOwn.own"]
    );
    let named: Vec<String> = api
        .types
        .iter()
        .map(|def| format!("{} = {}", def.name, def.path))
        .collect();
    assert_eq!(
        named,
        [
            "ExportAOwn = export_a::own::Own",
            "ExportBOwn = export_b::own::Own",
            "Item = export_model::Item"
        ]
    );
    assert_eq!(api.name, "export-a");
    // What the sources of a dependency say is seen too.
    let item = api.types.iter().find(|def| def.name == "Item").unwrap();
    let rapace_schema::TypeKind::Struct(fields) = &item.kind else {
        unreachable!()
    };
    assert_eq!(fields.fields[0].deprecated.as_deref(), Some("gone"));

    assert_eq!(shop.api(&["-p", "export-b", "-p", "export-a"]).services, api.services);
    assert_eq!(
        methods(&shop.api(&["-p", "export-b"])),
        ["Catalog.get", "CatalogOwn.own"]
    );
    let rest = shop.api(&["--workspace", "--exclude", "export-a", "--name", "catalog"]);
    assert_eq!((methods(&rest).len(), rest.name.as_str()), (2, "catalog"));
}

#[test]
fn choices_that_leave_nothing() {
    let shop = shop("export-choices");
    let error = |arguments: &[&str]| shop.export_with(arguments).error().to_owned();
    insta::assert_snapshot!(
        error(&["-p", "export-model"]),
        @"no service found: package `export-model` does not depend on rapace"
    );
    insta::assert_snapshot!(error(&["--workspace", "--exclude", "export-a", "--exclude", "export-b"]), @r"
    no service found in the workspace:
      no service found: package `export-model` does not depend on rapace
    ");
    insta::assert_snapshot!(
        error(&["--workspace", "--exclude", "export-c"]),
        @"there is no package `export-c` in the workspace: its packages are export-a, export-b, export-model"
    );
}

#[test]
fn an_export_needs_no_network_once_the_crate_was_built() {
    let shop = Crate::new("export-offline", &[("src/lib.rs", CATALOG)]);
    assert!(shop.export().success);
    shop.write("src/lib.rs", &CATALOG.replace("find", "found"));
    assert_eq!(methods(&shop.api(&["--offline"])), ["Catalog.found"]);
}

#[test]
fn diagnostics_for_tools_are_json_lines() {
    let text = "pub mod open { #[rapace::service] trait Hidden { async fn m(&self); } }";
    let shop = Crate::new("export-json", &[("src/lib.rs", text)]);
    let outcome = shop.export_with(&["--format", "json"]);
    assert!(!outcome.success && outcome.stdout.is_empty());
    insta::assert_snapshot!(outcome.stderr.trim_end(), @r#"{"level":"error","code":"service-unreachable","crate":"export_json","place":"export_json::open::Hidden","why":"the trait is not public","at":{"file":"src/lib.rs","line":1,"column":41},"cure":"write `pub trait Hidden`"}"#);

    let text = "#[rapace::service] pub trait Hosts { async fn find(&self, host: std::net::IpAddr) -> Vec<()>; }";
    let refused = Crate::new("export-json-types", &[("src/lib.rs", text)]);
    let outcome = refused.export_with(&["--format", "json"]);
    insta::assert_snapshot!(outcome.stderr.trim_end(), @r#"{"level":"error","code":"type-refused","crate":"export_json_types","service":"Hosts","method":"find","place":"argument host","rust_type":"IpAddr","why":"cannot be encoded by facet-postcard: every call would fail","at":{"file":"src/lib.rs","line":1,"column":65},"cure":"send it as a `String`, or its octets"}"#);
}

#[test]
fn the_users_files_are_left_alone() {
    let shop = Crate::new("export-untouched", &[("src/lib.rs", CATALOG)]);
    assert!(shop.export().success);
    let lock = std::fs::read(shop.path().join("Cargo.lock")).unwrap();
    assert!(shop.export_with(&["--locked"]).success);
    assert_eq!(std::fs::read(shop.path().join("Cargo.lock")).unwrap(), lock);
    let mut names: Vec<_> = std::fs::read_dir(shop.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["Cargo.lock", "Cargo.toml", "src"]);
}

#[test]
fn a_package_can_be_named_by_its_folder() {
    let shop = Crate::new("export-folder", &[("src/lib.rs", CATALOG)]);
    let elsewhere = tempfile::tempdir().unwrap();
    let outcome = rapace(
        elsewhere.path(),
        &["export", "--manifest-path", shop.path().to_str().unwrap()],
    );
    assert!(outcome.success, "{}", outcome.stderr);
}

#[test]
fn patches_of_the_workspace_hold() {
    let shop = Crate::with_dependencies(
        "export-patched",
        "rapace = \"=0.5.0\"\nfacet = \"=0.32.3\"\nmatches = \"0.1\"\n",
        &[(
            "src/lib.rs",
            "#[rapace::service]\npub trait Shop { async fn get(&self) -> matches::Patched; }\n",
        )],
    );
    shop.write(
        "matches/Cargo.toml",
        "[package]\nname = \"matches\"\nversion = \"0.1.99\"\n[dependencies]\nfacet = \"=0.32.3\"\n",
    );
    shop.write(
        "matches/src/lib.rs",
        "#[derive(facet::Facet)] pub struct Patched { pub a: u8 }\n",
    );
    shop.append("Cargo.toml", "[patch.crates-io]\nmatches = { path = \"matches\" }\n");
    assert_eq!(shop.api(&[]).types[0].path, "matches::Patched");
}

#[test]
fn the_users_configuration_holds_but_for_the_target() {
    let text = "#[cfg(very_special)]\n#[rapace::service]\npub trait Shop { async fn get(&self); }\n\
                #[cfg(not(very_special))]\ncompile_error!(\"the flags are lost\");\n";
    let shop = Crate::new("export-configured", &[("src/lib.rs", text)]);
    shop.write("rapace.toml", "services = [\"Shop\"]\n");
    shop.write(
        ".cargo/config.toml",
        "[build]\nrustflags = [\"--cfg\", \"very_special\"]\ntarget = \"wasm32-unknown-unknown\"\n",
    );
    assert_eq!(methods(&shop.api(&[])), ["Shop.get"]);
}

#[test]
fn a_library_for_other_languages_alone_cannot_be_linked() {
    let shop = Crate::new("export-cdylib", &[("src/lib.rs", CATALOG)]);
    shop.append("Cargo.toml", "[lib]\ncrate-type = [\"cdylib\"]\n");
    insta::assert_snapshot!(
        shop.export().error(),
        @r#"package `export-cdylib` has no library that another program can link: add "rlib" to its `crate-type`"#
    );
}
