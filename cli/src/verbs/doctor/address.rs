//! Whether a server answers the dial.

use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use rapace_wire::Address;

use super::finding::Finding;

/// How long a server has to accept: 3 s, as a distant one may need.
const LIMIT: Duration = Duration::from_secs(3);
/// What to do when nobody accepts.
const CURE: &str =
    "start the server, and compare the address with the one that it listens on; a firewall may be between";

/// Dials an address, and hangs up.
pub(super) fn look(address: &str) -> Finding {
    let dialled = match address.parse::<Address>() {
        Err(error) => {
            let problem = format!("`{address}` is not an address: {}", error.reason());
            return Finding::bad(problem, error.expected());
        }
        Ok(Address::Unix(path)) => dial_socket(&path),
        Ok(
            Address::Tcp { host, port }
            | Address::Tls { host, port }
            | Address::Ws { host, port, .. }
            | Address::Wss { host, port, .. },
        ) => dial(&host, port),
    };
    match dialled {
        Ok(()) => Finding::good(format!("{address} accepts connections")),
        Err(why) => Finding::bad(format!("{address} cannot be reached: {why}"), CURE),
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
fn dial_socket(path: &Path) -> Result<(), String> {
    let connected = std::os::unix::net::UnixStream::connect(path);
    connected.map(|_| ()).map_err(|error| error.to_string())
}

#[cfg(not(unix))]
fn dial_socket(_path: &Path) -> Result<(), String> {
    Err("this system has no Unix sockets".to_owned())
}
