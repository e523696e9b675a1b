//! Why there is no connection, or none any more.

use std::fmt;

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectError {
    /// The host has no address.
    Resolve(String),
    /// Nobody listens, or a socket fails.
    Io(String),
    /// It took longer than this many milliseconds.
    TimedOut(u128),
    /// The files for TLS cannot be used.
    TlsFiles(String),
    /// The handshake of TLS failed.
    Tls(String),
    /// The server answered the WebSocket handshake with this status of HTTP.
    Http(u16),
    /// The server answered the WebSocket handshake with something else.
    WebSocket(String),
    /// This system has no Unix sockets.
    NoUnixSockets,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve(why) => write!(f, "the host is unknown: {why}"),
            Self::Io(why) | Self::TlsFiles(why) => f.write_str(why),
            Self::TimedOut(after) => write!(f, "no answer within {after} ms"),
            Self::Tls(why) => write!(f, "the TLS handshake failed: {why}"),
            Self::Http(status) => write!(
                f,
                "the server answered the WebSocket handshake with HTTP status {status}"
            ),
            Self::WebSocket(why) => write!(f, "the WebSocket handshake failed: {why}"),
            Self::NoUnixSockets => f.write_str("this system has no Unix sockets"),
        }
    }
}

impl std::error::Error for ConnectError {}

/// Why there is no connection any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// The server closed it.
    Closed,
    /// The socket failed.
    Io(String),
    /// The server sent what is not a frame.
    Protocol(String),
    /// The server answered with HTTP.
    Http,
    /// The server answered with TLS.
    Tls,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the server closed the connection"),
            Self::Io(why) => write!(f, "the connection broke: {why}"),
            Self::Protocol(why) => write!(f, "the server does not speak rapace: {why}"),
            Self::Http => f.write_str("the server speaks HTTP, not rapace on a plain stream"),
            Self::Tls => f.write_str("the server speaks TLS"),
        }
    }
}

impl std::error::Error for Lost {}
