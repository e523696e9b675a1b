//! Rust's documentation as Markdown for readers of another language.

use std::collections::BTreeMap;

use super::dialect::Dialect;
use super::items::{Item, Items, Path};

/// What fits a text: what it belongs to, and where names come from.
pub(super) struct Fitter<'a, 'f, D> {
    pub(super) items: &'f Items<'a>,
    pub(super) dialect: &'f D,
    /// What the text documents, or what that is a member of.
    pub(super) owner: Option<Item<'a>>,
    /// Names that code spans have which are no items: those of arguments.
    pub(super) arguments: Vec<&'a str>,
}

/// The targets of references by their labels in lower case: `[label]: target`.
type Definitions = BTreeMap<String, String>;

/// What a line of a text is.
enum Line<'t> {
    Text(&'t str),
    /// Opens or closes a block of code, or is in one.
    Code(String),
    /// Is code that tests of Rust have and readers do not.
    Hidden,
    /// A label and its target.
    Definition(&'t str, &'t str),
}

/// What opens and closes a block of code, and whether that is Rust.
struct Fence<'t> {
    mark: &'t str,
    is_rust: bool,
}

impl<D: Dialect> Fitter<'_, '_, D> {
    /// The text as readers of the language have it.
    pub(super) fn fit(&self, doc: &str) -> String {
        let doc = self.dialect.prepared(doc);
        if !doc.contains(['[', '`', '~']) {
            return doc;
        }
        let lines = lines(&doc, self.dialect.before_rust());
        let mut definitions = Definitions::new();
        for line in &lines {
            if let Line::Definition(label, target) = line {
                definitions.insert(label.to_lowercase(), (*target).to_owned());
            }
        }
        let (mut out, mut paragraph) = (Vec::new(), Vec::new());
        let flush = |paragraph: &mut Vec<&str>, out: &mut Vec<String>| {
            if !paragraph.is_empty() {
                out.push(self.inline(&paragraph.join("\n"), &definitions));
                paragraph.clear();
            }
        };
        for line in lines {
            match line {
                Line::Text(text) if !text.trim().is_empty() => paragraph.push(text),
                other => {
                    flush(&mut paragraph, &mut out);
                    match other {
                        Line::Text(text) => out.push(text.to_owned()),
                        Line::Code(text) => out.push(text),
                        Line::Definition(label, target) if is_url(target) && self.dialect.url("", target).is_none() => {
                            out.push(format!("[{label}]: {target}"));
                        }
                        Line::Definition(..) | Line::Hidden => {}
                    }
                }
            }
        }
        flush(&mut paragraph, &mut out);
        out.join("\n")
    }

    /// A paragraph with other links and code spans.
    fn inline(&self, text: &str, definitions: &Definitions) -> String {
        let (mut out, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(at) = rest.find(['\\', '`', '[']) {
            out.push_str(&rest[..at]);
            let tail = &rest[at..];
            let (fitted, length) = match tail.as_bytes()[0] {
                b'\\' => (None, 1 + tail[1..].chars().next().map_or(0, char::len_utf8)),
                b'`' => self.span(tail),
                _ if out.ends_with('!') => (None, 1),
                _ => self.bracket(tail, definitions),
            };
            out.push_str(fitted.as_deref().unwrap_or(&tail[..length]));
            rest = &tail[length..];
        }
        out + rest
    }

    /// What a code span becomes that `text` begins with, and its length.
    fn span(&self, text: &str) -> (Option<String>, usize) {
        let Some((code, length)) = code_span(text) else {
            return (None, text.len() - text.trim_start_matches('`').len());
        };
        if self.arguments.contains(&code) {
            return (None, length);
        }
        let named = self.items.span(code, self.owner).map(|item| {
            let call = if code.ends_with("()") { "()" } else { "" };
            format!("`{}{call}`", self.name(item))
        });
        (named, length)
    }

    /// What a link becomes that `text` begins with, and its length; a bracket that is none stays.
    fn bracket(&self, text: &str, definitions: &Definitions) -> (Option<String>, usize) {
        const NONE: (Option<String>, usize) = (None, 1);
        let Some(end) = closing(text, '[', ']') else {
            return NONE;
        };
        let (label, after) = (&text[1..end], &text[end + 1..]);
        let reference = |label: &str| definitions.get(&label.to_lowercase()).cloned();
        if after.starts_with('(') {
            let Some(close) = closing(after, '(', ')') else {
                return NONE;
            };
            let target = after[1..close].split_whitespace().next().unwrap_or_default();
            let length = end + 1 + close + 1;
            return (self.linked(label, target.trim_matches(['<', '>']), definitions), length);
        }
        if after.starts_with('[')
            && let Some(close) = closing(after, '[', ']')
        {
            let (name, length) = (&after[1..close], end + 1 + close + 1);
            let name = if name.is_empty() { label } else { name };
            let target =
                reference(name).or_else(|| self.items.link(unquoted(name), self.owner).map(|_| name.to_owned()));
            return match target {
                Some(target) => (self.linked(label, &target, definitions), length),
                None => NONE,
            };
        }
        if let Some(target) = reference(label) {
            return (self.linked(label, &target, definitions), end + 1);
        }
        let (code, is_code) = (unquoted(label), label.starts_with('`'));
        let fitted = match (self.items.link(code, self.owner), Path::parse(code)) {
            (Some(item), _) => self.dialect.link(item, &self.name(item), None),
            (None, Some(path)) if is_code || path.is_long => match is_code {
                true => label.to_owned(),
                false => format!("`{}`", path.text()),
            },
            (None, _) if is_code && code_span(label).is_some_and(|(_, length)| length == label.len()) => {
                label.to_owned()
            }
            _ => return NONE,
        };
        (Some(fitted), end + 1)
    }

    /// A link with a label, unless it stays as it is.
    fn linked(&self, label: &str, target: &str, definitions: &Definitions) -> Option<String> {
        let text = || self.inline(label, definitions);
        if is_url(target) {
            return self.dialect.url(&text(), target);
        }
        let target = target.split('#').next().unwrap_or(target);
        let Some(item) = self.items.link(unquoted(target), self.owner) else {
            return Some(text());
        };
        let is_name = match (Path::parse(unquoted(label)), Path::parse(unquoted(target))) {
            (Some(label), Some(target)) => format!("::{}", target.text()).ends_with(&format!("::{}", label.text())),
            _ => false,
        };
        let text = (!is_name).then(text);
        Some(self.dialect.link(item, &self.name(item), text.as_deref()))
    }

    fn name(&self, item: Item<'_>) -> String {
        let name = self.dialect.name(item);
        match Items::is_member(item, self.owner) {
            true => name.short(),
            false => name.full(),
        }
    }
}

/// Whether a target is none of Rust's.
fn is_url(target: &str) -> bool {
    target.contains("://") || target.starts_with("mailto:")
}

/// A label or a target without the marks of a code span.
fn unquoted(text: &str) -> &str {
    let inner = text.strip_prefix('`').and_then(|text| text.strip_suffix('`'));
    inner.unwrap_or(text)
}

/// The code of a span that a text begins with, and the length of the span.
fn code_span(text: &str) -> Option<(&str, usize)> {
    let marks = text.len() - text.trim_start_matches('`').len();
    let mut at = marks;
    while let Some(next) = text[at..].find('`') {
        let start = at + next;
        let run = text[start..].len() - text[start..].trim_start_matches('`').len();
        if run == marks {
            return Some((&text[marks..start], start + run));
        }
        at = start + run;
    }
    None
}

/// Where the bracket is closed that a text begins with. Code spans and escapes are passed over.
fn closing(text: &str, open: char, close: char) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(c) = text[at..].chars().next() {
        match c {
            '\\' => at += text[at + 1..].chars().next().map_or(0, char::len_utf8),
            '`' => {
                let marks = text[at..].len() - text[at..].trim_start_matches('`').len();
                at += code_span(&text[at..]).map_or(marks, |(_, length)| length);
                continue;
            }
            c if c == open => depth += 1,
            c if c == close && depth == 1 => return Some(at),
            c if c == close => depth -= 1,
            _ => {}
        }
        at += c.len_utf8();
    }
    None
}

/// The lines of a text. A block of Rust's code says so, with a line before it where the language has no place in the block.
fn lines<'t>(doc: &'t str, before_rust: Option<&str>) -> Vec<Line<'t>> {
    let mut lines = Vec::new();
    let mut fence: Option<Fence<'_>> = None;
    let mut may_be_code = true;
    for line in doc.split('\n') {
        match &fence {
            Some(open) if closes(line, open.mark) => {
                lines.push(Line::Code(line.to_owned()));
                fence = None;
                may_be_code = true;
            }
            Some(open) => lines.push(code(line, open.is_rust)),
            None => match opened(line) {
                Some(open) => {
                    if open.is_rust {
                        let indent = &line[..line.len() - line.trim_start().len()];
                        lines.extend(before_rust.map(|text| Line::Code(format!("{indent}{text}"))));
                        lines.push(Line::Code(format!("{indent}{}rust", open.mark)));
                    } else {
                        lines.push(Line::Code(line.to_owned()));
                    }
                    fence = Some(open);
                }
                None if may_be_code
                    && line.starts_with(['\t', ' '])
                    && line.trim_start_matches(' ').len() + 4 <= line.len() =>
                {
                    lines.push(Line::Code(line.to_owned()));
                }
                None => {
                    may_be_code = line.trim().is_empty();
                    lines.push(match definition(line) {
                        Some((label, target)) => Line::Definition(label, target),
                        None => Line::Text(line),
                    });
                }
            },
        }
    }
    lines
}

/// A line of code. Rust's documentation hides lines that begin with `# `, and `##` begins one that it shows.
fn code(line: &str, is_rust: bool) -> Line<'_> {
    let text = line.trim_start();
    match is_rust {
        true if text == "#" || text.starts_with("# ") => Line::Hidden,
        true if text.starts_with("##") => Line::Code(line.replacen("##", "#", 1)),
        _ => Line::Code(line.to_owned()),
    }
}

/// The block of code that a line opens.
fn opened(line: &str) -> Option<Fence<'_>> {
    let text = line.trim_start();
    let first = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = text.trim_start_matches(first);
    let mark = &text[..text.len() - info.len()];
    if mark.len() < 3 || first == '`' && info.contains('`') {
        return None;
    }
    let mut words = info.split([',', ' ', '\t']).filter(|word| !word.is_empty());
    let is_rust = |word: &str| {
        let numbered = ["E", "edition20"].iter().any(|mark| {
            let number = word.strip_prefix(mark);
            number.is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
        });
        let plain = ["rust", "no_run", "should_panic", "compile_fail", "test_harness"];
        numbered || plain.contains(&word) || word.starts_with("ignore") || word.starts_with("standalone")
    };
    Some(Fence {
        mark,
        is_rust: words.all(is_rust),
    })
}

fn closes(line: &str, mark: &str) -> bool {
    let text = line.trim();
    let rest = text.trim_start_matches(&mark[..1]);
    rest.is_empty() && text.len() >= mark.len()
}

/// The label and the target of a line that defines a reference.
fn definition(line: &str) -> Option<(&str, &str)> {
    let text = line.trim();
    let (label, target) = text.strip_prefix('[')?.split_once("]:")?;
    let target = target.trim();
    let is_one_word = !target.is_empty() && !target.contains(char::is_whitespace);
    (is_one_word && !label.contains(['[', ']'])).then_some((label, target.trim_matches(['<', '>'])))
}
