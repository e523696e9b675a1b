//! Scenarios: what testee and raw peer do on a connection, step by step.

mod model;
mod play;
mod source;

pub use self::model::{Many, Order, Request, Scenario, Scenarios, Sending, Sent, Step, pattern};
pub use self::play::play;
pub use self::source::{Replaced, read_all};

#[cfg(test)]
mod tests;
