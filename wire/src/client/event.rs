//! What a call expects, and what happens to it.

use super::error::Lost;
use crate::status::Status;

/// What answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// One value.
    Unary,
    /// Items, then the end.
    Stream,
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The answer, or an item of a stream.
    Value(Vec<u8>),
    /// The stream has ended.
    End,
    /// The call failed.
    Failed(Status),
    /// More items wait than the client keeps.
    Overflow,
    /// There is no connection any more.
    Lost(Lost),
    /// The deadline has passed.
    TimedOut,
    /// The client was [interrupted](super::Client::interrupter).
    Interrupted,
}
