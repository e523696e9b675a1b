//! Documentation as TSDoc comments.

use rapace_gen_core::docs;

/// The comment for a doc text and a deprecation, each line with its tabs, the line break of the last one included; an
/// empty text when there is nothing to say.
pub(crate) fn comment(doc: &str, deprecated: Option<&str>, tabs: usize) -> String {
    let mut lines: Vec<String> = docs::lines(doc).into_iter().map(escape).collect();
    if let Some(note) = deprecated {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let note = docs::lines(note).join(" ");
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

/// Text that neither ends the comment nor begins a tag of it. Characters that some editor takes for a line break become
/// spaces.
fn escape(line: &str) -> String {
    let text = line.trim_start();
    let line = match text.strip_prefix('@') {
        Some(rest) => format!("{}\\@{rest}", &line[..line.len() - text.len()]),
        None => line.to_owned(),
    };
    line.replace("*/", "*\\/").replace(['\u{2028}', '\u{2029}', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::comment;

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
            ("@internal", None, "\t/** \\@internal */\n"),
            (
                "Ask\n  @deprecated a@b.c",
                None,
                "\t/**\n\t * Ask\n\t *   \\@deprecated a@b.c\n\t */\n",
            ),
        ] {
            assert_eq!(comment(doc, deprecated, 1), expected, "{doc:?}");
        }
    }
}
