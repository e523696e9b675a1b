//! The cases for generators are sound, complete with digests, and written as `rapace export` writes.

use std::path::Path;

/// Run with `UPDATE_GOLDEN=1` to write them anew after an edit by hand.
#[test]
fn cases_are_canonical() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut api = rapace_schema::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        api.types.sort_by(|a, b| a.name.cmp(&b.name));
        api.services.sort_by(|a, b| a.name.cmp(&b.name));
        rapace_schema::digest::seal(&mut api);
        let canonical = rapace_schema::to_json(&api);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &canonical).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text == canonical, "{}: run with UPDATE_GOLDEN=1", path.display());
    }
}
