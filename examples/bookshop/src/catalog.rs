//! What can be bought: books, their categories and their stock.

use std::collections::{BTreeMap, BTreeSet};

use facet::Facet;
use rapace::Streaming;

use crate::model::{Isbn, Money, Page};

/// Looks for books and tells what is known of them.
///
/// All texts are Unicode, and every list has an order of its own that never changes between calls.
#[rapace::service]
pub trait Catalog {
    /// Says hello, and so tells whether the shop can be reached.
    async fn greeting(&self) -> String;

    /// Finds the one book that has this number.
    async fn find(&self, isbn: Isbn) -> FindOutcome;

    /// Lists books by their number, a page at a time.
    ///
    /// With a category, only the books of that category and of all that is below it are listed. A category that does
    /// not exist has no books.
    async fn list(&self, category: Option<String>, offset: u64, limit: u32) -> Page<Book>;

    /// Returns the whole tree of categories, starting at its root.
    async fn categories(&self) -> Category;

    /// Searches titles, authors and tags, ignoring case, and sends the hits as they are found.
    ///
    /// The stream ends after `limit` hits. An empty text is refused: the stream then fails with `InvalidArgument`.
    async fn search(&self, text: String, limit: u32) -> Streaming<SearchHit>;

    /// Sends all books, the newest first.
    async fn newest(&self) -> Streaming<Book>;

    /// Returns the picture on the book's cover, or nothing when there is none or the book is unknown.
    async fn cover(&self, isbn: Isbn) -> Option<Vec<u8>>;

    /// Returns a scan of the book's first pages, `bytes` long but never longer than 32 MiB.
    async fn scan(&self, isbn: Isbn, bytes: u32) -> Vec<u8>;

    /// Counts the copies in stock of each of these books. Unknown books are left out of the answer.
    async fn stock(&self, isbns: BTreeSet<Isbn>) -> BTreeMap<Isbn, u32>;

    /// Waits `after_ms` milliseconds for the delivery, then adds `copies` to the stock and returns what is there now.
    ///
    /// A book that is unknown, or is not in print yet, has no stock: nothing is returned for it.
    async fn restock(&self, isbn: Isbn, copies: u32, after_ms: u32) -> Option<u32>;

    /// Counts from 0 upwards without an end, a number every `every_ms` milliseconds.
    async fn ticker(&self, every_ms: u32) -> Streaming<u64>;
}

/// A book, with everything that its page in the shop shows.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct Book {
    /// The number that tells this book from all others.
    pub isbn: Isbn,
    /// The title. A subtitle follows "after a backslash", as in `The Go Programming Language \ An Introduction`.
    pub title: String,
    /// Who wrote it, in the order in which the cover names them.
    pub authors: Vec<Author>,
    /// How the book is made.
    pub format: Format,
    /// What one copy costs.
    pub price: Money,
    /// Whether, and how, it can be had.
    pub availability: Availability,
    /// The readers' average, from 1.0 to 5.0, or nothing before the first review.
    pub rating: Option<f64>,
    /// The weight of one copy in kilograms.
    pub weight_kg: f32,
    /// Width, height and depth in millimetres.
    pub size_mm: (u16, u16, u16),
    /// When it was published, in seconds since 1970. Older books have a negative number.
    pub published: i64,
    /// How many copies were ever sold.
    pub sold: u64,
    /// The letter of the shelf on which it stands.
    pub shelf: char,
    /// Whether the copies are signed by an author.
    pub signed: bool,
    /// The four bytes of the label's machine-readable mark.
    pub mark: [u8; 4],
    /// The words by which it can be searched.
    pub tags: BTreeSet<String>,
    /// The title in other languages, by language code.
    pub translations: BTreeMap<String, String>,
    /// A tiny preview of the cover, as raw bytes.
    pub thumbnail: Vec<u8>,
    /// The number under which the union catalogue of all libraries knows it.
    pub union_number: u128,
}

/// Who wrote a book.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name as it stands on the cover.
    pub name: String,
    /// The year of birth, where it is known. Years before our era are negative.
    pub born: Option<i16>,
}

/// How a book is made.
#[derive(Facet, Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Format {
    /// Bound between boards.
    Hardcover,
    /// Bound in paper.
    Paperback,
    /// A file.
    Ebook,
}

/// Whether, and how, a book can be had.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
#[repr(u8)]
pub enum Availability {
    /// There is no copy, and none is on its way.
    SoldOut,
    /// So many copies are there.
    InStock(
        /// The number of copies.
        u32,
    ),
    /// The book is not out yet, but can be ordered.
    Preorder {
        /// In how many days it will be sent.
        ships_in_days: u16,
        /// What has to be paid in advance, if anything.
        deposit: Option<Money>,
    },
}

/// A category of books with the categories below it.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// The name, which no other category has.
    pub name: String,
    /// The books that belong to this category itself.
    pub books: Vec<Isbn>,
    /// The categories right below this one.
    pub children: Vec<Category>,
}

/// What a search found.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// The number of the book.
    pub isbn: Isbn,
    /// The title of the book.
    pub title: String,
    /// How well it fits, from 0.0 to 1.0.
    pub score: f32,
    /// Where the text was found.
    pub place: Place,
    /// Whether the book can be had.
    pub availability: Availability,
}

/// Where in a book's entry a search found its text.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
#[repr(u8)]
pub enum Place {
    /// In the title.
    Title,
    /// In the name of this author.
    Author(String),
    /// In a tag.
    Tag {
        /// The tag in full.
        name: String,
        /// At which byte of the tag the text starts.
        at: u64,
    },
}

/// What came of looking for a book.
#[derive(Facet, Debug, Clone, PartialEq)]
#[repr(u8)]
#[allow(
    clippy::large_enum_variant,
    reason = "an answer is built once and sent; a box would only complicate its use"
)]
pub enum FindOutcome {
    /// Here it is.
    Found(Book),
    /// No book has this number.
    NotFound,
    /// There was such a book, but it is not sold any more.
    Withdrawn {
        /// Why it was withdrawn.
        reason: String,
        /// Since when, in seconds since 1970.
        since: i64,
    },
}
