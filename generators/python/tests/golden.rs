//! What the generator makes of every case stands in `golden/`.

use std::path::Path;

use rapace_gen_core::Options;
use rapace_gen_core::golden::{Variant, check_with};
use rapace_gen_python::Python;

#[test]
fn output_is_golden() {
    let frozen = Variant {
        name: "frozen",
        api: include_str!("../../cases/structs.json"),
        options: Options {
            package: Some("frozen".into()),
            own: [("frozen".to_owned(), "true".to_owned())].into(),
            ..Options::default()
        },
    };
    let presented = Variant {
        name: "presented",
        api: include_str!("../cases/presented.json"),
        options: Options {
            package: Some("acme-presented".into()),
            own: [("import-name".to_owned(), "presented".to_owned())].into(),
            license_files: vec![("LICENSE-MIT".into(), "The licence.\n".into())],
            ..Options::default()
        },
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    check_with(&Python, &folder, &[frozen, presented]);
}
