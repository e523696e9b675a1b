//! `rapace init`, `rapace completions`, `rapace man`, and the help of all verbs.

use std::fs;

use crate::support::rapace;

const VERBS: [&str; 12] = [
    "init",
    "export",
    "gen",
    "breaking",
    "call",
    "docs",
    "lint",
    "doctor",
    "decode",
    "tap",
    "completions",
    "man",
];

#[test]
fn init_writes_a_file_that_is_understood_and_never_overwrites_one() {
    let folder = tempfile::tempdir().unwrap();
    let none = rapace(folder.path(), &["init"]);
    assert!(
        none.error().starts_with("there is no Cargo.toml here: "),
        "{}",
        none.stderr
    );
    fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"shop\"\n").unwrap();
    let written = rapace(folder.path(), &["init", "--lang", "cobol"]);
    assert_eq!(written.stderr, "wrote rapace.toml: now run `rapace gen`\n");
    let path = folder.path().join("rapace.toml");
    let text = fs::read_to_string(&path).unwrap();
    let again = rapace(folder.path(), &["init"]);
    assert_eq!(
        (again.status, again.error()),
        (1, "there is a rapace.toml here already: it stays as it is")
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    fs::remove_file(folder.path().join("Cargo.toml")).unwrap();
    let understood = rapace(folder.path(), &["gen"]);
    assert_eq!(
        understood.error(),
        "there is neither api.json to read nor Cargo.toml to export"
    );
    fs::write(folder.path().join("Cargo.toml"), "[package\n").unwrap();
    assert!(
        rapace(folder.path(), &["init"])
            .error()
            .starts_with("Cargo.toml: TOML parse error")
    );
}

#[test]
fn completions_and_pages_have_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = rapace(folder.path(), &["completions", shell]);
        assert!(script.success, "{shell}");
        for verb in VERBS {
            assert!(script.stdout.contains(verb), "{shell}: {verb}");
        }
    }
    assert_eq!(rapace(folder.path(), &["completions", "tcsh"]).status, 2);
    let page = rapace(folder.path(), &["man"]).stdout;
    for verb in VERBS {
        assert!(page.contains(&format!("rapace\\-{verb}(1)")), "{verb}");
        let own = rapace(folder.path(), &["man", verb]);
        assert!(
            own.stdout.contains(&format!(".TH rapace-{verb} 1")),
            "{verb}: {}",
            own.stdout
        );
    }
    assert_eq!(rapace(folder.path(), &["man", "cook"]).status, 2);
}

/// A screen has 50 lines; what each language alone understands comes after it.
#[test]
fn the_help_of_each_verb_fits_a_screen() {
    let folder = tempfile::tempdir().unwrap();
    for verb in VERBS {
        let help = rapace(folder.path(), &[verb, "-h"]).stdout;
        let own = help.split("Options of one language").next().unwrap();
        assert!(
            own.lines().count() <= 50,
            "{verb}: {} lines\n{own}",
            own.lines().count()
        );
    }
}
