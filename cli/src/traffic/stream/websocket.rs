//! WebSocket messages: unmasked, their fragments joined. Each binary message is a frame without its length.

use rapace_wire::frame::LONGEST;

/// The bits of a frame's first byte.
const FINAL: u8 = 0x80;
const COMPRESSED: u8 = 0x40;
const RESERVED: u8 = 0x30;
const OPCODE: u8 = 0x0f;
/// The bits of a frame's second byte.
const MASKED: u8 = 0x80;
const LENGTH: u8 = 0x7f;
/// The lengths that say how many bytes the length has.
const TWO_BYTES: u8 = 126;
const EIGHT_BYTES: u8 = 127;
/// The bytes of a mask.
const MASK: usize = 4;

/// What a frame of a WebSocket carries.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A whole binary message.
    Binary {
        /// Its first byte, that of its head.
        offset: u64,
        /// How many bytes are before those that it carries, in its first fragment.
        head: u64,
        /// What it carries.
        bytes: Vec<u8>,
    },
    /// Another message, in words.
    Other {
        /// Its first byte.
        offset: u64,
        /// What it is.
        text: String,
    },
}

/// Why bytes are no message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoMessage {
    pub(super) offset: u64,
    pub(super) text: String,
}

/// Reads messages. It holds one message and one frame at most.
#[derive(Debug, Default)]
pub(super) struct Messages {
    held: Vec<u8>,
    begun: Option<Begun>,
}

/// A message of which fragments have come.
#[derive(Debug)]
struct Begun {
    offset: u64,
    head: u64,
    is_text: bool,
    bytes: Vec<u8>,
}

/// A frame of a WebSocket, which is a fragment of a message.
struct Fragment {
    opcode: u8,
    is_last: bool,
    head: usize,
    bytes: Vec<u8>,
}

impl Messages {
    /// Adds bytes, of which the first is at `offset`, and passes on the messages that they complete.
    ///
    /// # Errors
    /// For what no rapace peer sends.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        offset: u64,
        mut message: impl FnMut(Message),
    ) -> Result<(), NoMessage> {
        let mut offset = offset - self.held.len() as u64;
        self.held.extend_from_slice(bytes);
        let mut start = 0;
        let result = loop {
            match fragment(&self.held[start..]) {
                Ok(None) => break Ok(()),
                Err(text) => break Err(NoMessage { offset, text }),
                Ok(Some(fragment)) => {
                    let length = fragment.head + fragment.bytes.len();
                    match self.add(fragment, offset) {
                        Ok(Some(whole)) => message(whole),
                        Ok(None) => {}
                        Err(text) => break Err(NoMessage { offset, text }),
                    }
                    start += length;
                    offset += length as u64;
                }
            }
        };
        self.held.drain(..start);
        result
    }

    /// The bytes end here.
    ///
    /// # Errors
    /// When a message has begun. `offset` is the end of the bytes.
    pub(super) fn finish(&self, offset: u64) -> Result<(), NoMessage> {
        match (&self.begun, self.held.len()) {
            (None, 0) => Ok(()),
            (Some(begun), _) => Err(NoMessage {
                offset: begun.offset,
                text: "the input ends inside a WebSocket message".to_owned(),
            }),
            (None, held) => Err(NoMessage {
                offset: offset - held as u64,
                text: format!("the input ends after {held} bytes of a WebSocket message"),
            }),
        }
    }

    /// Adds a fragment to the message that has begun.
    fn add(&mut self, fragment: Fragment, offset: u64) -> Result<Option<Message>, String> {
        let Fragment {
            opcode,
            is_last,
            head,
            bytes,
        } = fragment;
        match opcode {
            0 => {
                let begun = self
                    .begun
                    .as_mut()
                    .ok_or("a WebSocket continuation frame without a message before it")?;
                if begun.bytes.len() + bytes.len() > LONGEST {
                    return Err(format!("a WebSocket message exceeds the limit of {LONGEST} bytes"));
                }
                begun.bytes.extend(bytes);
            }
            1 | 2 => {
                if self.begun.is_some() {
                    return Err("a WebSocket message begins before the previous one ends".to_owned());
                }
                self.begun = Some(Begun {
                    offset,
                    head: head as u64,
                    is_text: opcode == 1,
                    bytes,
                });
            }
            8..=10 => {
                return Ok(Some(Message::Other {
                    offset,
                    text: control(opcode, &bytes),
                }));
            }
            opcode => return Err(format!("unknown WebSocket opcode {opcode}")),
        }
        Ok(self.begun.take_if(|_| is_last).map(Begun::whole))
    }
}

impl Begun {
    fn whole(self) -> Message {
        match self.is_text {
            true => Message::Other {
                offset: self.offset,
                text: format!("text message of {} bytes, which no rapace peer sends", self.bytes.len()),
            },
            false => Message::Binary {
                offset: self.offset,
                head: self.head,
                bytes: self.bytes,
            },
        }
    }
}

/// A ping, a pong or a close frame in words.
fn control(opcode: u8, bytes: &[u8]) -> String {
    match (opcode, bytes) {
        (9, _) => format!("ping of {} bytes", bytes.len()),
        (10, _) => format!("pong of {} bytes", bytes.len()),
        (_, [high, low, reason @ ..]) => {
            let code = u16::from_be_bytes([*high, *low]);
            let reason = rapace_schema::text::shown(&String::from_utf8_lossy(reason), 123);
            format!("close {code} {reason}").trim_end().to_owned()
        }
        _ => "close".to_owned(),
    }
}

/// The first frame, when all of it is there.
fn fragment(bytes: &[u8]) -> Result<Option<Fragment>, String> {
    let [first, second, rest @ ..] = bytes else {
        return Ok(None);
    };
    if first & COMPRESSED != 0 {
        return Err("the message is compressed (permessage-deflate), which rapace peers do not agree on".to_owned());
    }
    if first & RESERVED != 0 {
        return Err(format!(
            "reserved bits 0x{:02x} of a WebSocket frame are set",
            first & RESERVED
        ));
    }
    let (size, length) = match second & LENGTH {
        TWO_BYTES => (2, rest.first_chunk().map(|bytes| u64::from(u16::from_be_bytes(*bytes)))),
        EIGHT_BYTES => (8, rest.first_chunk().map(|bytes| u64::from_be_bytes(*bytes))),
        length => (0, Some(u64::from(length))),
    };
    let Some(length) = length else { return Ok(None) };
    if length > LONGEST as u64 {
        return Err(format!(
            "WebSocket frame length {length} exceeds the limit of {LONGEST}"
        ));
    }
    let masked = second & MASKED != 0;
    let head = 2 + size + if masked { MASK } else { 0 };
    let Some(payload) = bytes.get(head..head + length as usize) else {
        return Ok(None);
    };
    let mut payload = payload.to_vec();
    if masked {
        let mask = &bytes[head - MASK..head];
        payload
            .iter_mut()
            .zip(mask.iter().cycle())
            .for_each(|(byte, mask)| *byte ^= mask);
    }
    Ok(Some(Fragment {
        opcode: first & OPCODE,
        is_last: first & FINAL != 0,
        head,
        bytes: payload,
    }))
}

#[cfg(test)]
mod tests {
    use super::{Message, Messages};

    /// A frame with a mask when it is not 0.
    pub(super) fn frame(first: u8, mask: [u8; 4], payload: &[u8]) -> Vec<u8> {
        let masked = if mask == [0; 4] { 0 } else { 0x80 };
        let mut bytes = vec![first];
        match payload.len() {
            length @ 0..126 => bytes.push(masked | length as u8),
            length @ 126..65_536 => {
                bytes.push(masked | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                bytes.push(masked | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        if masked != 0 {
            bytes.extend(mask);
        }
        bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        bytes
    }

    fn read(bytes: &[u8], size: usize) -> (Vec<Message>, Result<(), String>) {
        let (mut messages, mut found, mut offset) = (Messages::default(), Vec::new(), 0);
        for chunk in bytes.chunks(size) {
            if let Err(error) = messages.feed(chunk, offset, |message| found.push(message)) {
                return (found, Err(format!("{}: {}", error.offset, error.text)));
            }
            offset += chunk.len() as u64;
        }
        let ended = messages
            .finish(offset)
            .map_err(|error| format!("{}: {}", error.offset, error.text));
        (found, ended)
    }

    #[test]
    fn messages_are_unmasked_and_fragments_joined() {
        let mask = [1, 2, 3, 4];
        let bytes = [
            frame(2, mask, &[7; 100]),
            frame(0x89, mask, b"hello"),
            frame(0, mask, &[8; 300]),
            frame(0x80, mask, &[9; 70_000]),
            frame(0x82, [0; 4], &[]),
            frame(0x88, mask, &[3, 232, b'b', b'y', b'e']),
        ]
        .concat();
        let whole = [vec![7; 100], vec![8; 300], vec![9; 70_000]].concat();
        for size in [1, 5, 1000, 100_000] {
            let (found, ended) = read(&bytes, size);
            assert_eq!(ended, Ok(()));
            let text = |offset, text: &str| Message::Other {
                offset,
                text: text.to_owned(),
            };
            assert_eq!(found.len(), 4);
            assert_eq!(found[0], text(106, "ping of 5 bytes"));
            let Message::Binary { offset, head, bytes } = &found[1] else {
                panic!("{:?}", found[1]);
            };
            assert!((*offset, *head) == (0, 6) && *bytes == whole);
            assert_eq!(found[3], text(70_441, "close 1000 bye"));
        }
    }

    #[test]
    fn what_no_peer_sends_is_refused_where_it_is() {
        let good = frame(0x82, [0; 4], &[1]);
        let check = |bytes: &[u8], expected: &str| {
            let (_, ended) = read(&[&good[..], bytes].concat(), 7);
            assert_eq!(ended, Err(expected.to_owned()));
        };
        check(
            &frame(0xc2, [0; 4], &[1]),
            "3: the message is compressed (permessage-deflate), which rapace peers do not agree on",
        );
        check(
            &frame(0xa2, [0; 4], &[1]),
            "3: reserved bits 0x20 of a WebSocket frame are set",
        );
        check(
            &frame(0x80, [0; 4], &[1]),
            "3: a WebSocket continuation frame without a message before it",
        );
        check(
            &[frame(2, [0; 4], &[1]), frame(2, [0; 4], &[1])].concat(),
            "6: a WebSocket message begins before the previous one ends",
        );
        check(&frame(0x83, [0; 4], &[1]), "3: unknown WebSocket opcode 3");
        let long = [0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0];
        check(
            &long,
            "3: WebSocket frame length 4294967296 exceeds the limit of 67108864",
        );
        check(&[0x82, 5, 1], "3: the input ends after 3 bytes of a WebSocket message");
        check(&frame(2, [0; 4], &[1]), "3: the input ends inside a WebSocket message");
    }
}
