//! Who speaks another protocol on a port of rapace: HTTP, or TLS where there is none.

use std::error::Error;
use std::fmt;

use crate::frames::PREFIX;

/// What HTTP begins with.
const METHODS: [&str; 10] = [
    "GET ", "HEAD ", "POST ", "PUT ", "PATCH ", "DELETE ", "OPTIONS ", "CONNECT ", "TRACE ", "PRI ",
];
/// The record of a TLS handshake begins with its kind and the first byte of its version.
const TLS_RECORD: [u8; 2] = [0x16, 0x03];
/// A hello is seen in so many bytes: the record's head, the hello's head and its version.
const TLS_HELLO: usize = 11;
/// The kind of handshake that is a client's hello.
const CLIENT_HELLO: u8 = 1;
/// A fatal alert `handshake_failure`, as any version of TLS reads it.
const TLS_ALERT: [u8; 7] = [0x15, 0x03, 0x01, 0, 2, 2, 40];

/// Another protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP, with this method.
    Http(&'static str),
    /// TLS.
    Tls,
}

/// Whether a connection that begins with these bytes is a stranger's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// It is none.
    No,
    /// So many bytes will tell.
    Perhaps(usize),
    /// It is one.
    Speaks(Protocol),
}

/// Looks at the first bytes, at least four. What can be a frame is no stranger.
pub(crate) fn stranger(bytes: &[u8], max_frame: u32) -> Stranger {
    let Some(prefix) = bytes.first_chunk::<PREFIX>() else {
        return Stranger::No;
    };
    if bytes.starts_with(&TLS_RECORD) {
        return match bytes.get(..TLS_HELLO) {
            // A frame with these bytes would be the one with the number 2^40 and more of its connection.
            Some(hello) if hello[5] == CLIENT_HELLO && hello[9] == 3 => Stranger::Speaks(Protocol::Tls),
            Some(_) => Stranger::No,
            None => Stranger::Perhaps(TLS_HELLO),
        };
    }
    if u32::from_le_bytes(*prefix) <= max_frame {
        return Stranger::No;
    }
    let method = METHODS
        .iter()
        .find(|method| bytes.starts_with(method.as_bytes()) || method.as_bytes().starts_with(bytes));
    match method {
        Some(method) if bytes.len() < method.len() => Stranger::Perhaps(method.len()),
        Some(method) => Stranger::Speaks(Protocol::Http(method.trim_end())),
        None => Stranger::No,
    }
}

impl Protocol {
    /// What it is answered with, in its own words.
    pub(crate) fn answer(self) -> Vec<u8> {
        match self {
            Self::Tls => TLS_ALERT.to_vec(),
            Self::Http(_) => {
                let text = format!("{self}\n");
                let head = format!(
                    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    text.len()
                );
                (head + &text).into_bytes()
            }
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(method) => write!(f, "this is a rapace port; {method} was sent"),
            Self::Tls => f.write_str("this is a rapace port without TLS; a TLS hello was sent"),
        }
    }
}

impl Error for Protocol {}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: u32 = 16 * 1024 * 1024;

    #[test]
    fn knows_strangers_from_frames() {
        for method in METHODS {
            let http = Stranger::Speaks(Protocol::Http(method.trim_end()));
            assert_eq!(stranger(format!("{method}/ HTTP/1.1").as_bytes(), MAX), http);
        }
        assert_eq!(stranger(b"OPTI", MAX), Stranger::Perhaps("OPTIONS ".len()));
        assert_eq!(stranger(b"GETS 1234567", MAX), Stranger::No);
        let mut hello = [0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3];
        assert_eq!(stranger(&hello, MAX), Stranger::Speaks(Protocol::Tls));
        assert_eq!(stranger(&hello[..6], MAX), Stranger::Perhaps(TLS_HELLO));
        // A frame of 66,326 bytes with the number 456.
        hello[4..].copy_from_slice(&[200, 1, 0, 0, 0, 0, 0]);
        assert_eq!(stranger(&hello, MAX), Stranger::No);
        assert_eq!(stranger(&[64, 0, 0, 0], MAX), Stranger::No);
        // Where frames may be that long, it is one.
        assert_eq!(stranger(b"GET / HTTP/1.1", u32::MAX), Stranger::No);
    }
}
