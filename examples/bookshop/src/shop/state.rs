//! What the shop holds in memory.

use std::collections::BTreeMap;

use crate::catalog::{Book, Category};
use crate::model::Isbn;
use crate::orders::Order;

/// All that the shop knows.
pub(super) struct State {
    pub(super) books: BTreeMap<Isbn, Book>,
    pub(super) withdrawn: BTreeMap<Isbn, (String, i64)>,
    pub(super) covers: BTreeMap<Isbn, Vec<u8>>,
    pub(super) categories: Category,
    pub(super) orders: BTreeMap<u64, Order>,
}
