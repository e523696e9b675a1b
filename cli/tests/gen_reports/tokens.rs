//! What is code in a file: the text without comments and without what is in strings.

/// A language, as far as comments and strings go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Python,
    Go,
    TypeScript,
}

/// The text with comments gone and strings empty, and without blanks: a long string is broken otherwise than a short one. A docstring is a string that stands alone, and
/// is gone too.
pub fn without_texts(text: &str, language: Language) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let may_begin_one = matches!(c, '#' | '/' | '"' | '\'' | '`');
        let length = if may_begin_one { text_length(rest, language) } else { 0 };
        if length > 0 {
            if !is_comment(rest, language) && !stands_alone(&code, &rest[length..], language) {
                code.push_str("\"\"");
            }
            rest = &rest[length..];
        } else {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    code.split_whitespace().collect()
}

fn is_comment(rest: &str, language: Language) -> bool {
    rest.starts_with(if language == Language::Python { "#" } else { "/" })
}

/// True for a docstring.
fn stands_alone(before: &str, behind: &str, language: Language) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    language == Language::Python && line.trim().is_empty() && behind.starts_with('\n')
}

/// How long the comment or the string is with which the text begins; 0 when it begins with neither.
fn text_length(rest: &str, language: Language) -> usize {
    let up_to = |from: usize, end: &str| rest[from..].find(end).map_or(rest.len(), |at| from + at);
    let comment = match language {
        Language::Python if rest.starts_with('#') => Some(up_to(0, "\n")),
        Language::Go | Language::TypeScript if rest.starts_with("//") => Some(up_to(0, "\n")),
        Language::Go | Language::TypeScript if rest.starts_with("/*") => Some((up_to(2, "*/") + 2).min(rest.len())),
        _ => None,
    };
    if let Some(length) = comment {
        return length;
    }
    let quote = match language {
        Language::Python if rest.starts_with("\"\"\"") => "\"\"\"",
        _ if rest.starts_with('"') => "\"",
        _ if rest.starts_with('\'') => "'",
        _ if rest.starts_with('`') && language != Language::Python => "`",
        _ => return 0,
    };
    let mut at = quote.len();
    while at < rest.len() && !rest[at..].starts_with(quote) {
        let escapes = rest[at..].starts_with('\\') && !(quote == "`" && language == Language::Go);
        at += if escapes { 1 } else { 0 };
        at += rest[at..].chars().next().map_or(0, char::len_utf8);
    }
    (at + quote.len()).min(rest.len())
}

#[test]
fn comments_and_strings_are_gone() {
    for (text, language, expected) in [
        (
            "a = \"b # \\\" c\"  # d\n\"\"\"doc\nstring\"\"\"\ne\n",
            Language::Python,
            "a=\"\"e",
        ),
        ("a(`b\\`) // c\n/* d */ e(\"f\")", Language::Go, "a(\"\")e(\"\")"),
        ("/** a */\nconst b = \"c*/\";", Language::TypeScript, "constb=\"\";"),
    ] {
        assert_eq!(without_texts(text, language), expected);
    }
}
