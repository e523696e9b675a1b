//! The order in which formatters sort names.

use std::cmp::Ordering;

/// Natural order: underscores first, then numbers by their value (`X9` before `X10`). Of one letter the capital is first.
pub fn natural(a: &str, b: &str) -> Ordering {
    parts(a).cmp(parts(b)).then_with(|| a.cmp(b))
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Underscore,
    /// How many digits a number has without leading zeros, and these.
    Number(usize, String),
    Char(char, bool),
}

fn parts(text: &str) -> impl Iterator<Item = Part> + '_ {
    let mut chars = text.chars().peekable();
    std::iter::from_fn(move || {
        let first = chars.next()?;
        if first == '_' {
            return Some(Part::Underscore);
        }
        if !first.is_ascii_digit() {
            return Some(Part::Char(first.to_ascii_lowercase(), first.is_ascii_lowercase()));
        }
        let mut digits = String::from(first);
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        let digits = digits.trim_start_matches('0').to_owned();
        Some(Part::Number(digits.len(), digits))
    })
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn natural_order() {
        let mut names = [
            "Zebra",
            "X9_",
            "apple",
            "X10",
            "X_",
            "X9",
            "Book",
            "_Under",
            "apple_",
            "Apple",
            "größe",
            "X2000000000000",
        ];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            [
                "_Under",
                "Apple",
                "apple",
                "apple_",
                "Book",
                "größe",
                "X_",
                "X9",
                "X9_",
                "X10",
                "X2000000000000",
                "Zebra"
            ]
        );
    }
}
