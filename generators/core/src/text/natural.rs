//! The order in which formatters sort names.

/// A piece of a name in natural order. Formatters differ in the order of characters, which is that of `Order`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece<Order> {
    /// A character that is before all numbers.
    First,
    /// The number of digits of a number, without leading zeros, and the digits.
    Number(usize, String),
    /// Any other character.
    Other(Order),
}

/// The key by which a name is sorted in natural order: `item9` is before `item10`. `order` is the order of a character that is no
/// digit, and nothing for one that is before all numbers.
pub fn natural_key<Order>(name: &str, order: impl Fn(char) -> Option<Order>) -> Vec<Piece<Order>> {
    let mut pieces = Vec::new();
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        if !c.is_ascii_digit() {
            pieces.push(order(c).map_or(Piece::First, Piece::Other));
            continue;
        }
        let mut digits = String::from(c);
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        let digits = digits.trim_start_matches('0').to_owned();
        pieces.push(Piece::Number(digits.len(), digits));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::natural_key;

    #[test]
    fn numbers_are_sorted_by_their_value() {
        let mut names = [
            "item10",
            "item9",
            "item",
            "item_1",
            "item007",
            "item2000000000000000000000000",
        ];
        names.sort_by_key(|name| natural_key(name, Some));
        assert_eq!(
            names,
            [
                "item",
                "item007",
                "item9",
                "item10",
                "item2000000000000000000000000",
                "item_1"
            ]
        );
        names.sort_by_key(|name| natural_key(name, |c| (c != '_').then_some(c)));
        assert_eq!(names[..2], ["item", "item_1"]);
    }
}
