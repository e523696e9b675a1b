//! What the raw peer hears.

use crate::frame::Frame;

/// What comes from the testee.
#[derive(Debug)]
pub enum Arrival {
    /// A frame.
    Frame(Frame),
    /// A WebSocket's control frame.
    Control {
        /// Which one.
        opcode: u8,
        /// What it carries.
        payload: Vec<u8>,
    },
    /// What must not be sent. Nothing of use follows.
    Wrong(String),
    /// The end, in this way.
    Closed(String),
}
