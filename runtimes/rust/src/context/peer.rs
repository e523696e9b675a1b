//! Where a connection comes from.

use std::fmt;
use std::net::SocketAddr;

/// Where a connection comes from, and what its handshakes said.
#[derive(Clone, Default)]
pub struct Peer {
    pub(crate) address: Option<SocketAddr>,
    /// DER.
    pub(crate) certificates: Vec<Vec<u8>>,
    /// Names in small letters.
    pub(crate) headers: Vec<(String, String)>,
}

impl Peer {
    /// Its address; nothing for a Unix socket or a pipe. Behind a proxy it is the proxy's.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The certificates that it has shown, as DER, its own first. Only with [`Tls::for_clients_of`](crate::Tls::for_clients_of) or a
    /// configuration that asks for them; TLS has verified them.
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// A header of the request that has opened the WebSocket. The first of several; one that is not text counts as absent.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self
            .headers
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_str())
    }

    /// The origin of the page that has opened the WebSocket. Programs other than browsers can say any.
    pub fn origin(&self) -> Option<&str> {
        self.header("origin")
    }
}

/// Without the values of headers: cookies and tokens are among them.
impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Peer")
            .field("address", &self.address)
            .field("certificates", &self.certificates.len())
            .field("headers", &headers)
            .finish()
    }
}
