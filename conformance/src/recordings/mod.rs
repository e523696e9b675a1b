//! Recordings: what Rust's own client and Rust's own servers sent to each other, and how that is played.

mod model;
mod replay;
mod served;

pub use self::model::{Answer, Exchange, Form, Provenance, Recording, Recordings};
pub use self::replay::add;
pub use self::served::add_served;
