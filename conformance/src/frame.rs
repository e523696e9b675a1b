//! Frames as the raw peer reads and writes them: bytes at offsets, nothing of a runtime's.

use std::io::{self, Read};

/// Bytes of a descriptor.
pub const DESCRIPTOR: usize = 64;
/// Payloads of so many bytes are in the descriptor too.
const INLINE: usize = 16;
/// The fields of a descriptor: name, first byte, length.
pub const FIELDS: [(&str, usize, usize); 11] = [
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
/// No longer frame is read from a testee.
pub const LONGEST: usize = 64 * 1024 * 1024;

/// The frame carries data.
pub const DATA: u32 = 1;
/// The frame is for the session, not for a channel.
pub const CONTROL: u32 = 2;
/// The channel ends.
pub const EOS: u32 = 4;
/// The payload is an error.
pub const ERROR: u32 = 0x10;
/// A request without a unary response: the answer is a stream, or nothing.
pub const NO_REPLY: u32 = 0x100;

/// A frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The descriptor, as it was sent.
    pub descriptor: [u8; DESCRIPTOR],
    /// What follows it.
    pub payload: Vec<u8>,
}

impl Frame {
    /// A unary answer.
    pub fn answer(channel: u32, payload: &[u8]) -> Self {
        Self::of(channel, DATA | EOS, payload)
    }

    /// A frame as servers of rapace 0.5.0 write it: a payload that fits is in the descriptor too, unless it is an error.
    pub fn of(channel: u32, flags: u32, payload: &[u8]) -> Self {
        let mut frame = Self {
            descriptor: [0; DESCRIPTOR],
            payload: payload.into(),
        };
        let inline = payload.len() <= INLINE && flags & ERROR == 0;
        frame.put(8, channel);
        frame.put(16, if inline { u32::MAX } else { 0 });
        frame.put(28, payload.len() as u32);
        frame.put(32, flags);
        frame.descriptor[40..48].fill(0xff);
        if inline {
            frame.descriptor[48..48 + payload.len()].copy_from_slice(payload);
        }
        frame
    }

    fn put(&mut self, offset: usize, value: u32) {
        self.descriptor[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
    }

    fn get(&self, offset: usize) -> u32 {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&self.descriptor[offset..offset + 4]);
        u32::from_le_bytes(bytes)
    }

    /// The number of the message; 0 in every answer.
    pub fn message(&self) -> u64 {
        u64::from(self.get(0)) | u64::from(self.get(4)) << 32
    }

    /// The channel that it belongs to.
    pub fn channel(&self) -> u32 {
        self.get(8)
    }

    /// The method that it calls.
    pub fn method(&self) -> u32 {
        self.get(12)
    }

    /// The same frame as the first request of a session.
    #[must_use]
    pub fn calling(mut self, method: u32) -> Self {
        self.put(0, 1);
        self.put(12, method);
        self
    }

    /// The same frame on another channel.
    #[must_use]
    pub fn on_channel(mut self, channel: u32) -> Self {
        self.put(8, channel);
        self
    }

    /// What kind of frame it is.
    pub fn flags(&self) -> u32 {
        self.get(32)
    }

    /// With its length before it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = (DESCRIPTOR + self.payload.len()) as u32;
        [&length.to_le_bytes()[..], &self.descriptor, &self.payload].concat()
    }

    /// The next one; nothing at the end.
    pub fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut length = [0; 4];
        match from.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let length = u32::from_le_bytes(length) as usize;
        if !(DESCRIPTOR..=LONGEST).contains(&length) {
            return Err(io::Error::other(format!("a frame of {length} bytes")));
        }
        let mut frame = Self {
            descriptor: [0; DESCRIPTOR],
            payload: vec![0; length - DESCRIPTOR],
        };
        from.read_exact(&mut frame.descriptor)?;
        from.read_exact(&mut frame.payload)?;
        Ok(Some(frame))
    }
}
