//! Base64, of both alphabets, with or without padding.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::notation::{Notation, shown};

/// How many characters mean whole bytes.
const GROUP: usize = 4;

/// Without padding: it is read here, because it comes once, at the end.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Reads base64. White space is skipped.
#[derive(Debug, Default)]
pub(super) struct Base64 {
    held: Vec<u8>,
    padding: usize,
}

/// True when a text has characters of base64 and white space, and nothing else.
pub(super) fn is_base64(head: &[u8]) -> bool {
    Base64::default().add(head, &mut Vec::new()).is_ok()
}

impl Notation for Base64 {
    fn add(&mut self, text: &[u8], bytes: &mut Vec<u8>) -> Result<(), (usize, String)> {
        for (at, &byte) in text.iter().enumerate() {
            match byte {
                b'=' => self.padding += 1,
                byte if byte.is_ascii_whitespace() => {}
                _ if self.padding > 0 => return Err((at, "base64 continues after its padding".to_owned())),
                b'-' => self.held.push(b'+'),
                b'_' => self.held.push(b'/'),
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => self.held.push(byte),
                byte => return Err((at, format!("{} is not a base64 character", shown(byte)))),
            }
        }
        let whole = self.held.len() / GROUP * GROUP;
        let rest = self.held.split_off(whole);
        let decoded = ENGINE.decode_vec(std::mem::replace(&mut self.held, rest), bytes);
        decoded.map_err(|error| (0, error.to_string()))
    }

    fn finish(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        if self.padding > 0 && !(self.held.len() + self.padding).is_multiple_of(GROUP) {
            return Err(format!("the base64 padding is wrong: {} `=`", self.padding));
        }
        let decoded = ENGINE.decode_vec(&self.held, bytes);
        decoded.map_err(|_| "the base64 ends inside a byte".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Base64;
    use crate::traffic::input::notation::tests::check;

    #[test]
    fn base64_is_read_in_both_alphabets() {
        let bytes: &[u8] = &[0xfb, 0xff, 0xfe, 1];
        for text in ["+//+AQ==", "-__-AQ", "+//\n+AQ=\n=\n"] {
            check::<Base64>(text, Ok(bytes));
        }
        check::<Base64>("", Ok(&[]));
    }

    #[test]
    fn what_is_no_base64_is_refused_at_its_place() {
        let refused = |text: &str, why: &str| check::<Base64>(text, Err(why));
        refused("AAA*", "character 3 of the input: `*` is not a base64 character");
        refused(
            "AA==AA==",
            "character 4 of the input: base64 continues after its padding",
        );
        refused("AAAAA", "the base64 ends inside a byte");
        refused("AA=", "the base64 padding is wrong: 1 `=`");
    }
}
