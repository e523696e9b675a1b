//! Vectors: values and their bytes. Each is a call that the raw peer answers with recorded bytes.

mod check;
mod model;
pub mod returned;
mod run;
pub mod served;

pub use self::check::Check;
pub use self::model::{Case, Refusal, Vectors};
pub use self::run::run;
