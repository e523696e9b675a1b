//! The wire of rapace 0.5.0: [frames](frame), [control frames](control), [metadata] of calls, [errors](status) and
//! [addresses](address). The feature `sockets` adds [streams](stream) and [WebSocket messages](websocket), the feature `client` a
//! [client] that blocks.
//!
//! The crate knows neither the types of values nor rapace itself: it is written from the bytes that rapace 0.5.0 sends.

pub mod address;
pub mod control;
pub mod frame;
pub mod metadata;
pub mod status;

#[cfg(feature = "sockets")]
mod arrival;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "sockets")]
pub mod stream;
#[cfg(feature = "sockets")]
pub mod websocket;

pub use address::{Address, AddressError};
#[cfg(feature = "sockets")]
pub use arrival::Arrival;
pub use frame::Frame;
pub use metadata::{Metadata, MetadataError};
pub use status::Status;
