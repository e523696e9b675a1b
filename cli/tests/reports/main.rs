//! Faults that were reported, each as a small crate with what is right for it. The crates are in `crates/`.

// What fails here fails a test.
#![allow(clippy::unwrap_used)]

mod configuration;
mod discovery;
mod features;
mod identity;
mod mistakes;
#[path = "../shared/placed.rs"]
mod placed;
mod presented;
mod support;
mod together;
