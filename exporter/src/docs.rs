//! Docs as people wrote them: facet hands on their text, rapace the string literal.

/// The text of a doc: the indent that all lines share removed, no blank lines at its ends.
pub fn readable(text: &str) -> String {
    let blank = |line: &&str| line.trim().is_empty();
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let shared = text.lines().filter(|line| !blank(line)).map(indent).min().unwrap_or(0);
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.get(shared..).unwrap_or("").trim_end())
        .collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The text of a literal as rapace's macro hands it on: it has put `"` where the literal said `\"`, and undone
/// no other escape.
pub fn unescape(literal: &str) -> String {
    let mut text = String::with_capacity(literal.len());
    let mut rest = literal;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let (character, length) = escape(rest).unwrap_or(('\\', 1));
        text.push(character);
        rest = &rest[length..];
    }
    text + rest
}

/// The character that an escape at the start of `text` means, and the escape's length in bytes.
fn escape(text: &str) -> Option<(char, usize)> {
    match text.as_bytes().get(1)? {
        b'\\' => Some(('\\', 2)),
        b'n' => Some(('\n', 2)),
        b't' => Some(('\t', 2)),
        b'r' => Some(('\r', 2)),
        b'0' => Some(('\0', 2)),
        b'\'' => Some(('\'', 2)),
        b'u' => {
            let digits = text.strip_prefix("\\u{")?.split_once('}')?.0;
            let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            Some((character, digits.len() + "\\u{}".len()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{readable, unescape};

    #[test]
    fn escapes_are_undone_once() {
        for (literal, text) in [
            (" One line.", "One line."),
            (" One.\n\n Two.\n   - deeper  ", "One.\n\nTwo.\n  - deeper"),
            (r#" C:\\new "quoted" it\'s"#, r#"C:\new "quoted" it's"#),
            (r" \\n \\u{41} \u{202e}!", "\\n \\u{41} \u{202e}!"),
            (r" ends with \\", r"ends with \"),
            (r" a lone \ and \q stay", r"a lone \ and \q stay"),
            (r" two\n lines", "two\nlines"),
            ("", ""),
        ] {
            assert_eq!(readable(&unescape(literal)), text, "{literal}");
        }
    }
}
