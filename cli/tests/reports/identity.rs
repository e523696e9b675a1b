//! Types are what they are, in every run: by package, version, modules and const arguments.

use std::path::Path;

use rapace_exporter::export::{ExportOptions, export_times};

use crate::support::{copy, export, target_folder, types, workspace, write};

#[test]
fn types_of_two_versions_of_a_crate() {
    let api = export(&copy("two-versions"), &[]).api();
    let first = api.types.iter().find(|def| def.path == "reports_model@1::Book");
    let rapace_schema::TypeKind::Struct(fields) = &first.unwrap().kind else {
        panic!("it is a struct")
    };
    assert_eq!(fields.fields[0].ty, rapace_schema::TypeRef::U32);
    // The sources of that version, and not those of the other.
    assert_eq!(fields.fields[0].deprecated.as_deref(), Some("numbers grew"));
    let paths: Vec<&str> = api.types.iter().map(|def| def.path.as_str()).collect();
    let mut sorted = paths.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["reports_model@1::Book", "reports_model@2::Book"]);
}

#[test]
fn instantiations_say_their_const_arguments() {
    let api = export(&copy("const-arguments"), &[]).api();
    assert_eq!(
        types(&api),
        [
            "Grid12 = reports_const_arguments::Grid<12>",
            "Grid3 = reports_const_arguments::Grid<3>",
            "Grid40 = reports_const_arguments::Grid<40>",
            "Labels2OfU8 = reports_const_arguments::Labels<u8, 2>",
            "Labels3OfU8 = reports_const_arguments::Labels<u8, 3>",
            "ShiftMinus5AndTrueAndCharx = reports_const_arguments::Shift<-5, true, 'x'>",
        ]
    );
    assert_eq!(api.types[4].rust, "Labels<u8, 3>");
}

#[test]
fn types_that_nothing_tells_apart_need_names() {
    let folder = copy("two-blocks");
    write(&folder.join("rapace.toml"), "");
    let outcome = export(&folder, &[]);
    assert!(!outcome.success);
    assert_eq!(
        outcome.said(),
        [
            "error: `reports_two_blocks::make::Item` has the path of another type, 2 in all, so that nothing names it",
            "error: `reports_two_blocks::make::Item` has the path of another type, 2 in all, so that nothing names it",
            "error: nothing was exported: 2 problems",
        ]
    );
    let names = "[names]\n\"reports_two_blocks::make::Item#1\" = \"Number\"\n\"reports_two_blocks::make::Item#2\" = \
                 \"Text\"\n";
    assert!(
        outcome
            .stderr
            .contains("write `\"reports_two_blocks::make::Item#2\" = \"Name\"` under `[names]`"),
        "{}",
        outcome.stderr
    );
    write(&folder.join("rapace.toml"), names);
    assert_eq!(
        types(&export(&folder, &[]).api()),
        [
            "Number = reports_two_blocks::make::Item#1",
            "Text = reports_two_blocks::make::Item#2"
        ]
    );
}

/// The program that knows the types is a fresh process each time, and its hash maps have another order in each.
#[test]
fn fifty_exports_are_equal() {
    const TIMES: usize = 50;
    let mut folders = vec![
        workspace().join("conformance/fixtures"),
        workspace().join("examples/bookshop"),
    ];
    for name in [
        "two-versions",
        "const-arguments",
        "equal-names",
        "other-names",
        "made-by-code",
    ] {
        folders.push(copy(name));
    }
    for folder in folders {
        all_equal(&folder, TIMES);
    }
}

fn all_equal(folder: &Path, times: usize) {
    let options = ExportOptions {
        manifest_path: Some(folder.join("Cargo.toml")),
        target_folder: Some(target_folder()),
        quiet: true,
        ..ExportOptions::default()
    };
    let exported = export_times(&options, times).unwrap_or_else(|problems| panic!("{folder:?}: {problems:?}"));
    let texts: Vec<String> = exported
        .iter()
        .map(|exported| rapace_schema::to_json(&exported.api))
        .collect();
    assert_eq!(texts.len(), times);
    assert!(
        texts.iter().all(|text| *text == texts[0]),
        "{folder:?}: two exports differ"
    );
    assert!(
        exported.iter().all(|other| other.warnings == exported[0].warnings),
        "{folder:?}: two exports warn of different things"
    );
}
