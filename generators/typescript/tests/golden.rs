//! The output for every case is equal to the files in `golden/`.

use std::path::Path;

use rapace_gen_core::Options;
use rapace_gen_core::golden::{Variant, check_with};
use rapace_gen_typescript::TypeScript;

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
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    check_with(&TypeScript, &folder, &variants);
}
