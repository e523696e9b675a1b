//! Whether a server answers the dial.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::finding::Finding;

/// How long a server has to accept: 3 s, as a distant one may need.
const LIMIT: Duration = Duration::from_secs(3);
/// What to do when nobody accepts.
const CURE: &str =
    "start the server, and compare the address with the one that it listens on; a firewall may be between";

/// Where a server is.
#[derive(Debug, PartialEq, Eq)]
enum Place<'a> {
    Host { name: &'a str, port: u16 },
    Socket { path: &'a str },
}

/// Dials an address, and hangs up.
pub(super) fn look(address: &str) -> Finding {
    let dialled = match place(address) {
        Err(why) => {
            let cure =
                "write tcp://HOST:PORT, tls://HOST:PORT, ws://HOST:PORT/PATH, wss://HOST:PORT/PATH or unix:///PATH";
            return Finding::bad(format!("{address} is no address: {why}"), cure);
        }
        Ok(Place::Host { name, port }) => dial(name, port),
        Ok(Place::Socket { path }) => dial_socket(path),
    };
    match dialled {
        Ok(()) => Finding::good(format!("{address} accepts connections")),
        Err(why) => Finding::bad(format!("{address} cannot be reached: {why}"), CURE),
    }
}

fn place(address: &str) -> Result<Place<'_>, String> {
    if let Some(path) = address.strip_prefix("unix:") {
        return Ok(Place::Socket {
            path: path.strip_prefix("//").unwrap_or(path),
        });
    }
    let (scheme, rest) = address.split_once("://").ok_or("it has no scheme")?;
    let usual = match scheme {
        "tcp" | "tls" => None,
        "ws" => Some(80),
        "wss" => Some(443),
        _ => return Err(format!("there is no scheme `{scheme}`")),
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => {
            let port = port.parse().map_err(|_| format!("`{port}` is no port"))?;
            (name, Some(port))
        }
        _ => (host, usual),
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    match (name.is_empty(), port) {
        (true, _) => Err("it has no host".to_owned()),
        (false, None) => Err("it has no port".to_owned()),
        (false, Some(port)) => Ok(Place::Host { name, port }),
    }
}

fn dial(name: &str, port: u16) -> Result<(), String> {
    let mut why = "the name has no address".to_owned();
    for address in (name, port).to_socket_addrs().map_err(|error| error.to_string())? {
        match TcpStream::connect_timeout(&address, LIMIT) {
            Ok(_) => return Ok(()),
            Err(error) => why = error.to_string(),
        }
    }
    Err(why)
}

#[cfg(unix)]
fn dial_socket(path: &str) -> Result<(), String> {
    let connected = std::os::unix::net::UnixStream::connect(path);
    connected.map(|_| ()).map_err(|error| error.to_string())
}

#[cfg(not(unix))]
fn dial_socket(_path: &str) -> Result<(), String> {
    Err("this system has no Unix sockets".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Place, place};

    fn check(address: &str, expected: Result<(&str, u16), &str>) {
        let found = place(address);
        let expected = expected.map(|(name, port)| Place::Host { name, port });
        assert_eq!(found, expected.map_err(str::to_owned), "{address}");
    }

    #[test]
    fn addresses_are_taken_apart() {
        check("tcp://127.0.0.1:9000", Ok(("127.0.0.1", 9000)));
        check("tls://[::1]:9000", Ok(("::1", 9000)));
        check("ws://shop.example/rpc?token=1", Ok(("shop.example", 80)));
        check("wss://[::1]/rpc", Ok(("::1", 443)));
        check("tcp://shop", Err("it has no port"));
        check("tcp://:9000", Err("it has no host"));
        check("tcp://shop:http", Err("`http` is no port"));
        check("http://shop:80", Err("there is no scheme `http`"));
        check("shop:80", Err("it has no scheme"));
        for address in ["unix:/run/shop", "unix:///run/shop"] {
            assert_eq!(place(address), Ok(Place::Socket { path: "/run/shop" }));
        }
    }
}
