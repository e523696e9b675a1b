//! Lays text out in lines as Biome (and Prettier) do, so that generated code is formatted without running a formatter.
//!
//! The algorithm is Wadler's: a group stands on one line when it fits, and otherwise breaks at each of its own lines.

use rapace_gen_core::text::width;

/// Columns that a line may have: Biome's default.
pub(crate) const WIDTH: usize = 80;
/// Columns that a tab takes: Biome's default.
const TAB: usize = 2;

/// A piece of text with the places where it may break.
#[derive(Clone, Debug)]
pub(crate) enum Doc {
    /// Text without a line break.
    Text(String),
    /// A space, or a line break in a broken group.
    Line,
    /// Nothing, or a line break in a broken group.
    SoftLine,
    /// Text that stands only in a broken group.
    IfBroken(&'static str),
    /// One tab deeper.
    Indent(Box<Doc>),
    /// On one line when it fits.
    Group(Box<Doc>),
    /// One after another.
    Concat(Vec<Doc>),
}

impl From<&str> for Doc {
    fn from(text: &str) -> Self {
        Doc::Text(text.to_owned())
    }
}

impl From<String> for Doc {
    fn from(text: String) -> Self {
        Doc::Text(text)
    }
}

/// One after another.
pub(crate) fn concat(parts: impl IntoIterator<Item = Doc>) -> Doc {
    Doc::Concat(parts.into_iter().collect())
}

/// On one line when it fits.
pub(crate) fn group(parts: impl IntoIterator<Item = Doc>) -> Doc {
    Doc::Group(Box::new(concat(parts)))
}

/// One tab deeper.
pub(crate) fn indent(parts: impl IntoIterator<Item = Doc>) -> Doc {
    Doc::Indent(Box::new(concat(parts)))
}

/// `open a, b close`, or an item a line; a comma behind the last one then, if `trailing` says so.
pub(crate) fn list(open: &str, items: Vec<Doc>, trailing: &'static str, close: &str) -> Doc {
    if items.is_empty() {
        return format!("{open}{close}").into();
    }
    let items = join(items, &concat([",".into(), Doc::Line]));
    group([
        open.into(),
        indent([Doc::SoftLine, items, Doc::IfBroken(trailing)]),
        Doc::SoftLine,
        close.into(),
    ])
}

/// `callee(a, b)`, or an argument a line.
pub(crate) fn call(callee: &str, arguments: Vec<Doc>) -> Doc {
    list(&format!("{callee}("), arguments, ",", ")")
}

/// `test ? yes : no`, or each part on a line of its own.
pub(crate) fn conditional(test: Doc, yes: Doc, no: Doc) -> Doc {
    let rest = [Doc::Line, "? ".into(), yes, Doc::Line, ": ".into(), no];
    group([test, indent(rest)])
}

/// The items with `separator` between them.
pub(crate) fn join(items: Vec<Doc>, separator: &Doc) -> Doc {
    let mut parts = Vec::new();
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            parts.push(separator.clone());
        }
        parts.push(item);
    }
    concat(parts)
}

/// Whether a text fits a line with so many tabs before it.
pub(crate) fn fits_line(text: &str, tabs: usize) -> bool {
    tabs * TAB + width(text) <= WIDTH
}

/// `key: value,` in an object.
pub(crate) fn property(key: &str, value: Doc, tabs: usize) -> String {
    beside(&format!("{key}:"), concat([value, ",".into()]), tabs)
}

/// `left value`, as [`print`] has it. The value stands on a line of its own when not even its first piece fits beside what
/// is left of it.
pub(crate) fn beside(left: &str, value: Doc, tabs: usize) -> String {
    let beside = print(&concat([format!("{left} ").into(), value.clone()]), tabs);
    let first = beside.lines().next().unwrap_or_default();
    if fits_line(first, tabs) {
        return beside;
    }
    let below = tabs + 1;
    format!("{left}\n{}{}", "\t".repeat(below), print(&value, below))
}

/// The text of `doc`, whose first line starts with `tabs` tabs, which are not part of the text; every further line has
/// them.
pub(crate) fn print(doc: &Doc, tabs: usize) -> String {
    let mut out = String::new();
    let mut column = tabs * TAB;
    let mut rest = vec![(tabs, true, doc)];
    while let Some((tabs, broken, doc)) = rest.pop() {
        match doc {
            Doc::Text(text) => {
                out.push_str(text);
                column += width(text);
            }
            Doc::IfBroken(text) => {
                if broken {
                    out.push_str(text);
                    column += width(text);
                }
            }
            Doc::Line | Doc::SoftLine if broken => {
                out.push('\n');
                out.push_str(&"\t".repeat(tabs));
                column = tabs * TAB;
            }
            Doc::Line => {
                out.push(' ');
                column += 1;
            }
            Doc::SoftLine => {}
            Doc::Indent(inner) => rest.push((tabs + 1, broken, inner)),
            Doc::Group(inner) => {
                let fits = fits(WIDTH.saturating_sub(column), inner, &rest);
                rest.push((tabs, !fits, inner));
            }
            Doc::Concat(parts) => rest.extend(parts.iter().rev().map(|part| (tabs, broken, part))),
        }
    }
    out
}

/// Whether `doc` on one line, and what follows up to the next line break, takes at most `room` columns.
fn fits(room: usize, doc: &Doc, rest: &[(usize, bool, &Doc)]) -> bool {
    let mut used = 0;
    let mut behind = rest.iter().rev();
    let mut stack = vec![(false, doc)];
    loop {
        let Some((broken, doc)) = stack.pop() else {
            match behind.next() {
                Some(&(_, broken, doc)) => {
                    stack.push((broken, doc));
                    continue;
                }
                None => return true,
            }
        };
        match doc {
            Doc::Text(text) => used += width(text),
            Doc::IfBroken(text) if broken => used += width(text),
            Doc::Line | Doc::SoftLine if broken => return true,
            Doc::Line => used += 1,
            Doc::IfBroken(_) | Doc::SoftLine => {}
            Doc::Indent(inner) => stack.push((broken, inner)),
            // A group behind the one in question may still choose: it is taken as flat.
            Doc::Group(inner) => stack.push((false, inner)),
            Doc::Concat(parts) => stack.extend(parts.iter().rev().map(|part| (broken, part))),
        }
        if used > room {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Doc, call, concat, conditional, print, property};

    #[test]
    fn a_value_stands_below_its_key_when_not_even_its_head_fits_beside() {
        let of = |length: usize| property("key", call(&"f".repeat(length), vec!["a".into()]), 1);
        assert_eq!(of(68), format!("key: {}(a),", "f".repeat(68)));
        assert_eq!(of(72), format!("key: {}(\n\t\ta,\n\t),", "f".repeat(72)));
        assert_eq!(of(73), format!("key:\n\t\t{}(\n\t\t\ta,\n\t\t),", "f".repeat(73)));
    }

    #[test]
    fn a_group_breaks_only_when_it_does_not_fit() {
        let long = |name: &str| Doc::from(format!("{name}{}", "x".repeat(35)));
        let short = call("f", vec!["a".into(), "b".into()]);
        assert_eq!(print(&short, 1), "f(a, b)");
        let broken = call("f", vec![long("a"), call("g", vec![long("b")])]);
        let (a, b) = (format!("a{}", "x".repeat(35)), format!("b{}", "x".repeat(35)));
        assert_eq!(
            print(&concat([broken, ";".into()]), 1),
            format!("f(\n\t\t{a},\n\t\tg({b}),\n\t);")
        );
    }

    #[test]
    fn what_follows_a_group_counts_up_to_the_next_line() {
        let doc = concat([call("f", vec!["a".into()]), ";".repeat(78).as_str().into()]);
        assert!(print(&doc, 0).starts_with("f(\n\ta,\n)"));
    }

    #[test]
    fn a_conditional_breaks_before_its_marks() {
        let long = |c: &str| Doc::from(c.repeat(40));
        let doc = conditional("test".into(), long("y"), long("n"));
        assert_eq!(
            print(&doc, 0),
            format!("test\n\t? {}\n\t: {}", "y".repeat(40), "n".repeat(40))
        );
    }
}
