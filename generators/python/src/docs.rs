//! Docstrings and string literals, in the form that `ruff format` leaves as it is.

use rapace_gen_core::docs;
use rapace_gen_core::text::{Directives, is_hidden};

/// What tools of Python obey, some of them in docstrings too: comments that type checkers, linters, formatters and coverage
/// look for, prompts that doctest runs, and directives of reStructuredText that read files.
#[rustfmt::skip]
const DIRECTIVES: Directives = &[
    "#| noqa", "#| type:", "#| ty:", "#| ruff:", "#| mypy:", "#| pyright:", "#| basedpyright:", "#| pyre-", "#| pyrefly:",
    "#| pytype:", "#| pylint:", "#| flake8:", "#| fmt:", "#| black:", "#| yapf:", "#| autopep8:", "#| isort:", "isort|:",
    "#| coding", "#| encoding", "#| pragma:", "#| nosec", "#| nopycln", "#| doctest:", "#| cython:", "#| distutils:",
    "^>>|>", "^.|. include", "^.|. literalinclude", "^.|. raw", "^.|. csv-table", "^.|. plot", "^.|. program-output",
];

/// The lines of a text as documentation has them.
pub fn doc_lines(doc: &str) -> Vec<String> {
    docs::lines(doc, DIRECTIVES)
}

/// A docstring, each line indented by `indent` spaces. None when there is nothing to say.
pub fn docstring(doc: &str, deprecated: Option<&str>, indent: usize) -> Option<String> {
    let mut lines = dedented(doc);
    if let Some(note) = deprecated {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let mut note = dedented(note);
        match note.first_mut() {
            Some(first) => *first = format!("Deprecated: {first}"),
            None => note.push("Deprecated.".into()),
        }
        lines.extend(note);
    }
    let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
    let margin = " ".repeat(indent);
    match lines.as_slice() {
        [] => None,
        [line] => {
            // A quote next to the delimiter would become a part of it.
            let before = if line.starts_with('"') { " " } else { "" };
            let after = if ends_with_quote(line) { " " } else { "" };
            Some(format!("{margin}\"\"\"{before}{line}{after}\"\"\""))
        }
        [first, rest @ ..] => {
            let before = if first.starts_with('"') { " " } else { "" };
            let mut text = format!("{margin}\"\"\"{before}{first}\n");
            for line in rest {
                if !line.is_empty() {
                    text.push_str(&margin);
                    text.push_str(line);
                }
                text.push('\n');
            }
            text.push_str(&margin);
            text.push_str("\"\"\"");
            Some(text)
        }
    }
}

/// True for a line that ends with a quote which no backslash escapes.
fn ends_with_quote(line: &str) -> bool {
    let before = line.strip_suffix('"');
    before.is_some_and(|before| (before.len() - before.trim_end_matches('\\').len()).is_multiple_of(2))
}

/// The lines of a doc. Those after the first lose the indentation that they share, as in docstrings.
fn dedented(doc: &str) -> Vec<String> {
    let lines: Vec<String> = doc_lines(doc).iter().map(|line| line.replace('\t', "    ")).collect();
    let Some((first, rest)) = lines.split_first() else {
        return Vec::new();
    };
    let indent = |line: &String| line.len() - line.trim_start_matches(' ').len();
    let shared = rest
        .iter()
        .filter(|line| !line.is_empty())
        .map(indent)
        .min()
        .unwrap_or(0);
    let rest = rest
        .iter()
        .map(|line| line.get(shared..).unwrap_or_default().to_owned());
    std::iter::once(first.trim_start().to_owned()).chain(rest).collect()
}

/// A line for the inside of a docstring: no backslash or delimiter does anything. Nothing in it is hidden.
fn escaped(line: &str) -> String {
    line.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"")
}

/// A string literal. Double quotes, but where single ones need fewer escapes.
pub fn literal(value: &str) -> String {
    let count = |quote| value.matches(quote).count();
    let quote = if count('"') > count('\'') { '\'' } else { '"' };
    let mut text = String::from(quote);
    for c in value.chars() {
        match c {
            '\n' => text.push_str("\\n"),
            '\\' => text.push_str("\\\\"),
            c if c == quote => text.extend(['\\', c]),
            c if is_hidden(c) => text.push_str(&escape(c)),
            c => text.push(c),
        }
    }
    text.push(quote);
    text
}

fn escape(c: char) -> String {
    match u32::from(c) {
        code @ 0..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{docstring, literal};

    fn check(doc: &str, expected: &str) {
        assert_eq!(docstring(doc, None, 4).as_deref(), Some(expected));
    }

    #[test]
    fn one_line_and_several() {
        check("A book.", r#"    """A book.""""#);
        check(
            "A book.\n\nOf a kind.\n",
            "    \"\"\"A book.\n\n    Of a kind.\n    \"\"\"",
        );
        assert_eq!(docstring(" \n", None, 4), None);
    }

    #[test]
    fn nothing_ends_a_docstring_early() {
        check(r#""quoted""#, r#"    """ "quoted" """"#);
        check(r#"a """ b"#, r#"    """a \"\"\" b""""#);
        check(r#"\""""#, r#"    """\\\"\"\"""""#);
        check(r#"a \""#, r#"    """a \\" """"#);
        check(r"C:\new\", r#"    """C:\\new\\""""#);
        check("bell \u{7} left \u{202e}", r#"    """bell \\u{7} left \\u{202e}""""#);
        check("a # noqa", r#"    """a #\\ noqa""""#);
        check(">>> run()", r#"    """>>\\> run()""""#);
    }

    #[test]
    fn shared_indentation_goes() {
        check(
            "  One.\n    two\n\n      three",
            "    \"\"\"One.\n    two\n\n      three\n    \"\"\"",
        );
    }

    #[test]
    fn deprecation_is_told() {
        let told = docstring("Old.", Some("use new"), 0);
        assert_eq!(told.as_deref(), Some("\"\"\"Old.\n\nDeprecated: use new\n\"\"\""));
        assert_eq!(docstring("", Some(""), 0).as_deref(), Some("\"\"\"Deprecated.\"\"\""));
    }

    #[test]
    fn literals_take_the_quotes_that_need_fewer_escapes() {
        for (value, expected) in [
            ("plain", r#""plain""#),
            ("it's", r#""it's""#),
            ("say \"so\"", r#"'say "so"'"#),
            ("\"it's\"", r#"'"it\'s"'"#),
            ("a\\b\nc", r#""a\\b\nc""#),
            ("\u{7}\u{202e}\u{e0041}", r#""\x07\u202e\U000e0041""#),
        ] {
            assert_eq!(literal(value), expected);
        }
    }
}
