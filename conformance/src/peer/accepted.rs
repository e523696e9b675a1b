//! A connection on which nothing was said yet.

use rapace_wire::stream::Stream;

use super::transport::Transport;

/// A connection on which nothing was said yet.
pub struct Accepted {
    pub(super) stream: Stream,
    pub(super) transport: Transport,
    pub(super) role: Role,
}

/// Who made the connection, on which WebSocket's rules depend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// The testee.
    Server,
    /// The raw peer, by this address.
    Client(String),
}
