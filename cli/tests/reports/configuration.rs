//! Whatever cargo's configuration says: the same description, or a refusal that names the setting.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{copy, copy_as, export, export_with, services, types, write};

const NAMES: [&str; 4] = [
    "DeepEntry = reports_equal_names::deep::er::Entry",
    "Entry = reports_equal_names::near::Entry",
    "Other = reports_equal_names::deep::Other",
    "Thing = reports_equal_names::deep::er::Other",
];

/// Names that the paths of types decide, an override and a deprecation, both by path.
#[test]
fn symbols_stay_under_settings_that_strip() {
    let folder = copy("equal-names");
    let plain = export(&folder, &[]);
    let api = plain.api();
    let mut sorted = types(&api);
    sorted.sort_unstable();
    assert_eq!(sorted.len(), NAMES.len());
    assert!(sorted.contains(&NAMES[3].to_owned()), "{sorted:?}");
    for (number, config) in [
        "[profile.dev]\nstrip = true\nlto = true\n",
        "[target.'cfg(unix)']\nrustflags = [\"-C\", \"link-arg=-s\"]\n",
        "[build]\nrustflags = [\"-Clink-args=-Wl,--strip-all\"]\n",
    ]
    .into_iter()
    .enumerate()
    {
        write(&folder.join(".cargo/config.toml"), config);
        assert_eq!(export(&folder, &[]).stdout, plain.stdout, "configuration {number}");
    }
    fs::remove_file(folder.join(".cargo/config.toml")).unwrap();
    for variable in [
        ("RUSTFLAGS", "-Clink-arg=-s -C link-arg=-Wl,-x"),
        ("CARGO_ENCODED_RUSTFLAGS", "-Clink-arg=-s\u{1f}-C\u{1f}link-arg=-Wl,-S"),
        ("CARGO_PROFILE_DEV_STRIP", "symbols"),
        ("CARGO_BUILD_RUSTFLAGS", "-Clink-arg=-s"),
    ] {
        let outcome = export_with(&folder, &[], &[variable]);
        assert_eq!(outcome.stdout, plain.stdout, "{variable:?}: {}", outcome.stderr);
    }
}

#[test]
fn a_linker_that_strips_is_named() {
    let folder = copy_as("equal-names", "equal-names-linker");
    let linker = folder.join("strip-linker");
    write(&linker, "#!/bin/sh\nexec cc \"$@\" -s\n");
    fs::set_permissions(&linker, fs::Permissions::from_mode(0o755)).unwrap();
    let config = format!("[target.'cfg(unix)']\nlinker = {:?}\n", linker.display().to_string());
    write(&folder.join(".cargo/config.toml"), &config);
    let outcome = export(&folder, &[]);
    assert!(!outcome.success && outcome.stdout.is_empty());
    assert!(
        outcome.stderr.contains(&format!("`linker` = `{}`", linker.display()))
            && outcome.stderr.contains("something in the build takes symbols away"),
        "{}",
        outcome.stderr
    );
}

/// Lints that the user forbids, a `cfg` for the service and a linker argument that stays, all from a table for a `cfg`.
/// The user's compiler warns of several things, and the export says none of them.
#[test]
fn lints_of_the_user_are_no_matter_of_an_export() {
    let outcome = export(&copy("strict-lints"), &[]);
    let api = outcome.api();
    assert_eq!(services(&api), ["reports_strict_lints::Strict: zip add"]);
    assert_eq!(api.services[0].methods[0].deprecated.as_deref(), Some("use add"));
    assert_eq!(outcome.said(), [] as [&str; 0]);
    assert!(!outcome.stderr.contains("warning"), "{}", outcome.stderr);
}

#[test]
fn libraries_that_are_loaded() {
    let folder = copy("dynamic-library");
    let api = export(&folder, &[]).api();
    assert_eq!(services(&api), ["reports_dynamic_library::Front: zip add"]);
    let mut paths: Vec<&str> = api.types.iter().map(|def| def.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "reports_dynamic_library::deep::Entry",
            "reports_dynamic_library::near::Entry"
        ]
    );
}
