//! What a request must be: every byte of its descriptor.

use rapace_schema::MethodKind;

use crate::frame::{DATA, EOS, Frame};
use crate::message::{Message, hex};

/// The request wants no reply but the stream's own frames.
const NO_REPLY: u32 = 0x100;
/// Payloads of so many bytes are in the descriptor too.
const INLINE: usize = 16;

/// The fields of a descriptor: name, first byte, length.
const FIELDS: [(&str, usize, usize); 11] = [
    ("msg_id", 0, 8),
    ("channel_id", 8, 4),
    ("method_id", 12, 4),
    ("payload_slot", 16, 4),
    ("payload_generation", 20, 4),
    ("payload_offset", 24, 4),
    ("payload_len", 28, 4),
    ("flags", 32, 4),
    ("credit_grant", 36, 4),
    ("deadline_ns", 40, 8),
    ("inline payload", 48, INLINE),
];

/// Whether a request of this method has the descriptor that it must have. The message's number is the session's own, and
/// not 0; the channel is odd.
///
/// # Errors
/// Which fields differ, and how.
pub fn check_descriptor(frame: &Frame, method: u32, kind: MethodKind) -> Result<(), String> {
    let payload = &frame.payload;
    let mut expected = Frame::answer(frame.channel(), payload).descriptor;
    expected[..8].copy_from_slice(&frame.descriptor[..8]);
    expected[12..16].copy_from_slice(&method.to_le_bytes());
    let flags = match kind {
        MethodKind::Unary => DATA | EOS,
        MethodKind::ServerStreaming => DATA | EOS | NO_REPLY,
    };
    expected[32..36].copy_from_slice(&flags.to_le_bytes());
    let inline = payload.len() <= INLINE;
    let slot = if inline { u32::MAX } else { 0 };
    expected[16..20].copy_from_slice(&slot.to_le_bytes());

    let mut message = Message::new("its request has another descriptor");
    let mut good = true;
    let mut wrong = |field: &str, at: usize, expected: String, came: &[u8]| {
        good = false;
        let text = format!("byte {at}: expected {expected}, came {}", hex(came));
        message = message.clone().line(field, text);
    };
    if frame.descriptor[..8] == [0; 8] {
        wrong("msg_id", 0, "any number but 0".into(), &frame.descriptor[..8]);
    }
    if frame.channel().is_multiple_of(2) {
        wrong("channel_id", 8, "an odd number".into(), &frame.descriptor[8..12]);
    }
    for (name, at, length) in FIELDS {
        let (expected, came) = (&expected[at..at + length], &frame.descriptor[at..at + length]);
        if expected != came {
            wrong(name, at, hex(expected), came);
        }
    }
    match good {
        true => Ok(()),
        false => Err(message.into()),
    }
}
