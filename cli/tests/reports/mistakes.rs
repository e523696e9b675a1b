//! What a newcomer gets wrong at first, said before the compiler says it, or in its place.

use crate::support::{copy, export};

#[test]
fn another_facet_or_rapace_is_named_before_anything_is_built() {
    let folder = copy("mistakes");
    assert_eq!(
        export(&folder, &["-p", "reports-other-facet"]).said(),
        [
            "error: package `reports-other-facet` uses facet 0.46.5, and rapace 0.5.0 needs facet 0.32: write `facet = \
             \"0.32.3\"` in its Cargo.toml"
        ]
    );
    assert_eq!(
        export(&folder, &["-p", "reports-other-rapace"]).said(),
        [
            "error: package `reports-other-rapace` uses rapace 0.6.0, and this program knows the protocol of rapace 0.5: \
             write `rapace = \"0.5.0\"` in its Cargo.toml"
        ]
    );
}

#[test]
fn faults_that_the_sources_show_are_said_in_place_of_the_compilers_pages() {
    let outcome = export(&copy("mistakes").join("first-try"), &[]);
    assert!(!outcome.success);
    // The compiler's own lines, which follow, are those of its version.
    let (ours, compilers) = outcome
        .stderr
        .split_once("error: package `reports-first-try` does not compile; ")
        .unwrap();
    insta::assert_snapshot!(ours[ours.find("error: ").unwrap()..].trim_end());
    assert!(
        compilers.contains("\n    src/lib.rs:15:10: ")
            && compilers.ends_with("error: nothing was exported: 6 problems\n"),
        "{compilers}"
    );
}
