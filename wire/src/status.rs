//! The payload of an error frame: code and length of the message, little-endian `u32` both, then the message.

use std::fmt;

/// Codes and their names in rapace 0.5.0.
pub const CODES: [(&str, u32); 19] = [
    ("Ok", 0),
    ("Cancelled", 1),
    ("DeadlineExceeded", 2),
    ("InvalidArgument", 3),
    ("NotFound", 4),
    ("AlreadyExists", 5),
    ("PermissionDenied", 6),
    ("ResourceExhausted", 7),
    ("FailedPrecondition", 8),
    ("Aborted", 9),
    ("OutOfRange", 10),
    ("Unimplemented", 11),
    ("Internal", 12),
    ("Unavailable", 13),
    ("DataLoss", 14),
    ("PeerDied", 100),
    ("SessionClosed", 101),
    ("ValidationFailed", 102),
    ("StaleGeneration", 103),
];

/// How a call failed, as the peer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The kind of failure. A number that has no name in [`CODES`] is kept.
    pub code: u32,
    /// The failure in words, for people.
    pub message: String,
}

/// Why a payload is not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusError {
    /// It has fewer bytes than code and length need.
    Short {
        /// How many.
        bytes: usize,
    },
    /// The message is longer than the payload.
    Message {
        /// The length that is announced.
        announced: u32,
        /// How many bytes are there.
        there: usize,
    },
}

/// Bytes before the message.
const HEAD: usize = 8;

impl Status {
    /// Reads a payload. What is not UTF-8 in the message is replaced. Bytes after the message are ignored.
    ///
    /// # Errors
    /// When it ends too early.
    pub fn parse(payload: &[u8]) -> Result<Self, StatusError> {
        let (Some(code), Some(length)) = (u32_at(payload, 0), u32_at(payload, 4)) else {
            return Err(StatusError::Short { bytes: payload.len() });
        };
        let rest = &payload[HEAD..];
        let message = usize::try_from(length).ok().and_then(|length| rest.get(..length));
        let message = message.ok_or(StatusError::Message {
            announced: length,
            there: rest.len(),
        })?;
        Ok(Self {
            code,
            message: String::from_utf8_lossy(message).into_owned(),
        })
    }

    /// The payload.
    pub fn to_bytes(&self) -> Vec<u8> {
        let length = self.message.len() as u32;
        [
            &self.code.to_le_bytes()[..],
            &length.to_le_bytes(),
            self.message.as_bytes(),
        ]
        .concat()
    }

    /// The code's name, if it has one.
    pub fn name(&self) -> Option<&'static str> {
        code_name(self.code)
    }
}

/// The name of a code, if it has one.
pub fn code_name(code: u32) -> Option<&'static str> {
    let found = CODES.iter().find(|(_, number)| *number == code);
    found.map(|(name, _)| *name)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*four))
}

/// `NotFound: no such book`, `Code(40): …`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name)?,
            None => write!(f, "Code({})", self.code)?,
        }
        match self.message.is_empty() {
            true => Ok(()),
            false => write!(f, ": {}", self.message),
        }
    }
}

impl fmt::Display for StatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { bytes } => write!(f, "its payload has {bytes} bytes, {HEAD} are needed"),
            Self::Message { announced, there } => write!(f, "its message has {announced} bytes, {there} are there"),
        }
    }
}

impl std::error::Error for StatusError {}

#[cfg(test)]
mod tests {
    use super::{Status, StatusError};

    #[test]
    fn an_error_is_read_as_it_was_written() {
        for (code, message, text) in [
            (4, "no such book", "NotFound: no such book"),
            (0, "", "Ok"),
            (40, "?", "Code(40): ?"),
        ] {
            let message = message.to_owned();
            let status = Status { code, message };
            assert_eq!(status.to_string(), text);
            assert_eq!(Status::parse(&status.to_bytes()), Ok(status));
        }
    }

    #[test]
    fn a_payload_that_ends_too_early_is_refused() {
        for (payload, error) in [
            (&[][..], StatusError::Short { bytes: 0 }),
            (&[1, 0, 0, 0, 1, 0, 0], StatusError::Short { bytes: 7 }),
            (
                &[1, 0, 0, 0, 2, 0, 0, 0, b'x'],
                StatusError::Message { announced: 2, there: 1 },
            ),
        ] {
            assert_eq!(Status::parse(payload), Err(error));
        }
        let rest = Status::parse(&[4, 0, 0, 0, 1, 0, 0, 0, b'x', b'y']).expect("an error");
        assert_eq!(rest.message, "x");
    }
}
