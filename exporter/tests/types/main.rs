//! What travels and what does not, type by type: each verdict of the exporter is held against facet-postcard itself.

// What fails here fails a test.
#![allow(clippy::unwrap_used)]

mod accepted;
mod evolving;
mod harness;
mod refused;
