//! A bookshop as a team would write it: two rapace services and their implementation.
//!
//! - [`catalog`]: what can be bought, [`catalog::Catalog`];
//! - [`orders`]: what was bought, [`orders::Orders`];
//! - [`model`]: the types that both services share;
//! - [`shop`]: the implementation, a small shop held in memory whose answers never depend on a clock or on chance.
//!
//! The services use most of what can travel over rapace, so that a client generated from them shows how each shape looks
//! in its language.

#[allow(
    missing_docs,
    reason = "the service macro writes method id constants without documentation"
)]
pub mod catalog;
pub mod model;
#[allow(
    missing_docs,
    reason = "the service macro writes method id constants without documentation"
)]
pub mod orders;
pub mod shop;

pub use shop::Shop;
