//! What is generated for every case is what stands in `golden/`.

use std::path::Path;

use rapace_gen_core::Options;
use rapace_gen_core::golden::{Variant, check_with};
use rapace_gen_typescript::TypeScript;

#[test]
fn output_is_golden() {
    let typed_arrays = Variant {
        name: "typed-arrays",
        api: include_str!("typed-arrays.json"),
        options: Options {
            own: [("number-lists".to_owned(), "typed-arrays".to_owned())].into(),
            ..Options::default()
        },
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    check_with(&TypeScript, &folder, &[typed_arrays]);
}
