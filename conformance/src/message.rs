//! Messages that an author can work from: what was expected and what came, in hex and in meaning.

use std::fmt;
use std::fmt::Write;

/// How much of a command or an answer a message shows, in characters.
const SHOWN: usize = 300;

/// Bytes are shown in full up to so many; of more, the beginning and those around the difference.
const FULL: usize = 48;
/// So many bytes before and after a difference.
const AROUND: usize = 8;
/// The width of labels.
const LABEL: usize = 12;

/// A summary, and lines with labels.
#[derive(Debug, Clone)]
pub struct Message {
    text: String,
}

impl Message {
    /// The summary alone.
    pub fn new(summary: impl fmt::Display) -> Self {
        Self {
            text: summary.to_string(),
        }
    }

    /// Adds a line.
    pub fn line(mut self, label: &str, text: impl fmt::Display) -> Self {
        let _ = write!(self.text, "\n{label:<LABEL$} {text}");
        self
    }

    /// Adds the bytes that were expected, those that came, and where they begin to differ.
    pub fn bytes(self, expected: &[u8], meaning: &str, came: &[u8], came_meaning: &str) -> Self {
        let at = difference(expected, came);
        let byte = |bytes: &[u8]| bytes.get(at).map_or("the end".into(), |byte| format!("{byte:02x}"));
        let differs = format!("at byte {at}: {} instead of {}", byte(came), byte(expected));
        self.line("expected", format_args!("{}{meaning}", hex_around(expected, at)))
            .line("came", format_args!("{}{came_meaning}", hex_around(came, at)))
            .line("differs", differs)
    }
}

impl From<Message> for String {
    fn from(message: Message) -> Self {
        message.text
    }
}

/// Where two texts of bytes begin to differ; the length of the shorter when one begins the other.
pub fn difference(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// `ac 02`, and how many there are when that cannot be seen.
pub fn hex(bytes: &[u8]) -> String {
    hex_around(bytes, 0)
}

fn hex_around(bytes: &[u8], at: usize) -> String {
    if bytes.is_empty() {
        return "no bytes".into();
    }
    if bytes.len() <= FULL {
        return plain(bytes);
    }
    let head = FULL / 2;
    let (from, to) = (at.saturating_sub(AROUND), (at + AROUND).min(bytes.len()));
    let mut text = plain(&bytes[..head]);
    if to > head {
        let from = from.max(head);
        let gap = if from > head { " …" } else { "" };
        let _ = write!(text, "{gap} {}", plain(&bytes[from..to]));
    }
    if to.max(head) < bytes.len() {
        text += " …";
    }
    let _ = write!(text, " ({} bytes)", bytes.len());
    text
}

fn plain(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// The beginning of a text that may be long.
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_bytes_are_shown_in_full() {
        assert_eq!(hex(&[]), "no bytes");
        assert_eq!(hex(&[0, 0xac]), "00 ac");
        assert_eq!(hex(&[1; FULL]), vec!["01"; FULL].join(" "));
    }

    #[test]
    fn long_bytes_are_shown_where_they_differ() {
        let zeros = vec![0; 1000];
        let mut other = zeros.clone();
        other[500] = 7;
        assert_eq!(difference(&zeros, &other), 500);
        let shown = hex_around(&other, 500);
        let around = "… 00 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00 … (1000 bytes)";
        assert!(shown.ends_with(around), "{shown}");
        assert!(
            hex_around(&other, 1000).ends_with("00 (1000 bytes)"),
            "{}",
            hex_around(&other, 1000)
        );
    }
}
