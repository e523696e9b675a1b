//! Documentation as TSDoc comments.

use rapace_gen_core::docs;
use rapace_gen_core::text::{Directives, is_hidden};

/// What tools of TypeScript obey in comments, some of them anywhere: compilers, bundlers, linters, formatters and coverage.
#[rustfmt::skip]
const DIRECTIVES: Directives = &[
    "@ts|-", "@|jsx", "#|__", "@|__", "#| sourceMappingURL", "@| sourceMappingURL", "#| sourceURL", "@| sourceURL",
    "source|MappingURL", "//|/ <reference", "//|/ <amd-", "@|vite-ignore", "@|flow", "@|internal", "@|babel",
    "eslint|-", "tslint|:", "biome|-ignore", "prettier|-ignore", "deno|-", "oxlint|-", "dprint|-ignore", "rome|-ignore",
    "stylelint|-", "jshint| ", "jslint| ", "istanbul| ignore", "c8| ignore", "v8| ignore", "node:coverage| ",
    "webpack|Ignore", "webpack|ChunkName", "turbopack|Ignore", "no|inspection",
];

/// The lines of a text as documentation has them.
pub(crate) fn lines(doc: &str) -> Vec<String> {
    docs::lines(doc, DIRECTIVES)
}

/// The comment for a doc text and a deprecation, each line with its tabs, the line break of the last one included; an
/// empty text when there is nothing to say.
pub(crate) fn comment(doc: &str, deprecated: Option<&str>, tabs: usize) -> String {
    laid_out(lines(doc).iter().map(|line| escape(line)).collect(), deprecated, tabs)
}

/// The same for a line of ours, which may have tags, and names of the API as identifiers.
pub(crate) fn own_comment(line: &str, deprecated: Option<&str>, tabs: usize) -> String {
    laid_out(vec![line.to_owned()], deprecated, tabs)
}

/// The comment for a doc text, with a line of ours below.
pub(crate) fn comment_and(doc: &str, line: String, deprecated: Option<&str>, tabs: usize) -> String {
    let mut all: Vec<String> = lines(doc).iter().map(|line| escape(line)).collect();
    if !all.is_empty() {
        all.push(String::new());
    }
    all.push(line);
    laid_out(all, deprecated, tabs)
}

fn laid_out(mut lines: Vec<String>, deprecated: Option<&str>, tabs: usize) -> String {
    if let Some(note) = deprecated {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let note = self::lines(note).join(" ");
        lines.push(format!("@deprecated {}", escape(&note)).trim_end().to_owned());
    }
    let tabs = "\t".repeat(tabs);
    match lines.as_slice() {
        [] => String::new(),
        [line] => format!("{tabs}/** {line} */\n"),
        lines => {
            let lines = lines.iter().map(|line| match line.as_str() {
                "" => format!("{tabs} *\n"),
                line => format!("{tabs} * {line}\n"),
            });
            format!("{tabs}/**\n{}{tabs} */\n", lines.collect::<String>())
        }
    }
}

/// Text that neither ends the comment nor begins a tag but for links. A tag follows a blank or a brace.
fn escape(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        let begins_tag = c == '@' && (before.is_whitespace() || before == '{' && !is_link(&line[at..]));
        if begins_tag || c == '/' && before == '*' {
            text.push('\\');
        }
        text.push(c);
        before = c;
    }
    text
}

/// Whether a tag that a text begins with is a whole link to a name: `@link Book.title | the title}`.
fn is_link(tag: &str) -> bool {
    let inside = tag.strip_prefix("@link ").and_then(|rest| rest.split_once('}'));
    inside.is_some_and(|(inside, _)| {
        let (target, text) = inside.split_once(" | ").unwrap_or((inside, ""));
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
        !target.is_empty() && target.chars().all(is_part) && !text.contains(['{', '@'])
    })
}

/// A string literal.
pub(crate) fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            c if is_hidden(c) || c == '\t' => literal.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => literal.push(c),
        }
    }
    literal + "\""
}

#[cfg(test)]
mod tests {
    use super::{comment, literal};

    #[test]
    fn literals() {
        assert_eq!(literal("a\"b\\\n\u{2028}ö"), "\"a\\\"b\\\\\\u{a}\\u{2028}ö\"");
    }

    #[test]
    fn comments() {
        for (doc, deprecated, expected) in [
            ("", None, ""),
            ("One.", None, "\t/** One. */\n"),
            ("One.\n\nTwo.", None, "\t/**\n\t * One.\n\t *\n\t * Two.\n\t */\n"),
            ("", Some(""), "\t/** @deprecated */\n"),
            (
                "One.",
                Some("use\ntwo"),
                "\t/**\n\t * One.\n\t *\n\t * @deprecated use two\n\t */\n",
            ),
            ("a */ b", None, "\t/** a *\\/ b */\n"),
            ("@see", None, "\t/** \\@see */\n"),
            // A compiler may look for it anywhere.
            ("@internal", None, "\t/** \\@\\internal */\n"),
            (
                "Ask\n  @deprecated a@b.c",
                None,
                "\t/**\n\t * Ask\n\t *   \\@deprecated a@b.c\n\t */\n",
            ),
            (
                "a @deprecated {@link b.c} {@link b | a text} {\\@link b}",
                None,
                "\t/** a \\@deprecated {@link b.c} {@link b | a text} {\\@link b} */\n",
            ),
            (
                "{@link} {@link a b} {@link a | {@see}} {@link a",
                None,
                "\t/** {\\@link} {\\@link a b} {\\@link a | {\\@see}} {\\@link a */\n",
            ),
            ("a\u{2028}b\r", None, "\t/** a\\u{2028}b */\n"),
            ("`@jsxImportSource x`", None, "\t/** `@\\jsxImportSource x` */\n"),
        ] {
            assert_eq!(comment(doc, deprecated, 1), expected, "{doc:?}");
        }
    }
}
