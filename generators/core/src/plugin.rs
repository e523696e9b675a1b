//! Generators as programs of their own: `rapace gen --lang kotlin` runs `rapace-gen-kotlin` from the `PATH`.
//!
//! The program reads one [`Request`] as JSON from stdin and writes one [`Response`] as JSON to stdout: the same
//! structures that built-in generators exchange. What it prints on stderr is for people. It writes no files.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::ExitCode;

use rapace_schema::{Api, Package};
use serde::{Deserialize, Serialize};

use crate::{Files, Generator, Options, Runtime};

/// What a generator is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The services, sound as [`rapace_schema::validate`] has it.
    pub api: Api,
    /// Name of the package to make, if the user chooses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// `"vendored"`, `"package"`, `"package=NAME"` or `"path=PATH"`: where the generated code finds its runtime.
    pub runtime: String,
    /// What the package's manifest says; what is empty here is taken from the API.
    #[serde(default, skip_serializing_if = "Package::is_empty")]
    pub metadata: Package,
    /// Files for the package's root that hold its licence, each a name and a text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub license_files: Vec<(String, String)>,
    /// Options of the language alone, as the user writes them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub own: BTreeMap<String, String>,
}

/// What a generator answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// The texts of all files by their path in the package, `/` between its parts.
    Files(BTreeMap<String, String>),
    /// Why there are none.
    Error(String),
}

impl Request {
    /// The request for these options.
    pub fn new(api: &Api, options: &Options) -> Self {
        Self {
            api: api.clone(),
            package: options.package.clone(),
            runtime: options.runtime.to_string(),
            metadata: options.metadata.clone(),
            license_files: options.license_files.clone(),
            own: options.own.clone(),
        }
    }
}

/// The body of a plug-in's `main`: answers the request on stdin with what `generator` makes.
///
/// ```no_run
/// # struct Kotlin;
/// # impl rapace_gen_core::Generator for Kotlin {
/// #     fn language(&self) -> &'static str { "kotlin" }
/// #     fn generate(
/// #         &self,
/// #         _: &rapace_schema::Api,
/// #         _: &rapace_gen_core::Options,
/// #     ) -> Result<rapace_gen_core::Files, rapace_gen_core::GenerateError> { Ok(Default::default()) }
/// # }
/// fn main() -> std::process::ExitCode {
///     rapace_gen_core::plugin::answer(&Kotlin)
/// }
/// ```
pub fn answer(generator: &dyn Generator) -> ExitCode {
    let mut request = String::new();
    let read = std::io::stdin()
        .read_to_string(&mut request)
        .map_err(|error| error.to_string());
    let response = read
        .and_then(|_| respond(generator, &request))
        .unwrap_or_else(Response::Error);
    let text = serde_json::to_string(&response).unwrap_or_else(|error| unreachable!("texts are JSON: {error}"));
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn respond(generator: &dyn Generator, request: &str) -> Result<Response, String> {
    let request: Request = serde_json::from_str(request).map_err(|error| format!("not a request: {error}"))?;
    let options = Options {
        package: request.package,
        runtime: request.runtime.parse::<Runtime>()?,
        metadata: request.metadata,
        license_files: request.license_files,
        own: request.own,
    };
    let files: Files = options
        .check_own(generator)
        .and_then(|()| generator.generate(&request.api, &options))
        .map_err(|error| error.message)?;
    Ok(Response::Files(
        files
            .iter()
            .map(|(path, file)| (path.to_owned(), file.text.clone()))
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::{Request, Response, respond};
    use crate::{Files, GenerateError, Generator, Options, OwnOption, Runtime};

    /// Writes what it was asked.
    struct Echo;

    impl Generator for Echo {
        fn language(&self) -> &'static str {
            "echo"
        }

        fn own_options(&self) -> &'static [OwnOption] {
            &[OwnOption {
                name: "case",
                values: &["lower", "upper"],
                about: "Case of the letters.",
            }]
        }

        fn generate(&self, api: &rapace_schema::Api, options: &Options) -> Result<Files, GenerateError> {
            let package = options
                .package
                .clone()
                .ok_or_else(|| GenerateError::new("name a package"))?;
            let mut files = Files::new();
            let text = format!("{} {package} {}", api.name, options.runtime);
            let upper = options.own.get("case").is_some_and(|case| case == "upper");
            files.add("src/a.txt", if upper { text.to_uppercase() } else { text });
            Ok(files)
        }
    }

    fn ask(package: Option<&str>, runtime: Runtime) -> Result<Response, String> {
        ask_with(Options {
            package: package.map(str::to_owned),
            runtime,
            ..Options::default()
        })
    }

    fn ask_with(options: Options) -> Result<Response, String> {
        let text = include_str!("../../cases/structs.json");
        let request = Request::new(&rapace_schema::read(text).unwrap(), &options);
        respond(&Echo, &serde_json::to_string(&request).unwrap())
    }

    #[test]
    fn a_plug_in_answers_as_a_built_in_generator_does() {
        let files = |text: &str| Ok(Response::Files([("src/a.txt".to_owned(), text.to_owned())].into()));
        assert_eq!(ask(Some("p"), Runtime::Vendored), files("structs p vendored"));
        assert_eq!(ask(Some("p"), Runtime::Package(None)), files("structs p package"));
        assert_eq!(
            ask(Some("p"), Runtime::Package(Some("r".into()))),
            files("structs p package=r")
        );
        assert_eq!(ask(None, Runtime::Vendored), Err("name a package".into()));
        assert!(
            respond(&Echo, "{}")
                .unwrap_err()
                .starts_with("not a request: missing field `api`")
        );
    }

    #[test]
    fn options_of_the_language_are_passed_on_and_unknown_ones_refused() {
        let own = |name: &str, value: &str| {
            ask_with(Options {
                package: Some("p".into()),
                own: [(name.to_owned(), value.to_owned())].into(),
                ..Options::default()
            })
        };
        let text = "STRUCTS P VENDORED".to_owned();
        assert_eq!(
            own("case", "upper"),
            Ok(Response::Files([("src/a.txt".to_owned(), text)].into()))
        );
        assert_eq!(
            own("case", "title"),
            Err("option `case` is not `title`: it is one of lower, upper".into())
        );
        assert_eq!(
            own("font", "serif"),
            Err("unknown option `font`: known are case".into())
        );
    }
}
