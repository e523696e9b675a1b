//! The types that both services share.

use facet::Facet;

/// An International Standard Book Number, written with its hyphens: `978-0-13-110362-7`.
#[derive(Facet, Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Isbn(
    /// The number as it is printed on the back of the book.
    pub String,
);

/// The currencies in which the shop sells.
#[derive(Facet, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Currency {
    /// The euro, in cents.
    Eur,
    /// The US dollar, in cents.
    Usd,
    /// The yen, which has no smaller unit.
    Jpy,
}

/// An amount of money. It may be negative: a refund is.
#[derive(Facet, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    /// The amount in the currency's smallest unit: cents for EUR and USD, whole yen for JPY.
    pub minor: i64,
    /// What the amount is counted in.
    pub currency: Currency,
}

/// One page of a longer list.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct Page<T: 'static> {
    /// The items of this page, in the order of the list.
    pub items: Vec<T>,
    /// How many items the whole list has.
    pub total: u64,
    /// The offset at which the next page starts, or nothing when this page is the last.
    pub next: Option<u64>,
}

impl<T: Clone + 'static> Page<T> {
    /// Cuts the page that starts at `offset` and has at most `limit` items out of the whole `list`.
    pub fn cut(list: &[T], offset: u64, limit: u32) -> Self {
        let start = usize::try_from(offset).map_or(list.len(), |offset| offset.min(list.len()));
        let end = start.saturating_add(limit as usize).min(list.len());
        Self {
            items: list[start..end].to_vec(),
            total: list.len() as u64,
            next: (end < list.len()).then_some(end as u64),
        }
    }
}
