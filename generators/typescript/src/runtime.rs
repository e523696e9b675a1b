//! Where generated code finds its runtime: inside its own package, or in another one, which this module makes too.

use rapace_gen_core::{Files, GenerateError, Options, Runtime};

use crate::choices::Choices;
use crate::imports::RuntimePaths;
use crate::manifest::{self, About};
use crate::npm::check_package_name;
use crate::package::{license_files, made_for};

/// The npm package of the runtime, where nothing else is asked for.
const PACKAGE: &str = "rapace";

/// The module of another package that generated code imports. The version is in its name, so that code and runtime that do not fit are
/// an error of the compiler, the bundler and the engine.
const CODEGEN: &str = "codegen6";

/// The version of the published runtime that generated code asks for: this one, or a later one that fits.
const VERSION: &str = concat!("^", env!("CARGO_PKG_VERSION"));

/// The modules of the runtime's package.
const MODULES: [(&str, &str); 5] = [
    (".", "index"),
    ("./codegen6", "codegen"),
    ("./node", "node"),
    ("./opentelemetry", "opentelemetry"),
    ("./web", "web"),
];

/// Where generated code finds its runtime.
pub(crate) enum Source {
    /// Beside it.
    Vendored,
    /// In the package of this name, of which the manifest says this version or place.
    Package(String, String),
}

impl Source {
    /// What was asked for.
    ///
    /// # Errors
    /// When npm does not take the name of the runtime's package.
    pub(crate) fn of(runtime: &Runtime) -> Result<Self, GenerateError> {
        Ok(match runtime {
            Runtime::Vendored => Self::Vendored,
            Runtime::Package(name) => {
                let name = name.as_deref().unwrap_or(PACKAGE);
                check_package_name(name)?;
                Self::Package(name.to_owned(), VERSION.to_owned())
            }
            // npm installs what lies in a folder under the name that the manifest gives it.
            Runtime::Path(path) => Self::Package(PACKAGE.to_owned(), format!("file:{path}")),
        })
    }

    /// The name of the runtime's package, unless it lies beside the code.
    pub(crate) fn package(&self) -> Option<&str> {
        match self {
            Self::Vendored => None,
            Self::Package(name, _) => Some(name),
        }
    }

    /// What the manifest says of the runtime.
    pub(crate) fn dependency(&self) -> Option<(&str, String)> {
        match self {
            Self::Vendored => None,
            Self::Package(name, version) => Some((name, version.clone())),
        }
    }

    /// Where modules import it from.
    pub(crate) fn paths(&self) -> RuntimePaths {
        match self {
            Self::Package(name, _) => RuntimePaths {
                from_root: format!("{name}/{CODEGEN}"),
                from_services: format!("{name}/{CODEGEN}"),
            },
            Self::Vendored => RuntimePaths {
                from_root: "./rapace/codegen.js".into(),
                from_services: "../rapace/codegen.js".into(),
            },
        }
    }
}

/// The runtime alone, as a package.
pub(crate) fn package(options: &Options) -> Result<Files, GenerateError> {
    let name = options.package.as_deref().unwrap_or(PACKAGE);
    check_package_name(name)?;
    let mut files = Files::new();
    let mut metadata = options.metadata.clone();
    // Packages ask for this version of the runtime.
    (metadata.version).get_or_insert_with(|| env!("CARGO_PKG_VERSION").to_owned());
    let target = Choices::from(options).target;
    let about = About {
        name,
        description: "The runtime of clients and handlers of rapace services".to_owned(),
        metadata: &metadata,
        target,
        modules: MODULES.to_vec(),
        runtime: None,
        foreign: Vec::new(),
        license_files: license_files(options, &mut files),
    };
    files.add("package.json", manifest::package_json(&about));
    files.add("README.md", readme(name));
    for (path, text) in rapace_runtimes::TYPESCRIPT {
        files.add_runtime(format!("src/{path}"), *text);
    }
    Ok(made_for(target, files))
}

fn readme(name: &str) -> String {
    format!(
        "# {name}\n\nThe runtime of clients and handlers of rapace services: connections, calls, streams, errors and hosts. Packages that \
         `rapace gen --runtime` makes\nimport it, so that the clients of several APIs share connections, errors and interceptors.\n\n```ts\n\
         import {{ connect, createClient }} from \"{name}/node\";\nimport {{ isRapaceError }} from \"{name}\";\n```\n\n`{name}/node` is for \
         Node, Deno and Bun, `{name}/web` for pages and workers.\n"
    )
}
