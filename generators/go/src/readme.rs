//! What `README.md` says.

use rapace_schema::Package as Metadata;

use crate::package::Package;
use crate::view::{Program, Readme};

/// The README of a package with this metadata, which is about this, with these examples.
pub(crate) fn readme(
    package: &Package,
    metadata: Metadata,
    about: String,
    examples: Vec<(String, Vec<String>)>,
) -> Readme<'_> {
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
    let (names, functions): (Vec<String>, Vec<Vec<String>>) = examples.into_iter().unzip();
    Readme {
        module,
        go: package.go,
        runtime: &package.runtime,
        import: import(package),
        description: metadata.description,
        about,
        local,
        version: metadata.version,
        major,
        license: metadata.license,
        calls: names.join(", "),
        prints: print(&functions),
        examples: functions,
    }
}

/// A program of one call: a function with its name.
pub(crate) fn program(package: &Package, (name, function): (String, Vec<String>)) -> Program<'_> {
    let examples = vec![function];
    Program {
        runtime: &package.runtime,
        import: import(package),
        calls: name,
        prints: print(&examples),
        examples,
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

fn print(functions: &[Vec<String>]) -> bool {
    functions.iter().flatten().any(|line| line.contains("fmt."))
}

/// What is to be done for a version from 2 on, which Go wants in the module's path.
fn major(version: &str, module: &str) -> Option<String> {
    let major: u64 = version.split('.').next()?.parse().ok()?;
    let suffix = format!("/v{major}");
    (major > 1 && !module.ends_with(&suffix)).then(|| {
        format!("Go wants the major version in the path of the module: generate it with `--package {module}{suffix}`.")
    })
}
