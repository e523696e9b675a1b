//! The shop behind the two services: held in memory, and the same on every start.
//!
//! Nothing depends on a clock, on chance or on the order of a hash map, so equal calls in equal order have equal
//! answers. Only `restock`, `watch`, `heartbeats` and `ticker` take time, and only as much as they are asked to.

mod ledger;
mod seed;
mod state;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::stream::{self, Stream, StreamExt};
use rapace::{ErrorCode, RpcError, Streaming};

use crate::catalog::{Author, Availability, Book, Catalog, Category, FindOutcome, Place, SearchHit};
use crate::model::{Currency, Isbn, Page};
use crate::orders::{
    Amendment, Audit, CancelOutcome, Figures, NewOrder, Order, OrderEvent, OrderStatus, Orders, PlaceOutcome,
};
use crate::shop::state::State;

/// The longest answer of [`Catalog::scan`], in bytes: 32 MiB.
pub const MAX_SCAN_BYTES: u32 = 32 * 1024 * 1024;

/// A bookshop. Clones share their books and orders.
#[derive(Clone)]
pub struct Shop {
    state: Arc<Mutex<State>>,
}

impl Shop {
    /// Opens the shop, with the books and orders that it always starts with.
    pub fn open() -> Self {
        Self {
            state: Arc::new(Mutex::new(seed::state())),
        }
    }

    /// The state is consistent between any two statements that hold the lock, so a panic elsewhere does not spoil it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Shop {
    fn default() -> Self {
        Self::open()
    }
}

impl Catalog for Shop {
    async fn greeting(&self) -> String {
        "Welcome to the bookshop! Willkommen, ようこそ, bienvenue 📚".to_owned()
    }

    async fn find(&self, isbn: Isbn) -> FindOutcome {
        let state = self.state();
        if let Some(book) = state.books.get(&isbn) {
            return FindOutcome::Found(book.clone());
        }
        match state.withdrawn.get(&isbn) {
            Some((reason, since)) => FindOutcome::Withdrawn {
                reason: reason.clone(),
                since: *since,
            },
            None => FindOutcome::NotFound,
        }
    }

    async fn list(&self, category: Option<String>, offset: u64, limit: u32) -> Page<Book> {
        let state = self.state();
        let books: Vec<Book> = match category {
            None => state.books.values().cloned().collect(),
            Some(name) => {
                let mut wanted = BTreeSet::new();
                if let Some(category) = state.categories.named(&name) {
                    category.collect_books(&mut wanted);
                }
                let listed = state.books.values();
                listed.filter(|b| wanted.contains(&b.isbn)).cloned().collect()
            }
        };
        Page::cut(&books, offset, limit)
    }

    async fn categories(&self) -> Category {
        self.state().categories.clone()
    }

    async fn search(&self, text: String, limit: u32) -> Streaming<SearchHit> {
        if text.is_empty() {
            return failed(ErrorCode::InvalidArgument, "nothing to search for");
        }
        let text = text.to_lowercase();
        let hits: Vec<_> = self
            .state()
            .books
            .values()
            .filter_map(|book| search_book(book, &text))
            .take(limit as usize)
            .collect();
        Box::pin(stream::iter(hits.into_iter().map(Ok)))
    }

    async fn newest(&self) -> Streaming<Book> {
        let mut books: Vec<Book> = self.state().books.values().cloned().collect();
        books.sort_by_key(|book| std::cmp::Reverse(book.published));
        Box::pin(stream::iter(books.into_iter().map(Ok)))
    }

    async fn cover(&self, isbn: Isbn) -> Option<Vec<u8>> {
        self.state().covers.get(&isbn).cloned()
    }

    async fn scan(&self, isbn: Isbn, bytes: u32) -> Vec<u8> {
        let first = isbn.0.len();
        (0..bytes.min(MAX_SCAN_BYTES) as usize)
            .map(|i| (first + i * 31) as u8)
            .collect()
    }

    async fn stock(&self, isbns: BTreeSet<Isbn>) -> BTreeMap<Isbn, u32> {
        let state = self.state();
        isbns
            .into_iter()
            .filter_map(|isbn| {
                let copies = state.books.get(&isbn)?.availability.copies();
                Some((isbn, copies))
            })
            .collect()
    }

    async fn restock(&self, isbn: Isbn, copies: u32, after_ms: u32) -> Option<u32> {
        pause(after_ms).await;
        let mut state = self.state();
        let availability = &mut state.books.get_mut(&isbn)?.availability;
        if let Availability::Preorder { .. } = availability {
            return None;
        }
        availability.add(copies);
        Some(availability.copies())
    }

    async fn ticker(&self, every_ms: u32) -> Streaming<u64> {
        Box::pin(paced(stream::iter(0..), every_ms).map(Ok))
    }
}

impl Orders for Shop {
    async fn place(&self, order: NewOrder) -> PlaceOutcome {
        self.state().place(order)
    }

    async fn history(&self, customer: u64, offset: u64, limit: u32) -> Page<Order> {
        let state = self.state();
        let of_customer = state.orders.values().filter(|o| o.customer == customer);
        Page::cut(&of_customer.cloned().collect::<Vec<_>>(), offset, limit)
    }

    async fn watch(&self, order: u64, every_ms: u32) -> Streaming<OrderEvent> {
        let state = self.state();
        let Some(found) = state.orders.get(&order) else {
            return failed(ErrorCode::NotFound, format!("no order {order}"));
        };
        let events = stream::iter(found.events()).map(Ok);
        if found.status == OrderStatus::Cancelled {
            let end = failed(ErrorCode::Aborted, format!("order {order} was cancelled"));
            Box::pin(paced(events.chain(end), every_ms))
        } else {
            Box::pin(paced(events, every_ms))
        }
    }

    async fn cancel(&self, order: u64) -> CancelOutcome {
        self.state().cancel(order)
    }

    async fn amend(&self, order: u64, change: Amendment) -> Option<Order> {
        let mut state = self.state();
        let order = state.orders.get_mut(&order)?;
        if let Some(note) = change.note {
            order.note = note;
        }
        if let Some(discount) = change.discount {
            order.discount = discount.map(|percent| percent.min(100));
            order.total.minor = order.price();
        }
        if let Some(gift) = change.gift {
            order.gift = gift;
        }
        Some(order.clone())
    }

    async fn touch(&self) {}

    async fn heartbeats(&self, count: u32, every_ms: u32) -> Streaming<()> {
        Box::pin(paced(stream::iter(0..count), every_ms).map(|_| Ok(())))
    }

    async fn totals(&self) -> HashMap<Currency, i64> {
        let mut totals = HashMap::new();
        for order in self.state().orders.values() {
            if order.status != OrderStatus::Cancelled {
                *totals.entry(order.total.currency).or_default() += order.total.minor;
            }
        }
        totals
    }

    async fn audit(&self, figures: Figures) -> Audit {
        let checksum = checksum(&figures);
        Audit { figures, checksum }
    }
}

impl Category {
    /// The category of this name: this one, or one below it.
    fn named(&self, name: &str) -> Option<&Self> {
        if self.name == name {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.named(name))
    }

    /// Adds the books of this category and of all below it.
    fn collect_books(&self, books: &mut BTreeSet<Isbn>) {
        books.extend(self.books.iter().cloned());
        for child in &self.children {
            child.collect_books(books);
        }
    }
}

/// Looks for `text`, which is in lower case, in the title, then the authors, then the tags of a book.
fn search_book(book: &Book, text: &str) -> Option<SearchHit> {
    let author = |author: &Author| author.name.to_lowercase().contains(text);
    let tag = |tag: &String| Some((tag.clone(), tag.to_lowercase().find(text)?));
    let (score, place) = if book.title.to_lowercase().contains(text) {
        (1.0, Place::Title)
    } else if let Some(author) = book.authors.iter().find(|a| author(a)) {
        (0.75, Place::Author(author.name.clone()))
    } else {
        let (name, at) = book.tags.iter().find_map(tag)?;
        (0.5, Place::Tag { name, at: at as u64 })
    };
    Some(SearchHit {
        isbn: book.isbn.clone(),
        title: book.title.clone(),
        score,
        place,
        availability: book.availability.clone(),
    })
}

/// FNV-1a, 64 bits, over the decimal digits of the integers in the order of the fields, each followed by a space.
fn checksum(f: &Figures) -> u64 {
    let digits = format!(
        "{} {} {} {} {} {} {} {} {} {} ",
        f.tiny,
        f.small,
        f.medium,
        f.large,
        f.huge,
        f.tiny_count,
        f.small_count,
        f.medium_count,
        f.large_count,
        f.huge_count,
    );
    digits.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A stream that fails before its first item.
fn failed<T: Send + 'static>(code: ErrorCode, message: impl Into<String>) -> Streaming<T> {
    let message = message.into();
    Box::pin(stream::iter([Err(RpcError::Status { code, message })]))
}

/// The same stream, with a pause before each item.
fn paced<S: Stream + Send>(items: S, every_ms: u32) -> impl Stream<Item = S::Item> + Send
where
    S::Item: Send,
{
    items.then(move |item| async move {
        pause(every_ms).await;
        item
    })
}

/// Waits. No pause at all still gives other tasks a turn, so that an endless stream starves nobody.
async fn pause(ms: u32) {
    if ms == 0 {
        tokio::task::yield_now().await;
    } else {
        tokio::time::sleep(Duration::from_millis(ms.into())).await;
    }
}
