//! What every benchmark encodes, decodes and calls: the types, the service and, in [`seed`], the values.

// The service macro writes public items without docs.
#![allow(missing_docs)]

pub mod seed;

use std::collections::BTreeMap;

use facet::Facet;

/// Sends back what it is sent.
#[rapace::service]
pub trait Workload {
    /// A small record.
    async fn small(&self, value: Small) -> Small;

    /// A nested record.
    async fn order(&self, value: Order) -> Order;

    /// Many nested records.
    async fn batch(&self, value: Vec<Order>) -> Vec<Order>;

    /// Integers of every length.
    async fn ints(&self, value: Vec<u32>) -> Vec<u32>;

    /// Floats.
    async fn floats(&self, value: Vec<f64>) -> Vec<f64>;

    /// Texts, half of them not ASCII.
    async fn strings(&self, value: Vec<String>) -> Vec<String>;

    /// Bytes.
    async fn blob(&self, value: Vec<u8>) -> Vec<u8>;
}

/// A measurement: what small calls carry.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct Small {
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
    /// Who measured: eight characters.
    pub sensor: String,
    /// How often.
    pub count: u32,
}

/// An order, as a shop stores it.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct Order {
    /// The number that tells it from all others.
    pub id: u64,
    /// Who ordered.
    pub customer: Customer,
    /// What was ordered.
    pub lines: Vec<Line>,
    /// How far it is.
    pub status: Status,
    /// What the customer has to say.
    pub note: Option<String>,
    /// In hundredths of a percent.
    pub discount: Option<u32>,
    /// Further facts by name.
    pub labels: BTreeMap<String, String>,
    /// The signature of it all.
    pub signature: Vec<u8>,
    /// Milliseconds since 1970.
    pub placed: i64,
    /// What it weighs, in kilograms.
    pub weight: f64,
}

/// Somebody who orders.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct Customer {
    /// The number that tells them from all others.
    pub id: u64,
    /// Their name.
    pub name: String,
    /// Where to write to.
    pub email: Option<String>,
}

/// A line of an order.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is.
    pub sku: String,
    /// How many of them.
    pub quantity: u32,
    /// For one of them, in cents.
    pub price: u32,
    /// What is different about it.
    pub remark: Option<String>,
    /// Whether it is wrapped.
    pub gift: bool,
}

/// How far an order is.
#[derive(Facet, Debug, Clone, PartialEq)]
#[repr(u8)]
pub enum Status {
    /// Nothing was paid.
    Open,
    /// It was paid.
    Paid {
        /// Milliseconds since 1970.
        at: i64,
        /// How.
        method: String,
    },
    /// It is on its way, under this number.
    Shipped(String),
    /// It was cancelled.
    Cancelled {
        /// Why.
        reason: String,
        /// What was paid back, in cents.
        refund: Option<u32>,
    },
}
