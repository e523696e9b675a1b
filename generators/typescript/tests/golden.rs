//! The output for every case is equal to the files in `golden/`.

use std::path::Path;

use rapace_gen_core::golden::{Variant, check_with};
use rapace_gen_core::{Files, GenerateError, Generator, Options};
use rapace_gen_typescript::TypeScript;
use rapace_schema::Api;

/// The API whose JavaScript and declarations are golden too. Those of the others follow from their sources.
const COMPILED: &str = "docs";

/// Their folder among golden files: version control ignores many a `dist`.
const COMPILED_FOLDER: &str = "compiled";

/// The generator without what is made of the sources.
struct Sources;

impl Generator for Sources {
    fn language(&self) -> &'static str {
        TypeScript.language()
    }

    fn generate(&self, api: &Api, options: &Options) -> Result<Files, GenerateError> {
        let files = TypeScript.generate(api, options)?;
        let mut golden = files.clone().without(|path| path.starts_with("dist/"));
        for (path, file) in files.iter().filter(|_| api.name == COMPILED) {
            let compiled = path.strip_prefix("dist/").filter(|path| !path.starts_with("rapace/"));
            if let Some(path) = compiled {
                golden.add(format!("{COMPILED_FOLDER}/{path}"), file.text.clone());
            }
        }
        Ok(golden)
    }
}

#[test]
fn output_is_golden() {
    let with = |name, api, option: &str, value: &str| Variant {
        name,
        api,
        options: Options {
            own: [(option.to_owned(), value.to_owned())].into(),
            ..Options::default()
        },
    };
    let int64 = include_str!("int64.json");
    let variants = [
        with(
            "typed-arrays",
            include_str!("typed-arrays.json"),
            "number-lists",
            "typed-arrays",
        ),
        with("int64-number", int64, "int64", "number"),
        with("int64-string", int64, "int64", "string"),
        with("meanings", include_str!("meanings.json"), "results", "throw"),
        with("presented", include_str!("../cases/presented.json"), "results", "throw"),
        with(
            "presented-union",
            include_str!("../cases/presented.json"),
            "results",
            "union",
        ),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    check_with(&Sources, &folder, &variants);
}
