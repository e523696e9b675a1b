//! Bytes that are written as text, read piece by piece.

use std::io::Read;

use super::base64::Base64;
use super::hex::Hex;
use super::kind::Kind;
use super::list::List;
use super::notation::{Notation, refused};

/// How much text is read at once.
const PIECE: usize = 64 * 1024;

/// The bytes of a text.
pub(crate) struct TextBytes<R> {
    text: R,
    notation: Option<Box<dyn Notation>>,
    /// How much text was read before this piece.
    before: u64,
    ended: bool,
}

impl<R: Read> TextBytes<R> {
    /// Of an input of this kind. What is no text is passed on as it is.
    pub(crate) fn new(text: R, kind: Kind) -> Self {
        let notation: Option<Box<dyn Notation>> = match kind {
            Kind::Hex => Some(Box::<Hex>::default()),
            Kind::Base64 => Some(Box::<Base64>::default()),
            Kind::List => Some(Box::<List>::default()),
            Kind::Stream | Kind::Pcap | Kind::Recording => None,
        };
        Self {
            text,
            notation,
            before: 0,
            ended: false,
        }
    }

    /// The next bytes, at most as many as one piece of text means. Nothing at the end.
    ///
    /// # Errors
    /// A message: the input cannot be read, or is not what it should be.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, String> {
        let mut text = vec![0; PIECE];
        while !self.ended {
            let count = match self.text.read(&mut text) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                read => read.map_err(|error| error.to_string())?,
            };
            self.ended = count == 0;
            let Some(notation) = &mut self.notation else {
                text.truncate(count);
                return Ok((!self.ended).then_some(text));
            };
            let mut bytes = Vec::new();
            match self.ended {
                true => notation.finish(&mut bytes)?,
                false => notation
                    .add(&text[..count], &mut bytes)
                    .map_err(|(at, why)| refused(self.before, at, &why))?,
            }
            self.before += count as u64;
            if !bytes.is_empty() {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, TextBytes};

    fn check(kind: Kind, text: &str, expected: Result<&[u8], &str>) {
        let (mut bytes, mut all) = (TextBytes::new(text.as_bytes(), kind), Vec::new());
        let read = loop {
            match bytes.next() {
                Ok(Some(more)) => all.extend(more),
                Ok(None) => break Ok(all.as_slice()),
                Err(why) => break Err(why),
            }
        };
        assert_eq!(read, expected.map_err(str::to_owned), "{text:?}");
    }

    #[test]
    fn each_kind_is_read_in_its_notation() {
        check(Kind::Stream, "48", Ok(b"48"));
        check(Kind::Stream, "", Ok(b""));
        check(Kind::Hex, "48", Ok(b"H"));
        check(Kind::Base64, "SA", Ok(b"H"));
        check(Kind::List, "[72]", Ok(b"H"));
        let long = format!("{}x", "48".repeat(100_000));
        check(
            Kind::Hex,
            &long,
            Err("character 200000 of the input: `x` is not a hex digit"),
        );
    }
}
