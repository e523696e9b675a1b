//! The HTTP before a WebSocket.

/// How long the head of a request or response may be: 64 KiB, four times what servers accept.
const LONGEST_HEAD: usize = 64 * 1024;
/// What ends a head.
const END: &[u8] = b"\r\n\r\n";
/// The beginnings of HTTP, of which only the first two may lead to a WebSocket.
const BEGINNINGS: [&[u8]; 10] = [
    b"GET ",
    b"HTTP/1.",
    b"POST ",
    b"PUT ",
    b"HEAD ",
    b"DELETE ",
    b"OPTIONS ",
    b"PATCH ",
    b"CONNECT ",
    b"PRI ",
];

/// A head so far.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head<'a> {
    /// More bytes are needed.
    Begun,
    /// These bytes agree on a WebSocket, or ask for one.
    Upgrade {
        /// How many bytes it has.
        length: usize,
        /// Its first line.
        line: &'a str,
        /// True when the server agrees to compress messages.
        compressed: bool,
    },
    /// It is HTTP for another purpose.
    Other(String),
}

/// True for the first bytes of HTTP. Fewer than eight bytes may be too few.
pub(super) fn is_http(bytes: &[u8]) -> bool {
    BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning))
}

/// Reads a head.
pub(super) fn head(bytes: &[u8]) -> Head<'_> {
    let end = bytes.windows(END.len()).position(|window| window == END);
    let text = |bytes| str::from_utf8(bytes).unwrap_or_default();
    let line = bytes.split(|byte| *byte == b'\r').next().map(text).unwrap_or_default();
    let Some(end) = end else {
        return match bytes.len() > LONGEST_HEAD {
            true => Head::Other(format!("HTTP whose header is longer than {LONGEST_HEAD} bytes")),
            false => Head::Begun,
        };
    };
    let all = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let has = |name: &str, value: &str| {
        let headers = all.lines().skip(1).filter_map(|line| line.split_once(':'));
        headers
            .into_iter()
            .any(|(key, text)| key.trim() == name && text.contains(value))
    };
    let is_response = line.starts_with("HTTP/");
    let upgrades = has("upgrade", "websocket") && (!is_response || line.split(' ').nth(1) == Some("101"));
    match upgrades {
        true => Head::Upgrade {
            length: end + END.len(),
            line,
            compressed: is_response && has("sec-websocket-extensions", "permessage-deflate"),
        },
        false => Head::Other(format!(
            "HTTP, but not a WebSocket: `{}`",
            rapace_schema::text::shown(line, 80)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{Head, head, is_http};

    fn upgrade(text: &str, expected: bool) {
        let found = head(text.as_bytes());
        let Head::Upgrade { length, compressed, .. } = found else {
            panic!("{text:?}: {found:?}");
        };
        assert_eq!((length, compressed), (text.len(), expected), "{text:?}");
    }

    #[test]
    fn heads_of_websockets_are_recognized() {
        upgrade("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", false);
        let offers = "GET / HTTP/1.1\r\nupgrade: WebSocket\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
        upgrade(offers, false);
        let agrees = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
        upgrade(agrees, true);
    }

    #[test]
    fn other_http_is_named() {
        let other = |text: &str, line: &str| {
            assert_eq!(
                head(text.as_bytes()),
                Head::Other(format!("HTTP, but not a WebSocket: `{line}`"))
            );
        };
        other("POST /rpc HTTP/1.1\r\nHost: x\r\n\r\n", "POST /rpc HTTP/1.1");
        other(
            "HTTP/1.1 403 Forbidden\r\nUpgrade: websocket\r\n\r\n",
            "HTTP/1.1 403 Forbidden",
        );
        assert_eq!(head(b"GET / HTTP/1.1\r\nUp"), Head::Begun);
        assert!(matches!(head(&[b'G'; 70_000]), Head::Other(_)));
        assert!(is_http(b"GET / HT") && !is_http(&[0x48, 0, 0, 0]));
    }
}
