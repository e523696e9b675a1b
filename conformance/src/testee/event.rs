//! What a testee does, and what it should not.

use std::fmt;

use rapace_wire::frame::Frame;
use serde_json::Value;

/// What a testee does.
#[derive(Debug)]
pub enum Event {
    /// It printed a line.
    Said(Value),
    /// It sent a frame.
    Sent(Frame),
    /// It sent a WebSocket's control frame.
    Control {
        /// Which one.
        opcode: u8,
        /// What it carries.
        payload: Vec<u8>,
    },
    /// It sent what it must not.
    Wrong(String),
    /// Its connection ended, in this way.
    Closed(String),
}

/// What a thread that watches it tells: what its standard output says, or a connection of this number.
pub(super) enum Happened {
    Out(Result<Event, End>),
    On(u32, Event),
}

/// How its standard output ended.
pub(super) enum End {
    /// It closed it, most likely by ending itself.
    Closed,
    /// It printed what is no JSON.
    Garbage(String),
}

/// Why a case cannot be judged: the testee does not answer as the contract has it. It is started anew then.
#[derive(Debug, Clone)]
pub enum Failure {
    /// It ended, in this way.
    Crashed(String),
    /// It did nothing for so long that nobody waits any more.
    Hung(String),
    /// It lives, but breaks the contract in this way.
    Broken(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crashed(how) => write!(f, "it crashed: {how}"),
            Self::Hung(how) | Self::Broken(how) => f.write_str(how),
        }
    }
}
