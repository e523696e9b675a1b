//! Talks: what a testee is told while it is connected to real servers, of TLS and of rapace 0.5.0, and must say.

mod certificates;
pub mod live;
mod talk;
pub mod tls;

pub use self::talk::{Expected, Talker, Turn};
