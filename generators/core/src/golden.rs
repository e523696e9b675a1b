//! Golden files: the output of a generator for every case, in its folder `golden/<case>/`, without the runtime.
//!
//! Cases are `generators/cases/*.json` and the bookshop's `api.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rapace_schema::difference::first_difference;
use rapace_schema::{Api, read};

use crate::{Generator, Options, Origin};

/// The cases by name: every API that the repository keeps for generators.
///
/// # Panics
/// When a case cannot be read: that fails the test which asks.
pub fn cases() -> BTreeMap<String, Api> {
    let core = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<(String, PathBuf)> = vec![("bookshop".into(), core.join("../../examples/bookshop/api.json"))];
    for entry in fs::read_dir(core.join("../cases")).expect("generators/cases is there") {
        let path = entry.expect("generators/cases can be listed").path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            paths.push((stem.expect("a case's name is UTF-8").to_owned(), path.clone()));
        }
    }
    let load = |path: &Path| {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.into_iter().map(|(name, path)| (name, load(&path))).collect()
}

/// What a generator makes with an option that only it knows, beside the cases.
pub struct Variant<'a> {
    /// Its folder among those of the cases.
    pub name: &'a str,
    /// Text of an `api.json`.
    pub api: &'a str,
    /// The options.
    pub options: Options,
}

/// Compares what `generator` makes of every case with `folder/<case>/`, by [`check_with`] without variants.
///
/// # Panics
/// As that does.
pub fn check(generator: &dyn Generator, folder: &Path) {
    check_with(generator, folder, &[]);
}

/// Compares what `generator` makes of every case and variant with `folder/<case>/`. With `UPDATE_GOLDEN=1` in the environment
/// it writes the folder anew.
///
/// # Panics
/// When a file differs, is missing, or is no output of the generator; when generating twice gives different files.
pub fn check_with(generator: &dyn Generator, folder: &Path, variants: &[Variant<'_>]) {
    let cases = cases().into_iter().map(|(case, api)| (case, api, Options::default()));
    let variants = variants.iter().map(|variant| {
        let api = read(variant.api).unwrap_or_else(|error| panic!("{}: {error}", variant.name));
        (variant.name.to_owned(), api, variant.options.clone())
    });
    let mut fresh = BTreeMap::new();
    for (case, api, options) in cases.chain(variants) {
        let make = || {
            let files = generator.generate(&api, &options);
            files.unwrap_or_else(|error| panic!("case {case}: {error}"))
        };
        let files = make();
        assert_eq!(files, make(), "case {case}: two generations differ");
        for (path, file) in files.iter().filter(|(_, file)| file.origin == Origin::Generated) {
            fresh.insert(format!("{case}/{path}"), file.text.clone());
        }
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        write(folder, &fresh);
    }
    let mut golden = BTreeMap::new();
    collect(folder, folder, &mut golden);
    let paths: std::collections::BTreeSet<&String> = fresh.keys().chain(golden.keys()).collect();
    let differing: Vec<&String> = paths
        .into_iter()
        .filter(|path| fresh.get(*path) != golden.get(*path))
        .collect();
    for path in differing.iter().take(1) {
        let empty = String::new();
        let (old, new) = (golden.get(*path).unwrap_or(&empty), fresh.get(*path).unwrap_or(&empty));
        if let Some(difference) = first_difference(old, new) {
            eprintln!("{path}, {}", difference.between("golden", "generated"));
        }
    }
    assert!(
        differing.is_empty(),
        "differ from golden files (UPDATE_GOLDEN=1 writes them): {differing:#?}"
    );
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("the golden folder can be listed").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else {
            let relative = path.strip_prefix(root).expect("it is below its root");
            let text = fs::read_to_string(&path).expect("a golden file is UTF-8");
            found.insert(relative.to_str().expect("its path is UTF-8").replace('\\', "/"), text);
        }
    }
}

fn write(folder: &Path, files: &BTreeMap<String, String>) {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("the golden folder can be removed");
    }
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it has a parent")).expect("golden folders can be made");
        fs::write(path, text).expect("golden files can be written");
    }
}
