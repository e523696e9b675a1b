//! WebSocket: the handshake and the headers of messages are a library's; messages are written as their fields say, also where
//! these are wrong.

use std::io::{Cursor, Read, Write};

use tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tungstenite::protocol::frame::{FrameHeader, FrameSocket};

use crate::arrival::Arrival;
use crate::frame::{DESCRIPTOR, Frame, LONGEST};

/// A WebSocket frame, right or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The kind of frame.
    pub opcode: u8,
    /// What it carries.
    pub payload: Vec<u8>,
    /// Whether more of the message follows.
    pub more: bool,
    /// Whether the first reserved bit is set.
    pub reserved: bool,
    /// Whether it is masked, as only a client's are.
    pub masked: bool,
    /// The length that its header tells, where that is not the payload's.
    pub length: Option<u64>,
}

/// The opcode of continued messages.
pub const CONTINUATION: u8 = 0;
/// The opcode of text messages.
pub const TEXT: u8 = 1;
/// The opcode of binary messages.
pub const BINARY: u8 = 2;
/// The opcode of the last frame.
pub const CLOSE: u8 = 8;
/// The opcode of pings.
pub const PING: u8 = 9;
/// The opcode of pongs.
pub const PONG: u8 = 10;

/// The names of opcodes.
pub const OPCODES: [(&str, u8); 6] = [
    ("continuation", CONTINUATION),
    ("text", TEXT),
    ("binary", BINARY),
    ("close", CLOSE),
    ("ping", PING),
    ("pong", PONG),
];

/// The mask of what is masked and should not be.
const MASK: [u8; 4] = [1, 2, 3, 4];

impl Message {
    /// A whole message.
    pub fn new(opcode: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            opcode,
            payload: payload.into(),
            more: false,
            reserved: false,
            masked: false,
            length: None,
        }
    }

    /// The same, masked.
    #[must_use]
    pub fn masked(mut self) -> Self {
        self.masked = true;
        self
    }

    /// The first frame of these bytes and how many of them it has, unmasked; nothing when it is not complete.
    ///
    /// # Errors
    /// When the header is none, or the frame has more bytes than `longest`.
    pub fn parse(bytes: &[u8], longest: usize) -> Result<Option<(Self, usize)>, String> {
        let mut cursor = Cursor::new(bytes);
        let parsed = FrameHeader::parse(&mut cursor).map_err(|error| error.to_string())?;
        let Some((header, length)) = parsed else {
            return Ok(None);
        };
        let length = usize::try_from(length).ok().filter(|length| *length <= longest);
        let length = length.ok_or_else(|| format!("a WebSocket frame exceeds the limit of {longest} bytes"))?;
        let start = cursor.position() as usize;
        let Some(payload) = bytes.get(start..start + length) else {
            return Ok(None);
        };
        let mut payload = payload.to_vec();
        unmask(&mut payload, header.mask.unwrap_or_default());
        let message = Self {
            opcode: u8::from(header.opcode),
            payload,
            more: !header.is_final,
            reserved: header.rsv1,
            masked: header.mask.is_some(),
            length: None,
        };
        Ok(Some((message, start + length)))
    }

    /// As it travels.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = FrameHeader {
            is_final: !self.more,
            rsv1: self.reserved,
            opcode: OpCode::from(self.opcode & 0xf),
            mask: self.masked.then_some(MASK),
            ..FrameHeader::default()
        };
        let mut payload = self.payload.clone();
        if self.masked {
            unmask(&mut payload, MASK);
        }
        let mut bytes = Vec::with_capacity(payload.len() + 14);
        let length = self.length.unwrap_or(payload.len() as u64);
        header.format(length, &mut bytes).expect("a vector takes all bytes");
        bytes.append(&mut payload);
        bytes
    }
}

/// Answers a client's handshake. What the library buffers is nothing: a client says nothing more before it has the answer.
///
/// # Errors
/// When the client asks for something else.
pub fn accept(stream: impl Read + Write) -> Result<(), tungstenite::Error> {
    match tungstenite::accept(stream) {
        Ok(_) => Ok(()),
        Err(tungstenite::HandshakeError::Failure(error)) => Err(error),
        Err(tungstenite::HandshakeError::Interrupted(_)) => Err(timed_out()),
    }
}

/// Asks a server for a handshake. What the library buffers is nothing: a server has nothing to say before it is called.
///
/// # Errors
/// When the server answers with something else.
pub fn connect(stream: impl Read + Write, url: &str) -> Result<(), tungstenite::Error> {
    match tungstenite::client(url, stream) {
        Ok(_) => Ok(()),
        Err(tungstenite::HandshakeError::Failure(error)) => Err(error),
        Err(tungstenite::HandshakeError::Interrupted(_)) => Err(timed_out()),
    }
}

/// The other side said nothing for as long as the stream waits.
fn timed_out() -> tungstenite::Error {
    tungstenite::Error::Io(std::io::ErrorKind::TimedOut.into())
}

/// Reads what the other side sends, message by message.
pub struct Reader<R> {
    socket: FrameSocket<R>,
    /// Whether the other side is a client, which must mask what it sends.
    masks: bool,
    /// The most bytes of a message.
    longest: usize,
    /// The message that has begun.
    begun: Option<Vec<u8>>,
}

impl<R: Read> Reader<R> {
    /// Reads from this stream. `masks` says that the other side is a client.
    pub fn new(stream: R, masks: bool) -> Self {
        Self {
            socket: FrameSocket::new(stream),
            masks,
            longest: LONGEST,
            begun: None,
        }
    }

    /// The same, for messages of at most so many bytes. Otherwise it is [`LONGEST`].
    #[must_use]
    pub fn within(mut self, longest: usize) -> Self {
        self.longest = longest;
        self
    }

    /// The next message or control frame.
    pub fn read(&mut self) -> Arrival {
        loop {
            let frame = match self.socket.read(Some(self.longest)) {
                Ok(Some(frame)) => frame,
                Ok(None) => return Arrival::Ended,
                Err(tungstenite::Error::Io(error)) => return Arrival::Lost(error),
                Err(error) => return Arrival::Wrong(error.to_string()),
            };
            let header = frame.header();
            let (opcode, last) = (header.opcode, header.is_final);
            let mask = match (header.mask, self.masks) {
                (Some(mask), true) => mask,
                (None, false) => [0; 4],
                (None, true) => return Arrival::Wrong("a WebSocket frame without a mask".into()),
                (Some(_), false) => return Arrival::Wrong("a server's WebSocket frame with a mask".into()),
            };
            if header.rsv1 || header.rsv2 || header.rsv3 {
                return Arrival::Wrong("a WebSocket frame with reserved bits, and no extension was agreed on".into());
            }
            let mut payload = frame.into_payload().to_vec();
            unmask(&mut payload, mask);
            match (opcode, &mut self.begun) {
                (OpCode::Data(Data::Binary), None) => self.begun = Some(payload),
                (OpCode::Data(Data::Continue), Some(begun)) => begun.append(&mut payload),
                (OpCode::Control(Control::Close | Control::Ping | Control::Pong), _) if last => {
                    let opcode = u8::from(opcode);
                    return Arrival::Control { opcode, payload };
                }
                (opcode, _) => return Arrival::Wrong(format!("a WebSocket frame {opcode} where none can be")),
            }
            if self.begun.as_ref().is_some_and(|begun| begun.len() > self.longest) {
                let longest = self.longest;
                return Arrival::Wrong(format!("a WebSocket message exceeds the limit of {longest} bytes"));
            }
            if last {
                let message = self.begun.take().unwrap_or_default();
                return match Frame::of_body(&message) {
                    Some(frame) => Arrival::Frame(frame),
                    None => Arrival::Wrong(format!(
                        "a WebSocket message of {} bytes; a descriptor has {DESCRIPTOR}",
                        message.len()
                    )),
                };
            }
        }
    }
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let frame = Frame::answer(3, &[7; 300]);
        let [first, last] = [&frame.to_bytes()[4..70], &frame.to_bytes()[70..]];
        let parts = [
            Message {
                more: true,
                masked: true,
                ..Message::new(BINARY, first)
            },
            Message {
                masked: true,
                ..Message::new(PING, *b"hello")
            },
            Message {
                masked: true,
                ..Message::new(CONTINUATION, last)
            },
        ];
        let bytes: Vec<u8> = parts.iter().flat_map(Message::to_bytes).collect();
        let mut reader = Reader::new(bytes.as_slice(), true);
        assert!(matches!(reader.read(), Arrival::Control { opcode: PING, payload } if payload == b"hello"));
        assert!(matches!(reader.read(), Arrival::Frame(read) if read == frame));
        assert!(matches!(reader.read(), Arrival::Ended));
    }

    #[test]
    fn a_frame_is_parsed_once_it_is_complete() {
        let ping = Message::new(PING, *b"hello").masked();
        let bytes = [ping.to_bytes(), vec![1]].concat();
        let length = bytes.len() - 1;
        assert_eq!(Message::parse(&bytes, LONGEST), Ok(Some((ping, length))));
        for cut in 0..length {
            assert_eq!(Message::parse(&bytes[..cut], LONGEST), Ok(None));
        }
        assert!(Message::parse(&bytes, 4).is_err_and(|error| error.contains("limit of 4 bytes")));
    }

    #[test]
    fn what_a_client_must_not_send_is_wrong() {
        let masked = |message: Message| Message {
            masked: true,
            ..message
        };
        for wrong in [
            Message::new(BINARY, [0; 64]),
            masked(Message::new(TEXT, [0; 64])),
            masked(Message::new(BINARY, [0; 63])),
            masked(Message::new(CONTINUATION, [0; 64])),
            masked(Message {
                reserved: true,
                ..Message::new(BINARY, [0; 64])
            }),
        ] {
            let bytes = wrong.to_bytes();
            assert!(
                matches!(Reader::new(bytes.as_slice(), true).read(), Arrival::Wrong(_)),
                "{wrong:?}"
            );
        }
    }
}
