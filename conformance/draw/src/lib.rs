//! Numbers, and values of described types, drawn by chance: the same ones for the same seed, wherever it runs.

mod random;
#[cfg(feature = "values")]
mod values;

pub use random::Random;
#[cfg(feature = "values")]
pub use values::Values;
