//! The payloads of control frames: `ControlPayload` of rapace-core 0.5.0, as facet-postcard writes it.
//!
//! What is read borrows from the frame: a payload of megabytes costs no memory until somebody asks for its entries.

use std::fmt;

use crate::metadata::Metadata;

const OPEN_VARIANT: u8 = 0;
const CLOSE_VARIANT: u8 = 1;
const CANCEL_VARIANT: u8 = 2;
const GRANT_VARIANT: u8 = 3;
const PING_VARIANT: u8 = 4;
const PONG_VARIANT: u8 = 5;
/// The bytes of a ping.
const PROBE: usize = 8;

/// The payload of a control frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload<'a> {
    /// The metadata of the next request on a channel. On channel 0: the hello of a connection.
    OpenChannel {
        /// The channel of the request.
        channel: u32,
        /// The name of the service; it only informs.
        service: &'a str,
        /// The name of the method; it only informs.
        method: &'a str,
        /// The metadata, unchecked.
        metadata: Entries<'a>,
    },
    /// A channel is closed. On channel 0: the peer takes no new calls.
    CloseChannel {
        /// The channel.
        channel: u32,
        /// Why.
        reason: CloseReason<'a>,
    },
    /// A call is cancelled.
    CancelChannel {
        /// The channel of the call.
        channel: u32,
        /// Why: [`CancelReason`] as a number.
        reason: u8,
    },
    /// Credits for a channel. Nothing of rapace 0.5.0 sends them.
    GrantCredits {
        /// The channel.
        channel: u32,
        /// How many bytes.
        bytes: u32,
    },
    /// Asks for a [`Pong`](Payload::Pong) with the same bytes.
    Ping([u8; PROBE]),
    /// Answers a [`Ping`](Payload::Ping).
    Pong([u8; PROBE]),
}

/// Why a channel is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason<'a> {
    /// It has ended as it should.
    Normal,
    /// It has failed.
    Error(&'a str),
}

/// Why a channel is cancelled; the number is that of the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelReason {
    /// The client wants it no more.
    Client,
    /// The call's deadline has passed.
    Deadline,
    /// The client has no room for the answer.
    Resources,
}

/// Why bytes are no payload of a control frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadError {
    /// They end too early.
    Short,
    /// So many bytes follow the payload.
    Left(usize),
    /// A number does not fit into its type.
    Number,
    /// A text is not UTF-8.
    Text,
    /// No variant has this number.
    Variant(u64),
}

impl fmt::Display for PayloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => f.write_str("the payload ends too early"),
            Self::Left(bytes) => write!(f, "{bytes} bytes follow the payload"),
            Self::Number => f.write_str("a number is out of range"),
            Self::Text => f.write_str("a text is not UTF-8"),
            Self::Variant(number) => write!(f, "no variant has the number {number}"),
        }
    }
}

impl std::error::Error for PayloadError {}

impl<'a> Payload<'a> {
    /// Reads a payload, all of it.
    ///
    /// # Errors
    /// When the bytes are not exactly one payload.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PayloadError> {
        let mut reader = Reader(bytes);
        let payload = reader.payload()?;
        match reader.0.len() {
            0 => Ok(payload),
            left => Err(PayloadError::Left(left)),
        }
    }
}

/// The metadata of an [`OpenChannel`](Payload::OpenChannel) as it has arrived: well-formed, and otherwise unchecked.
#[derive(Clone, PartialEq, Eq)]
pub struct Entries<'a> {
    left: u32,
    bytes: &'a [u8],
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a str, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let mut reader = Reader(self.bytes);
        // They were read before, so this does not fail.
        let entry = reader.entry().ok()?;
        self.bytes = reader.0;
        Some(entry)
    }
}

/// Without the values: they may be secret.
impl fmt::Debug for Entries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone().map(|(key, _)| key)).finish()
    }
}

/// The payload that carries metadata to the next request on `channel`.
pub fn open_channel(channel: u32, service: &str, method: &str, metadata: &Metadata) -> Vec<u8> {
    let mut bytes = vec![OPEN_VARIANT];
    varint(channel.into(), &mut bytes);
    put(service.as_bytes(), &mut bytes);
    put(method.as_bytes(), &mut bytes);
    varint(metadata.len() as u64, &mut bytes);
    for (key, value) in metadata.iter() {
        put(key.as_bytes(), &mut bytes);
        put(value, &mut bytes);
    }
    bytes
}

/// The payload that closes a channel as it should be. On channel 0 it says that no new calls are taken.
pub fn close_channel(channel: u32) -> Vec<u8> {
    let mut bytes = vec![CLOSE_VARIANT];
    varint(channel.into(), &mut bytes);
    bytes.push(0);
    bytes
}

/// The payload that asks the peer to stop working on a channel.
pub fn cancel_channel(channel: u32, reason: CancelReason) -> Vec<u8> {
    let mut bytes = vec![CANCEL_VARIANT];
    varint(channel.into(), &mut bytes);
    bytes.push(reason as u8);
    bytes
}

/// The payload that asks for [`pong`] with the same bytes.
pub fn ping(probe: [u8; PROBE]) -> Vec<u8> {
    [&[PING_VARIANT][..], &probe].concat()
}

/// The payload that answers a ping.
pub fn pong(probe: [u8; PROBE]) -> Vec<u8> {
    [&[PONG_VARIANT][..], &probe].concat()
}

fn put(text: &[u8], bytes: &mut Vec<u8>) {
    varint(text.len() as u64, bytes);
    bytes.extend_from_slice(text);
}

fn varint(mut number: u64, bytes: &mut Vec<u8>) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The bytes that are not read yet.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn payload(&mut self) -> Result<Payload<'a>, PayloadError> {
        let variant = self.varint()?;
        Ok(match u8::try_from(variant).unwrap_or(u8::MAX) {
            OPEN_VARIANT => Payload::OpenChannel {
                channel: self.number()?,
                service: self.text()?,
                method: self.text()?,
                metadata: self.entries()?,
            },
            CLOSE_VARIANT => Payload::CloseChannel {
                channel: self.number()?,
                reason: match self.varint()? {
                    0 => CloseReason::Normal,
                    1 => CloseReason::Error(self.text()?),
                    other => return Err(PayloadError::Variant(other)),
                },
            },
            CANCEL_VARIANT => Payload::CancelChannel {
                channel: self.number()?,
                reason: match self.varint()? {
                    reason @ 0..=2 => reason as u8,
                    other => return Err(PayloadError::Variant(other)),
                },
            },
            GRANT_VARIANT => Payload::GrantCredits {
                channel: self.number()?,
                bytes: self.number()?,
            },
            PING_VARIANT => Payload::Ping(self.probe()?),
            PONG_VARIANT => Payload::Pong(self.probe()?),
            _ => return Err(PayloadError::Variant(variant)),
        })
    }

    fn entries(&mut self) -> Result<Entries<'a>, PayloadError> {
        // An entry has two lengths: a count beyond that is refused before anybody counts so far.
        let count = self.number()?;
        if count as usize > self.0.len() / 2 {
            return Err(PayloadError::Short);
        }
        let entries = Entries {
            left: count,
            bytes: self.0,
        };
        for _ in 0..count {
            self.entry()?;
        }
        Ok(entries)
    }

    fn entry(&mut self) -> Result<(&'a str, &'a [u8]), PayloadError> {
        Ok((self.text()?, self.bytes()?))
    }

    fn text(&mut self) -> Result<&'a str, PayloadError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| PayloadError::Text)
    }

    fn bytes(&mut self) -> Result<&'a [u8], PayloadError> {
        let length = usize::try_from(self.varint()?).map_err(|_| PayloadError::Short)?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(PayloadError::Short)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn probe(&mut self) -> Result<[u8; PROBE], PayloadError> {
        let (probe, rest) = self.0.split_first_chunk().ok_or(PayloadError::Short)?;
        self.0 = rest;
        Ok(*probe)
    }

    fn number(&mut self) -> Result<u32, PayloadError> {
        u32::try_from(self.varint()?).map_err(|_| PayloadError::Number)
    }

    fn varint(&mut self) -> Result<u64, PayloadError> {
        let mut number = 0;
        for place in 0..10 {
            let (&byte, rest) = self.0.split_first().ok_or(PayloadError::Short)?;
            self.0 = rest;
            // The tenth byte has room for one bit.
            if place == 9 && byte > 1 {
                return Err(PayloadError::Number);
            }
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(PayloadError::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(entries: &[(&str, &str)]) -> Metadata {
        let mut metadata = Metadata::default();
        for (key, value) in entries {
            metadata.insert(*key, *value).expect("they fit");
        }
        metadata
    }

    fn parsed(bytes: &[u8]) -> Payload<'_> {
        Payload::parse(bytes).expect("a payload")
    }

    #[test]
    fn payloads_have_the_bytes_that_all_languages_write() {
        let carried = open_channel(
            1,
            "Catalog",
            "find",
            &metadata(&[("timeout-ns", "1500000000"), ("a", "1")]),
        );
        let expected = b"\x00\x01\x07Catalog\x04find\x02\x01a\x011\x0atimeout-ns\x0a1500000000";
        assert_eq!(carried, expected);
        let Payload::OpenChannel {
            channel: 1,
            service: "Catalog",
            method: "find",
            metadata,
        } = parsed(&carried)
        else {
            panic!("{:?}", parsed(&carried));
        };
        let entries: Vec<_> = metadata.clone().collect();
        assert_eq!(entries, [("a", &b"1"[..]), ("timeout-ns", b"1500000000")]);
        assert_eq!(format!("{metadata:?}"), r#"["a", "timeout-ns"]"#, "values are secret");

        let probe = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(ping(probe), [4, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(parsed(&ping(probe)), Payload::Ping(probe));
        assert_eq!(pong(probe), [5, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(parsed(&pong(probe)), Payload::Pong(probe));
        assert_eq!(close_channel(0), [1, 0, 0]);
        for (bytes, payload) in [
            (
                &[1, 0, 0][..],
                Payload::CloseChannel {
                    channel: 0,
                    reason: CloseReason::Normal,
                },
            ),
            (
                b"\x01\x80\x01\x01\x02no",
                Payload::CloseChannel {
                    channel: 128,
                    reason: CloseReason::Error("no"),
                },
            ),
            (&[2, 5, 1], Payload::CancelChannel { channel: 5, reason: 1 }),
            (&[3, 5, 9], Payload::GrantCredits { channel: 5, bytes: 9 }),
        ] {
            assert_eq!(parsed(bytes), payload);
        }
    }

    #[test]
    fn what_is_no_payload_is_refused() {
        for (bytes, error) in [
            (&b""[..], PayloadError::Short),
            (&[4, 1, 2, 3, 4, 5, 6, 7], PayloadError::Short),
            (&[4, 1, 2, 3, 4, 5, 6, 7, 8, 9], PayloadError::Left(1)),
            (&[6], PayloadError::Variant(6)),
            (&[0x84, 2], PayloadError::Variant(260)),
            (&[1, 0, 2], PayloadError::Variant(2)),
            (&[2, 1, 3], PayloadError::Variant(3)),
            (&[1, 0xff, 0xff, 0xff, 0xff, 0x1f, 0], PayloadError::Number),
            (&[0xff; 11], PayloadError::Number),
            (&[0, 1, 1, 0xff, 0, 0], PayloadError::Text),
            (&[0, 1, 0, 0, 1, 1, 0xff, 0], PayloadError::Text),
            (&[0, 1, 0, 0, 2, 1, b'a', 0, 1], PayloadError::Short),
            // More entries than there are bytes.
            (&[0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f], PayloadError::Short),
            (
                &[0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
                PayloadError::Short,
            ),
        ] {
            assert_eq!(Payload::parse(bytes), Err(error), "{bytes:?}");
        }
    }

    #[test]
    fn every_cut_and_every_changed_byte_is_read_or_refused() {
        let carried = open_channel(300, "Catalog", "find", &metadata(&[("a", "1"), ("b-bin", "xyz")]));
        for whole in [carried, close_channel(7), ping([9; 8]), b"\x01\x05\x01\x03why".to_vec()] {
            for cut in 0..whole.len() {
                assert!(Payload::parse(&whole[..cut]).is_err(), "{cut} of {whole:?}");
                for byte in 0..=u8::MAX {
                    let mut changed = whole.clone();
                    changed[cut] = byte;
                    if let Ok(Payload::OpenChannel { metadata, .. }) = Payload::parse(&changed) {
                        let left = metadata.left as usize;
                        assert_eq!(metadata.count(), left, "{changed:?}");
                    }
                }
            }
        }
    }
}
