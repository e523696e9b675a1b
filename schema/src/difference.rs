//! Where two texts differ, for messages of tests and checks.

/// The first line in which two texts differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference<'a> {
    /// The number of the line, from 1.
    pub line: usize,
    /// The line in the text that was found. `None` when the text ends before it.
    pub found: Option<&'a str>,
    /// The line in the text that was expected. `None` when the text ends before it.
    pub expected: Option<&'a str>,
}

/// Returns the first line in which two texts differ, or `None` when they are equal. Texts that differ only in how lines end
/// differ after their last common line.
pub fn first_difference<'a>(found: &'a str, expected: &'a str) -> Option<Difference<'a>> {
    if found == expected {
        return None;
    }
    let mut pairs = found.lines().zip(expected.lines());
    let line = pairs
        .position(|(found, expected)| found != expected)
        .unwrap_or_else(|| found.lines().count().min(expected.lines().count()));
    Some(Difference {
        line: line + 1,
        found: found.lines().nth(line),
        expected: expected.lines().nth(line),
    })
}

/// True when two texts are equal, or differ only in that lines end as on Windows: git may have changed that.
pub fn is_same_text(found: &str, expected: &str) -> bool {
    found == expected || found.replace("\r\n", "\n") == expected.replace("\r\n", "\n")
}

impl Difference<'_> {
    /// Both lines, each after what its text is called: `line 3:\n  golden: a\n  generated: b`.
    pub fn between(&self, found: &str, expected: &str) -> String {
        let width = found.len().max(expected.len()) + 1;
        let line = |called: &str, line: Option<&str>| {
            format!(
                "\n  {:width$} {}",
                format!("{called}:"),
                line.unwrap_or("<no such line>")
            )
        };
        format!("line {}:", self.line) + &line(found, self.found) + &line(expected, self.expected)
    }
}

#[cfg(test)]
mod tests {
    use super::{first_difference, is_same_text};

    fn check(found: &str, expected: &str, message: Option<&str>) {
        let difference = first_difference(found, expected).map(|difference| difference.between("it is", "should be"));
        assert_eq!(difference.as_deref(), message);
    }

    #[test]
    fn the_first_line_that_differs_is_shown() {
        check("a\nb\n", "a\nb\n", None);
        check("a\nb\nc", "a\nx\ny", Some("line 2:\n  it is:     b\n  should be: x"));
        check(
            "a\n",
            "a\nb\n",
            Some("line 2:\n  it is:     <no such line>\n  should be: b"),
        );
        check("", "a", Some("line 1:\n  it is:     <no such line>\n  should be: a"));
        check(
            "a",
            "a\n",
            Some("line 2:\n  it is:     <no such line>\n  should be: <no such line>"),
        );
    }

    #[test]
    fn line_ends_of_windows_are_no_difference() {
        assert!(is_same_text("a\r\nb\r\n", "a\nb\n"));
        assert!(!is_same_text("a\r\nb", "a\nc"));
    }
}
