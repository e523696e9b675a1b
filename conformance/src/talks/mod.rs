//! Talks: commands for a testee that is connected to real servers, of TLS and of rapace 0.5.0, and the answers that it must give.

pub mod callers;
mod certificates;
pub mod live;
mod talk;
pub mod tls;

pub use self::talk::{Expected, Talker, Turn};
