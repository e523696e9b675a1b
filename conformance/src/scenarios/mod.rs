//! Scenarios: what testee and raw peer do on a connection, step by step.

mod many;
mod model;
mod play;
mod sent;
mod source;

pub use self::many::{Many, Order};
pub use self::model::{Scenario, Scenarios, Step, pattern};
pub use self::play::play;
pub use self::sent::{Request, Sending, Sent};
pub use self::source::{Replaced, read_all};

#[cfg(test)]
mod tests;
