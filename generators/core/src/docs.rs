//! Documentation as lines that a generator can put behind its comment marks.

use crate::text::{Directives, neutral, visible};

/// The lines of a doc text without trailing blanks, without blank lines at its start and end. None for no text.
///
/// Each is as [`line()`] has it; `own` are the directives of the language's tools.
pub fn lines(doc: &str, own: Directives) -> Vec<String> {
    let lines: Vec<&str> = doc.lines().map(str::trim_end).collect();
    let first = lines.iter().position(|line| !line.is_empty());
    let last = lines.iter().rposition(|line| !line.is_empty());
    match (first, last) {
        (Some(first), Some(last)) => lines[first..=last].iter().map(|text| line(text, own)).collect(),
        _ => Vec::new(),
    }
}

/// A text that is one line whatever stands in it: what is hidden is shown escaped, no directive is one.
pub fn line(text: &str, own: Directives) -> String {
    neutral(&visible(text), own)
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn blank_lines_stay_inside_only() {
        assert_eq!(lines("\n  \none\n\n  two  \n\n", &[]), ["one", "", "  two"]);
        assert!(lines("", &[]).is_empty() && lines(" \n ", &[]).is_empty());
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(
            lines("a\rb\r\nc\u{2028}d # noqa", &["#| noqa"]),
            ["a\\u{d}b", "c\\u{2028}d #\\ noqa"]
        );
    }
}
