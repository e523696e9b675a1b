//! Documentation as lines that a generator can put after its comment marks, and Rust's own fit for another language.

mod dialect;
mod fitted;
#[cfg(test)]
#[path = "docs/tests.rs"]
mod fitted_tests;
mod items;
mod rustdoc;

pub use self::dialect::{Dialect, Name};
pub use self::fitted::fitted;
pub use self::items::Item;

use std::collections::BTreeMap;

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

/// A text as one line: hidden characters are escaped, and directives are neutral.
pub fn line(text: &str, own: Directives) -> String {
    neutral(&visible(text), own)
}

/// A doc text with other names in its code spans: `after_ms` becomes `afterMs` where that is the argument's name in the language.
pub fn renamed<'a>(doc: &str, names: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let names: BTreeMap<&str, &str> = names.into_iter().collect();
    let (mut text, mut rest) = (String::with_capacity(doc.len()), doc);
    while let Some((before, after)) = rest.split_once('`') {
        text.push_str(before);
        text.push('`');
        rest = after;
        if let Some((code, after)) = rest.split_once('`')
            && let Some(name) = names.get(code)
        {
            text.push_str(name);
            text.push('`');
            rest = after;
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::{lines, renamed};

    #[test]
    fn names_change_in_code_spans_alone() {
        let names = [("after_ms", "afterMs"), ("a", "b"), ("b", "a")];
        for (doc, expected) in [
            ("Waits `after_ms` after_ms.", "Waits `afterMs` after_ms."),
            ("`a``b` `a.b` `a", "`b``a` `a.b` `a"),
            ("```\na\n```\n`a`", "```\na\n```\n`b`"),
            ("", ""),
        ] {
            assert_eq!(renamed(doc, names), expected, "{doc:?}");
        }
    }

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
