//! Hex digits, as people and programs write them.

use super::notation::{Notation, shown};

/// How many bytes a run such as `[100x61]` may mean: 64 MiB.
const LONGEST_RUN: usize = 64 * 1024 * 1024;

/// Reads hex digits. Between bytes it skips what separates them, and reads runs such as `[100x61]`, as recordings have them.
#[derive(Debug, Default)]
pub(super) struct Hex {
    /// The first digit of a byte.
    half: Option<u8>,
    /// True after a `0` that may begin `0x`, or after `\`.
    after_backslash: bool,
    /// A run that has begun.
    run: Option<String>,
}

/// True for what may be between bytes.
fn separates(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | b':' | b'-' | b'"' | b'\'')
}

/// True when a text has hex digits and what may be between them, and nothing else.
pub(super) fn is_hex(head: &[u8]) -> bool {
    Hex::default().add(head, &mut Vec::new()).is_ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

impl Notation for Hex {
    fn add(&mut self, text: &[u8], bytes: &mut Vec<u8>) -> Result<(), (usize, String)> {
        for (at, &byte) in text.iter().enumerate() {
            self.one(byte, bytes).map_err(|why| (at, why))?;
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<(), String> {
        match (self.half, &self.run) {
            (Some(_), _) => Err("the input ends inside a byte: it has an odd number of hex digits".to_owned()),
            (_, Some(_)) => Err("the input ends inside a run such as [100x61]".to_owned()),
            (None, None) => Ok(()),
        }
    }
}

impl Hex {
    fn one(&mut self, byte: u8, bytes: &mut Vec<u8>) -> Result<(), String> {
        if let Some(run) = &mut self.run {
            if byte != b']' {
                run.push(char::from(byte));
                // Nothing that is longer is a run.
                return if run.len() > 12 {
                    Err("expected a run such as [100x61]".to_owned())
                } else {
                    Ok(())
                };
            }
            let run = self.run.take().unwrap_or_default();
            let (count, value) = parse_run(&run).ok_or_else(|| format!("`[{run}]` is not a run such as [100x61]"))?;
            bytes.extend(std::iter::repeat_n(value, count));
            return Ok(());
        }
        let after_backslash = std::mem::take(&mut self.after_backslash);
        match (self.half.take(), byte) {
            // `0x` before a byte, `\x` too.
            (Some(0), b'x' | b'X') => Ok(()),
            (None, b'x') if after_backslash => Ok(()),
            (None, b'\\') => {
                self.after_backslash = true;
                Ok(())
            }
            (None, b'[') => {
                self.run = Some(String::new());
                Ok(())
            }
            (None, byte) if separates(byte) => Ok(()),
            (Some(_), byte) if separates(byte) => Err("a byte has two hex digits".to_owned()),
            (half, byte) => match (half, digit(byte)) {
                (_, None) => Err(format!("{} is not a hex digit", shown(byte))),
                (None, high) => {
                    self.half = high;
                    Ok(())
                }
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    Ok(())
                }
            },
        }
    }
}

fn parse_run(run: &str) -> Option<(usize, u8)> {
    let (count, value) = run.split_once('x')?;
    let count = count.parse().ok().filter(|count| *count <= LONGEST_RUN)?;
    Some((count, u8::from_str_radix(value, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::Hex;
    use crate::traffic::input::notation::tests::check;

    #[test]
    fn hex_is_read_as_it_is_usually_written() {
        let bytes: &[u8] = &[0x48, 0, 0xff, 0x10];
        for text in [
            "4800ff10",
            "48 00 FF 10\n",
            "0x48, 0x00, 0xff, 0x10",
            r"\x48\x00\xff\x10",
            "48:00:ff:10",
            "\"4800\"\n'ff10'",
        ] {
            check::<Hex>(text, Ok(bytes));
        }
        check::<Hex>("01[3x61]02", Ok(&[1, 0x61, 0x61, 0x61, 2]));
        check::<Hex>("", Ok(&[]));
    }

    #[test]
    fn what_is_no_hex_is_refused_at_its_place() {
        let refused = |text: &str, why: &str| check::<Hex>(text, Err(why));
        refused(
            "48 0",
            "the input ends inside a byte: it has an odd number of hex digits",
        );
        refused("48 0g", "character 4 of the input: `g` is not a hex digit");
        refused("4 8", "character 1 of the input: a byte has two hex digits");
        refused(
            "48[3y61]",
            "character 7 of the input: `[3y61]` is not a run such as [100x61]",
        );
        refused(
            "48[99999999x61]",
            "character 14 of the input: `[99999999x61]` is not a run such as [100x61]",
        );
        refused("48[3x61", "the input ends inside a run such as [100x61]");
        refused(
            "48[0000000000000000",
            "character 15 of the input: expected a run such as [100x61]",
        );
    }
}
