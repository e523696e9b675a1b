//! The page in `examples/web`: its set-up, checks, and tests in a real Chromium.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::docs_pages;
use crate::project::{Error, Missing, Project, Result, command, major_minor, run, version_of};
use crate::typescript;

const PAGE: &str = "examples/web";
/// The script and style of the pages that `rapace docs` writes.
const DOCS_SCRIPT: &str = "cli/src/verbs/docs/page";

/// What Biome is asked for.
const BIOME: [&str; 4] = ["ci", "--colors=off", "--error-on-warnings", "."];

/// The oldest Node that Vite, which builds the page, runs on.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// What Chromium is called on the systems that have it.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The toolchain that is not there, if so.
pub fn missing() -> Option<Missing> {
    if let Some(missing) = typescript::missing() {
        return Some(missing);
    }
    let node = version_of("node", &["--version"]).and_then(|version| major_minor(&version));
    if node < Some(OLDEST_NODE) {
        let (major, minor) = OLDEST_NODE;
        return Some(Missing {
            tool: format!("Node {major}.{minor} or later"),
            cure: "install it from your system's packages or from nodejs.org".into(),
        });
    }
    browser().is_none().then(|| Missing {
        tool: "Chromium".into(),
        cure: "install the package `chromium` or `google-chrome`, or set CHROMIUM to the browser's path".into(),
    })
}

/// Generates the page's client, checks and builds the page, and looks at it with a browser.
pub fn test(project: &Project) -> Result {
    set_up(project)?;
    let page = project.path(PAGE);
    run(command(typescript::tool(project, "biome"), &page).args(BIOME))?;
    run(&mut tests(project, "test")?)
}

/// Checks the script and style of the pages of `rapace docs`, looks at the pages with a browser, and plays the conformance suite's
/// vectors to the codec in them.
pub fn test_docs(project: &Project) -> Result {
    set_up(project)?;
    run(command(typescript::tool(project, "biome"), project.path(DOCS_SCRIPT)).args(BIOME))?;
    let mut tests = tests(project, "test:docs")?;
    tests
        .env("DOCS_PAGES", docs_pages::write(project)?)
        .env("VECTORS", project.path("conformance/recorded/vectors"));
    run(&mut tests)
}

fn set_up(project: &Project) -> Result {
    let page = project.path(PAGE);
    let api = project.path("examples/bookshop/api.json");
    project.generate("typescript", &api, &page.join("bookshop"))?;
    typescript::setup(project)?;
    typescript::install(&page)
}

/// The script of this name, with what tests in a browser need.
fn tests(project: &Project, script: &str) -> Result<Command> {
    let (certificate, key) = certify(project)?;
    let mut tests = typescript::npm(&project.path(PAGE));
    tests
        .args(["run", "--silent", script])
        .env("BOOKSHOP_CERTIFICATE", certificate)
        .env("BOOKSHOP_KEY", key)
        .env("BOOKSHOP_SERVER", project.built("bookshop-server"))
        .env("BOOKSHOP_CLIENT", project.built("bookshop-client"))
        .envs(browser().map(|path| ("CHROMIUM", path)));
    Ok(tests)
}

/// Makes a certificate for this machine that no authority has signed, and its key; says in which files they are.
fn certify(project: &Project) -> Result<(PathBuf, PathBuf)> {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]);
    let made = made.map_err(|error| Error(format!("cannot make a certificate: {error}")))?;
    let folder = project.scratch("web")?;
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    fs::write(&certificate, made.cert.pem())?;
    fs::write(&key, made.signing_key.serialize_pem())?;
    Ok((certificate, key))
}

/// Where Chromium is: where `CHROMIUM` says, or else on the `PATH`.
fn browser() -> Option<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM") {
        return Some(path.into());
    }
    let path = env::var_os("PATH")?;
    let mut candidates =
        env::split_paths(&path).flat_map(|folder| BROWSERS.iter().map(move |browser| folder.join(browser)));
    candidates.find(|candidate| candidate.is_file())
}
