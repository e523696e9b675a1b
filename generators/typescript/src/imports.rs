//! Import statements in the order that Biome's organizeImports wants.

use std::cmp::Ordering;

use crate::layout::{Doc, concat, group, indent, join, print};

/// A module to import from, and what.
pub(crate) struct Import {
    /// `../codecs.js`
    pub(crate) from: String,
    /// Types, as `Book` or `Service as Service_`.
    pub(crate) types: Vec<String>,
    /// Values, likewise.
    pub(crate) values: Vec<String>,
}

/// The statements for `imports`, sorted; those that import nothing are left out.
pub(crate) fn statements(mut imports: Vec<Import>) -> Vec<String> {
    imports.retain(|import| !import.types.is_empty() || !import.values.is_empty());
    // Packages come before paths.
    imports.sort_by_key(|import| (import.from.starts_with('.'), import.from.clone()));
    imports.into_iter().map(statement).collect()
}

fn statement(import: Import) -> String {
    let only_types = import.values.is_empty();
    let prefix = if only_types { "" } else { "type " };
    let types = import.types.into_iter().map(|name| (prefix, name));
    let values = import.values.into_iter().map(|name| ("", name));
    let mut names: Vec<(&str, String)> = types.chain(values).collect();
    names.sort_by(|(_, a), (_, b)| natural(a, b));
    names.dedup();
    let names = names
        .into_iter()
        .map(|(prefix, name)| Doc::from(format!("{prefix}{name}")));
    let open = if only_types { "import type {" } else { "import {" };
    braces(open, names.collect(), &format!("}} from \"{}\";", import.from))
}

/// `open a, b close` with blanks inside the braces, or a name a line.
pub(crate) fn braces(open: &str, names: Vec<Doc>, close: &str) -> String {
    let separated = join(names, &concat([",".into(), Doc::Line]));
    let inside = indent([Doc::Line, separated, Doc::IfBroken(",")]);
    print(&group([open.into(), inside, Doc::Line, close.into()]), 0)
}

/// Underscores first, then numbers by their value; of one letter the capital first, then the small one.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    parts(a).cmp(parts(b)).then_with(|| a.cmp(b))
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Underscore,
    Number(u128),
    Char(char, bool),
}

fn parts(text: &str) -> impl Iterator<Item = Part> + '_ {
    let mut chars = text.chars().peekable();
    std::iter::from_fn(move || {
        let first = chars.next()?;
        if first == '_' {
            return Some(Part::Underscore);
        }
        let Some(mut number) = first.to_digit(10).map(u128::from) else {
            return Some(Part::Char(first.to_ascii_lowercase(), first.is_ascii_lowercase()));
        };
        while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
            number = number.saturating_mul(10).saturating_add(u128::from(digit));
            chars.next();
        }
        Some(Part::Number(number))
    })
}

#[cfg(test)]
mod tests {
    use super::{braces, natural};

    #[test]
    fn the_blanks_inside_the_braces_count() {
        let of = |width: usize| braces("import {", vec!["a".into(), "b".repeat(width).into()], "} from \"c\";");
        let flat = of(56);
        assert_eq!((flat.len(), flat.lines().count()), (80, 1));
        assert_eq!(
            of(57),
            format!("import {{\n\ta,\n\t{},\n}} from \"c\";", "b".repeat(57))
        );
    }

    #[test]
    fn natural_order() {
        let mut names = [
            "Zebra", "X9_", "apple", "X10", "X_", "X9", "Book", "_Under", "apple_", "Apple", "größe",
        ];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            [
                "_Under", "Apple", "apple", "apple_", "Book", "größe", "X_", "X9", "X9_", "X10", "Zebra"
            ]
        );
    }
}
