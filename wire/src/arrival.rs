//! What a peer sends.

use crate::frame::Frame;

/// What comes from the peer.
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
    /// The end, between two frames.
    Ended,
    /// The end, with this error.
    Lost(std::io::Error),
}
