//! How wide a text is on a line, as formatters count.

use unicode_width::UnicodeWidthChar as _;

/// The columns of a text without line breaks: two for wide letters (`名`), none for marks on the letter before them.
///
/// Letter by letter, as Biome and Ruff count: a terminal may show some sequences of letters narrower.
pub fn width(text: &str) -> usize {
    match text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        true => text.len(),
        false => text.chars().map(|letter| letter.width().unwrap_or(0)).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::width;

    #[test]
    fn columns() {
        for (text, columns) in [
            ("", 0),
            ("größe", 5),
            ("名前", 4),
            ("x\u{302}", 1),
            ("ภาษาไทยไม้", 9),
            ("a b~", 4),
            ("a\tb", 2),
        ] {
            assert_eq!(width(text), columns, "{text}");
        }
    }
}
