//! What `README.md` says.

use std::collections::BTreeSet;

use rapace_gen_core::{Call, GenerateError, Options, Runtime};
use rapace_schema::Package as Metadata;

use crate::docs::literal;
use crate::extra::WEBSOCKET;
use crate::lower::Example;
use crate::package::Package;
use crate::view::{OneCall, Program, Readme};

/// The README of a package with this metadata, which is about this, with these examples.
pub(crate) fn readme(package: &Package, metadata: Metadata, about: String, examples: Vec<Example>) -> Readme<'_> {
    let module = &package.module;
    let first = module.split('/').next().unwrap_or(module);
    let local = (!first.contains('.')).then(|| {
        format!(
            "`{module}` is a name that no server has: choose the path of its repository, `--package github.com/ACME/{module}`, or use it \
             from a folder: `go mod edit -require {module}@v0.0.0 -replace {module}=FOLDER`."
        )
    });
    let local = local.or_else(|| {
        let folder = package.folder.as_ref()?;
        Some(format!(
            "Its runtime is in the folder `{folder}`, which a program names as well: `go mod edit -replace {}=FOLDER`.",
            package.runtime
        ))
    });
    let major = metadata.version.as_deref().and_then(|version| major(version, module));
    Readme {
        module,
        go: package.go,
        runtime: &package.runtime,
        description: metadata.description,
        about,
        local,
        version: metadata.version,
        major,
        license: metadata.license,
        program: (!examples.is_empty()).then(|| program(package, examples)),
    }
}

/// A program that calls these functions.
pub(crate) fn program(package: &Package, examples: Vec<Example>) -> Program<'_> {
    let mut standard = BTreeSet::from(["context", "log", "os"]);
    standard.extend(examples.iter().flat_map(|example| &example.imports));
    let names: Vec<&str> = examples.iter().map(|example| example.name.as_str()).collect();
    Program {
        standard,
        runtime: &package.runtime,
        import: import(package),
        calls: names.join(", "),
        examples: examples.into_iter().map(|example| example.lines).collect(),
    }
}

/// The runtime's package for WebSockets, where the call needs it.
///
/// # Errors
/// When the package does not have it.
pub(crate) fn websocket(
    package: &Package,
    options: &Options,
    call: &Call<'_>,
) -> Result<Option<String>, GenerateError> {
    let is_there = package.extras.iter().any(|extra| extra.name == WEBSOCKET);
    match (call.is_web(), &options.runtime) {
        (false, _) => Ok(None),
        (true, Runtime::Vendored) if !is_there => Err(GenerateError::new(format!(
            "the package has no WebSockets: generate it with the option {WEBSOCKET}=true"
        ))),
        (true, _) => Ok(Some(format!("{}/{WEBSOCKET}", package.runtime))),
    }
}

/// What is passed to `rapace.Dial`.
pub(crate) fn dialled(call: &Call<'_>, is_web: bool) -> Vec<String> {
    let mut arguments = vec!["ctx".to_owned(), literal(call.address)];
    if is_web {
        arguments.push("rapace.WithWebSocket(websocket.Handshake)".into());
    }
    arguments
}

/// A program that makes one call with the function `run`.
pub(crate) fn one_call<'p>(package: &'p Package, websocket: Option<String>, run: Example) -> OneCall<'p> {
    let mut standard = run.imports;
    standard.extend(["context", "log"]);
    OneCall {
        standard,
        import: import(package),
        runtime: &package.runtime,
        websocket,
        lines: run.lines,
    }
}

/// The package as a program imports it.
fn import(package: &Package) -> String {
    let module = &package.module;
    match module.rsplit('/').next() == Some(&package.name) {
        true => format!("\"{module}\""),
        false => format!("{} \"{module}\"", package.name),
    }
}

/// What is to be done for a version from 2 on, which Go wants in the module's path.
fn major(version: &str, module: &str) -> Option<String> {
    let major: u64 = version.split('.').next()?.parse().ok()?;
    let suffix = format!("/v{major}");
    (major > 1 && !module.ends_with(&suffix)).then(|| {
        format!("Go wants the major version in the path of the module: generate it with `--package {module}{suffix}`.")
    })
}
