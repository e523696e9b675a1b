//! The thread that reads.

use std::io::{self, BufRead, BufReader, ErrorKind};

use super::error::Lost;
use super::halves::ReadHalf;
use super::options::READ_BYTES;
use super::session::Session;
use super::writer::Wraps;
use crate::arrival::Arrival;
use crate::frame::{Frame, LengthError};
use crate::websocket::{CLOSE, Message, PING, PONG, Reader};

/// What a server of HTTP begins with.
const HTTP: &[u8] = b"HTTP";
/// What a server of TLS begins with: an alert, in any version.
const TLS: &[u8] = &[0x15, 3];

/// What is read, and the longest frame.
pub(super) struct Input {
    pub(super) half: ReadHalf,
    pub(super) longest: usize,
}

/// Reads until the end, which every call learns of.
pub(super) fn run(session: &Session, input: Input) {
    let lost = match session.writer().wraps() {
        Wraps::Length => plain(session, input),
        Wraps::Message => messages(session, input),
    };
    session.lose(lost);
}

fn plain(session: &Session, Input { half, longest }: Input) -> Lost {
    let mut reader = BufReader::with_capacity(READ_BYTES, half);
    match reader.fill_buf() {
        Ok(first) if first.starts_with(HTTP) => return Lost::Http,
        Ok(first) if first.starts_with(TLS) => return Lost::Tls,
        _ => {}
    }
    while session.has_room() {
        match Frame::read_within(&mut reader, longest) {
            Ok(Some(frame)) => session.receive(frame),
            Ok(None) => return Lost::Closed,
            Err(error) => return broken(&error),
        }
    }
    Lost::Closed
}

fn messages(session: &Session, Input { half, longest }: Input) -> Lost {
    let mut reader = Reader::new(half, false).within(longest);
    while session.has_room() {
        match reader.read() {
            Arrival::Frame(frame) => session.receive(frame),
            Arrival::Control { opcode: PING, payload } => {
                session.reply(Message::new(PONG, payload).masked().to_bytes());
            }
            Arrival::Control { opcode: CLOSE, payload } => {
                session.reply(Message::new(CLOSE, payload).masked().to_bytes());
                return Lost::Closed;
            }
            Arrival::Control { .. } => {}
            Arrival::Wrong(what) => return Lost::Protocol(what),
            Arrival::Ended => return Lost::Closed,
            Arrival::Lost(error) => return broken(&error),
        }
    }
    Lost::Closed
}

fn broken(error: &io::Error) -> Lost {
    let inner = error.get_ref();
    if inner.is_some_and(|inner| inner.is::<LengthError>()) {
        return Lost::Protocol(error.to_string());
    }
    match error.kind() {
        ErrorKind::UnexpectedEof => Lost::Io("it ended within a frame".into()),
        _ => Lost::Io(error.to_string()),
    }
}
