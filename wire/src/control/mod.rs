//! Control frames. They travel on channel 0; the field of the method says which one a frame is.

mod payload;

use crate::frame::{CONTROL, Frame};

pub use payload::{
    CancelReason, CloseReason, Entries, Payload, PayloadError, cancel_channel, close_channel, open_channel, ping, pong,
};

/// Opens a channel.
pub const OPEN_CHANNEL: u32 = 1;
/// Closes a channel.
pub const CLOSE_CHANNEL: u32 = 2;
/// Asks the peer to stop working on a channel.
pub const CANCEL_CHANNEL: u32 = 3;
/// Grants credits for a channel.
pub const GRANT_CREDITS: u32 = 4;
/// Asks whether the peer is alive.
pub const PING: u32 = 5;
/// Answers a ping.
pub const PONG: u32 = 6;

/// The names of control frames, by method.
pub const CONTROLS: [(&str, u32); 6] = [
    ("OpenChannel", OPEN_CHANNEL),
    ("CloseChannel", CLOSE_CHANNEL),
    ("CancelChannel", CANCEL_CHANNEL),
    ("GrantCredits", GRANT_CREDITS),
    ("Ping", PING),
    ("Pong", PONG),
];

/// The name of the control frame with this method.
pub fn control_name(method: u32) -> Option<&'static str> {
    let found = CONTROLS.iter().find(|(_, number)| *number == method);
    found.map(|(name, _)| *name)
}

/// A control frame with this method and this payload.
pub fn frame(message: u64, method: u32, payload: &[u8]) -> Frame {
    Frame::of(0, CONTROL, payload).calling(method).with_message(message)
}

/// The frame that asks the peer to stop working on a channel. Plain servers of rapace 0.5.0 skip it.
pub fn cancel(message: u64, channel: u32, reason: CancelReason) -> Frame {
    frame(message, CANCEL_CHANNEL, &cancel_channel(channel, reason))
}

#[cfg(test)]
mod tests {
    use super::{CancelReason, cancel, control_name};

    #[test]
    fn a_cancellation_names_channel_and_reason() {
        let frame = cancel(9, 301, CancelReason::Deadline);
        assert_eq!((frame.message(), frame.channel(), frame.method()), (9, 0, 3));
        assert_eq!(frame.payload, [2, 0xad, 2, 1]);
        assert_eq!(control_name(frame.method()), Some("CancelChannel"));
        assert_eq!(control_name(7), None);
    }
}
