//! Which pages may open a WebSocket.

use std::io;
use std::sync::Arc;

use tokio_tungstenite::tungstenite::handshake::server::{Callback, ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::http::header::ORIGIN;

/// The ports that browsers leave out of an origin.
const DEFAULT_PORTS: [(&str, &str); 2] = [("http", "80"), ("https", "443")];

/// The origins whose pages may connect: any, unless they are listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origins(Option<Arc<[String]>>);

impl Origins {
    /// These alone.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for one that no browser sends so.
    pub(crate) fn listed(origins: impl IntoIterator<Item = impl Into<String>>) -> io::Result<Self> {
        let listed: Vec<String> = origins.into_iter().map(Into::into).collect();
        for origin in &listed {
            check(origin).map_err(|reason| {
                let what = format!("`{origin}` is not an origin: {reason}; write https://host or http://host:port");
                io::Error::new(io::ErrorKind::InvalidInput, what)
            })?;
        }
        Ok(Self(Some(listed.into())))
    }
}

/// Whether it is how a browser writes an origin: otherwise it would never match.
fn check(origin: &str) -> Result<(), &'static str> {
    // What sandboxed pages and those from files have.
    if origin == "null" {
        return Ok(());
    }
    let (scheme, authority) = origin.split_once("://").ok_or("it has no scheme")?;
    if scheme.is_empty() || authority.is_empty() {
        return Err("scheme or host is missing");
    }
    if authority.contains(['/', '?', '#', '@', '*']) {
        return Err("an origin has only a scheme, a host and a port");
    }
    if origin.contains(|c: char| !c.is_ascii_graphic() || c.is_ascii_uppercase()) {
        return Err("browsers write it in small letters of ASCII");
    }
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    if port.is_some_and(|port| DEFAULT_PORTS.contains(&(scheme, port))) {
        return Err("browsers leave this port out");
    }
    Ok(())
}

/// Looks at a handshake: whose page it is, and which headers it has.
#[derive(Debug)]
pub(crate) struct Greeting<'a> {
    origins: Origins,
    headers: &'a mut Vec<(String, String)>,
}

impl<'a> Greeting<'a> {
    /// The headers of a page that may connect are left in `headers`.
    pub(crate) fn new(origins: Origins, headers: &'a mut Vec<(String, String)>) -> Self {
        Self { origins, headers }
    }
}

/// Answers the handshake of a page that may not connect with `403 Forbidden`. A client that is not a web page sends no Origin
/// header and is allowed.
impl Callback for Greeting<'_> {
    fn on_request(self, request: &Request, response: Response) -> Result<Response, ErrorResponse> {
        let mut said = request.headers().get_all(ORIGIN).iter();
        let allowed =
            self.origins.0.as_ref().is_none_or(|listed| {
                said.all(|origin| listed.iter().any(|listed| listed.as_bytes() == origin.as_bytes()))
            });
        if allowed {
            let texts = request.headers().iter().filter_map(|(name, value)| {
                let value = value.to_str().ok()?;
                Some((name.as_str().to_owned(), value.to_owned()))
            });
            self.headers.extend(texts);
            return Ok(response);
        }
        let mut refusal = ErrorResponse::new(Some("pages of this origin may not connect\n".into()));
        *refusal.status_mut() = StatusCode::FORBIDDEN;
        Err(refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_as_browsers_write_them() {
        for good in [
            "https://shop.example",
            "http://localhost:5173",
            "http://[::1]:80800",
            "https://shop.example:80",
            "app://shop",
            "null",
        ] {
            Origins::listed([good]).expect(good);
        }
        for (wrong, reason) in [
            ("shop.example", "it has no scheme"),
            ("https://", "scheme or host is missing"),
            (
                "https://shop.example/",
                "an origin has only a scheme, a host and a port",
            ),
            ("https://*.example", "an origin has only a scheme, a host and a port"),
            ("https://Shop.example", "browsers write it in small letters of ASCII"),
            ("https://büch.example", "browsers write it in small letters of ASCII"),
            ("https://shop.example:443", "browsers leave this port out"),
            ("http://[::1]:80", "browsers leave this port out"),
        ] {
            let error = Origins::listed(["https://right.example", wrong]).expect_err(wrong);
            let said = format!("`{wrong}` is not an origin: {reason}; write https://host or http://host:port");
            assert_eq!((error.kind(), error.to_string()), (io::ErrorKind::InvalidInput, said));
        }
    }
}
