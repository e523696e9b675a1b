//! What a request must be: every byte of its descriptor.

use crate::message::{Message, hex};
use rapace_schema::MethodKind;
use rapace_wire::Status;
use rapace_wire::frame::{DATA, DESCRIPTOR, EOS, ERROR, FIELDS, Frame, NO_REPLY, flag_names};

/// Whether a request of this method has the descriptor that it must have. The message's number is the session's own, and
/// not 0; the channel is odd.
///
/// # Errors
/// Which fields differ, and how.
pub fn check_descriptor(frame: &Frame, method: u32, kind: MethodKind) -> Result<(), String> {
    let flags = match kind {
        MethodKind::Unary => DATA | EOS,
        MethodKind::ServerStreaming => DATA | EOS | NO_REPLY,
    };
    let expected = Frame::of(frame.channel(), flags, &frame.payload).calling(method);
    same_fields(frame, expected, "its request has another descriptor")
}

/// Whether a notification of this method has the descriptor that it must have: that of a stream's request, on channel 0.
///
/// # Errors
/// Which fields differ, and how.
pub fn check_notice(frame: &Frame, method: u32) -> Result<(), String> {
    // All but the channel is as in a request, which is on another channel.
    let request = frame.clone().on_channel(1);
    let expected = Frame::of(1, DATA | EOS | NO_REPLY, &frame.payload).calling(method);
    same_fields(&request, expected, "its notification has another descriptor")
}

/// Whether a request is the one that Rust's own client sent, but for the message's number and the channel, which a session
/// chooses by itself.
///
/// # Errors
/// Which fields differ, and how.
pub fn check_recorded(frame: &Frame, recorded: &Frame) -> Result<(), String> {
    let recorded = recorded.clone().on_channel(frame.channel());
    if frame.payload != recorded.payload {
        let message = Message::new("its request has another payload than that of Rust's own client");
        return Err(message.bytes(&recorded.payload, "", &frame.payload, "").into());
    }
    same_fields(
        frame,
        recorded,
        "its request has another descriptor than that of Rust's own client",
    )
}

/// Whether an answer is this one, byte for byte.
///
/// # Errors
/// Which fields differ, and how.
pub fn check_answer(frame: &Frame, expected: &Frame) -> Result<(), String> {
    let mut message = Message::new("another frame came than this answer");
    for (name, at, length) in FIELDS {
        let (wanted, came) = (
            &expected.descriptor[at..at + length],
            &frame.descriptor[at..at + length],
        );
        if wanted != came {
            let meaning = |bytes: &[u8]| match name {
                "flags" => in_words(bytes),
                _ => String::new(),
            };
            let text = format!(
                "byte {at}: expected {}{}, came {}{}",
                hex(wanted),
                meaning(wanted),
                hex(came),
                meaning(came)
            );
            message = message.line(name, text);
        }
    }
    if frame == expected {
        return Ok(());
    }
    Err(message
        .bytes(&expected.payload, "", &frame.payload, &error_text(frame))
        .into())
}

/// Whether a frame is the error of this channel and code, with this message or with one that has these texts in it.
///
/// # Errors
/// What came instead.
pub fn check_error(
    frame: &Frame,
    (channel, code): (u32, u32),
    message: Option<&str>,
    contains: &[String],
) -> Result<(), String> {
    let text = message.map_or_else(|| message_of(&frame.payload), |message| Some(message.to_owned()));
    let text = text.unwrap_or_default();
    let payload = Status {
        code,
        message: text.clone(),
    }
    .to_bytes();
    check_answer(frame, &Frame::of(channel, ERROR | EOS, &payload))?;
    match contains.iter().find(|part| !text.contains(part.as_str())) {
        None => Ok(()),
        Some(part) => Err(Message::new("its error has another message")
            .line("expected", format_args!("a message with {part:?}"))
            .line("came", format_args!("{text:?}"))
            .into()),
    }
}

/// The message of an error's payload, where it is one.
pub fn message_of(payload: &[u8]) -> Option<String> {
    let text = payload.get(8..)?;
    String::from_utf8(text.to_vec()).ok()
}

/// What an error frame says, in words.
fn error_text(frame: &Frame) -> String {
    let code = frame.payload.first_chunk().map(|code| u32::from_le_bytes(*code));
    match (frame.flags() & ERROR != 0, code, message_of(&frame.payload)) {
        (true, Some(code), Some(text)) => format!(", the error {code} {text:?}"),
        _ => String::new(),
    }
}

fn same_fields(frame: &Frame, expected: Frame, summary: &str) -> Result<(), String> {
    let mut expected: [u8; DESCRIPTOR] = expected.descriptor;
    expected[..8].copy_from_slice(&frame.descriptor[..8]);
    let mut message = Message::new(summary);
    let mut good = true;
    let mut wrong = |field: &str, at: usize, expected: String, came: &[u8]| {
        good = false;
        let meaning = if field == "flags" {
            in_words(came)
        } else {
            String::new()
        };
        let text = format!("byte {at}: expected {expected}, came {}{meaning}", hex(came));
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
            let meaning = if name == "flags" {
                in_words(expected)
            } else {
                String::new()
            };
            wrong(name, at, hex(expected) + &meaning, came);
        }
    }
    match good {
        true => Ok(()),
        false => Err(message.into()),
    }
}

/// ` (DATA, EOS)`.
fn in_words(bytes: &[u8]) -> String {
    let flags = bytes.iter().rev().fold(0, |flags, byte| flags << 8 | u32::from(*byte));
    format!(" ({})", flag_names(flags).join(", "))
}
