//! Characters that a reader of source code or of a terminal cannot see, or that change the order of what is seen.

/// A text for a message: hidden characters are escaped, and what is longer than `longest` characters is cut.
///
/// Names and texts of an unchecked file may hold a megabyte, or characters that command a terminal.
pub fn shown(text: &str, longest: usize) -> String {
    let mut start = text.chars();
    let cut: String = start.by_ref().take(longest).collect();
    match start.count() {
        0 => visible(&cut),
        more => format!("{}… ({more} characters more)", visible(&cut)),
    }
}

/// The text with each hidden character as Rust escapes it: `\u{202e}`. What belongs to a word or an emoji stays: joiners
/// inside words of scripts that need them and between emoji, and one variation selector after a character that has variants.
pub fn visible(text: &str) -> String {
    // Most texts are plain.
    if text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~')) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut before = Before::default();
    for c in text.chars() {
        if is_hidden(c) && !before.may_be_followed_by(c) {
            shown.push_str(&c.escape_unicode().to_string());
            before = Before::default();
        } else {
            shown.push(c);
            before = before.and(c);
        }
    }
    shown
}

/// True for a control character but the tab, a line or paragraph separator, a mark of writing direction, a character that
/// Unicode calls default-ignorable, one of interlinear annotation, and one that is none.
pub fn is_hidden(c: char) -> bool {
    if c.is_control() {
        return c != '\t';
    }
    let code = u32::from(c);
    code & 0xfffe == 0xfffe
        || matches!(code,
            0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x3164 | 0xfeff | 0xffa0
            | 0x180b..=0x180f
            | 0x200b..=0x200f
            | 0x2028..=0x202e
            | 0x2060..=0x206f
            | 0xfe00..=0xfe0f
            | 0xfff0..=0xfffb
            | 0x13430..=0x1343f
            | 0x1bca0..=0x1bca3
            | 0x1d173..=0x1d17a
            | 0xe0000..=0xe0fff)
}

/// What is directly before a character.
#[derive(Clone, Copy, Default)]
enum Before {
    /// Nothing that a hidden character may follow.
    #[default]
    Other,
    /// A letter or mark of a script whose words are written with joiners.
    Joining,
    /// A picture, alone or with its selector or colour of skin; a digit that may be on a key.
    Picture { varies: bool },
    /// A picture with a joiner, which needs another.
    Joined,
    /// A Han character, of which fonts know variants.
    Han,
}

impl Before {
    /// True for the few hidden characters that change how the one before them is drawn.
    fn may_be_followed_by(self, c: char) -> bool {
        match (self, u32::from(c)) {
            (Self::Joining, 0x200c | 0x200d) => true,
            (Self::Picture { .. }, 0x200d) => true,
            (Self::Picture { varies }, 0xfe0e | 0xfe0f) => varies,
            (Self::Han, 0xfe00..=0xfe02 | 0xe0100..=0xe01ef) => true,
            _ => false,
        }
    }

    fn and(self, c: char) -> Self {
        match u32::from(c) {
            0x200d if matches!(self, Self::Picture { .. }) => Self::Joined,
            0xfe0e | 0xfe0f if matches!(self, Self::Picture { .. }) => Self::Picture { varies: false },
            // Colours of skin.
            0x1f3fb..=0x1f3ff => Self::Picture { varies: false },
            _ if is_picture(c) => Self::Picture { varies: true },
            _ if is_joining(c) => Self::Joining,
            _ if is_han(c) => Self::Han,
            _ => Self::Other,
        }
    }
}

/// Characters of the blocks that hold emoji, and those that become one with a selector: `©`, `1`, `#`.
fn is_picture(c: char) -> bool {
    matches!(u32::from(c),
        0x23 | 0x2a | 0x30..=0x39 | 0xa9 | 0xae | 0x203c | 0x2049 | 0x2122 | 0x2139 | 0x3030 | 0x303d | 0x3297 | 0x3299
        | 0x2190..=0x21ff
        | 0x2300..=0x23ff
        | 0x2460..=0x24ff
        | 0x25a0..=0x27bf
        | 0x2900..=0x297f
        | 0x2b00..=0x2bff
        | 0x1f000..=0x1faff)
}

/// Letters and marks of the scripts that Unicode lets joiners into identifiers of: Arabic and its relatives, those of
/// India and their relatives, Khmer, Mongolian.
fn is_joining(c: char) -> bool {
    matches!(u32::from(c),
        0x600..=0x6ff | 0x710..=0x7ff | 0x840..=0xdff | 0xf00..=0xfff | 0x1000..=0x109f | 0x1780..=0x17b3 | 0x17b6..=0x17ff
        | 0x1800..=0x180a | 0x1810..=0x18af | 0xa840..=0xa87f | 0xfb50..=0xfdcf | 0xfe70..=0xfefc)
        && c.is_alphanumeric() | is_mark(c)
}

/// Marks of the joining scripts that Rust does not count among letters: signs that silence a vowel.
fn is_mark(c: char) -> bool {
    matches!(
        u32::from(c),
        0x94d | 0x9cd | 0xa4d | 0xacd | 0xb4d | 0xbcd | 0xc4d | 0xccd | 0xd4d | 0xdca | 0x1039 | 0x17d2
    )
}

fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3fffd)
}

#[cfg(test)]
mod tests {
    use super::{is_hidden, shown, visible};

    #[test]
    fn messages_are_short_and_command_no_terminal() {
        assert_eq!(shown("plain", 5), "plain");
        assert_eq!(shown("a\u{1b}[31m", 9), "a\\u{1b}[31m");
        assert_eq!(shown("plain text", 5), "plain… (5 characters more)");
    }

    #[test]
    fn harmless_text_stays_as_it_is() {
        for text in [
            "Plain text, größe, e\u{301}, 漢字, \tTab",
            // Family, flag, key, red heart, a hand of some colour.
            "👨\u{200d}👩\u{200d}👧 🇩🇪 1\u{fe0f}\u{20e3} ❤\u{fe0f} 👋🏽 ❤\u{fe0f}\u{200d}🔥 👩🏽\u{200d}💻",
            // Persian with a non-joiner, Malayalam and Sinhala with joiners.
            "می\u{200c}خواهم ന\u{d4d}\u{200d} ශ\u{dca}\u{200d}ර",
            "葛\u{e0100}城",
        ] {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        for (text, expected) in [
            (
                "a\rb\u{b}\u{c}\u{85}\u{2028}\u{2029}\0",
                "a\\u{d}b\\u{b}\\u{c}\\u{85}\\u{2028}\\u{2029}\\u{0}",
            ),
            (
                "\u{202e}a\u{2066}b\u{200f}\u{61c}",
                "\\u{202e}a\\u{2066}b\\u{200f}\\u{61c}",
            ),
            (
                "a\u{ad}b\u{200b}c\u{200d}d\u{feff}",
                "a\\u{ad}b\\u{200b}c\\u{200d}d\\u{feff}",
            ),
            ("\u{e0001}\u{e0041}", "\\u{e0001}\\u{e0041}"),
            ("a\u{fe0f}b\u{e0100}", "a\\u{fe0f}b\\u{e0100}"),
            ("\u{fff9}a\u{fffa}b\u{fffb}", "\\u{fff9}a\\u{fffa}b\\u{fffb}"),
            // One selector is a variant, more are a message.
            ("❤\u{fe0f}\u{fe0f}", "❤\u{fe0f}\\u{fe0f}"),
            ("葛\u{e0100}\u{e0101}", "葛\u{e0100}\\u{e0101}"),
            ("👨\u{200d}\u{200d}👩", "👨\u{200d}\\u{200d}👩"),
            ("ക\u{200d}\u{200d}", "ക\u{200d}\\u{200d}"),
            (
                "\u{3164}\u{115f}\u{34f}\u{1d173}\u{fffe}",
                "\\u{3164}\\u{115f}\\u{34f}\\u{1d173}\\u{fffe}",
            ),
        ] {
            assert_eq!(visible(text), expected, "{text:?}");
        }
        assert!(
            (0..0x20)
                .filter_map(char::from_u32)
                .all(|c| is_hidden(c) == (c != '\t'))
        );
    }
}
