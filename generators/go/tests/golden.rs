//! The output for every case stands in `golden/`.

use std::path::Path;

use rapace_gen_core::golden;
use rapace_gen_go::Go;

#[test]
fn output_is_golden() {
    golden::check(&Go, &Path::new(env!("CARGO_MANIFEST_DIR")).join("golden"));
}
