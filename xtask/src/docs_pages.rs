//! The pages of `rapace docs` that the tests in a browser look at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use rapace_schema::{Api, Field, Fields, Style, TypeDef, TypeKind, TypeRef, method_id, read, to_json};

use crate::project::{Error, Project, Result, run};
use crate::said::say;

const BOOKSHOP: &str = "examples/bookshop/api.json";
/// How many services the large API has, and how many methods each of them.
const SERVICES: usize = 1000;
const METHODS: usize = 5;
/// What a page must not take for anything but text.
const HOSTILE: &str = "</script><script>globalThis.hacked = 1</script><!-- <img src=x onerror=\"globalThis.hacked = 1\"> \
                       [a](javascript:globalThis.hacked=1) ![b](https://example.com/b.png) ' \" & `c` \u{202e}drow";

/// Writes the pages of the bookshop, of the conformance suite's fixtures, of hostile texts and of 1,000 services. Returns their
/// folder.
pub fn write(project: &Project) -> Result<PathBuf> {
    let folder = project.scratch("docs-pages")?;
    let bookshop = project.path(BOOKSHOP);
    let api = read(&fs::read_to_string(&bookshop)?).map_err(|error| Error(format!("{BOOKSHOP}: {error}")))?;
    page(project, &bookshop, &folder.join("bookshop.html"))?;
    let fixtures = project.path("conformance/fixtures/api.json");
    page(project, &fixtures, &folder.join("fixtures.html"))?;
    for (name, api) in [("hostile", hostile(api.clone())), ("large", large(&api))] {
        let path = folder.join(format!("{name}.json"));
        fs::write(&path, to_json(&api))?;
        let start = Instant::now();
        page(project, &path, &folder.join(format!("{name}.html")))?;
        say(&format!("    {name}: written in {} ms", start.elapsed().as_millis()));
    }
    Ok(folder)
}

fn page(project: &Project, api: &Path, out: &Path) -> Result {
    run(Command::new(project.built("rapace"))
        .arg("docs")
        .arg(api)
        .arg("--out")
        .arg(out))
}

/// An API whose every text is hostile.
fn hostile(mut api: Api) -> Api {
    // A description has no hidden characters: it is a line of a manifest.
    api.package.description = Some(HOSTILE.replace('\u{202e}', ""));
    for service in &mut api.services {
        service.doc = HOSTILE.into();
        service.deprecated = Some(HOSTILE.into());
        for method in &mut service.methods {
            method.doc = format!("# {HOSTILE}\n\n```{HOSTILE}\n{HOSTILE}");
            method.deprecated = Some(HOSTILE.into());
        }
    }
    let field = Field {
        name: "text".into(),
        doc: HOSTILE.into(),
        default: true,
        default_value: Some(HOSTILE.into()),
        ty: TypeRef::String,
        ..Field::default()
    };
    api.types.push(TypeDef {
        name: "Zhostile".into(),
        rust: "Zhostile<'\"&>".into(),
        doc: HOSTILE.into(),
        kind: TypeKind::Struct(Fields {
            style: Style::Struct,
            fields: vec![field],
        }),
        ..TypeDef::default()
    });
    if let Some(method) = api.services.first_mut().and_then(|service| service.methods.first_mut()) {
        method.response = TypeRef::Named("Zhostile".into());
    }
    api
}

/// The bookshop's types and methods in 1,000 services.
fn large(api: &Api) -> Api {
    let mut large = api.clone();
    large.services.clear();
    for index in 0..SERVICES {
        let mut service = api.services[index % api.services.len()].clone();
        service.name = format!("{}{index:04}", service.name);
        service.methods.truncate(METHODS);
        for method in &mut service.methods {
            method.wire_name = format!("{}.{}", service.name, method.name);
            method.id = method_id(&method.wire_name);
        }
        large.services.push(service);
    }
    large.services.sort_by(|a, b| a.name.cmp(&b.name));
    large
}
