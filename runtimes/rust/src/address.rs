//! Addresses as users write them: `tcp://127.0.0.1:9000`, `unix:///run/shop.sock`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a host listens or a client connects.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// A TCP address.
    Tcp {
        /// A host name or IP address; an IPv6 address stands here without its brackets.
        host: String,
        /// The port; 0 lets the system choose one.
        port: u16,
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
        write!(
            f,
            "`{}` is not an address: {}; write tcp://host:port or unix:///path",
            self.text, self.reason
        )
    }
}

impl std::error::Error for AddressError {}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "tcp://[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "tcp://{host}:{port}"),
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let error = |reason| AddressError {
            text: text.to_owned(),
            reason,
        };
        if let Some(path) = text.strip_prefix("unix://") {
            return if path.starts_with('/') {
                Ok(Self::Unix(PathBuf::from(path)))
            } else {
                Err(error("the path of a Unix socket starts with a slash"))
            };
        }
        let Some(authority) = text.strip_prefix("tcp://") else {
            return Err(error("it starts with neither tcp:// nor unix://"));
        };
        let Some((host, port)) = authority.rsplit_once(':') else {
            return Err(error("the port is missing"));
        };
        let host = match host.strip_prefix('[') {
            Some(host) => host
                .strip_suffix(']')
                .ok_or_else(|| error("the bracket is not closed"))?,
            None if host.contains(':') => {
                return Err(error("an IPv6 address stands in square brackets"));
            }
            None => host,
        };
        if host.is_empty() {
            return Err(error("the host is missing"));
        }
        let port = port
            .parse()
            .map_err(|_| error("the port is not a number from 0 to 65535"))?;
        Ok(Self::Tcp {
            host: host.to_owned(),
            port,
        })
    }
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
            "unix:///run/shop.sock",
            "unix:///a b/ü:1",
        ] {
            let address: Address = text.parse().expect(text);
            assert_eq!(address.to_string(), text);
        }
    }

    #[test]
    fn refuses_with_a_reason() {
        for (text, reason) in [
            ("", "it starts with neither tcp:// nor unix://"),
            ("127.0.0.1:9000", "it starts with neither tcp:// nor unix://"),
            ("http://a:1", "it starts with neither tcp:// nor unix://"),
            ("tcp://localhost", "the port is missing"),
            ("tcp://:1", "the host is missing"),
            ("tcp://a:", "the port is not a number from 0 to 65535"),
            ("tcp://a:65536", "the port is not a number from 0 to 65535"),
            ("tcp://a:-1", "the port is not a number from 0 to 65535"),
            ("tcp://::1:80", "an IPv6 address stands in square brackets"),
            ("tcp://[::1:80", "the bracket is not closed"),
            ("unix://shop.sock", "the path of a Unix socket starts with a slash"),
        ] {
            let error = text.parse::<Address>().expect_err(text);
            assert_eq!(
                error.to_string(),
                format!("`{text}` is not an address: {reason}; write tcp://host:port or unix:///path")
            );
        }
    }
}
