//! Line breaks where `ruff format` makes them, so that generated code is formatted from the start.

use rapace_gen_core::text::{Piece, natural_key, width};

/// The longest line. The generated `pyproject.toml` says the same to ruff.
pub const WIDTH: usize = 120;

/// True when the text, which has no line breaks, fits a line: letters of some scripts take two columns.
pub fn fits(text: &str) -> bool {
    width(text) <= WIDTH
}

/// An item between brackets.
pub enum Item {
    /// A text without a place to break it.
    Text(String),
    /// A call, which breaks between its brackets: `f(`, arguments.
    Call(String, Vec<Item>),
    /// Terms that are added: the second breaks before its `+`.
    Sum(Vec<Item>),
    /// `A if condition else B`, which breaks into those three, in parentheses.
    Choice(String, String, Box<Item>),
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
    /// True for a text that has line breaks, which no rule here makes or moves.
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Text(text) if text.contains('\n'))
    }

    fn flat(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Call(head, items) => format!("{head}{})", flat(items)),
            Self::Sum(terms) => terms.iter().map(Item::flat).collect::<Vec<_>>().join(" + "),
            Self::Choice(then, condition, otherwise) => format!("{then} if {condition} else {}", otherwise.flat()),
        }
    }

    /// The item on separate lines, with `tail` after it.
    fn on_its_own(&self, indent: usize, tail: &str) -> String {
        let margin = " ".repeat(indent);
        let line = format!("{margin}{}{tail}", self.flat());
        if fits(&line) {
            return line;
        }
        match self {
            Self::Text(_) => line,
            Self::Call(head, items) => bracketed(indent, head, items, &format!("){tail}")),
            Self::Sum(terms) => {
                let terms: Vec<String> = terms.iter().map(Item::flat).collect();
                format!("{margin}{}{tail}", terms.join(&format!("\n{margin}+ ")))
            }
            Self::Choice(then, condition, otherwise) => {
                let choice = choice(indent, then, condition, otherwise);
                format!("{margin}{choice}{tail}")
            }
        }
    }
}

/// `head`, the items in commas, `tail`: on one line, or the items on a line of their own, or a line each.
pub fn bracketed(indent: usize, head: &str, items: &[Item], tail: &str) -> String {
    let margin = " ".repeat(indent);
    let joined = flat(items);
    let line = format!("{margin}{head}{joined}{tail}");
    let breaks = items.iter().any(Item::is_broken);
    if fits(&line) && !breaks || items.is_empty() {
        return line;
    }
    let inner = format!("{margin}    {joined}");
    if fits(&inner) && !breaks {
        return format!("{margin}{head}\n{inner}\n{margin}{tail}");
    }
    let comma = if items.len() > 1 { "," } else { "" };
    let items: Vec<String> = items.iter().map(|item| item.on_its_own(indent + 4, comma)).collect();
    format!("{margin}{head}\n{}\n{margin}{tail}", items.join("\n"))
}

/// `return` and an expression.
pub fn returned(indent: usize, item: &Item) -> String {
    let margin = " ".repeat(indent);
    let line = format!("{margin}return {}", item.flat());
    match item {
        _ if fits(&line) => line,
        Item::Call(head, items) => bracketed(indent, &format!("return {head}"), items, ")"),
        Item::Sum(_) => format!("{margin}return (\n{}\n{margin})", item.on_its_own(indent + 4, "")),
        Item::Choice(..) if fits(&format!("{margin}    {}", item.flat())) => {
            format!("{margin}return (\n{margin}    {}\n{margin})", item.flat())
        }
        Item::Choice(then, condition, otherwise) => {
            format!("{margin}return {}", choice(indent, then, condition, otherwise))
        }
        Item::Text(_) => line,
    }
}

/// A choice in parentheses, each of its parts on a line.
fn choice(indent: usize, then: &str, condition: &str, otherwise: &Item) -> String {
    let margin = " ".repeat(indent);
    let otherwise = otherwise.flat();
    format!("(\n{margin}    {then}\n{margin}    if {condition}\n{margin}    else {otherwise}\n{margin})")
}

/// `target = f(arguments)`: on one line, or the arguments on a line of their own, or the call.
pub fn assigned(indent: usize, target: &str, call: &Item) -> String {
    let margin = " ".repeat(indent);
    let line = format!("{margin}{target} = {}", call.flat());
    match call {
        Item::Call(function, arguments) if !fits(&line) => {
            let head = format!("{margin}{target} = {function}");
            match fits(&head) {
                true => format!("{head}\n{margin}    {}\n{margin})", flat(arguments)),
                false => format!("{margin}{target} = (\n{margin}    {}\n{margin})", call.flat()),
            }
        }
        _ => line,
    }
}

/// `head`, an item and the clause of its comprehension, `tail`: on one line, or on a separate line, or a line each.
pub fn comprehension(indent: usize, head: &str, item: &Item, clause: &str, tail: &str) -> String {
    let margin = " ".repeat(indent);
    let line = format!("{margin}{head}{} {clause}{tail}", item.flat());
    if fits(&line) {
        return line;
    }
    let inner = format!("{margin}    {} {clause}", item.flat());
    if fits(&inner) {
        return format!("{margin}{head}\n{inner}\n{margin}{tail}");
    }
    let item = item.on_its_own(indent + 4, "");
    format!("{margin}{head}\n{item}\n{margin}    {clause}\n{margin}{tail}")
}

/// Texts as items.
pub fn items(texts: &[String]) -> Vec<Item> {
    texts.iter().cloned().map(Item::Text).collect()
}

/// The items in commas.
pub fn flat(items: &[Item]) -> String {
    let items: Vec<String> = items.iter().map(Item::flat).collect();
    items.join(", ")
}

/// `from module import a, b`, on one line or a name on each. The names are sorted here.
pub fn import(module: &str, names: &[String]) -> String {
    let mut names = names.to_vec();
    names.sort_by_key(|name| import_key(name));
    let line = format!("from {module} import {}", names.join(", "));
    if fits(&line) {
        return line;
    }
    let names: String = names.iter().map(|name| format!("    {name},\n")).collect();
    format!("from {module} import (\n{names})")
}

/// `__all__`, a name on each line. The names are sorted here.
pub fn all(names: &[String]) -> String {
    let mut names = names.to_vec();
    names.sort_by_key(|name| (kind(name), natural(name)));
    let names: String = names.iter().map(|name| format!("    \"{name}\",\n")).collect();
    format!("__all__ = [\n{names}]")
}

/// `head` and the alternatives `A | B | C`: on one line, or in parentheses.
pub fn alternatives(head: &str, items: &[String]) -> String {
    let line = format!("{head}{}", items.join(" | "));
    if fits(&line) || items.len() < 2 {
        return line;
    }
    let inner = format!("    {}", items.join(" | "));
    if fits(&inner) {
        return format!("{head}(\n{inner}\n)");
    }
    format!("{head}(\n    {}\n)", items.join("\n    | "))
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
