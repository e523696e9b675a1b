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
    /// So many levels deeper.
    Indent(usize, Box<Doc>),
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
                Doc::Indent(_, inner) | Doc::Group(inner) => left.push(inner),
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
    indent_by(1, concat(parts))
}

/// So many levels deeper.
pub fn indent_by(levels: usize, doc: Doc) -> Doc {
    Doc::Indent(levels, Box::new(doc))
}

/// See [`Doc::Assign`].
pub fn assign(name: impl Into<Doc>, value: impl Into<Doc>) -> Doc {
    Doc::Assign(Box::new(name.into()), Box::new(value.into()))
}

/// The items with `separator` between them.
pub fn join(items: Vec<Doc>, separator: &Doc) -> Doc {
    let mut parts = Vec::with_capacity(2 * items.len());
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
    let mut inside = Vec::with_capacity(3 * items.len() + 1);
    for (i, item) in items.into_iter().enumerate() {
        if i == 0 {
            inside.extend([Doc::SoftLine, item]);
        } else {
            inside.extend([",".into(), Doc::Line, item]);
        }
    }
    inside.push(Doc::IfBroken(trailing));
    group([
        open.into(),
        indent_by(1, Doc::Concat(inside)),
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
        page.run(self, &mut vec![Op::Print(level, Mode::Broken, doc)], Until::End);
        page.text
    }
}

/// How lines are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// As line breaks.
    Broken,
    /// As spaces. The groups inside may still break, after a line break that is always one.
    Flat,
    /// As spaces, because all of it fits: so do the groups inside.
    Fits,
}

/// What is still to be printed.
#[derive(Clone, Copy)]
enum Op<'a> {
    /// A document at a level.
    Print(usize, Mode, &'a Doc),
    /// The value of an [`Doc::Assign`] at a level, whose name began on this line.
    Value(usize, usize, &'a Doc),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    End,
    FirstLine,
}

/// What has been printed.
struct Page<'a> {
    text: String,
    column: usize,
    /// How many line breaks there are.
    lines: usize,
    /// The columns of the first line, once it has ended.
    first_line: Option<usize>,
    /// The level of a line that has no text yet.
    fresh: Option<usize>,
    /// What a group that is measured still has: kept for its memory.
    measured: Vec<(Mode, &'a Doc)>,
}

impl<'a> Page<'a> {
    fn at(column: usize) -> Self {
        Self {
            text: String::new(),
            column,
            lines: 0,
            first_line: None,
            fresh: None,
            measured: Vec::new(),
        }
    }

    fn push(&mut self, layout: &Layout, text: &str) {
        if text.is_empty() {
            return;
        }
        // A line without text has no indentation either.
        for _ in 0..self.fresh.take().unwrap_or(0) {
            self.text.push_str(layout.indent);
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

    fn run(&mut self, layout: &Layout, ops: &mut Vec<Op<'a>>, until: Until) {
        while let Some(op) = ops.pop() {
            match op {
                Op::Print(level, mode, doc) => self.print(layout, ops, level, mode, doc),
                Op::Value(level, line, value) => {
                    if line < self.lines || self.has_room(layout, ops, level, value) {
                        self.push(layout, " ");
                        ops.push(Op::Print(level, Mode::Broken, value));
                    } else {
                        self.break_line(layout, level + 1);
                        ops.push(Op::Print(level + 1, Mode::Broken, value));
                    }
                }
            }
            if until == Until::FirstLine && self.lines > 0 {
                return;
            }
        }
    }

    fn print(&mut self, layout: &Layout, ops: &mut Vec<Op<'a>>, level: usize, mode: Mode, doc: &'a Doc) {
        match doc {
            Doc::Text(text) => self.push(layout, text),
            Doc::Symbol(name) => self.push(layout, name),
            Doc::IfBroken(text) if mode == Mode::Broken => self.push(layout, text),
            Doc::HardLine => self.break_line(layout, level),
            Doc::Line | Doc::SoftLine if mode == Mode::Broken => self.break_line(layout, level),
            Doc::Line => self.push(layout, " "),
            Doc::SoftLine | Doc::IfBroken(_) => {}
            Doc::Indent(levels, inner) => ops.push(Op::Print(level + levels, mode, inner)),
            Doc::Group(inner) => {
                let mode = match mode {
                    Mode::Fits => Mode::Fits,
                    Mode::Broken | Mode::Flat => {
                        let room = layout.width.saturating_sub(self.column);
                        self.measured.clear();
                        measure(room, inner, ops, &mut self.measured)
                    }
                };
                ops.push(Op::Print(level, mode, inner));
            }
            Doc::Assign(name, value) => {
                ops.extend([
                    Op::Value(level, self.lines, value),
                    Op::Print(level, Mode::Broken, name),
                ]);
            }
            Doc::Concat(parts) => ops.extend(parts.iter().rev().map(|part| Op::Print(level, mode, part))),
        }
    }

    /// True when the first line of a value fits after its name, with what follows it up to the next line break.
    fn has_room(&self, layout: &Layout, ops: &[Op<'a>], level: usize, value: &'a Doc) -> bool {
        let mut trial = Page::at(self.column + 1);
        let mut ops = ops.to_vec();
        ops.push(Op::Print(level, Mode::Broken, value));
        trial.run(layout, &mut ops, Until::FirstLine);
        trial.first_line.unwrap_or(trial.column) <= layout.width
    }
}

/// How the group of `doc` is printed: flat, if on one line it takes at most `room` columns with what follows up to the next line break.
fn measure<'a>(room: usize, doc: &'a Doc, rest: &[Op<'a>], stack: &mut Vec<(Mode, &'a Doc)>) -> Mode {
    let mut used = 0;
    let mut after = rest.iter().rev();
    // What the group is if no more than this has to be measured, and once all of it has been.
    let (mut known, mut whole) = (Mode::Flat, Some(Mode::Fits));
    stack.push((Mode::Flat, doc));
    loop {
        let Some((mode, doc)) = stack.pop() else {
            known = whole.take().unwrap_or(known);
            match after.next() {
                Some(&Op::Print(_, mode, doc)) => {
                    stack.push((mode, doc));
                    continue;
                }
                // A value may begin on the next line.
                Some(Op::Value(..)) | None => return known,
            }
        };
        match doc {
            Doc::Text(text) => used += width(text),
            Doc::Symbol(name) => used += width(name),
            Doc::IfBroken(text) if mode == Mode::Broken => used += width(text),
            Doc::HardLine => return known,
            Doc::Line | Doc::SoftLine if mode == Mode::Broken => return known,
            Doc::Line => used += 1,
            Doc::IfBroken(_) | Doc::SoftLine => {}
            Doc::Indent(_, inner) => stack.push((mode, inner)),
            // A group that follows may still choose: it is taken as flat.
            Doc::Group(inner) => stack.push((Mode::Flat, inner)),
            Doc::Assign(name, value) => {
                used += 1;
                // Its value is laid out anew.
                whole = whole.map(|_| Mode::Flat);
                stack.extend([(mode, &**value), (mode, &**name)]);
            }
            Doc::Concat(parts) => stack.extend(parts.iter().rev().map(|part| (mode, part))),
        }
        if used > room {
            return Mode::Broken;
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
