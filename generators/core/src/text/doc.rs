//! Documents: texts with the places where they may break, laid out for a width of lines.
//!
//! The algorithm is Wadler's: a group is on one line when it fits, and otherwise breaks at each of its own lines. A symbol in a
//! document is a name that its module must import: [`Doc::for_each_symbol`] finds them.

use std::borrow::Cow;

use super::width;

/// A piece of code with the places where it may break.
#[derive(Clone, Debug)]
pub enum Doc {
    /// Text without a line break.
    Text(Cow<'static, str>),
    /// A name of the module that the code is printed in, which may have to be imported.
    Symbol(String),
    /// A space, or a line break in a broken group.
    Line,
    /// Nothing, or a line break in a broken group.
    SoftLine,
    /// A line break.
    HardLine,
    /// Text that is printed only in a broken group.
    IfBroken(&'static str),
    /// One level deeper.
    Indent(Box<Doc>),
    /// On one line when it fits.
    Group(Box<Doc>),
    /// A name and its value: `key:` and `value`, or `const x =` and `value`. The value is on the next line, one level deeper, when
    /// not even its first line fits after the name. After a name that takes several lines it never is.
    Assign(Box<Doc>, Box<Doc>),
    /// One after another.
    Concat(Vec<Doc>),
}

impl From<&'static str> for Doc {
    fn from(text: &'static str) -> Self {
        Doc::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Doc {
    fn from(text: String) -> Self {
        Doc::Text(Cow::Owned(text))
    }
}

impl Doc {
    /// Calls `found` with each name that the code mentions as a symbol, as often as it does.
    pub fn for_each_symbol<'a>(&'a self, mut found: impl FnMut(&'a str)) {
        let mut left = vec![self];
        while let Some(doc) = left.pop() {
            match doc {
                Doc::Symbol(name) => found(name),
                Doc::Indent(inner) | Doc::Group(inner) => left.push(inner),
                Doc::Assign(name, value) => left.extend([&**name, &**value]),
                Doc::Concat(parts) => left.extend(parts),
                Doc::Text(_) | Doc::Line | Doc::SoftLine | Doc::HardLine | Doc::IfBroken(_) => {}
            }
        }
    }
}

/// One after another.
pub fn concat(parts: impl IntoIterator<Item = Doc>) -> Doc {
    Doc::Concat(parts.into_iter().collect())
}

/// On one line when it fits.
pub fn group(parts: impl IntoIterator<Item = Doc>) -> Doc {
    Doc::Group(Box::new(concat(parts)))
}

/// One level deeper.
pub fn indent(parts: impl IntoIterator<Item = Doc>) -> Doc {
    Doc::Indent(Box::new(concat(parts)))
}

/// See [`Doc::Assign`].
pub fn assign(name: impl Into<Doc>, value: impl Into<Doc>) -> Doc {
    Doc::Assign(Box::new(name.into()), Box::new(value.into()))
}

/// The items with `separator` between them.
pub fn join(items: Vec<Doc>, separator: &Doc) -> Doc {
    let mut parts = Vec::new();
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            parts.push(separator.clone());
        }
        parts.push(item);
    }
    Doc::Concat(parts)
}

/// `open a, b close`, or an item a line. Then `trailing`, a comma or nothing, follows the last one.
pub fn list(open: impl Into<Doc>, items: Vec<Doc>, trailing: &'static str, close: impl Into<Doc>) -> Doc {
    if items.is_empty() {
        return concat([open.into(), close.into()]);
    }
    let items = join(items, &concat([",".into(), Doc::Line]));
    group([
        open.into(),
        indent([Doc::SoftLine, items, Doc::IfBroken(trailing)]),
        Doc::SoftLine,
        close.into(),
    ])
}

/// How a language's formatter lays out lines.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The columns of the longest line.
    pub width: usize,
    /// What each level puts before a line: a tab, or spaces.
    pub indent: &'static str,
    /// The columns that it takes.
    pub indent_columns: usize,
}

impl Layout {
    /// True when a text fits a line at this level.
    pub fn fits(&self, text: &str, level: usize) -> bool {
        level * self.indent_columns + width(text) <= self.width
    }

    /// The text of `doc`. Its first line begins at `level`, without the indentation; every further line has it.
    pub fn print(&self, doc: &Doc, level: usize) -> String {
        let mut page = Page::at(level * self.indent_columns);
        page.run(self, &mut vec![Op::Print(level, true, doc)], Until::End);
        page.text
    }
}

/// What is still to be printed.
#[derive(Clone, Copy)]
enum Op<'a> {
    /// A document at a level, in a broken group or a flat one.
    Print(usize, bool, &'a Doc),
    /// The value of an [`Doc::Assign`] at a level, whose name began on this line.
    Value(usize, usize, &'a Doc),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    End,
    FirstLine,
}

/// What has been printed.
struct Page {
    text: String,
    column: usize,
    /// How many line breaks there are.
    lines: usize,
    /// The columns of the first line, once it has ended.
    first_line: Option<usize>,
    /// The level of a line that has no text yet.
    fresh: Option<usize>,
}

impl Page {
    fn at(column: usize) -> Self {
        Self {
            text: String::new(),
            column,
            lines: 0,
            first_line: None,
            fresh: None,
        }
    }

    fn push(&mut self, layout: &Layout, text: &str) {
        if text.is_empty() {
            return;
        }
        // A line without text has no indentation either.
        if let Some(level) = self.fresh.take() {
            self.text.push_str(&layout.indent.repeat(level));
        }
        self.text.push_str(text);
        self.column += width(text);
    }

    fn break_line(&mut self, layout: &Layout, level: usize) {
        self.first_line.get_or_insert(self.column);
        self.text.push('\n');
        self.column = level * layout.indent_columns;
        self.lines += 1;
        self.fresh = Some(level);
    }

    fn run<'a>(&mut self, layout: &Layout, ops: &mut Vec<Op<'a>>, until: Until) {
        while let Some(op) = ops.pop() {
            match op {
                Op::Print(level, broken, doc) => self.print(layout, ops, level, broken, doc),
                Op::Value(level, line, value) => {
                    if line < self.lines || self.has_room(layout, ops, level, value) {
                        self.push(layout, " ");
                        ops.push(Op::Print(level, true, value));
                    } else {
                        self.break_line(layout, level + 1);
                        ops.push(Op::Print(level + 1, true, value));
                    }
                }
            }
            if until == Until::FirstLine && self.lines > 0 {
                return;
            }
        }
    }

    fn print<'a>(&mut self, layout: &Layout, ops: &mut Vec<Op<'a>>, level: usize, broken: bool, doc: &'a Doc) {
        match doc {
            Doc::Text(text) => self.push(layout, text),
            Doc::Symbol(name) => self.push(layout, name),
            Doc::IfBroken(text) if broken => self.push(layout, text),
            Doc::HardLine => self.break_line(layout, level),
            Doc::Line | Doc::SoftLine if broken => self.break_line(layout, level),
            Doc::Line => self.push(layout, " "),
            Doc::SoftLine | Doc::IfBroken(_) => {}
            Doc::Indent(inner) => ops.push(Op::Print(level + 1, broken, inner)),
            Doc::Group(inner) => {
                let fits = fits(layout.width.saturating_sub(self.column), inner, ops);
                ops.push(Op::Print(level, !fits, inner));
            }
            Doc::Assign(name, value) => ops.extend([Op::Value(level, self.lines, value), Op::Print(level, true, name)]),
            Doc::Concat(parts) => ops.extend(parts.iter().rev().map(|part| Op::Print(level, broken, part))),
        }
    }

    /// True when the first line of a value fits after its name, with what follows it up to the next line break.
    fn has_room<'a>(&self, layout: &Layout, ops: &[Op<'a>], level: usize, value: &'a Doc) -> bool {
        let mut trial = Page::at(self.column + 1);
        let mut ops = ops.to_vec();
        ops.push(Op::Print(level, true, value));
        trial.run(layout, &mut ops, Until::FirstLine);
        trial.first_line.unwrap_or(trial.column) <= layout.width
    }
}

/// Whether `doc` on one line, and what follows up to the next line break, takes at most `room` columns.
fn fits(room: usize, doc: &Doc, rest: &[Op<'_>]) -> bool {
    let mut used = 0;
    let mut after = rest.iter().rev();
    let mut stack = vec![(false, doc)];
    loop {
        let Some((broken, doc)) = stack.pop() else {
            match after.next() {
                Some(&Op::Print(_, broken, doc)) => {
                    stack.push((broken, doc));
                    continue;
                }
                // A value may begin on the next line.
                Some(Op::Value(..)) | None => return true,
            }
        };
        match doc {
            Doc::Text(text) => used += width(text),
            Doc::Symbol(name) => used += width(name),
            Doc::IfBroken(text) if broken => used += width(text),
            Doc::HardLine => return true,
            Doc::Line | Doc::SoftLine if broken => return true,
            Doc::Line => used += 1,
            Doc::IfBroken(_) | Doc::SoftLine => {}
            Doc::Indent(inner) => stack.push((broken, inner)),
            // A group that follows may still choose: it is taken as flat.
            Doc::Group(inner) => stack.push((false, inner)),
            Doc::Assign(name, value) => {
                used += 1;
                stack.extend([(broken, &**value), (broken, &**name)]);
            }
            Doc::Concat(parts) => stack.extend(parts.iter().rev().map(|part| (broken, part))),
        }
        if used > room {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Doc, Layout, assign, concat, indent, list};

    const TABS: Layout = Layout {
        width: 80,
        indent: "\t",
        indent_columns: 2,
    };
    const SPACES: Layout = Layout {
        width: 20,
        indent: "    ",
        indent_columns: 4,
    };

    fn call(callee: &str, arguments: Vec<Doc>) -> Doc {
        list(format!("{callee}("), arguments, ",", ")")
    }

    #[test]
    fn a_group_breaks_only_when_it_does_not_fit() {
        let long = |name: &str| Doc::from(format!("{name}{}", "x".repeat(35)));
        let short = call("f", vec!["a".into(), "b".into()]);
        assert_eq!(TABS.print(&short, 1), "f(a, b)");
        let broken = call("f", vec![long("a"), call("g", vec![long("b")])]);
        let (a, b) = (format!("a{}", "x".repeat(35)), format!("b{}", "x".repeat(35)));
        assert_eq!(
            TABS.print(&concat([broken, ";".into()]), 1),
            format!("f(\n\t\t{a},\n\t\tg({b}),\n\t);")
        );
        let broken = call("f", vec!["aaaaaaaaa".into(), "bbbbbbbbb".into()]);
        assert_eq!(SPACES.print(&broken, 0), "f(\n    aaaaaaaaa,\n    bbbbbbbbb,\n)");
    }

    #[test]
    fn what_follows_a_group_counts_up_to_the_next_line() {
        let doc = concat([call("f", vec!["a".into()]), ";".repeat(78).into()]);
        assert!(TABS.print(&doc, 0).starts_with("f(\n\ta,\n)"));
        let doc = concat([call("f", vec!["a".into()]), Doc::HardLine, ";".repeat(78).into()]);
        assert!(TABS.print(&doc, 0).starts_with("f(a)\n"));
    }

    #[test]
    fn a_value_is_below_its_name_when_not_even_its_first_line_fits_after_it() {
        let of = |length: usize| {
            let value = concat([call(&"f".repeat(length), vec!["a".into()]), ",".into()]);
            TABS.print(&assign("key:", value), 1)
        };
        assert_eq!(of(68), format!("key: {}(a),", "f".repeat(68)));
        assert_eq!(of(72), format!("key: {}(\n\t\ta,\n\t),", "f".repeat(72)));
        assert_eq!(of(73), format!("key:\n\t\t{}(\n\t\t\ta,\n\t\t),", "f".repeat(73)));
    }

    #[test]
    fn a_value_is_after_a_name_that_breaks_and_below_one_that_is_long() {
        let of = |length: usize| {
            let ty = list("[", vec!["T".repeat(length).into(), "U".into()], ",", "]");
            TABS.print(&assign(concat(["const a: ".into(), ty, " =".into()]), "f();"), 0)
        };
        assert_eq!(of(5), "const a: [TTTTT, U] = f();");
        assert_eq!(of(63), format!("const a: [{}, U] =\n\tf();", "T".repeat(63)));
        assert_eq!(of(70), format!("const a: [\n\t{},\n\tU,\n] = f();", "T".repeat(70)));
    }

    #[test]
    fn a_line_without_text_has_no_indentation() {
        let lines = indent([Doc::HardLine, "a".into(), Doc::HardLine, Doc::HardLine, "名".into()]);
        assert_eq!(SPACES.print(&lines, 1), "\n        a\n\n        名");
    }

    #[test]
    fn symbols_are_the_names_to_import() {
        let symbol = |name: &str| Doc::Symbol(name.to_owned());
        let doc = assign(symbol("b"), call("f", vec![symbol("a"), "c".into(), symbol("b")]));
        let mut symbols = Vec::new();
        doc.for_each_symbol(|name| symbols.push(name));
        symbols.sort_unstable();
        assert_eq!(symbols, ["a", "b", "b"]);
        assert_eq!(TABS.print(&doc, 0), "b f(a, c, b)");
    }
}
