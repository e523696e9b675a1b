//! What orders do to the shop: placing and cancelling, prices, stock and history.

use std::collections::BTreeMap;

use super::state::State;
use crate::catalog::Availability;
use crate::model::{Isbn, Money};
use crate::orders::{CancelOutcome, NewOrder, Order, OrderEvent, OrderLine, OrderStatus, PlaceOutcome};

/// When the first order was placed, in seconds since 1970: 1 January 2025, 00:00 UTC.
const FIRST_ORDER_AT: i64 = 1_735_689_600;
/// The seconds between two orders, and ten times the seconds between two events of one order.
const ORDER_EVERY: i64 = 600;

impl State {
    /// Places the order if every line of it can be had.
    pub(super) fn place(&mut self, order: NewOrder) -> PlaceOutcome {
        let mut lines: Vec<OrderLine> = Vec::new();
        let mut taken: BTreeMap<Isbn, u32> = BTreeMap::new();
        for (isbn, copies) in order.lines {
            let Some(book) = self.books.get(&isbn) else {
                return PlaceOutcome::UnknownBook(isbn);
            };
            if let Some(first) = lines.first()
                && first.price.currency != book.price.currency
            {
                return PlaceOutcome::MixedCurrencies(first.price.currency, book.price.currency);
            }
            let left = book.availability.copies();
            let wanted = taken.entry(isbn.clone()).or_default();
            *wanted = wanted.saturating_add(copies);
            if *wanted > left {
                return PlaceOutcome::OutOfStock { isbn, left };
            }
            lines.push(OrderLine {
                isbn,
                copies,
                price: book.price,
            });
        }
        let Some(first) = lines.first() else {
            return PlaceOutcome::Empty;
        };
        let currency = first.price.currency;

        for (isbn, copies) in taken {
            if let Some(book) = self.books.get_mut(&isbn) {
                book.availability.take(copies);
                book.sold = book.sold.saturating_add(u64::from(copies));
            }
        }
        let id = self.orders.keys().next_back().map_or(1, |last| last + 1);
        let mut order = Order {
            id,
            customer: order.customer,
            lines,
            total: Money { minor: 0, currency },
            status: OrderStatus::Placed,
            note: order.note,
            discount: None,
            gift: false,
            placed: placed_at(id),
        };
        order.total.minor = order.price();
        self.orders.insert(id, order.clone());
        PlaceOutcome::Placed(order)
    }

    /// Cancels the order and puts its books back.
    pub(super) fn cancel(&mut self, order: u64) -> CancelOutcome {
        let Some(order) = self.orders.get_mut(&order) else {
            return CancelOutcome::UnknownOrder;
        };
        if order.status != OrderStatus::Placed {
            return CancelOutcome::TooLate(order.status.clone());
        }
        order.status = OrderStatus::Cancelled;
        for line in &order.lines {
            if let Some(book) = self.books.get_mut(&line.isbn) {
                book.availability.add(line.copies);
                book.sold = book.sold.saturating_sub(u64::from(line.copies));
            }
        }
        CancelOutcome::Cancelled {
            refund: Money {
                minor: -order.total.minor,
                currency: order.total.currency,
            },
        }
    }
}

impl Order {
    /// What the order costs in its currency's smallest unit, the discount taken off and rounded in the shop's favour.
    pub(super) fn price(&self) -> i64 {
        let full: i64 = self
            .lines
            .iter()
            .map(|line| line.price.minor * i64::from(line.copies))
            .sum();
        full - full * i64::from(self.discount.unwrap_or(0)) / 100
    }

    /// What has happened to it so far. A cancelled order has only been placed: its end is told otherwise.
    pub(super) fn events(&self) -> Vec<OrderEvent> {
        let mut history = vec![OrderStatus::Placed];
        if let OrderStatus::Shipped(..) = self.status {
            history.push(self.packed());
        }
        if !matches!(self.status, OrderStatus::Placed | OrderStatus::Cancelled) {
            history.push(self.status.clone());
        }
        let numbered = (1..).zip(history);
        numbered
            .map(|(sequence, status)| OrderEvent {
                sequence,
                at: self.placed + i64::from(sequence - 1) * ORDER_EVERY / 10,
                status,
            })
            .collect()
    }

    /// How the order is packed: a parcel for each line.
    fn packed(&self) -> OrderStatus {
        OrderStatus::Packed {
            parcels: u8::try_from(self.lines.len()).unwrap_or(u8::MAX),
            grams: self.lines.iter().map(|line| line.copies.saturating_mul(500)).collect(),
        }
    }
}

impl Availability {
    /// How many copies can be had at once.
    pub(super) fn copies(&self) -> u32 {
        match self {
            Self::InStock(copies) => *copies,
            Self::SoldOut | Self::Preorder { .. } => 0,
        }
    }

    /// Puts so many copies more into stock. None at all leave a book that is not out yet as it is.
    pub(super) fn add(&mut self, copies: u32) {
        if copies > 0 {
            *self = Self::InStock(self.copies().saturating_add(copies));
        }
    }

    /// Takes so many copies, of which there must be enough, out of stock.
    fn take(&mut self, copies: u32) {
        if copies > 0 {
            *self = match self.copies() - copies {
                0 => Self::SoldOut,
                left => Self::InStock(left),
            };
        }
    }
}

/// When the order with this number was placed, in seconds since 1970.
pub(super) fn placed_at(order: u64) -> i64 {
    FIRST_ORDER_AT + (order as i64 - 1) * ORDER_EVERY
}
