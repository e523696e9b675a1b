//! What is generated for every case is what stands in `golden/`.

use std::path::Path;

use rapace_gen_core::golden::check;
use rapace_gen_typescript::TypeScript;

#[test]
fn output_is_golden() {
    check(&TypeScript, &Path::new(env!("CARGO_MANIFEST_DIR")).join("golden"));
}
