//! The generators, a line each.

use rapace_gen_core::Generator;

/// Every built-in generator, sorted by language.
pub fn generators() -> Vec<Box<dyn Generator>> {
    vec![]
}
