//! What a client says first.

use rapace_wire::Metadata;
use rapace_wire::metadata::{CLIENT, HELLO, TOKEN};

use super::peer::Peer;

/// What a client has said before its first request, and where it comes from. Everything is absent for a client of rapace itself, which
/// says nothing.
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

    /// What shows who the client is.
    pub fn token(&self) -> Option<&str> {
        self.metadata.get(TOKEN)
    }

    /// The name and version of the client, such as `rapace-python/0.1.0`. It is what the client says.
    pub fn client(&self) -> Option<&str> {
        self.metadata.get(CLIENT)
    }

    /// Everything that it has said, the token too.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Whether the client has said hello at all.
    pub fn was_said(&self) -> bool {
        self.metadata.get(HELLO).is_some()
    }

    /// Where the connection comes from.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }
}
