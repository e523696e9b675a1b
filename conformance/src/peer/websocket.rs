//! WebSocket as the raw peer speaks it: the handshake is a library's, frames are written bit by bit, as cases need.

use std::io::{self, Read};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};
use tungstenite::protocol::frame::{FrameHeader, FrameSocket};

use super::arrival::Arrival;
use super::stream::Stream;
use crate::bytes;
use crate::frame::{Frame, LONGEST};
use conformance_oracle::Hex;

/// A WebSocket frame, right or wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The kind of frame.
    #[serde(deserialize_with = "opcode")]
    pub opcode: u8,
    /// What it carries.
    #[serde(default = "bytes::none", deserialize_with = "bytes::deserialize")]
    pub payload: Hex,
    /// Whether more of the message follows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// Whether the first reserved bit is set.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reserved: bool,
    /// Whether it is masked, as only a client's are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
    /// The length that its header tells, where that is not the payload's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
const OPCODES: [(&str, u8); 6] = [
    ("continuation", CONTINUATION),
    ("text", TEXT),
    ("binary", BINARY),
    ("close", CLOSE),
    ("ping", PING),
    ("pong", PONG),
];

/// For fields that are opcodes: a name or a number.
///
/// # Errors
/// When it is neither.
pub fn opcode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = value.as_u64().and_then(|number| u8::try_from(number).ok());
    let named = || {
        OPCODES
            .iter()
            .find(|(name, _)| value == *name)
            .map(|(_, opcode)| *opcode)
    };
    number.or_else(named).ok_or_else(|| {
        let names = OPCODES.map(|(name, _)| name).join(", ");
        serde::de::Error::custom(format!("no opcode {value}; opcodes are {names} and numbers"))
    })
}

/// The mask of what is masked and should not be.
const MASK: [u8; 4] = [1, 2, 3, 4];

impl Message {
    /// A whole message.
    pub fn new(opcode: u8, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            opcode,
            payload: Hex(payload.into()),
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

    /// As it travels.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = FrameHeader {
            is_final: !self.more,
            rsv1: self.reserved,
            opcode: OpCode::from(self.opcode & 0xf),
            mask: self.masked.then_some(MASK),
            ..FrameHeader::default()
        };
        let mut payload = self.payload.0.clone();
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

/// Answers a client's handshake.
pub(super) fn shake_hands(stream: &Stream) -> Result<(), String> {
    let stream = stream.try_clone().map_err(|error| error.to_string())?;
    // What it buffers is nothing: a client says nothing more before it has the answer.
    tungstenite::accept(stream).map(drop).map_err(|error| error.to_string())
}

/// Asks a server for a handshake.
pub(super) fn ask_hands(stream: &Stream, address: &str) -> Result<(), String> {
    let stream = stream.try_clone().map_err(|error| error.to_string())?;
    // What it buffers is nothing: a server has nothing to say before it is called.
    let shaken = tungstenite::client(address, stream);
    shaken.map(drop).map_err(|error| error.to_string())
}

/// Reads what the other side sends, message by message.
pub(super) struct Reader<R> {
    socket: FrameSocket<R>,
    /// Whether the other side is a client, which must mask what it sends.
    masks: bool,
    /// The message that has begun.
    begun: Option<Vec<u8>>,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(stream: R, masks: bool) -> Self {
        Self {
            socket: FrameSocket::new(stream),
            masks,
            begun: None,
        }
    }

    /// The next message or control frame.
    pub(super) fn next(&mut self) -> Arrival {
        loop {
            let frame = match self.socket.read(Some(LONGEST)) {
                Ok(Some(frame)) => frame,
                Ok(None) => return Arrival::Closed("the testee closed it".into()),
                Err(tungstenite::Error::Io(error)) => return Arrival::Closed(error.to_string()),
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
            if last {
                let message = self.begun.take().unwrap_or_default();
                return match Frame::of_message(&message) {
                    Ok(frame) => Arrival::Frame(frame),
                    Err(error) => Arrival::Wrong(error.to_string()),
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

impl Frame {
    /// The frame that is a binary message.
    fn of_message(message: &[u8]) -> io::Result<Self> {
        let length = u32::try_from(message.len()).map_err(io::Error::other)?;
        let bytes = [&length.to_le_bytes()[..], message].concat();
        Self::read(&mut bytes.as_slice())?.ok_or_else(|| io::Error::other("an empty message"))
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
        assert!(matches!(reader.next(), Arrival::Control { opcode: PING, payload } if payload == b"hello"));
        assert!(matches!(reader.next(), Arrival::Frame(read) if read == frame));
        assert!(matches!(reader.next(), Arrival::Closed(_)));
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
                matches!(Reader::new(bytes.as_slice(), true).next(), Arrival::Wrong(_)),
                "{wrong:?}"
            );
        }
    }
}
