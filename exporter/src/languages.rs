//! The generators, a line each.

use rapace_gen_core::Generator;

/// Every built-in generator, sorted by language.
pub fn generators() -> Vec<Box<dyn Generator>> {
    vec![
        Box::new(rapace_gen_go::Go),
        Box::new(rapace_gen_python::Python),
        Box::new(rapace_gen_typescript::TypeScript),
    ]
}
