//! One direction: finds out whether it is a stream of frames or a WebSocket, and cuts it.

use rapace_wire::frame::{DESCRIPTOR, LENGTH};

use super::cut::{Cut, Piece};
use super::cutter::{Cutter, frame_of, is_length};
use super::upgrade::{Head, head, is_http};
use super::websocket::{Message, Messages};

/// How many bytes distinguish HTTP from frames.
const BEGINNING: usize = 8;
/// The first byte of a binary WebSocket message in one piece. It may be that of a frame's length.
const BINARY: u8 = 0x82;
/// Where a descriptor has the length of its payload.
const PAYLOAD_LENGTH: usize = 28;
/// The first bytes of a TLS record with a handshake. They may be those of a frame's length.
const TLS: [u8; 2] = [0x16, 3];
/// Where a TLS record says which message of the handshake it has: the hello of a client, or that of a server. The first message
/// of a connection has a number below 256, so that a frame has 0 there.
const TLS_MESSAGE: usize = 5;
const HELLOS: [u8; 2] = [1, 2];

/// The bytes of one direction of a connection, as they arrive.
#[derive(Debug)]
pub(crate) struct Side {
    state: State,
    /// How many bytes have arrived.
    length: u64,
    frames: u64,
}

#[derive(Debug)]
enum State {
    /// Too few bytes have come to know what they are.
    Start(Vec<u8>),
    /// HTTP before a WebSocket.
    Http(Vec<u8>),
    Frames(Cutter),
    WebSocket(Messages),
    /// It is broken.
    Over,
}

impl Side {
    /// Of which nothing has arrived.
    pub(crate) fn new() -> Self {
        Self {
            state: State::Start(Vec::new()),
            length: 0,
            frames: 0,
        }
    }

    /// True when nothing more can be read.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// How many frames were read.
    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }

    /// Adds bytes, and passes on what they turn out to be.
    pub(crate) fn feed(&mut self, bytes: &[u8], piece: &mut dyn FnMut(Piece)) {
        let offset = self.length;
        self.length += bytes.len() as u64;
        self.add(bytes, offset, piece);
    }

    /// The bytes have ended.
    pub(crate) fn finish(&mut self, piece: &mut dyn FnMut(Piece)) {
        let ended = match &self.state {
            State::Over => Ok(()),
            State::Start(held) if held.is_empty() => Ok(()),
            State::Start(held) => Err((0, format!("{} bytes are too few for a frame", held.len()))),
            State::Http(_) => Err((0, "the input ends inside the HTTP header of a WebSocket".to_owned())),
            State::Frames(cutter) => cutter.finish(self.length).map_err(|why| (why.offset, why.text)),
            State::WebSocket(messages) => messages.finish(self.length).map_err(|why| (why.offset, why.text)),
        };
        if let Err((offset, text)) = ended {
            self.end(offset, text, piece);
        }
    }

    /// Bytes are missing: nothing after them can be read.
    pub(crate) fn gap(&mut self, text: String, piece: &mut dyn FnMut(Piece)) {
        if !self.is_over() {
            self.end(self.length, text, piece);
        }
    }

    fn add(&mut self, bytes: &[u8], offset: u64, piece: &mut dyn FnMut(Piece)) {
        let broken = match &mut self.state {
            State::Over => None,
            State::Start(held) => {
                held.extend_from_slice(bytes);
                let held = std::mem::take(held);
                return self.begin(held, offset + bytes.len() as u64, piece);
            }
            State::Http(held) => {
                held.extend_from_slice(bytes);
                let held = std::mem::take(held);
                return self.upgrade(held, offset + bytes.len() as u64, piece);
            }
            State::Frames(cutter) => {
                let frames = &mut self.frames;
                let fed = cutter.feed(bytes, offset, |cut| {
                    *frames += 1;
                    piece(Piece::Frame(cut));
                });
                fed.err().map(|why| (why.offset, why.text))
            }
            State::WebSocket(messages) => {
                let (frames, mut refused) = (&mut self.frames, None);
                let fed = messages.feed(bytes, offset, |message| match of_message(message) {
                    Ok(found) if refused.is_none() => {
                        *frames += u64::from(matches!(found, Piece::Frame(_)));
                        piece(found);
                    }
                    Ok(_) => {}
                    Err(why) => {
                        refused.get_or_insert(why);
                    }
                });
                refused.or(fed.err().map(|why| (why.offset, why.text)))
            }
        };
        if let Some((offset, text)) = broken {
            self.end(offset, text, piece);
        }
    }

    /// Finds out what the first bytes are. `end` is where they end.
    fn begin(&mut self, held: Vec<u8>, end: u64, piece: &mut dyn FnMut(Piece)) {
        let offset = end - held.len() as u64;
        let length = held.first_chunk::<LENGTH>().copied().map(u32::from_le_bytes);
        self.state = match length {
            Some(_) if held.starts_with(&TLS) && held.len() <= TLS_MESSAGE => {
                self.state = State::Start(held);
                return;
            }
            Some(_) if held.starts_with(&TLS) && HELLOS.contains(&held[TLS_MESSAGE]) => {
                let text = "TLS: encrypted bytes cannot be read".to_owned();
                return self.end(offset, text, piece);
            }
            Some(length) if is_length(length) && held[0] == BINARY => match payload_length(&held) {
                Some(payload) if DESCRIPTOR as u64 + u64::from(payload) == u64::from(length) => {
                    State::Frames(Cutter::default())
                }
                Some(_) => State::WebSocket(Messages::default()),
                None => {
                    self.state = State::Start(held);
                    return;
                }
            },
            Some(length) if is_length(length) => State::Frames(Cutter::default()),
            Some(_) if is_http(&held) => {
                self.state = State::Http(Vec::new());
                return self.upgrade(held, end, piece);
            }
            Some(_) if held[0] == BINARY => State::WebSocket(Messages::default()),
            // The names of HTTP's methods are longer than a length.
            Some(_) if held.len() < BEGINNING && held.is_ascii() => {
                self.state = State::Start(held);
                return;
            }
            Some(length) => {
                let text = format!("neither a frame (its length would be {length}) nor a WebSocket");
                return self.end(offset, text, piece);
            }
            None => {
                self.state = State::Start(held);
                return;
            }
        };
        self.add(&held, offset, piece);
    }

    /// Reads the HTTP before a WebSocket. `end` is where the bytes end.
    fn upgrade(&mut self, held: Vec<u8>, end: u64, piece: &mut dyn FnMut(Piece)) {
        let offset = end - held.len() as u64;
        match head(&held) {
            Head::Begun => self.state = State::Http(held),
            Head::Other(text) => self.end(offset, text, piece),
            Head::Upgrade { compressed: true, .. } => {
                let text = "the server agrees to permessage-deflate: compressed messages cannot be read".to_owned();
                self.end(offset, text, piece);
            }
            Head::Upgrade { length, line, .. } => {
                piece(Piece::Note {
                    offset,
                    text: format!("WebSocket: {}", rapace_schema::text::shown(line, 80)),
                });
                self.state = State::WebSocket(Messages::default());
                self.add(&held[length..], offset + length as u64, piece);
            }
        }
    }

    fn end(&mut self, offset: u64, text: String, piece: &mut dyn FnMut(Piece)) {
        self.state = State::Over;
        piece(Piece::Broken {
            offset,
            text,
            at_start: self.frames == 0,
        });
    }
}

/// What the descriptor of a frame with a length before it says of its payload's length.
fn payload_length(bytes: &[u8]) -> Option<u32> {
    let field = bytes.get(LENGTH + PAYLOAD_LENGTH..)?.first_chunk()?;
    Some(u32::from_le_bytes(*field))
}

/// The frame that a message is.
fn of_message(message: Message) -> Result<Piece, (u64, String)> {
    match message {
        Message::Other { offset, text } => Ok(Piece::Note { offset, text }),
        Message::Binary { offset, head, bytes } => match frame_of(&bytes) {
            Some(frame) => Ok(Piece::Frame(Cut { offset, head, frame })),
            None => {
                let text = format!(
                    "a WebSocket message of {} bytes is below the {DESCRIPTOR} bytes of a descriptor",
                    bytes.len()
                );
                Err((offset, text))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use rapace_wire::Frame;

    use super::{Piece, Side};

    fn read(bytes: &[u8], size: usize) -> Vec<String> {
        let (mut side, mut said) = (Side::new(), Vec::new());
        let mut say = |piece: Piece| {
            said.push(match piece {
                Piece::Frame(cut) => format!("{} frame on {}", cut.offset, cut.frame.channel()),
                Piece::Note { offset, text } => format!("{offset} {text}"),
                Piece::Broken { offset, text, .. } => format!("{offset} broken: {text}"),
            });
        };
        bytes.chunks(size).for_each(|chunk| side.feed(chunk, &mut say));
        side.finish(&mut say);
        said
    }

    fn check(bytes: &[u8], expected: &[&str]) {
        for size in [1, 3, 4096] {
            assert_eq!(read(bytes, size), expected, "in pieces of {size}");
        }
    }

    #[test]
    fn what_a_direction_is_shows_in_its_first_bytes() {
        let frame = Frame::answer(5, &[1]);
        check(
            &[frame.to_bytes(), frame.to_bytes()].concat(),
            &["0 frame on 5", "69 frame on 5"],
        );
        let message = [&[0x82, 65][..], &frame.to_bytes()[4..]].concat();
        check(&message, &["0 frame on 5"]);
        let http = b"GET /rpc HTTP/1.1\r\nUpgrade: websocket\r\n\r\n";
        let after = [&http[..], &message].concat();
        check(&after, &["0 WebSocket: GET /rpc HTTP/1.1", "41 frame on 5"]);
        check(&[], &[]);
        // A frame whose length begins as a message does.
        let frame = Frame::answer(5, &[1; 0x82 - 64]);
        check(&frame.to_bytes(), &["0 frame on 5"]);
    }

    #[test]
    fn what_is_not_of_rapace_is_named() {
        let hello = [0x16, 3, 1, 2, 0, 1, 0, 1];
        check(&hello, &["0 broken: TLS: encrypted bytes cannot be read"]);
        check(
            b"POST / HTTP/1.1\r\n\r\n",
            &["0 broken: HTTP, but not a WebSocket: `POST / HTTP/1.1`"],
        );
        check(
            b"SSH-2.0-OpenSSH",
            &["0 broken: neither a frame (its length would be 759714643) nor a WebSocket"],
        );
        check(&[64, 0], &["0 broken: 2 bytes are too few for a frame"]);
        check(
            b"GET / HT",
            &["0 broken: the input ends inside the HTTP header of a WebSocket"],
        );
        check(
            &[0x82, 2, 1, 255],
            &["0 broken: a WebSocket message of 2 bytes is below the 64 bytes of a descriptor"],
        );
    }
}
