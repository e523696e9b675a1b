//! A list of numbers, as languages print bytes: `[1, 2, 255]`.

use super::notation::{Notation, shown};

/// Reads a list.
#[derive(Debug, Default)]
pub(super) struct List {
    state: State,
    number: Option<u32>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    /// Before `[`.
    #[default]
    Before,
    /// A number, or the end of an empty list.
    Number,
    /// After a number: `,` or `]`.
    After,
    /// After `]`.
    Ended,
}

impl Notation for List {
    fn add(&mut self, text: &[u8], bytes: &mut Vec<u8>) -> Result<(), (usize, String)> {
        for (at, &byte) in text.iter().enumerate() {
            self.one(byte, bytes).map_err(|why| (at, why))?;
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<(), String> {
        match self.state {
            State::Ended => Ok(()),
            _ => Err("the list ends without `]`".to_owned()),
        }
    }
}

impl List {
    fn one(&mut self, byte: u8, bytes: &mut Vec<u8>) -> Result<(), String> {
        if let (State::Number, b'0'..=b'9') = (&self.state, byte) {
            let number = self.number.unwrap_or(0) * 10 + u32::from(byte - b'0');
            self.number = Some(number);
            return match number {
                0..=255 => Ok(()),
                _ => Err(format!("{number} is not a byte: the largest is 255")),
            };
        }
        if let Some(number) = self.number.take() {
            bytes.push(number as u8);
            self.state = State::After;
        }
        self.state = match (&self.state, byte) {
            (_, byte) if byte.is_ascii_whitespace() => return Ok(()),
            (State::Before, b'[') | (State::After, b',') => State::Number,
            (State::Number | State::After, b']') => State::Ended,
            (State::Ended, _) => return Err(format!("{} after the list", shown(byte))),
            (_, byte) => return Err(format!("{} in a list of bytes", shown(byte))),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::List;
    use crate::traffic::input::notation::tests::check;

    #[test]
    fn lists_are_read_as_languages_print_them() {
        check::<List>("[1, 2,\n 255]\n", Ok(&[1, 2, 255]));
        check::<List>("[7,]", Ok(&[7]));
        check::<List>("[ ]", Ok(&[]));
    }

    #[test]
    fn what_is_no_byte_is_refused_at_its_place() {
        let refused = |text: &str, why: &str| check::<List>(text, Err(why));
        refused(
            "[1, 256]",
            "character 6 of the input: 256 is not a byte: the largest is 255",
        );
        refused("[1, -2]", "character 4 of the input: `-` in a list of bytes");
        refused("[1 2]", "character 3 of the input: `2` in a list of bytes");
        refused("[1] [2]", "character 4 of the input: `[` after the list");
        refused("[1, 2", "the list ends without `]`");
    }
}
