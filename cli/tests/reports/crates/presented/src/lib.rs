//! What sources and reflection say of the form of types in other languages.

pub mod model;
pub mod names {
    //! Aliases that another module imports.

    /// The numbers of jobs.
    pub type Numbers = Vec<u64>;
    /// By another alias.
    pub type Labels = crate::names::Pairs;
    pub type Pairs = std::collections::BTreeMap<String, String>;
    /// The name of a type, for others.
    pub type Spec = u8;
    /// Means another type elsewhere.
    pub type Twice = u16;
}

use model::{Limits, Lots, Shown};
use names::{Numbers, *};
use rapace::Streaming;

pub type Isbn = String;
pub type Known = model::Spec;
pub type Page<T> = Vec<T>;
pub type Twice = u32;

#[rapace::service]
pub trait Jobs {
    async fn submit(&self, spec: model::Spec, labels: Labels, more: Page<u8>) -> Numbers;
    async fn known(&self, isbn: Isbn, other: String) -> Known;
    async fn watch(&self, twice: Twice, other: names::Twice) -> Streaming<self::names::Numbers>;
    async fn outcome(&self) -> model::Outcome<model::Id, String>;
    async fn other(&self) -> model::Outcome<(), model::Level>;
    async fn limits(&self, shown: Shown, lots: Lots<model::Id>, none: Lots<f64>) -> Limits;
    #[cfg(feature = "admin")]
    async fn purge(&self);
}
