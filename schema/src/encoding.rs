//! Text files as editors and shells write them: UTF-8, perhaps with a byte order mark.

use std::fmt;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why bytes are not a text that is read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotUtf8 {
    /// They are UTF-16, as `>` of Windows PowerShell writes it.
    Utf16,
    /// The byte at this offset begins nothing that is UTF-8.
    Byte(usize),
}

impl fmt::Display for NotUtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Utf16 => f.write_str(
                "it is UTF-16, as `>` in Windows PowerShell writes it, and must be UTF-8: write it with `--out FILE` instead \
                 of `>`, or save it as UTF-8",
            ),
            Self::Byte(offset) => write!(f, "it must be UTF-8, and the byte at {offset} is not: save it as UTF-8"),
        }
    }
}

/// The text in a file: a byte order mark at its start is left out.
///
/// # Errors
/// When it is not UTF-8.
pub fn text_of(bytes: &[u8]) -> Result<&str, NotUtf8> {
    // A text of JSON or TOML begins with a character of ASCII, the other half of which is 0 in UTF-16.
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]) {
        return Err(NotUtf8::Utf16);
    }
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| NotUtf8::Byte(error.valid_up_to()))
}

#[cfg(test)]
mod tests {
    use super::{NotUtf8, text_of};

    #[test]
    fn encodings_are_told_apart() {
        let utf16 =
            |to_bytes: fn(u16) -> [u8; 2], text: &str| text.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
        for (bytes, expected) in [
            (b"{}".to_vec(), Ok("{}")),
            (b"".to_vec(), Ok("")),
            (b"\xef\xbb\xbf{}".to_vec(), Ok("{}")),
            ("{\"größe\"}".as_bytes().to_vec(), Ok("{\"größe\"}")),
            (utf16(u16::to_le_bytes, "\u{feff}{}"), Err(NotUtf8::Utf16)),
            (utf16(u16::to_be_bytes, "\u{feff}{}"), Err(NotUtf8::Utf16)),
            (utf16(u16::to_le_bytes, "{}"), Err(NotUtf8::Utf16)),
            (utf16(u16::to_be_bytes, "{}"), Err(NotUtf8::Utf16)),
            (b"{\"gr\xf6\xdfe\"}".to_vec(), Err(NotUtf8::Byte(4))),
        ] {
            assert_eq!(text_of(&bytes), expected, "{bytes:?}");
        }
    }
}
