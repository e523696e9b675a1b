//! Line breaks where `ruff format` makes them, so that generated code is formatted from the start.
//!
//! Between brackets ruff tries three ways: everything on one line, the items on a line of their own, an item on each line. In
//! documents these are two groups, one in the other.

use rapace_gen_core::text::doc::{Doc, Layout, concat, group, indent, join, list};
use rapace_gen_core::text::{Piece, natural_key};

/// How ruff lays out lines. The generated `pyproject.toml` has the same width.
const LAYOUT: Layout = Layout {
    width: WIDTH,
    indent: "    ",
    indent_columns: 4,
};
/// The longest line.
pub const WIDTH: usize = 120;

/// An item between brackets.
#[derive(Clone)]
pub enum Item {
    /// A text without a place to break it.
    Text(String),
    /// A call, which breaks between its brackets: `f(`, arguments.
    Call(String, Vec<Item>),
    /// Items between brackets.
    Enclosed(&'static str, Vec<Item>, &'static str),
    /// Items one after another.
    Joined(Vec<Item>),
    /// Entries of a dictionary: on one line, or a line each.
    Dictionary(Vec<Item>),
    /// Terms that are added: the second breaks before its `+`.
    Sum(Vec<Item>),
    /// `A if condition else B`, which breaks into those three, in parentheses.
    Choice(String, String, Box<Item>),
    /// A parameter that takes a function, of types with a list: `head[`, what it takes, what it returns, `] tail`. The types
    /// break into one on each line.
    Function(String, Vec<Item>, String, String),
}

impl From<String> for Item {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Item {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Item {
    /// The item as a document.
    pub fn doc(&self) -> Doc {
        match self {
            Self::Text(text) => text.clone().into(),
            Self::Call(head, items) => brackets(head, items, ")"),
            Self::Enclosed(open, items, close) => list(*open, docs(items), ",", *close),
            Self::Joined(items) => concat(docs(items)),
            Self::Dictionary(entries) => list("{", docs(entries), ",", "}"),
            Self::Sum(terms) => group([join(docs(terms), &concat([Doc::Line, "+ ".into()]))]),
            Self::Choice(then, condition, otherwise) => parenthesized("", choice(then, condition, otherwise)),
            Self::Function(head, takes, returns, tail) => list(
                format!("{head}["),
                vec![brackets("[", takes, "]"), returns.clone().into()],
                ",",
                format!("]{tail}"),
            ),
        }
    }
}

/// The three parts of a choice.
fn choice(then: &str, condition: &str, otherwise: &Item) -> Doc {
    concat([
        then.to_owned().into(),
        Doc::Line,
        format!("if {condition}").into(),
        Doc::Line,
        "else ".into(),
        otherwise.doc(),
    ])
}

/// `head`, the items in commas, `tail`: on one line, or the items on a line of their own, or a line each.
fn brackets(head: &str, items: &[Item], tail: &str) -> Doc {
    if items.is_empty() {
        return format!("{head}{tail}").into();
    }
    let comma = if items.len() > 1 { "," } else { "" };
    let items = join(docs(items), &concat([",".into(), Doc::Line]));
    enclosed(head, group([items, Doc::IfBroken(comma)]), tail)
}

/// `head`, the text and `tail`, with the text on a line of its own where it does not fit.
fn enclosed(head: &str, text: Doc, tail: &str) -> Doc {
    group([
        head.to_owned().into(),
        indent([Doc::SoftLine, text]),
        Doc::SoftLine,
        tail.to_owned().into(),
    ])
}

/// `head` and the text, in parentheses where it does not fit.
fn parenthesized(head: &str, text: Doc) -> Doc {
    group([
        head.to_owned().into(),
        Doc::IfBroken("("),
        indent([Doc::SoftLine, text]),
        Doc::SoftLine,
        Doc::IfBroken(")"),
    ])
}

fn docs(items: &[Item]) -> Vec<Doc> {
    items.iter().map(Item::doc).collect()
}

/// The document as lines, the first of which is `columns` deep too: a multiple of four.
pub fn print(columns: usize, doc: &Doc) -> String {
    " ".repeat(columns) + &LAYOUT.print(doc, columns / LAYOUT.indent_columns)
}

/// An item on one line, however long.
pub fn flat(item: &Item) -> String {
    let endless = Layout {
        width: usize::MAX,
        ..LAYOUT
    };
    endless.print(&group([item.doc()]), 0)
}

/// See [`brackets`].
pub fn bracketed(columns: usize, head: &str, items: &[Item], tail: &str) -> String {
    print(columns, &brackets(head, items, tail))
}

/// `return` and an expression.
pub fn returned(columns: usize, item: &Item) -> String {
    let doc = match item {
        Item::Choice(then, condition, otherwise) => {
            parenthesized("return ", group([choice(then, condition, otherwise)]))
        }
        Item::Sum(_) => parenthesized("return ", item.doc()),
        item => concat(["return ".into(), item.doc()]),
    };
    print(columns, &doc)
}

/// `target = f(arguments)`: on one line, or the arguments on a line of their own, or the call.
pub fn assigned(columns: usize, target: &str, call: &Item) -> String {
    let target = format!("{target} = ");
    let doc = match call {
        Item::Call(function, _) if !LAYOUT.fits(&format!("{target}{function}"), columns / LAYOUT.indent_columns) => {
            parenthesized(&target, call.doc())
        }
        call => concat([target.into(), call.doc()]),
    };
    print(columns, &doc)
}

/// `head`, an item and the clause of its comprehension, `tail`: on one line, or on a separate line, or a line each.
pub fn comprehension(columns: usize, head: &str, item: &Item, clause: &str, tail: &str) -> String {
    let inside = group([item.doc(), Doc::Line, clause.to_owned().into()]);
    print(columns, &enclosed(head, inside, tail))
}

/// Texts as items.
pub fn items(texts: &[String]) -> Vec<Item> {
    texts.iter().cloned().map(Item::Text).collect()
}

/// `from module import a, b`, on one line or a name on each. The names are sorted here.
pub fn import(module: &str, names: &[String]) -> String {
    let mut names = names.to_vec();
    names.sort_by_cached_key(|name| import_key(name));
    let names = names.into_iter().map(Doc::from).collect();
    let names = concat([join(names, &concat([",".into(), Doc::Line])), Doc::IfBroken(",")]);
    print(0, &parenthesized(&format!("from {module} import "), names))
}

/// `__all__`, a name on each line. The names are sorted here.
pub fn all(names: &[String]) -> String {
    let mut names = names.to_vec();
    names.sort_by_cached_key(|name| (kind(name), natural(name)));
    let names: String = names.iter().map(|name| format!("    \"{name}\",\n")).collect();
    format!("__all__ = [\n{names}]")
}

/// `head` and the alternatives `A | B | C`: on one line, or in parentheses.
pub fn alternatives(head: &str, items: &[String]) -> String {
    if let [only] = items {
        return format!("{head}{only}");
    }
    let items = items.iter().map(|item| item.clone().into()).collect();
    let items = group([join(items, &concat([Doc::Line, "| ".into()]))]);
    print(0, &parenthesized(head, items))
}

/// How isort orders imported names: constants, classes, others; then naturally, without regard to case.
fn import_key(name: &str) -> (u8, Vec<Piece<char>>, String) {
    (kind(name), natural(&name.to_lowercase()), name.to_owned())
}

fn kind(name: &str) -> u8 {
    let has_lower = name.chars().any(char::is_lowercase);
    let has_upper = name.chars().any(char::is_uppercase);
    // ruff counts bytes.
    if name.len() > 1 && has_upper && !has_lower {
        0
    } else if name.chars().next().is_some_and(char::is_uppercase) {
        1
    } else {
        2
    }
}

/// The key of natural order: `item9` is before `item10`.
pub fn natural(name: &str) -> Vec<Piece<char>> {
    natural_key(name, Some)
}

#[cfg(test)]
mod tests {
    use super::{Item, WIDTH, all, alternatives, assigned, bracketed, import, returned};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn items_take_one_line_or_their_own_or_each_one() {
        let wide = "x".repeat(WIDTH - 9);
        assert_eq!(bracketed(0, "f(", &["a".into(), "b".into()], ")"), "f(a, b)");
        let own = format!("    long(\n        {wide}\n    )");
        assert_eq!(bracketed(4, "long(", &[wide.as_str().into()], ")"), own);
        let each = format!("f(\n    {wide},\n    {wide},\n)");
        assert_eq!(
            bracketed(0, "f(", &[wide.as_str().into(), wide.as_str().into()], ")"),
            each
        );
        let call = Item::Call("long_name(".into(), vec![wide.as_str().into()]);
        let nested = format!("f(\n    a,\n    long_name(\n        {wide}\n    ),\n)");
        assert_eq!(bracketed(0, "f(", &["a".into(), call], ")"), nested);
    }

    #[test]
    fn an_assigned_call_breaks_between_its_brackets_or_before_itself() {
        let call = |function: &str| Item::Call(format!("{function}("), vec!["b".into(), "c".into()]);
        assert_eq!(assigned(4, "a", &call("f")), "    a = f(b, c)");
        let (target, function) = ("t".repeat(60), "f".repeat(52));
        let own = format!("    {target} = {function}(\n        b, c\n    )");
        assert_eq!(assigned(4, &target, &call(&function)), own);
        let function = format!("{function}f");
        let whole = format!("    {target} = (\n        {function}(b, c)\n    )");
        assert_eq!(assigned(4, &target, &call(&function)), whole);
    }

    #[test]
    fn a_returned_choice_breaks_where_its_line_does_not_fit_behind_return() {
        let otherwise = "x".repeat(WIDTH - 18);
        let choice = Item::Choice("a".into(), "b".into(), Box::new(otherwise.as_str().into()));
        let each = format!("    return (\n        a\n        if b\n        else {otherwise}\n    )");
        assert_eq!(returned(4, &choice), each);
    }

    #[test]
    fn exported_names_are_in_the_order_of_isort_with_regard_to_case() {
        let text = all(&names(&[
            "sync",
            "OrdersClient",
            "OrderStatus",
            "Options_",
            "OptionsClient",
            "URL",
        ]));
        let order: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
        assert_eq!(
            order,
            [
                "URL",
                "OptionsClient",
                "Options_",
                "OrderStatus",
                "OrdersClient",
                "sync"
            ]
        );
    }

    #[test]
    fn imports_are_in_the_order_of_isort() {
        let line = import("m", &names(&["b", "URL", "item10", "Book", "item9", "A", "book"]));
        assert_eq!(line, "from m import URL, A, Book, b, book, item9, item10");
    }

    #[test]
    fn alternatives_break_before_their_bar() {
        assert_eq!(alternatives("A = ", &names(&["B", "C"])), "A = B | C");
        let wide = "X".repeat(WIDTH - 20);
        let broken = alternatives("A = ", &[wide.clone(), wide.clone()]);
        assert_eq!(broken, format!("A = (\n    {wide}\n    | {wide}\n)"));
    }
}
