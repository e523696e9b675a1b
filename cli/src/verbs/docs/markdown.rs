//! The reference as one Markdown document.

use super::links::Links;
use super::prose;
use super::view::{About, Code, Member, MethodPart, Reference, TypePart};

/// The text of the document.
pub(super) fn document(reference: &Reference) -> String {
    let mut document = Document {
        text: String::new(),
        links: &reference.links,
    };
    document.line(&format!("# {}", plain(&reference.name)));
    if !reference.version.is_empty() {
        document.line(&format!("Version {}", plain(&reference.version)));
    }
    document.line(&plain(&reference.description));
    for service in &reference.services {
        document.heading(2, &service.about);
        document.about(&service.about);
        for method in &service.methods {
            document.method(method);
        }
    }
    if !reference.types.is_empty() {
        document.line("## Types");
    }
    for part in &reference.types {
        document.part(part);
    }
    document.text
}

struct Document<'r> {
    text: String,
    links: &'r Links,
}

impl Document<'_> {
    /// A paragraph, unless it is empty.
    fn line(&mut self, line: &str) {
        if !line.trim().is_empty() {
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }

    /// A heading below the anchor that links lead to.
    fn heading(&mut self, level: usize, about: &About) {
        let anchor = about.anchor.replace(['<', '>', '"', '&'], "");
        let marks = "#".repeat(level);
        self.line(&format!("<a id=\"{anchor}\"></a>\n\n{marks} {}", plain(&about.name)));
    }

    fn about(&mut self, about: &About) {
        if let Some(note) = &about.deprecated {
            let note = prose::to_markdown(note, self.links);
            self.line(format!("**Deprecated.** {note}").trim_end());
        }
        let doc = prose::to_markdown(&about.doc, self.links);
        self.line(doc.trim_matches('\n'));
    }

    fn method(&mut self, method: &MethodPart) {
        self.heading(3, &method.about);
        self.block("rust", &method.signature.plain());
        self.line(&method.facts.join("; "));
        self.about(&method.about);
        for (title, json) in [("Arguments", &method.arguments), (method.answer.0, &method.answer.1)] {
            if !json.is_empty() {
                self.line(&format!("{title}, for example:"));
                self.block("json", json);
            }
        }
        for Code { title, language, text } in &method.calls {
            self.line(&format!("{title}:"));
            self.block(language, text);
        }
    }

    fn part(&mut self, part: &TypePart) {
        self.heading(3, &part.about);
        self.line(&format!(
            "{} {}",
            plain(&part.facts.join("; ")),
            code(&part.signature.plain())
        ));
        self.about(&part.about);
        if !part.members.is_empty() {
            let members: Vec<String> = part.members.iter().map(|member| self.member(member)).collect();
            self.line(&members.join("\n"));
        }
        if !part.example.is_empty() {
            self.line("For example:");
            self.block("json", &part.example);
        }
    }

    /// An item of a list.
    fn member(&self, member: &Member) -> String {
        let ty = member.ty.plain();
        let ty = if ty.is_empty() {
            String::new()
        } else {
            format!(": {}", code(&ty))
        };
        let facts = match member.facts.as_slice() {
            [] => String::new(),
            facts => format!(" ({})", plain(&facts.join("; "))),
        };
        let mut item = format!("- {}{ty}{facts}", code(&member.about.name));
        if let Some(note) = &member.about.deprecated {
            item += &format!("\n\n**Deprecated.** {}", prose::to_markdown(note, self.links));
        }
        let doc = prose::to_markdown(&member.about.doc, self.links);
        if !doc.trim().is_empty() {
            item += &format!("\n\n{}", doc.trim_matches('\n'));
        }
        item.replace('\n', "\n  ").replace("\n  \n", "\n\n")
    }

    /// A code block whose fence is longer than any in the text.
    fn block(&mut self, language: &str, text: &str) {
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        self.line(&format!("{fence}{language}\n{}\n{fence}", text.trim_end()));
    }
}

/// A text without marks.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => plain.push_str("&lt;"),
            '&' => plain.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' => plain.extend(['\\', c]),
            '\n' => plain.push(' '),
            c => plain.push(c),
        }
    }
    plain
}

/// A text as a code span.
fn code(text: &str) -> String {
    match text.contains('`') {
        true => plain(text),
        false => format!("`{text}`"),
    }
}
