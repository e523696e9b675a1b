//! A job scheduler as a team would write it: three services on one listener, with ids, times, options, sum types and a stream.
//!
//! `src/services.rs` has the services, `src/model.rs` the types, `src/scheduler.rs` implements the services in memory, `src/main.rs` is
//! the server.

#![allow(
    missing_docs,
    reason = "the service macro writes method id constants without documentation"
)]

pub mod model;
mod scheduler;
pub mod services;

pub use crate::model::*;
pub use crate::scheduler::Scheduler;
pub use crate::services::*;
