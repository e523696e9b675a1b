//! Frames: a length, a descriptor of 64 bytes and a payload, little-endian.

use std::fmt;
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
/// Bytes of the length before a descriptor.
pub const LENGTH: usize = 4;
/// The longest frame that [`Frame::read`] reads, in bytes: 64 MiB.
pub const LONGEST: usize = 64 * 1024 * 1024;

/// The frame carries data.
pub const DATA: u32 = 1;
/// The frame is for the session, not for a channel.
pub const CONTROL: u32 = 2;
/// The channel ends.
pub const EOS: u32 = 4;
/// The channel is cancelled. Nothing of rapace 0.5.0 sends it.
pub const CANCEL: u32 = 8;
/// The payload is an error.
pub const ERROR: u32 = 0x10;
/// A hint for scheduling.
pub const HIGH_PRIORITY: u32 = 0x20;
/// The frame grants credits.
pub const CREDITS: u32 = 0x40;
/// There is no body.
pub const METADATA_ONLY: u32 = 0x80;
/// A request without a unary response: the answer is a stream, or nothing.
pub const NO_REPLY: u32 = 0x100;

/// The flags by name, as rapace 0.5.0 calls them.
pub const FLAGS: [(&str, u32); 9] = [
    ("DATA", DATA),
    ("CONTROL", CONTROL),
    ("EOS", EOS),
    ("CANCEL", CANCEL),
    ("ERROR", ERROR),
    ("HIGH_PRIORITY", HIGH_PRIORITY),
    ("CREDITS", CREDITS),
    ("METADATA_ONLY", METADATA_ONLY),
    ("NO_REPLY", NO_REPLY),
];

/// The names of the flags that are set. Bits without a name are left out.
pub fn flag_names(flags: u32) -> Vec<&'static str> {
    let set = FLAGS.iter().filter(|(_, flag)| flags & flag != 0);
    set.map(|(name, _)| *name).collect()
}

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

    /// The same frame with this number of its message.
    #[must_use]
    pub fn with_message(mut self, message: u64) -> Self {
        self.descriptor[..8].copy_from_slice(&message.to_le_bytes());
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

    /// The first frame of these bytes and how many of them it has; nothing when it is not complete.
    ///
    /// # Errors
    /// When its length is out of bounds.
    pub fn parse(bytes: &[u8], longest: usize) -> Result<Option<(Self, usize)>, LengthError> {
        let Some(head) = bytes.first_chunk() else {
            return Ok(None);
        };
        let length = checked(*head, longest)?;
        let Some(body) = bytes.get(LENGTH..LENGTH + length) else {
            return Ok(None);
        };
        Ok(Self::of_body(body).map(|frame| (frame, LENGTH + length)))
    }

    /// The frame without a length: a descriptor and its payload. Nothing when there are too few bytes.
    pub fn of_body(body: &[u8]) -> Option<Self> {
        let (descriptor, payload) = body.split_first_chunk()?;
        Some(Self {
            descriptor: *descriptor,
            payload: payload.into(),
        })
    }

    /// The next one; nothing at the end.
    ///
    /// # Errors
    /// When the source ends within a frame, or the frame is longer than [`LONGEST`].
    pub fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        Self::read_within(from, LONGEST)
    }

    /// The next one, of a limited length; nothing at the end. Memory grows with what has arrived.
    ///
    /// # Errors
    /// When the source ends within a frame. An error of the kind `Other` has a [`LengthError`].
    pub fn read_within(from: &mut impl Read, longest: usize) -> io::Result<Option<Self>> {
        let mut length = [0; LENGTH];
        match from.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let length = checked(length, longest).map_err(io::Error::other)?;
        let mut frame = Self {
            descriptor: [0; DESCRIPTOR],
            payload: Vec::new(),
        };
        from.read_exact(&mut frame.descriptor)?;
        let rest = length - DESCRIPTOR;
        let read = from.take(rest as u64).read_to_end(&mut frame.payload)?;
        match read == rest {
            true => Ok(Some(frame)),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// A length that no frame may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LengthError {
    /// The length: that of the descriptor and of the payload.
    pub length: u32,
    /// The longest that is accepted.
    pub longest: usize,
}

impl fmt::Display for LengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { length, longest } = self;
        match (*length as usize) < DESCRIPTOR {
            true => write!(f, "frame length {length} is below that of a descriptor, {DESCRIPTOR}"),
            false => write!(f, "frame length {length} exceeds the limit of {longest} bytes"),
        }
    }
}

impl std::error::Error for LengthError {}

fn checked(length: [u8; LENGTH], longest: usize) -> Result<usize, LengthError> {
    let length = u32::from_le_bytes(length);
    match usize::try_from(length) {
        Ok(bytes) if (DESCRIPTOR..=longest).contains(&bytes) => Ok(bytes),
        _ => Err(LengthError { length, longest }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_as_it_was_written() {
        for frame in [
            Frame::answer(3, &[7; 300]),
            Frame::of(1, ERROR | EOS, b"short").calling(5).with_message(1 << 40),
        ] {
            let bytes = frame.to_bytes();
            assert_eq!(Frame::parse(&bytes, LONGEST), Ok(Some((frame.clone(), bytes.len()))));
            assert_eq!(Frame::parse(&bytes[..bytes.len() - 1], LONGEST), Ok(None));
            assert_eq!(Frame::read(&mut bytes.as_slice()).expect("a frame"), Some(frame));
            let cut = Frame::read(&mut &bytes[..bytes.len() - 1]).expect_err("it is cut");
            assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof);
        }
        assert_eq!(Frame::read(&mut [].as_slice()).expect("the end"), None);
    }

    #[test]
    fn lengths_have_bounds() {
        for (length, message) in [
            (63_u32, "frame length 63 is below that of a descriptor, 64"),
            (101, "frame length 101 exceeds the limit of 100 bytes"),
        ] {
            let bytes = length.to_le_bytes();
            let error = Frame::parse(&bytes, 100).expect_err(message);
            assert_eq!(error.to_string(), message);
            let read = Frame::read_within(&mut bytes.as_slice(), 100).expect_err(message);
            assert_eq!(
                (read.kind(), read.to_string().as_str()),
                (io::ErrorKind::Other, message)
            );
        }
    }

    #[test]
    fn flags_have_names() {
        assert_eq!(flag_names(DATA | EOS | NO_REPLY | 0x8000), ["DATA", "EOS", "NO_REPLY"]);
    }
}
