//! Where generated code finds its runtime: inside its own package, or in a published one.

use rapace_gen_core::{Files, GenerateError, Runtime};

use crate::names::is_importable;

/// The name under which the runtime is published.
const PUBLISHED: &str = "rapace";
/// The name of a runtime that lies in a folder.
pub const IN_FOLDER: &str = "rapace-runtime";

/// The version of the runtime's `codegen` module that generated code is written for.
pub const SURFACE: u32 = 8;

/// The runtime as generated code sees it.
pub struct Source {
    /// The published package to import, or None for the copy inside the generated one.
    module: Option<String>,
    /// The name under which it is published or installed.
    pub distribution: Option<String>,
    /// The folder that it is in, from the root of the package.
    pub path: Option<String>,
    /// What `pyproject.toml` demands: `rapace>=0.1.0,<0.2`.
    pub requirement: Option<String>,
    /// What the package's extra `opentelemetry` demands.
    pub opentelemetry: String,
    /// What the package's extra `websocket` demands.
    pub websocket: String,
}

impl Source {
    /// The source that the user chose for `package`. A runtime in a folder is called `in_folder`, or as it usually is.
    ///
    /// # Errors
    /// When the published package's name is none, or is that of the generated package.
    pub fn new(runtime: &Runtime, package: &str, in_folder: Option<&str>) -> Result<Self, GenerateError> {
        let (published, path) = match runtime {
            Runtime::Vendored => {
                return Ok(Self {
                    module: None,
                    distribution: None,
                    path: None,
                    requirement: None,
                    opentelemetry: "opentelemetry-api>=1.30".into(),
                    websocket: "websockets>=14".into(),
                });
            }
            Runtime::Package(name) => (name.as_deref().unwrap_or(PUBLISHED), None),
            Runtime::Path(path) => (in_folder.unwrap_or(IN_FOLDER), Some(path.clone())),
        };
        let module = published.replace('-', "_");
        if !module.split('.').all(is_importable) {
            let message = format!(
                "runtime package {published:?} is no name of a Python package: letters, digits, `_`, `-` and `.` make one"
            );
            return Err(GenerateError::new(message));
        }
        if module == package {
            let message = format!(
                "the generated package and its runtime are both called {package:?}: choose another with --package"
            );
            return Err(GenerateError::new(message));
        }
        let [major, minor, patch] = [
            env!("CARGO_PKG_VERSION_MAJOR"),
            env!("CARGO_PKG_VERSION_MINOR"),
            env!("CARGO_PKG_VERSION_PATCH"),
        ];
        let next = match (major, minor.parse::<u64>()) {
            ("0", Ok(minor)) => format!("0.{}", minor + 1),
            _ => major
                .parse::<u64>()
                .map_or_else(|_| major.to_owned(), |major| (major + 1).to_string()),
        };
        let versions = format!(">={major}.{minor}.{patch},<{next}");
        Ok(Self {
            distribution: Some(published.to_owned()),
            path,
            requirement: Some(format!("{published}{versions}")),
            opentelemetry: format!("{published}[opentelemetry]{versions}"),
            websocket: format!("{published}[websocket]{versions}"),
            module: Some(module),
        })
    }

    /// True when the runtime is another package. It is imported in a separate block.
    pub fn is_published(&self) -> bool {
        self.module.is_some()
    }

    /// The statement that makes the runtime a member of the package: `from . import rapace`.
    pub fn published_import(&self) -> Option<String> {
        let module = self.module.as_deref()?;
        Some(if module == "rapace" {
            "import rapace".into()
        } else {
            format!("import {module} as rapace")
        })
    }

    /// The runtime as a module `up` folders above the one that imports it names it: `..rapace`.
    pub fn module(&self, up: usize) -> String {
        match &self.module {
            Some(module) => module.clone(),
            None => format!(".{}rapace", ".".repeat(up)),
        }
    }

    /// Adds the runtime's sources to the package whose sources are at `root`, if they belong there.
    pub fn add_sources(&self, files: &mut Files, root: &str) {
        if self.module.is_none() {
            for (path, text) in rapace_runtimes::PYTHON {
                files.add_runtime(format!("{root}/rapace/{path}"), *text);
            }
        }
    }
}
