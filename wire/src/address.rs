//! Addresses as users write them: `tcp://127.0.0.1:9000`, `unix:///run/shop.sock`, `wss://shop.example/rpc`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The port of `ws://` where none is named.
const WS_PORT: u16 = 80;
/// The port of `wss://` where none is named.
const WSS_PORT: u16 = 443;
/// What an address may look like.
const EXPECTED: &str =
    "write tcp://host:port, tls://host:port, ws://host:port/path, wss://host:port/path or unix:///path";

/// Where a host listens or a client connects.
///
/// The host of an address is a name or an IP address; an IPv6 address is kept without its brackets. Port 0 lets the
/// system choose one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// TCP.
    Tcp {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// TLS over TCP.
    Tls {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// WebSocket over TCP.
    Ws {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// Path and query, from the first slash on. A host answers at any.
        resource: String,
    },
    /// WebSocket over TLS.
    Wss {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// Path and query, from the first slash on. A host answers at any.
        resource: String,
    },
    /// The path of a Unix socket.
    Unix(PathBuf),
}

/// Why a text is not an [`Address`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressError {
    text: String,
    reason: &'static str,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an address: {}; {EXPECTED}", self.text, self.reason)
    }
}

impl std::error::Error for AddressError {}

impl AddressError {
    /// What the address breaks, such as `the port is missing`.
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    /// The forms that an address may have.
    pub fn expected(&self) -> &'static str {
        EXPECTED
    }
}

impl Address {
    /// The same address at another host and port, such as those that the system chose. A Unix socket has neither, and
    /// stays what it is.
    #[must_use]
    pub fn at(&self, host: &str, port: u16) -> Self {
        let host = host.to_owned();
        match self {
            Self::Tcp { .. } => Self::Tcp { host, port },
            Self::Tls { .. } => Self::Tls { host, port },
            Self::Ws { resource, .. } => Self::Ws {
                host,
                port,
                resource: resource.clone(),
            },
            Self::Wss { resource, .. } => Self::Wss {
                host,
                port,
                resource: resource.clone(),
            },
            Self::Unix(path) => Self::Unix(path.clone()),
        }
    }

    /// Whether connections there are encrypted.
    pub fn is_secure(&self) -> bool {
        matches!(self, Self::Tls { .. } | Self::Wss { .. })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, host, port, resource) = match self {
            Self::Unix(path) => return write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port } => ("tcp", host, port, ""),
            Self::Tls { host, port } => ("tls", host, port, ""),
            Self::Ws { host, port, resource } => ("ws", host, port, resource.as_str()),
            Self::Wss { host, port, resource } => ("wss", host, port, resource.as_str()),
        };
        let (open, close) = if host.contains(':') { ("[", "]") } else { ("", "") };
        let resource = if resource == "/" { "" } else { resource };
        write!(f, "{scheme}://{open}{host}{close}:{port}{resource}")
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        parse(text).map_err(|reason| AddressError {
            text: text.to_owned(),
            reason,
        })
    }
}

fn parse(text: &str) -> Result<Address, &'static str> {
    let (scheme, rest) = text.split_once("://").ok_or("it has no scheme")?;
    match scheme {
        "unix" if rest.starts_with('/') => Ok(Address::Unix(PathBuf::from(rest))),
        "unix" => Err("the path of a Unix socket starts with a slash"),
        "tcp" => authority(rest, None).map(|(host, port)| Address::Tcp { host, port }),
        "tls" => authority(rest, None).map(|(host, port)| Address::Tls { host, port }),
        "ws" => {
            let ((host, port), resource) = web(rest, WS_PORT)?;
            Ok(Address::Ws { host, port, resource })
        }
        "wss" => {
            let ((host, port), resource) = web(rest, WSS_PORT)?;
            Ok(Address::Wss { host, port, resource })
        }
        _ => Err("its scheme is not known"),
    }
}

/// Host and port, then path and query.
fn web(text: &str, default_port: u16) -> Result<((String, u16), String), &'static str> {
    if text.contains('#') {
        return Err("a WebSocket has no fragment");
    }
    let end = text.find(['/', '?']).unwrap_or(text.len());
    let (before, resource) = text.split_at(end);
    let slash = if resource.starts_with('/') { "" } else { "/" };
    Ok((authority(before, Some(default_port))?, format!("{slash}{resource}")))
}

/// `host:port`, `[::1]:port`.
fn authority(text: &str, default_port: Option<u16>) -> Result<(String, u16), &'static str> {
    if text.contains(['/', '?', '#', '@']) {
        return Err("an address has only a host and a port");
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(text) => {
            let (host, rest) = text.split_once(']').ok_or("the bracket is not closed")?;
            let port = rest.strip_prefix(':');
            if port.is_none() && !rest.is_empty() {
                return Err("only a port may follow the bracket");
            }
            (host, port)
        }
        None => match text.split_once(':') {
            Some((_, port)) if port.contains(':') => return Err("an IPv6 address needs square brackets"),
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    if host.is_empty() {
        return Err("the host is missing");
    }
    let port = match (port, default_port) {
        (Some(port), _) => port.parse().map_err(|_| "the port is not a number from 0 to 65535")?,
        (None, Some(port)) => port,
        (None, None) => return Err("the port is missing"),
    };
    Ok((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_prints() {
        for text in [
            "tcp://127.0.0.1:9000",
            "tcp://localhost:0",
            "tcp://[::1]:65535",
            "tls://shop.example:9000",
            "ws://127.0.0.1:9000",
            "ws://[::1]:80/a/b?c=d",
            "wss://shop.example:443/?a=b:c@d",
            "unix:///run/shop.sock",
            "unix:///a b/ü:1",
        ] {
            let address: Address = text.parse().expect(text);
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn the_web_has_ports_and_a_path_of_its_own() {
        for (text, full) in [
            ("ws://shop.example", "ws://shop.example:80"),
            ("wss://shop.example/", "wss://shop.example:443"),
            ("wss://[::1]", "wss://[::1]:443"),
            ("ws://shop.example?a", "ws://shop.example:80/?a"),
        ] {
            let address: Address = text.parse().expect(text);
            assert_eq!(address.to_string(), full);
            assert_eq!(full.parse(), Ok(address));
        }
    }

    #[test]
    fn another_place_keeps_the_rest() {
        for (text, moved) in [
            ("tcp://a:0", "tcp://b:1"),
            ("tls://a:0", "tls://b:1"),
            ("ws://a:0/x", "ws://b:1/x"),
            ("wss://a:0/x?y", "wss://b:1/x?y"),
            ("unix:///a", "unix:///a"),
        ] {
            let address: Address = text.parse().expect(text);
            assert_eq!(address.at("b", 1).to_string(), moved);
        }
    }

    #[test]
    fn refuses_with_a_reason() {
        for (text, reason) in [
            ("", "it has no scheme"),
            ("127.0.0.1:9000", "it has no scheme"),
            ("http://a:1", "its scheme is not known"),
            ("TCP://a:1", "its scheme is not known"),
            ("tcp://localhost", "the port is missing"),
            ("tls://localhost", "the port is missing"),
            ("tcp://:1", "the host is missing"),
            ("ws:///path", "the host is missing"),
            ("tcp://a:", "the port is not a number from 0 to 65535"),
            ("tcp://a:65536", "the port is not a number from 0 to 65535"),
            ("tcp://a:-1", "the port is not a number from 0 to 65535"),
            ("tcp://::1:80", "an IPv6 address needs square brackets"),
            ("tcp://[::1:80", "the bracket is not closed"),
            ("tcp://[::1]80", "only a port may follow the bracket"),
            ("tcp://a:1/", "an address has only a host and a port"),
            ("ws://user@a:1/", "an address has only a host and a port"),
            ("ws://a:1/#b", "a WebSocket has no fragment"),
            ("unix://shop.sock", "the path of a Unix socket starts with a slash"),
        ] {
            let error = text.parse::<Address>().expect_err(text);
            assert_eq!(
                error.to_string(),
                format!("`{text}` is not an address: {reason}; {EXPECTED}")
            );
        }
    }
}
