//! What was bought: orders, from the basket to the parcel.

use std::collections::HashMap;

use facet::Facet;
use rapace::Streaming;

use crate::model::{Currency, Isbn, Money, Page};

/// Takes orders and tells how they fare.
#[rapace::service]
pub trait Orders {
    /// Places an order, all of it or nothing.
    async fn place(&self, order: NewOrder) -> PlaceOutcome;

    /// Lists a customer's orders, the oldest first, a page at a time.
    async fn history(&self, customer: u64, offset: u64, limit: u32) -> Page<Order>;

    /// Sends what has happened to an order so far, an event every `every_ms` milliseconds.
    ///
    /// For an unknown order the stream fails at once with `NotFound`; for a cancelled one it fails with `Aborted`
    /// after the last event.
    async fn watch(&self, order: u64, every_ms: u32) -> Streaming<OrderEvent>;

    /// Cancels an order that has not been packed yet.
    async fn cancel(&self, order: u64) -> CancelOutcome;

    /// Changes what can still be changed of an order, and returns the order as it is then. Nothing is returned for
    /// an order that does not exist.
    async fn amend(&self, order: u64, change: Amendment) -> Option<Order>;

    /// Tells the shop that the customer is still there. There is no answer but that it was heard.
    async fn touch(&self);

    /// Sends nothing, `count` times, every `every_ms` milliseconds: a sign of life without a content.
    async fn heartbeats(&self, count: u32, every_ms: u32) -> Streaming<()>;

    /// Sums up all orders that were not cancelled, by currency, in its smallest unit.
    async fn totals(&self) -> HashMap<Currency, i64>;

    /// Sends figures of every width to the auditor, who returns them with a checksum over them.
    async fn audit(&self, figures: Figures) -> Audit;
}

/// An order that a customer wants to place.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// The number of the customer.
    pub customer: u64,
    /// What is ordered: the books and how many copies of each.
    pub lines: Vec<(Isbn, u32)>,
    /// A note to the shop.
    pub note: Option<String>,
    /// The proof that the customer knows the terms of sale.
    pub terms: TermsAccepted,
}

/// Says that the terms of sale were accepted. It has no content: without it there is no order.
#[derive(Facet, Debug, Clone, Copy, PartialEq, Eq)]
pub struct TermsAccepted;

/// An order that the shop has accepted.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The number of the order.
    pub id: u64,
    /// The number of the customer.
    pub customer: u64,
    /// What was ordered.
    pub lines: Vec<OrderLine>,
    /// What all of it costs, the discount taken off.
    pub total: Money,
    /// How far it has come.
    pub status: OrderStatus,
    /// The customer's note.
    pub note: Option<String>,
    /// The discount in percent, if there is one.
    pub discount: Option<u32>,
    /// Whether it is wrapped as a gift.
    pub gift: bool,
    /// When it was placed, in seconds since 1970.
    pub placed: i64,
}

/// One line of an order.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// The book.
    pub isbn: Isbn,
    /// How many copies of it.
    pub copies: u32,
    /// What one copy cost when the order was placed.
    pub price: Money,
}

/// How far an order has come.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
#[repr(u8)]
pub enum OrderStatus {
    /// The shop has it.
    Placed,
    /// It stands ready to be sent.
    Packed {
        /// In how many parcels.
        parcels: u8,
        /// The weight of each of them in grams.
        grams: Vec<u32>,
    },
    /// It is on its way, under these tracking numbers.
    Shipped(
        /// The carrier.
        String,
        /// The carrier's number for it.
        u64,
    ),
    /// It was cancelled.
    Cancelled,
}

/// Something that happened to an order.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
pub struct OrderEvent {
    /// The place of the event in the order's history, from 1 upwards.
    pub sequence: u32,
    /// When it happened, in seconds since 1970.
    pub at: i64,
    /// How far the order had come then.
    pub status: OrderStatus,
}

/// What came of placing an order.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
#[repr(u8)]
#[allow(
    clippy::large_enum_variant,
    reason = "an answer is built once and sent; a box would only complicate its use"
)]
pub enum PlaceOutcome {
    /// The order is placed.
    Placed(Order),
    /// There is nothing in the order.
    Empty,
    /// The shop does not sell this book.
    UnknownBook(Isbn),
    /// There are not enough copies of a book.
    OutOfStock {
        /// The book.
        isbn: Isbn,
        /// How many copies are left.
        left: u32,
    },
    /// One order is paid in one currency, but its books have these two.
    MixedCurrencies(Currency, Currency),
}

/// What came of cancelling an order.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
#[repr(u8)]
pub enum CancelOutcome {
    /// It is cancelled, and so much is paid back.
    Cancelled {
        /// What is paid back: a negative amount.
        refund: Money,
    },
    /// It has already come this far.
    TooLate(OrderStatus),
    /// There is no such order.
    UnknownOrder,
}

/// A change to an order. What is left out stays as it is.
#[derive(Facet, Debug, Clone, Default, PartialEq, Eq)]
pub struct Amendment {
    /// Leave the note, clear it, or write another one.
    pub note: Option<Option<String>>,
    /// Leave the discount, take it away, or grant so many percent. More than 100 counts as 100.
    pub discount: Option<Option<u32>>,
    /// Whether it is wrapped as a gift.
    pub gift: Option<bool>,
}

/// Figures of every width that there is.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct Figures {
    /// From -128 to 127.
    pub tiny: i8,
    /// From -32 768 to 32 767.
    pub small: i16,
    /// From -2 147 483 648 to 2 147 483 647.
    pub medium: i32,
    /// Signed, 64 bits.
    pub large: i64,
    /// Signed, 128 bits.
    pub huge: i128,
    /// From 0 to 255.
    pub tiny_count: u8,
    /// From 0 to 65 535.
    pub small_count: u16,
    /// From 0 to 4 294 967 295.
    pub medium_count: u32,
    /// Unsigned, 64 bits.
    pub large_count: u64,
    /// Unsigned, 128 bits.
    pub huge_count: u128,
    /// A fraction in single precision.
    pub share: f32,
    /// A fraction in double precision.
    pub exact_share: f64,
    /// Whether the books are balanced.
    pub balanced: bool,
    /// The auditor's initial.
    pub initial: char,
    /// A remark in any script.
    pub remark: String,
}

/// The auditor's answer.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct Audit {
    /// The figures as they arrived.
    pub figures: Figures,
    /// A checksum over the figures: FNV-1a, 64 bits, over the integers' decimal digits, each followed by a space.
    pub checksum: u64,
}
