//! Finds out what an input is by its first bytes.

use std::io::{self, Chain, Cursor, Read};

use crate::traffic::stream::is_length;

/// How many first bytes decide what a text is.
const HEAD: usize = 4096;
/// How many first bytes decide whether an input is text.
const MAGIC: usize = 24;
/// The first bytes of pcap files: either order of bytes, microseconds or nanoseconds.
const PCAP: [[u8; 4]; 4] = [
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
];
/// The first bytes of pcapng files.
const PCAPNG: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
/// How long the first block of a pcapng file may be: 1 MiB.
const FIRST_BLOCK: usize = 1024 * 1024;

/// What an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// Hex digits; spaces, line ends, `0x`, `\x`, commas and colons between them are skipped
    Hex,
    /// Base64, with the alphabet of URLs too
    Base64,
    /// A list of numbers: [1, 2, 255]
    List,
    /// The bytes that one peer sent: frames with their lengths, or a WebSocket
    Stream,
    /// A packet capture: pcap or pcapng
    Pcap,
    /// JSON with recorded calls, as rapace's conformance suite writes it
    Recording,
}

/// An input and what it is.
pub(crate) struct Opened<R> {
    /// What it is.
    pub(crate) kind: Kind,
    /// All its bytes.
    pub(crate) bytes: Chain<Cursor<Vec<u8>>, R>,
}

/// Looks at the first bytes of an input. Nothing is left of one that is empty.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn open<R: Read>(mut input: R, forced: Option<Kind>) -> io::Result<Option<Opened<R>>> {
    let mut head = Vec::new();
    fill(&mut input, &mut head, MAGIC)?;
    if is_pcapng(&head) {
        // The crate that reads the container wants the first block whole.
        let block = first_block(&head);
        fill(&mut input, &mut head, block)?;
    } else if forced.is_none() && head.iter().all(|byte| is_text(*byte)) {
        fill(&mut input, &mut head, HEAD)?;
    }
    if head.is_empty() {
        return Ok(None);
    }
    let kind = forced.unwrap_or_else(|| kind_of(&head));
    let bytes = Cursor::new(head).chain(input);
    Ok(Some(Opened { kind, bytes }))
}

/// Reads until there are so many bytes, or none are left.
fn fill(input: &mut impl Read, head: &mut Vec<u8>, length: usize) -> io::Result<()> {
    let more = length.saturating_sub(head.len());
    input.take(more as u64).read_to_end(head)?;
    Ok(())
}

/// What these first bytes are of. What is nothing else is taken for a stream, which reports the error.
fn kind_of(head: &[u8]) -> Kind {
    let magic = head.first_chunk().copied();
    let is_frame = magic.is_some_and(|length| is_length(u32::from_le_bytes(length)));
    match magic {
        Some(magic) if PCAP.contains(&magic) || magic == PCAPNG => Kind::Pcap,
        // JSON may have any characters.
        _ if !is_frame && head.trim_ascii_start().first() == Some(&b'{') => Kind::Recording,
        _ if is_frame || !head.iter().all(|byte| is_text(*byte)) => Kind::Stream,
        _ => text_kind(head),
    }
}

fn text_kind(head: &[u8]) -> Kind {
    let mut characters = head.iter().filter(|byte| !byte.is_ascii_whitespace());
    if let (Some(b'['), Some(b']' | b'0'..=b'9')) = (characters.next(), characters.next()) {
        return Kind::List;
    }
    if super::hex::is_hex(head) {
        return Kind::Hex;
    }
    if super::base64::is_base64(head) {
        return Kind::Base64;
    }
    Kind::Stream
}

fn is_text(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte.is_ascii_whitespace()
}

fn is_pcapng(head: &[u8]) -> bool {
    head.starts_with(&PCAPNG)
}

/// The length of a first block, in either order of bytes.
fn first_block(head: &[u8]) -> usize {
    let length = head
        .get(4..8)
        .and_then(|bytes| bytes.first_chunk().copied())
        .unwrap_or_default();
    let length = u32::from_le_bytes(length).min(u32::from_be_bytes(length));
    (length as usize).min(FIRST_BLOCK)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{Kind, open};

    fn check(input: &[u8], expected: Kind) {
        let mut opened = open(input, None).expect("bytes").expect("not empty");
        assert_eq!(opened.kind, expected, "{}", String::from_utf8_lossy(input));
        let mut all = Vec::new();
        opened.bytes.read_to_end(&mut all).expect("bytes");
        assert_eq!(all, input, "nothing is lost");
    }

    #[test]
    fn first_bytes_decide_what_an_input_is() {
        check(b"48000000 01", Kind::Hex);
        check(b"0x48, 0x00\n", Kind::Hex);
        check(br"\x48\x00", Kind::Hex);
        check(b"48:00:0f", Kind::Hex);
        check(&b"4800".repeat(5000), Kind::Hex);
        check(b"SAAAAAE=", Kind::Base64);
        check(b"_-8\n", Kind::Base64);
        check(b" [72, 0]", Kind::List);
        check(b"[]", Kind::List);
        check(b"{\"cases\": []}", Kind::Recording);
        check("\n{\"title\": \"é\"}".as_bytes(), Kind::Recording);
        check(&[b'{', 0, 0, 0, 1], Kind::Stream);
        check(&[0x48, 0, 0, 0, 1], Kind::Stream);
        check(b"GET / HTTP/1.1\r\n", Kind::Stream);
        check(b"hello, world", Kind::Stream);
        check(&[0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0], Kind::Pcap);
        check(&[0xa1, 0xb2, 0x3c, 0x4d], Kind::Pcap);
        assert!(open(&[][..], Some(Kind::Hex)).expect("bytes").is_none());
        let forced = open(&b"48"[..], Some(Kind::Base64)).expect("bytes").expect("not empty");
        assert_eq!(forced.kind, Kind::Base64);
    }
}
