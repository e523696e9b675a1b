//! The page: one HTML file, whose script and style are named by their hashes, and which may connect to WebSockets alone.

use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::links::Links;
use super::prose;
use super::signature::Pieces;
use super::view::{About, MethodPart, Reference};

const STYLE: &str = include_str!("page/page.css");
/// The modules of the script. Each comes after those that it imports.
const MODULES: [&str; 8] = [
    include_str!("page/walk.js"),
    include_str!("page/writer.js"),
    include_str!("page/reader.js"),
    include_str!("page/session.js"),
    include_str!("page/code.js"),
    include_str!("page/try.js"),
    include_str!("page/search.js"),
    include_str!("page/page.js"),
];

/// The script: its modules as one, since a page that is a file cannot import others.
fn script() -> String {
    let mut script = "\"use strict\";\n".to_owned();
    for module in MODULES {
        let mut lines = module.lines();
        while let Some(line) = lines.next() {
            if line.starts_with("import ") {
                // An import ends with the first line that ends with a semicolon.
                let _ = line.ends_with(';') || lines.by_ref().any(|line| line.ends_with(';'));
                continue;
            }
            script += line.strip_prefix("export ").unwrap_or(line);
            script.push('\n');
        }
    }
    script
}

#[derive(Template)]
#[template(path = "docs.html")]
struct Page<'a> {
    reference: &'a Reference,
    policy: String,
    style: &'static str,
    script: String,
    data: String,
    code: String,
}

/// The text of the page.
///
/// # Errors
/// A message: the template fails.
pub(super) fn page(reference: &Reference) -> Result<String, String> {
    let script = script();
    let page = Page {
        reference,
        policy: policy(&script),
        style: STYLE,
        script,
        data: inert(&reference.data.to_string()),
        code: inert(&code(reference).to_string()),
    };
    page.render()
        .map_err(|error| format!("cannot render the page: {error}"))
}

/// What the page may do: nothing but run this script, use this style, and call servers.
fn policy(script: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; script-src {}; style-src {}; connect-src ws: wss:; base-uri 'none'; form-action 'none'",
        hash(script),
        hash(STYLE)
    )
}

/// Of each method in order what is shown when it is opened: programs and example values, each with its title, and the arguments of the
/// first call that is tried.
fn code(reference: &Reference) -> Value {
    let methods = reference.services.iter().flat_map(|service| &service.methods);
    let of_method = |method: &MethodPart| {
        let values = [("Arguments", &method.arguments), (method.answer.0, &method.answer.1)];
        let values = values.into_iter().filter(|(_, text)| !text.is_empty());
        let values = values.map(|(title, text)| json!([title, text]));
        let calls = method.calls.iter().map(|code| json!([code.title, code.text]));
        json!({
            "arguments": method.arguments,
            "calls": calls.collect::<Vec<_>>(),
            "values": values.collect::<Vec<_>>(),
        })
    };
    methods.map(of_method).collect()
}

/// JSON that ends no element and begins no comment. What hides is escaped.
fn inert(json: &str) -> String {
    json.replace('&', "\\u0026")
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
}

impl Page<'_> {
    fn links(&self) -> &Links {
        &self.reference.links
    }

    fn prose(&self, about: &About) -> String {
        prose::to_html(&about.doc, self.links())
    }

    fn summary(&self, about: &About) -> String {
        prose::summary(&about.doc)
    }

    /// The note of what is deprecated, after the word.
    fn deprecation(&self, note: &str) -> String {
        let note = prose::to_html(note, self.links());
        let inside = note
            .trim()
            .strip_prefix("<p>")
            .and_then(|note| note.strip_suffix("</p>"));
        match inside {
            Some(note) if !note.contains("<p>") => note.to_owned(),
            _ => note,
        }
    }

    fn pieces(&self, pieces: &Pieces) -> String {
        let mut text = String::new();
        for piece in &pieces.0 {
            let shown = escaped(&rapace_schema::text::visible(&piece.text));
            match &piece.anchor {
                Some(anchor) => text.push_str(&format!("<a href=\"#{}\">{shown}</a>", escaped(anchor))),
                None => text.push_str(&shown),
            }
        }
        text
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{STYLE, script};

    #[test]
    fn script_and_style_end_no_element() {
        for text in [script(), STYLE.to_owned()] {
            assert!(!text.contains("</") && !text.contains("<!--"));
        }
    }

    #[test]
    fn the_script_imports_nothing() {
        let script = script();
        let mut lines = script.lines();
        assert!(
            lines
                .all(|line| !line.starts_with("import ") && !line.starts_with("export ") && !line.contains(" from \""))
        );
        assert!(script.contains("\nfunction showCode(") && script.contains("\nclass Walk {"));
    }
}
