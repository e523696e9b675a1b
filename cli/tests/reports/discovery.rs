//! Which services there are is what the compiler says, however the sources look.

use crate::support::{copy, copy_as, export, services, write};

#[test]
fn the_attribute_may_have_any_name() {
    let outcome = export(&copy("other-names"), &[]);
    let api = outcome.api();
    assert_eq!(
        services(&api),
        [
            "reports_other_names::glob::ByPrelude: zip add",
            "reports_other_names::Renamed: zip add",
            "reports_other_names::far::Through: zip add",
        ]
    );
    assert_eq!(api.services[2].methods[1].deprecated.as_deref(), Some("use zip"));
    assert_eq!(outcome.said(), [] as [&str; 0]);
}

#[test]
fn modules_whose_files_are_elsewhere() {
    let outcome = export(&copy("moved-files"), &[]);
    assert_eq!(
        services(&outcome.api()),
        [
            "reports_moved_files::moved::inner::InAttic: zip add",
            "reports_moved_files::inline::inner::InInline: zip add",
            "reports_moved_files::system::OnUnix: zip add",
        ]
    );
    assert_eq!(outcome.said(), [] as [&str; 0]);
}

/// What a macro's own rules make has its methods in no order that the sources show, and that is said. A condition that a
/// build script sets holds, and what is off is said too.
#[test]
fn services_that_macros_and_build_scripts_make() {
    let outcome = export(&copy("made-by-code"), &[]);
    assert_eq!(
        services(&outcome.api()),
        [
            "reports_made_by_code::generated::Generated: zip add",
            "reports_made_by_code::hits::Hits: count zero",
            "reports_made_by_code::InMacro: zip add",
            "reports_made_by_code::Tables: zip add",
        ]
    );
    assert_eq!(
        outcome.said(),
        [
            "warning: reports_made_by_code::NoTables: is in the sources and not in the library: \
             `cfg(not(has_tables))` is off [service-not-built]",
            "warning: reports_made_by_code::hits::Hits: is in the library and not to be read in its sources, as what a \
             macro writes: its methods are sorted by name, and what is deprecated of it is not known [service-not-in-sources]",
        ]
    );
}

#[test]
fn a_condition_inside_a_file_holds_for_its_module() {
    let folder = copy("inside-cfg");
    let outcome = export(&folder, &[]);
    assert_eq!(services(&outcome.api()), ["reports_inside_cfg::Front: zip add"]);
    assert_eq!(
        outcome.said(),
        [
            "warning: reports_inside_cfg::admin::Admin: is in the sources and not in the library: \
             `cfg(feature = \"admin\")` is off [service-not-built]"
        ]
    );
    let outcome = export(&folder, &["--features", "admin"]);
    assert_eq!(
        services(&outcome.api()),
        [
            "reports_inside_cfg::admin::Admin: zip add",
            "reports_inside_cfg::Front: zip add"
        ]
    );
    assert_eq!(outcome.said(), [] as [&str; 0]);
}

#[test]
fn services_of_a_dependency_have_its_docs_and_order() {
    let outcome = export(&copy("re-exported"), &[]);
    let api = outcome.api();
    assert_eq!(outcome.said(), [] as [&str; 0]);
    assert_eq!(
        services(&api),
        [
            "reports_feeds::archive::Archive: year count",
            "reports_feeds::Feed: newest day",
            "reports_re_exported::Front: hello",
        ]
    );
    let docs: Vec<&str> = api.services.iter().map(|service| service.doc.as_str()).collect();
    assert_eq!(docs, ["Kept for ever.", "What is new.", "The crate's own."]);
    let count = &api.services[0].methods[1];
    assert_eq!(
        (count.doc.as_str(), count.deprecated.as_deref()),
        ("How many.", Some("grows"))
    );
}

#[test]
fn a_service_that_is_exported_without_its_function_is_named_with_the_cure() {
    let folder = copy_as("re-exported", "re-exported-by-halves");
    let whole = std::fs::read_to_string(folder.join("src/lib.rs")).unwrap();
    write(
        &folder.join("src/lib.rs"),
        &whole.replace("{Feed, feed_register}", "Feed"),
    );
    let outcome = export(&folder, &[]);
    assert!(!outcome.success && outcome.stdout.is_empty());
    let cure = "`rapace.toml` names service `Feed`: the crate must export the function `feed_register` with the trait, as in \
                `pub use feeds::{Feed, feed_register};`";
    assert!(outcome.stderr.contains(cure), "{}", outcome.stderr);
}
