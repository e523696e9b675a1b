//! `rapace init`, `rapace completions`, `rapace man`, and the help of all verbs.

use std::fs;
use std::path::Path;
use std::process::Command;

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

/// The candidates for the last of these words.
fn completed(folder: &Path, shell: &str, words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rapace"))
        .args(["--", "rapace"])
        .args(words)
        .current_dir(folder)
        .env("RAPACE_COMPLETE", shell)
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_IFS", "\n")
        .output()
        .unwrap();
    assert!(output.status.success(), "{shell}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn names_of_an_api_are_completed() {
    let bookshop = crate::support::workspace().join("examples/bookshop");
    let check = |words: &[&str], expected: &[&str]| {
        let printed = completed(&bookshop, "bash", words);
        assert_eq!(printed.lines().collect::<Vec<_>>(), expected, "{words:?}");
    };
    let address = "tcp://127.0.0.1:9000";
    check(
        &["call", address, "Catalog.s"],
        &["Catalog.search", "Catalog.scan", "Catalog.stock"],
    );
    check(&["call", address, "Catalog.search", "li"], &["limit="]);
    check(&["call", address, "Catalog.search", "text=a", "li"], &["limit="]);
    check(&["call", "--describe", "Is"], &["Isbn"]);
    check(&["call", "--template", "Orders.a"], &["Orders.amend", "Orders.audit"]);
    check(&["decode", "--type", "NewO"], &["NewOrder"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let api = bookshop.join("api.json").display().to_string();
    let with_api = completed(elsewhere.path(), "bash", &["call", "--api", &api, address, "Orders.am"]);
    assert_eq!(with_api, "Orders.amend\n");
    assert_eq!(completed(elsewhere.path(), "bash", &["call", address, "Orders.am"]), "");
    assert!(
        completed(&bookshop, "fish", &["call", address, "Catalog.fi"]).starts_with("Catalog.find\tFinds the one book")
    );
}

/// Bash itself splits words at colons: the script joins them.
#[test]
fn bash_completes_after_an_address() {
    let bookshop = crate::support::workspace().join("examples/bookshop");
    let script = rapace(&bookshop, &["completions", "bash"]).stdout;
    let program = Path::new(env!("CARGO_BIN_EXE_rapace")).parent().unwrap();
    let test = format!(
        "PATH={}:$PATH\n{script}\ncompopt() {{ :; }}\n\
         COMP_LINE='rapace call tcp://127.0.0.1:9000 Catalog.f'; COMP_POINT=${{#COMP_LINE}}\n_rapace; echo \"${{COMPREPLY[*]}}\"\n\
         COMP_LINE='rapace cal tcp'; COMP_POINT=10\n_rapace; echo \"${{COMPREPLY[*]}}\"\n",
        program.display()
    );
    let output = Command::new("bash")
        .args(["-c", &test])
        .current_dir(&bookshop)
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        printed,
        "Catalog.find\ncall\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn completions_and_pages_have_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = rapace(folder.path(), &["completions", shell]);
        assert!(script.success && script.stdout.contains("RAPACE_COMPLETE"), "{shell}");
        let verbs = completed(folder.path(), shell, &[""]);
        for verb in VERBS {
            assert!(verbs.contains(verb), "{shell}: {verb}");
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
