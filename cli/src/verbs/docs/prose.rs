//! Doc texts: Markdown that others wrote. As HTML and as Markdown it has no raw HTML, no picture, no link but to the web and
//! into the reference, and no character that hides.

use std::ops::Range;

use pulldown_cmark::{BrokenLink, CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html};
use rapace_schema::text::visible;

use super::links::Links;

/// What the address of a link may begin with. Others run code or lead to the reader's files.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// A doc text as HTML.
pub(super) fn to_html(doc: &str, links: &Links) -> String {
    let doc = shown(doc);
    let mut fit = Fit::new(links);
    let events = with_broken_links(&doc, links).flat_map(|(event, _)| fit.event(event));
    let mut text = String::new();
    html::push_html(&mut text, events);
    text
}

/// A doc text as a part of a Markdown document. Headings are bold, because the document has its own.
pub(super) fn to_markdown(doc: &str, links: &Links) -> String {
    let doc = shown(doc);
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let (mut after, mut in_code) = (String::new(), false);
    for (event, range) in with_broken_links(&doc, links) {
        let written = &doc[range.clone()];
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                in_code = true;
                if matches!(kind, CodeBlockKind::Fenced(_)) {
                    after = open_fence(written);
                }
            }
            Event::End(TagEnd::CodeBlock) => in_code = false,
            // A text may begin a comment that another reader of Markdown sees.
            Event::Html(_) | Event::InlineHtml(_) | Event::Text(_) if !in_code && written.contains('<') => {
                edits.push((range, written.replace('<', "&lt;")));
            }
            Event::Start(Tag::Heading { .. }) => edits.push((range, bold(written))),
            Event::Start(Tag::Link { dest_url, .. }) if target(&dest_url, links).is_none() => {
                edits.push((range, neutral(written)));
            }
            Event::Start(Tag::Image { .. }) => edits.push((range, neutral(written))),
            _ => {}
        }
    }
    edited(&doc, edits) + &after
}

/// The first sentence or line of a doc text, without marks.
pub(super) fn summary(doc: &str) -> String {
    let first = shown(doc).split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let end = first.find(". ").map_or(first.len(), |end| end + 1);
    first[..end].replace('`', "")
}

/// The text with all its characters to be seen.
fn shown(doc: &str) -> String {
    let lines: Vec<String> = doc.split('\n').map(|line| visible(line.trim_end())).collect();
    lines.join("\n")
}

fn with_broken_links<'d>(doc: &'d str, links: &'d Links) -> impl Iterator<Item = (Event<'d>, Range<usize>)> {
    let broken = move |link: BrokenLink<'_>| {
        let anchor = links.resolve(&link.reference)?;
        Some((CowStr::from(format!("#{anchor}")), CowStr::from("")))
    };
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    Parser::new_with_broken_link_callback(doc, options, Some(broken)).into_offset_iter()
}

/// Where a link of a doc text leads to, if it may lead there.
fn target(address: &str, links: &Links) -> Option<String> {
    let lower = address.to_ascii_lowercase();
    if SCHEMES.iter().any(|scheme| lower.starts_with(scheme)) {
        return Some(address.to_owned());
    }
    let name = address.strip_prefix('#').unwrap_or(address);
    if address.starts_with('#') {
        return Some(address.to_owned()).filter(|_| !name.is_empty());
    }
    links.resolve(name).map(|anchor| format!("#{anchor}"))
}

/// Makes events fit to be HTML.
struct Fit<'l> {
    links: &'l Links,
    /// Of each link and picture that is open: whether it is written as a link.
    open: Vec<bool>,
}

impl<'l> Fit<'l> {
    fn new(links: &'l Links) -> Self {
        Self {
            links,
            open: Vec::new(),
        }
    }

    fn event<'d>(&mut self, event: Event<'d>) -> Vec<Event<'d>> {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => vec![Event::Text(text)],
            Event::Start(Tag::HtmlBlock) => vec![Event::Start(Tag::Paragraph)],
            Event::End(TagEnd::HtmlBlock) => vec![Event::End(TagEnd::Paragraph)],
            // The page has its own headings, and their order means something to screen readers.
            Event::Start(Tag::Heading { .. }) => vec![Event::Start(Tag::Paragraph), Event::Start(Tag::Strong)],
            Event::End(TagEnd::Heading(_)) => vec![Event::End(TagEnd::Strong), Event::End(TagEnd::Paragraph)],
            // The language of a code block is anything that somebody wrote.
            Event::Start(Tag::CodeBlock(_)) => vec![Event::Start(Tag::CodeBlock(CodeBlockKind::Indented))],
            Event::Start(Tag::Link { dest_url, .. }) => self.opened(target(&dest_url, self.links)),
            // A picture would need the network: it is a link.
            Event::Start(Tag::Image { dest_url, .. }) => {
                let inside = self.open.contains(&true);
                self.opened(target(&dest_url, self.links).filter(|_| !inside))
            }
            Event::End(TagEnd::Link | TagEnd::Image) => match self.open.pop() {
                Some(true) => vec![Event::End(TagEnd::Link)],
                _ => Vec::new(),
            },
            event => vec![event],
        }
    }

    fn opened<'d>(&mut self, address: Option<String>) -> Vec<Event<'d>> {
        self.open.push(address.is_some());
        let Some(address) = address else {
            return Vec::new();
        };
        vec![Event::Start(Tag::Link {
            link_type: LinkType::Inline,
            dest_url: address.into(),
            title: "".into(),
            id: "".into(),
        })]
    }
}

fn bold(heading: &str) -> String {
    let text = heading.lines().next().unwrap_or_default();
    let text = text.trim().trim_matches('#').trim();
    format!("**{}**\n", text.replace('<', "&lt;"))
}

/// A link as text.
fn neutral(link: &str) -> String {
    link.replace('!', "\\!").replace('[', "\\[").replace('<', "&lt;")
}

/// What ends a code block that the text leaves open.
fn open_fence(block: &str) -> String {
    let fence: String = block.chars().take_while(|c| matches!(c, '`' | '~')).collect();
    let last = block.trim_end().lines().skip(1).last().unwrap_or_default().trim();
    match !fence.is_empty() && last.starts_with(&fence) && last.trim_matches(['`', '~']).is_empty() {
        true => String::new(),
        false => format!("\n{fence}"),
    }
}

/// The text with these ranges replaced. Of ranges inside each other, the outer one counts.
fn edited(doc: &str, edits: Vec<(Range<usize>, String)>) -> String {
    let (mut text, mut at) = (String::with_capacity(doc.len()), 0);
    for (range, new) in edits {
        if range.start >= at {
            text.push_str(&doc[at..range.start]);
            text.push_str(&new);
            at = range.end;
        }
    }
    text + &doc[at..]
}

#[cfg(test)]
mod tests {
    use rapace_schema::{Api, TypeDef};

    use super::super::links::Links;
    use super::{summary, to_html, to_markdown};

    fn links() -> Links {
        Links::of(&Api {
            types: vec![TypeDef {
                name: "Book".into(),
                ..TypeDef::default()
            }],
            ..Api::default()
        })
    }

    #[test]
    fn html_has_nothing_that_acts() {
        for (doc, expected) in [
            ("`a` <b>x</b>", "<p><code>a</code> &lt;b&gt;x&lt;/b&gt;</p>\n"),
            (
                "</script><script>alert(1)</script>",
                "<p>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>\n",
            ),
            ("<!-- never closed", "<p>&lt;!-- never closed</p>\n"),
            ("[a](javascript:alert(1))", "<p>a</p>\n"),
            (
                "[a](JaVaScRiPt:alert(1)) <data:text/html,x>",
                "<p>a data:text/html,x</p>\n",
            ),
            (
                "![a](https://example.com/a.png)",
                "<p><a href=\"https://example.com/a.png\">a</a></p>\n",
            ),
            (
                "[`Book`] [Book] [b](crate::Book)",
                "<p><a href=\"#type.Book\"><code>Book</code></a> <a href=\"#type.Book\">Book</a> <a href=\"#type.Book\">b</a></p>\n",
            ),
            ("[`Shelf`]", "<p>[<code>Shelf</code>]</p>\n"),
            ("# A <i>", "<p><strong>A &lt;i&gt;</strong></p>\n"),
            ("```\" onclick=\"x\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>\n"),
            ("a\u{202e}b", "<p>a\\u{202e}b</p>\n"),
        ] {
            assert_eq!(to_html(doc, &links()), expected, "{doc:?}");
        }
    }

    #[test]
    fn markdown_stays_inside_its_part() {
        for (doc, expected) in [
            ("`<b>` <b>", "`<b>` &lt;b>"),
            ("# Title\ntext", "**Title**\ntext"),
            ("a <!-- b", "a &lt;!-- b"),
            ("    a < b", "    a < b"),
            ("```rust\nlet x;", "```rust\nlet x;\n```"),
            ("```rust\nlet x;\n```", "```rust\nlet x;\n```"),
            ("[a](javascript:alert(1))", "\\[a](javascript:alert(1))"),
            ("[a](https://example.com)", "[a](https://example.com)"),
        ] {
            assert_eq!(to_markdown(doc, &links()), expected, "{doc:?}");
        }
    }

    #[test]
    fn a_summary_is_a_sentence() {
        assert_eq!(summary("Finds `a`\nbook. Or not.\n\nMore."), "Finds a book.");
        assert_eq!(summary(""), "");
    }
}
