//! The hello of a client.

use rapace_wire::Metadata;
use rapace_wire::metadata::{CLIENT, HELLO, TOKEN};

use super::peer::Peer;

/// What a client sent before its first request, and where its connection comes from. A client of rapace itself sends no hello: its metadata
/// is empty.
///
/// `Debug` shows no token and no value.
#[derive(Debug, Clone)]
pub struct Hello {
    metadata: Metadata,
    peer: Peer,
}

impl Hello {
    pub(crate) fn new(metadata: Metadata, peer: Peer) -> Self {
        Self { metadata, peer }
    }

    /// The client's token.
    pub fn token(&self) -> Option<&str> {
        self.metadata.get(TOKEN)
    }

    /// The name and version that the client sent, such as `rapace-python/0.1.0`. Nothing verifies them.
    pub fn client(&self) -> Option<&str> {
        self.metadata.get(CLIENT)
    }

    /// All keys and values of the hello, with the token.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Whether the client sent a hello.
    pub fn was_said(&self) -> bool {
        self.metadata.get(HELLO).is_some()
    }

    /// Where the connection comes from.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }
}
