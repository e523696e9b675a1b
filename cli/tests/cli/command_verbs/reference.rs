//! `rapace docs` on descriptions.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{rapace, workspace};

fn bookshop() -> String {
    path_text(&workspace().join("examples/bookshop/api.json"))
}

fn path_text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// An api.json in a folder, whose one method has this response, doc and note.
pub(super) fn api(folder: &Path, response: &str, doc: &str) -> PathBuf {
    let text = |text: &str| serde_json::to_string(text).unwrap();
    let path = folder.join("api.json");
    let id = rapace_schema::method_id("S.m");
    let json = format!(
        r#"{{"$schema": "urn:rapace:api:1", "ir_version": "1.1", "producer": {{"name": "test", "version": "1"}},
        "protocol": {{"rpc": "rapace", "version": "0.5", "encoding": "postcard"}}, "name": "shop",
        "services": [{{"name": "S", "doc": "Serves.", "methods": [{{"name": "m", "wire_name": "S.m", "id": {id},
            "doc": {}, "kind": "unary", "arguments": [], "response": {response}}}]}}],
        "types": []}}"#,
        text(doc)
    );
    fs::write(&path, json).unwrap();
    path
}

#[test]
fn both_formats_show_methods_with_code_in_each_language() {
    let folder = tempfile::tempdir().unwrap();
    for (format, wanted) in [
        (
            "html",
            [
                "<title>bookshop</title>",
                "<article id=\"Catalog.find\">",
                "find(isbn: <a href=\"#type.Isbn\">Isbn</a>) -&gt; <a href=\"#type.FindOutcome\">FindOutcome</a>",
                "client = bookshop.CatalogClient(connection)",
                "client := bookshop.NewCatalogClient(conn)",
                "const client = createClient(Catalog, connection);",
                "rapace call tcp://127.0.0.1:9000 Catalog.find isbn=text",
                "idempotent",
            ],
        ),
        (
            "markdown",
            [
                "# bookshop\n",
                "<a id=\"Catalog.find\"></a>\n\n### find\n",
                "```rust\nfind(isbn: Isbn) -> FindOutcome\n```",
                "client = bookshop.CatalogClient(connection)",
                "client := bookshop.NewCatalogClient(conn)",
                "const client = createClient(Catalog, connection);",
                "rapace call tcp://127.0.0.1:9000 Catalog.find isbn=text",
                "idempotent",
            ],
        ),
    ] {
        let arguments = ["docs", &bookshop(), "--format", format];
        let [once, again] = [0, 1].map(|_| rapace(folder.path(), &arguments));
        assert_eq!((once.status, once.stderr.as_str()), (0, ""), "{format}");
        assert!(once.stdout == again.stdout, "{format} is not always the same");
        for wanted in wanted {
            assert!(once.stdout.contains(wanted), "{format}: {wanted}");
        }
    }
}

#[test]
fn the_page_is_written_to_a_file_and_read_from_stdin_is_refused_when_it_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let written = rapace(folder.path(), &["docs", &bookshop(), "--out", "docs.html"]);
    assert_eq!(written.status, 0, "{}", written.stderr);
    assert!(
        written.stderr.starts_with("wrote docs.html: 2 services, "),
        "{}",
        written.stderr
    );
    let page = fs::read_to_string(folder.path().join("docs.html")).unwrap();
    assert!(page.contains("connect-src ws: wss:; base-uri 'none'"));
    let failed = rapace(folder.path(), &["docs", "none.json", "--out", "docs.html"]);
    assert_eq!(failed.status, 1);
    assert!(failed.error().starts_with("none.json: "), "{}", failed.stderr);
    let nowhere = rapace(folder.path(), &["docs", &bookshop(), "--out", "none/docs.html"]);
    assert!(nowhere.error().starts_with("none/docs.html: "), "{}", nowhere.stderr);
    assert_eq!(rapace(folder.path(), &["docs"]).status, 2);
}

#[test]
fn hostile_docs_are_text_in_both_formats() {
    let folder = tempfile::tempdir().unwrap();
    let doc = "</script><script>alert(1)</script> <!-- [a](javascript:alert(1)) \u{202e}\n\n```\nopen";
    let path = path_text(&api(folder.path(), "\"string\"", doc));
    // The page has its own: two of data, and one that runs.
    for (format, scripts) in [("html", 3), ("markdown", 0)] {
        let page = rapace(folder.path(), &["docs", &path, "--format", format]).stdout;
        assert_eq!(page.matches("<script").count(), scripts, "{format}");
        assert!(!page.contains("<!-- [a]") && !page.contains('\u{202e}'), "{format}");
        assert!(!page.contains("href=\"javascript:"), "{format}");
    }
    let markdown = rapace(folder.path(), &["docs", &path, "--format", "markdown"]).stdout;
    assert_eq!(markdown.matches("```").count() % 2, 0, "{markdown}");
}

#[test]
fn programs_use_the_packages_of_the_project() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(bookshop(), folder.path().join("api.json")).unwrap();
    let docs = || rapace(folder.path(), &["docs", "api.json", "--format", "markdown"]);
    let default = docs().stdout;
    for (lang, package, line) in [
        ("go", "example.com/acme/shop", "\t\"example.com/acme/shop\"\n"),
        ("python", "acme-shop", "import acme_shop\n"),
        ("typescript", "@acme/shop", "from \"@acme/shop\";"),
    ] {
        assert!(!default.contains(line), "{line}");
        let table = format!("lang = \"{lang}\"\npackage = \"{package}\"\n");
        let runtime = format!("[[gen]]\nlang = \"{lang}\"\nout = \"r\"\nruntime-only = true\n");
        let all = format!("{runtime}[[gen]]\n{table}out = \"all\"\n");
        fs::write(folder.path().join("rapace.toml"), &all).unwrap();
        let shown = docs().stdout;
        // Nine calls of the catalog and more of the orders, which a package may leave out.
        let catalog = shown.matches(line).count();
        assert!(catalog > 9, "{line}: {catalog}");
        let some = format!("[[gen]]\n{table}out = \"some\"\nexclude = [\"Orders\"]\n{all}");
        fs::write(folder.path().join("rapace.toml"), some).unwrap();
        let shown = docs().stdout.matches(line).count();
        assert!(shown > 5 && shown < catalog, "{line}: {shown} of {catalog}");
    }
    fs::write(
        folder.path().join("rapace.toml"),
        "[[gen]]\nlang = \"go\"\nout = \".\"\n",
    )
    .unwrap();
    assert!(
        docs()
            .error()
            .contains("rapace.toml: [[gen]] 1 (go, .): `out` is the folder")
    );
}
