//! Rust's documentation, which is Markdown, as Go doc comments, which gofmt leaves as they are.
//!
//! Go knows paragraphs, headings, lists and code: lists and code are indented, with blank lines around them. Everything
//! else stays text.

use rapace_gen_core::docs;
use rapace_gen_core::text::{Directives, is_hidden, width};

use crate::layout;
use crate::view::Comment;

/// What Go's tools obey in comments: the compiler, vet, linters and documentation, which shows deprecations.
#[rustfmt::skip]
const DIRECTIVES: Directives = &[
    "^//|go:", "^//|line ", "^//|export ", "^//|extern ", "^//|lint:", "^//|nolint", "^//|revive:", "^//|nosec",
    "^//|easyjson:", "^//|sumtype", "^//|exhaustive:", "^//|coverage:", "^//|gocover:", "^//|gosec", "^//|sys", "^//|wasm",
    "^+|build", "^//| +build", "^#|cgo", "#|nosec", "^no|lint", "^Deprecated|:",
];

/// The lines of a text as documentation has them.
fn lines(doc: &str) -> Vec<String> {
    docs::lines(doc, DIRECTIVES)
}

/// A sentence of ours that names something of the API.
fn sentence(text: &str) -> String {
    docs::line(text, DIRECTIVES)
}

/// A string literal.
pub(crate) fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            c if is_hidden(c) || c == '\t' => literal.push_str(&match u32::from(c) {
                code @ 0..=0xffff => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
            c => literal.push(c),
        }
    }
    literal + "\""
}

/// The comment of something that needs no sentence with its name, such as a field: with `//`, empty without documentation.
pub(crate) fn comment(doc: &str, deprecated: Option<&str>) -> Comment {
    marked(blocks(doc), deprecated)
}

/// The documentation of a method, in which code spans that are an argument's name in Rust are its name in Go.
pub(crate) fn with_arguments(doc: &str, names: &[(&str, &str)]) -> String {
    let mut fenced = false;
    let lines = doc.lines().map(|line| {
        let is_fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
        fenced ^= is_fence;
        if fenced || is_fence || line.contains("``") {
            return line.to_owned();
        }
        let parts = line.split('`').enumerate().map(|(at, part)| {
            let is_span = at % 2 == 1;
            let argument = names.iter().find(|(rust, _)| is_span && part == *rust);
            argument.map_or(part, |(_, go)| go)
        });
        parts.collect::<Vec<_>>().join("`")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The comment of a type of this name: the documentation, beginning with the name as Go wants it, or `otherwise` when
/// there is none.
pub(crate) fn comment_of_type(name: &str, doc: &str, otherwise: &str, deprecated: Option<&str>) -> Comment {
    introduced(doc, otherwise, deprecated, |text| introduce(name, text))
}

/// The comment of a method of this name: as for a type, but Rust's documentation of a method begins with a verb.
pub(crate) fn comment_of_method(name: &str, doc: &str, otherwise: &str, deprecated: Option<&str>) -> Comment {
    introduced(doc, otherwise, deprecated, |text| match verb(text) {
        Some((verb, rest)) => format!("{name} {verb} {rest}"),
        None => introduce(name, text),
    })
}

fn introduced(doc: &str, otherwise: &str, deprecated: Option<&str>, introduce: impl Fn(&str) -> String) -> Comment {
    let (mut text, otherwise) = (blocks(doc), sentence(otherwise));
    match text.first_mut() {
        None => text.push(otherwise),
        Some(first) if is_text(first) => *first = introduce(first),
        Some(_) => text.splice(0..0, [otherwise, String::new()]).for_each(drop),
    }
    marked(text, deprecated)
}

/// The comment that begins with this sentence and goes on with the documentation: in the same line when `joined`.
pub(crate) fn comment_after(before: &str, doc: &str, joined: bool, deprecated: Option<&str>) -> Comment {
    let (mut text, before) = (blocks(doc), sentence(before));
    match text.first_mut() {
        Some(first) if joined && is_text(first) => *first = format!("{before} {first}"),
        Some(_) => text.splice(0..0, [before, String::new()]).for_each(drop),
        None => text.push(before),
    }
    marked(text, deprecated)
}

/// `text` with the name before it: `Book is a book …`, otherwise `Book: Some text`.
fn introduce(name: &str, text: &str) -> String {
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    if first == name {
        text.to_owned()
    } else if matches!(first, "A" | "An") {
        format!("{name} is {} {rest}", first.to_lowercase())
    } else {
        format!("{name}: {text}")
    }
}

/// The verb with which `text` begins, in lower case, and the rest: `Finds a book`.
fn verb(text: &str) -> Option<(String, &str)> {
    let (first, rest) = text.split_once(' ')?;
    let third_person = first.len() > 3 && first.ends_with('s') && !first.ends_with("ss") && !first.ends_with("us");
    let capitalised =
        first.starts_with(|c: char| c.is_ascii_uppercase()) && first.chars().skip(1).all(|c| c.is_ascii_lowercase());
    (third_person && capitalised).then(|| (first.to_lowercase(), rest))
}

fn is_text(line: &str) -> bool {
    !line.starts_with([' ', '\t', '#'])
}

/// The most columns of a line's text, so that it fits after a tab and the slashes.
const WIDTH: usize = layout::WIDTH - 7;

/// The line, in several where it is too wide. Code and headings stay as they are. No new line begins with something to which
/// Go's tools give a meaning.
fn wrapped(line: &str) -> Vec<String> {
    let indent = match is_text(line) {
        true => "",
        false if is_numbered(line).is_some() && line.starts_with(' ') => "    ",
        false => return vec![line.to_owned()],
    };
    let mut lines = Vec::new();
    let mut rest = line.to_owned();
    while width(&rest) > WIDTH {
        let mut columns = 0;
        // A line that begins with a bracket may define the target of a link.
        let begins =
            |tail: &str| tail.starts_with(char::is_alphanumeric) || tail.starts_with('[') && !tail.contains("]:");
        let goes_on = |tail: &str| begins(tail) && sentence(tail) == tail;
        let fitting = rest.char_indices().take_while(|(_, c)| {
            columns += width(c.encode_utf8(&mut [0; 4]));
            columns <= WIDTH + 1
        });
        let breaks: Vec<usize> = fitting.filter(|(_, c)| *c == ' ').map(|(at, _)| at).collect();
        let beyond_indent = |at: &&usize| !rest[..**at].trim().is_empty() && goes_on(&rest[**at + 1..]);
        let Some(at) = breaks.iter().rev().find(beyond_indent).copied() else {
            break;
        };
        let tail = format!("{indent}{}", &rest[at + 1..]);
        rest.truncate(at);
        lines.push(rest);
        rest = tail;
    }
    lines.push(rest);
    lines
}

fn marked(mut text: Vec<String>, deprecated: Option<&str>) -> Comment {
    if let Some(note) = deprecated {
        if !text.is_empty() {
            text.push(String::new());
        }
        let note: Vec<String> = lines(note).iter().map(|line| plain(line)).collect();
        let note = note.join(" ");
        let note = if note.is_empty() { "Do not use." } else { &note };
        text.push(format!("Deprecated: {note}"));
    }
    let mut text: Vec<String> = text.iter().flat_map(|line| wrapped(line)).collect();
    for at in 1..text.len().saturating_sub(2) {
        let is_alone = text[at - 1].is_empty() && text[at + 1].is_empty() && !text[at + 2].starts_with([' ', '\t']);
        if is_alone && is_old_heading(&text[at]) {
            text[at].push('.');
        }
    }
    let lines = text.iter();
    let lines = lines.map(|line| {
        if line.is_empty() {
            "//".to_owned()
        } else {
            format!("// {line}").replace("// \t", "//\t")
        }
    });
    Comment(lines.collect())
}

/// What the lines of the result are, which are text unless they begin with a blank or a `#`.
#[derive(Clone, Copy, PartialEq)]
enum Block {
    Text,
    List,
    Code,
    Heading,
}

/// The lines of a Go doc comment, without `//`.
fn blocks(doc: &str) -> Vec<String> {
    let mut out = Output::default();
    let mut fenced = false;
    for line in lines(doc) {
        let trimmed = line.trim();
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fenced = !fenced;
            out.blank();
        } else if fenced && !trimmed.is_empty() {
            out.push(Block::Code, format!("\t{}", line.trim_end()));
        } else if trimmed.is_empty() {
            out.blank();
        } else if let Some(item) = list_item(trimmed) {
            out.push(Block::List, item);
        } else if out.last == Some(Block::List) && line.starts_with([' ', '\t']) {
            out.push(Block::List, format!("    {}", plain(trimmed)));
        } else if line.starts_with("    ") || line.starts_with('\t') {
            out.push(Block::Code, format!("\t{}", line.trim_start_matches([' ', '\t'])));
        } else if let Some(heading) = heading(trimmed) {
            out.push(Block::Heading, heading);
        } else {
            out.push(Block::Text, plain(trimmed));
        }
    }
    let mut lines = out.finish();
    // A doc of one line is a sentence, however it is marked.
    if let [only] = lines.as_mut_slice()
        && let Some(text) = only.strip_prefix("# ")
        && sentence(text) == text
    {
        *only = text.to_owned();
    }
    lines
}

#[derive(Default)]
struct Output {
    lines: Vec<String>,
    last: Option<Block>,
    blank: bool,
    /// Whether the first item of the list that was begun last has a number.
    numbered: bool,
}

impl Output {
    fn push(&mut self, block: Block, line: String) {
        // To Go, a list and code that meet are one indented span: whichever comes first decides what it is.
        let (block, line) = match (self.last, block) {
            (Some(Block::Code), Block::List) => (Block::Text, line.trim().to_owned()),
            (Some(Block::List), Block::Code) => (Block::List, format!("    {}", plain(line.trim()))),
            (last, Block::Code) if last != Some(Block::Code) => match list_item(line.trim()) {
                Some(item) => (Block::List, item),
                None => (block, line),
            },
            _ => (block, line),
        };
        // To Go, a list has only numbers or none: an item of the other kind is text of the one before.
        let line = match (self.last, is_numbered(&line)) {
            (Some(Block::List), Some(numbered)) if block == Block::List && numbered != self.numbered => {
                format!("    {}", line.trim())
            }
            (last, Some(numbered)) if block == Block::List && last != Some(Block::List) => {
                self.numbered = numbered;
                line
            }
            _ => line,
        };
        let apart = self.last.is_some_and(|last| last != block || block == Block::Heading);
        // A list or code that goes on after a blank line goes on without it: gofmt thinks little of blanks between items.
        let goes_on = self.last == Some(block) && block == Block::List;
        if apart || self.blank && !goes_on && !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        self.lines.push(line);
        self.last = Some(block);
        self.blank = false;
    }

    fn blank(&mut self) {
        self.blank = true;
    }

    fn finish(self) -> Vec<String> {
        self.lines
    }
}

/// `  - text` or ` 1. text`, as gofmt indents them, of a line that is an item of a list.
fn list_item(line: &str) -> Option<String> {
    if let Some(text) = ["- ", "* ", "+ "].iter().find_map(|mark| line.strip_prefix(mark)) {
        return Some(format!("  - {}", plain(text.trim())));
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let text = [". ", ") "].iter().find_map(|mark| line[digits..].strip_prefix(mark))?;
    if digits == 0 || digits > 3 {
        return None;
    }
    Some(format!("{:>2}. {}", &line[..digits], plain(text.trim())))
}

/// Whether a line of a list that begins an item has a number.
fn is_numbered(line: &str) -> Option<bool> {
    (!line.starts_with("    ")).then(|| !line.starts_with("  - "))
}

/// Whether gofmt takes a line between blank lines for a heading in the old style, which it would mark: a full stop prevents that. Such
/// a line begins in upper case and has no
/// punctuation (`oldHeading` in Go's package `go/doc/comment`).
fn is_old_heading(line: &str) -> bool {
    line.starts_with(char::is_uppercase)
        && line.ends_with(|c: char| c.is_alphanumeric())
        && !line.contains([
            ';', ':', '!', '?', '+', '*', '/', '=', '[', ']', '{', '}', '_', '^', '°', '&', '§', '~', '%', '#', '@',
            '<', '"', '>', '\\',
        ])
        && line
            .split('\'')
            .skip(1)
            .all(|rest| rest == "s" || rest.starts_with("s "))
        && line
            .split('.')
            .skip(1)
            .all(|rest| !rest.is_empty() && !rest.starts_with(' '))
}

fn heading(line: &str) -> Option<String> {
    let text = line.trim_start_matches('#');
    let marks = line.len() - text.len();
    let text = text.strip_prefix(' ')?.trim();
    ((1..=6).contains(&marks) && !text.is_empty()).then(|| format!("# {}", plain(text)))
}

/// Text that gofmt leaves alone: it writes doubled quotes as curly ones, and moves definitions of links to the end.
fn plain(text: &str) -> String {
    let text = text.replace("``", "“").replace("''", "”");
    match text.strip_prefix('[').and_then(|rest| rest.split_once("]: ")) {
        Some((name, target)) => format!("{name}: {target}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{comment, comment_after, comment_of_method, comment_of_type, literal, with_arguments};

    #[test]
    fn markdown_becomes_what_gofmt_writes() {
        let doc = "Text.\n- one\n  goes on\n- two\n\n# Heading\n```rust\nlet x = 1;\n\n  y\n```\n1. first\nmore\n\n    code\n[a]: b";
        let expected = "// Text.\n//\n//   - one\n//     goes on\n//   - two\n//\n// # Heading\n//\n//\tlet x = 1;\n//\n//\t  y\n//\n// 1. first\n// more\n//\n//\tcode\n//\n// a: b";
        assert_eq!(comment(doc, None).0.join("\n"), expected);
        assert_eq!(comment("", None).0, Vec::<String>::new());
    }

    #[test]
    fn what_go_cannot_have_goes_and_lone_lines_are_sentences() {
        assert_eq!(
            comment("a\u{feff}b\u{7}c", Some("x\ry \u{7f}")).0.join("\n"),
            "// a\\u{feff}b\\u{7}c\n//\n// Deprecated: x\\u{d}y \\u{7f}"
        );
        assert_eq!(
            comment_of_type("T", "", "T is Rust's a\nfunc init() {}.", None).0,
            ["// T is Rust's a\\u{a}func init() {}."]
        );
        assert_eq!(
            comment("Deprecated: no.\n\n+build x\n//go:x", None).0.join("\n"),
            "// Deprecated\\: no.\n//\n// +\\build x\n// //\\go:x"
        );
        for (doc, expected) in [
            ("One.\n\nLone words\n\ntwo", "// One.\n//\n// Lone words.\n//\n// two"),
            ("Lone words\n\ntwo", "// Lone words\n//\n// two"),
            ("One.\n\nNot: this\n\ntwo", "// One.\n//\n// Not: this\n//\n// two"),
            ("One.\n\nGo's 1.25\n\ntwo", "// One.\n//\n// Go's 1.25.\n//\n// two"),
            ("One.\n\nlower\n\ntwo", "// One.\n//\n// lower\n//\n// two"),
        ] {
            assert_eq!(comment(doc, None).0.join("\n"), expected);
        }
    }

    #[test]
    fn lists_and_code_do_not_meet() {
        let doc = "    code\n- item\n\ntext\n- item\n```\nlet x;\n```";
        let expected = "//\tcode\n//\n// - item\n//\n// text\n//\n//   - item\n//     let x;";
        assert_eq!(comment(doc, None).0.join("\n"), expected);
        // A list has only numbers or none.
        let expected = "//   - item\n//     1. first\n//   - item\n//\n// text\n//\n//  1. first\n//     - item";
        assert_eq!(
            comment("- item\n1. first\n- item\n\ntext\n1. first\n- item", None)
                .0
                .join("\n"),
            expected
        );
        // Code that begins as a list does is one.
        let expected = "//   - item\n//     let x;";
        assert_eq!(comment("```\n- item\nlet x;\n```", None).0.join("\n"), expected);
    }

    #[test]
    fn names_begin_a_comment() {
        for (name, doc, expected) in [
            ("Book", "A book.", "// Book is a book."),
            ("Author", "Who wrote it.", "// Author: Who wrote it."),
            ("Shelf", "Series of books.", "// Shelf: Series of books."),
            ("Book", "Book of books.", "// Book of books."),
            ("Book", "", "// Book is here."),
            ("Book", "# Books", "// Book: Books"),
        ] {
            assert_eq!(comment_of_type(name, doc, "Book is here.", None).0.join("\n"), expected);
        }
        for (doc, expected) in [
            ("Finds a book.", "// Find finds a book."),
            ("Looks.", "// Find: Looks."),
            ("Guess what.", "// Find: Guess what."),
            ("A search.", "// Find is a search."),
            ("", "// Find is called."),
            ("    code", "// Find is called.\n//\n//\tcode"),
        ] {
            assert_eq!(
                comment_of_method("Find", doc, "Find is called.", None).0.join("\n"),
                expected
            );
        }
        assert_eq!(
            comment_after("A sentence.", "More.", true, None).0.join("\n"),
            "// A sentence. More."
        );
    }

    #[test]
    fn literals_are_goes() {
        assert_eq!(
            literal("e\u{301} \"\\ \n\u{202e}\u{e0041}"),
            "\"e\u{301} \\\"\\\\ \\u000a\\u202e\\U000e0041\""
        );
    }

    #[test]
    fn arguments_have_their_names_in_go() {
        for (doc, expected) in [
            ("Waits `after_ms` for `copies`.", "Waits `afterMs` for `copies`."),
            ("`after_ms`", "`afterMs`"),
            (
                "after_ms, `after_ms + 1`, `x.after_ms`",
                "after_ms, `after_ms + 1`, `x.after_ms`",
            ),
            ("``after_ms`` and `after_ms`", "``after_ms`` and `after_ms`"),
            ("```\n`after_ms`\n```\n`after_ms`", "```\n`after_ms`\n```\n`afterMs`"),
            ("a ` b", "a ` b"),
        ] {
            let names = [("after_ms", "afterMs"), ("copies", "copies")];
            assert_eq!(with_arguments(doc, &names), expected);
        }
    }

    #[test]
    fn wide_lines_are_wrapped_where_that_is_harmless() {
        let words = |count: usize| vec!["word"; count].join(" ");
        // 22 words have 109 columns, 23 have 114: one more than fit.
        assert_eq!(comment(&words(22), None).0, [format!("// {}", words(22))]);
        assert_eq!(
            comment(&words(23), None).0,
            [format!("// {}", words(22)), "// word".to_owned()]
        );
        assert_eq!(
            comment(&format!("- {}", words(23)), None).0,
            [format!("//   - {}", words(22)), "//     word".to_owned()]
        );
        // Before these words a line is not broken, nor in code.
        for mark in ["+build", "#heading", "-item", "nolint"] {
            let line = format!("{} {mark}", words(22));
            let expected = [format!("// {}", words(21)), format!("// word {mark}")];
            assert_eq!(comment(&line, None).0, expected);
        }
        assert_eq!(
            comment(&format!("    {}", words(30)), None).0,
            [format!("//\t{}", words(30))]
        );
        assert_eq!(comment(&"x".repeat(200), None).0, [format!("// {}", "x".repeat(200))]);
    }

    #[test]
    fn deprecation_is_a_paragraph() {
        assert_eq!(
            comment("Old.", Some("use\nnew")).0.join("\n"),
            "// Old.\n//\n// Deprecated: use new"
        );
        assert_eq!(comment("", Some("")).0.join("\n"), "// Deprecated: Do not use.");
    }
}
