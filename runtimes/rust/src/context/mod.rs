//! What a connection and its calls carry beside arguments: metadata, deadlines, a hello, and who the client is.

mod access;
mod call;
mod carriage;
mod door;
mod hello;
mod identity;
mod peer;

pub(crate) use access::{Access, OfIdentity};
pub use call::{CurrentCall, current_call};
pub(crate) use call::{deadline_passed, with_call};
pub(crate) use carriage::{Carriage, Carried};
pub(crate) use door::{Admitted, Door, REFUSED_CALLS};
pub use hello::Hello;
pub use identity::{Identity, Refused};
pub use peer::Peer;
