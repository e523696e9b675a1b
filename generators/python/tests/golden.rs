//! What the generator makes of every case stands in `golden/`.

use std::path::Path;

use rapace_gen_python::Python;

#[test]
fn golden() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    rapace_gen_core::golden::check(&Python, &folder);
}
