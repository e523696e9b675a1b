//! A connection that was accepted.

use super::stream::Stream;
use super::transport::Transport;

/// A connection on which nothing was said yet.
pub struct Accepted {
    pub(super) stream: Stream,
    pub(super) transport: Transport,
}
