//! Dials an address of any kind.

use std::io::{self, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use super::error::ConnectError;
use super::halves::{Both, ReadHalf, WriteHalf, split};
use super::options::Options;
use super::reader::Input;
use super::tls;
use super::writer::{Wraps, Writer};
use crate::Address;
use crate::stream::Stream;
use crate::websocket;

/// No wait is shorter: the system takes 0 for no limit at all.
const LEAST_WAIT: Duration = Duration::from_millis(1);

/// Dials, with all handshakes.
pub(super) fn dial(address: &Address, options: &Options) -> Result<(Input, Writer, Stream), ConnectError> {
    let limit = options.connect_timeout;
    let deadline = Instant::now() + limit;
    let dialled = within(address, options, deadline);
    // Layers that know nothing of limits report a timeout in their own words.
    match dialled {
        Err(_) if Instant::now() >= deadline => Err(ConnectError::TimedOut(limit.as_millis())),
        dialled => dialled,
    }
}

fn within(address: &Address, options: &Options, deadline: Instant) -> Result<(Input, Writer, Stream), ConnectError> {
    let (mut socket, host) = match address {
        Address::Unix(path) => (unix(path)?, ""),
        Address::Tcp { host, port }
        | Address::Tls { host, port }
        | Address::Ws { host, port, .. }
        | Address::Wss { host, port, .. } => (tcp(host, *port, deadline)?, host.as_str()),
    };
    socket.set_blocking().map_err(failed)?;
    socket.set_patience(Some(left(deadline))).map_err(failed)?;
    let tls = match address.is_secure() {
        true => Some(tls::connect(&mut socket, host, &options.tls)?),
        false => None,
    };
    let (mut read, mut write) = split(&socket, tls).map_err(failed)?;
    let wraps = match address {
        Address::Ws { .. } | Address::Wss { .. } => {
            socket.set_patience(Some(left(deadline))).map_err(failed)?;
            shake_hands(address, &mut read, &mut write)?;
            Wraps::Message
        }
        Address::Tcp { .. } | Address::Tls { .. } | Address::Unix(_) => Wraps::Length,
    };
    socket.set_patience(None).map_err(failed)?;
    let input = Input {
        half: read,
        longest: options.longest_frame,
    };
    Ok((input, Writer::new(write, wraps), socket))
}

fn tcp(host: &str, port: u16, deadline: Instant) -> Result<Stream, ConnectError> {
    let addresses = (host, port).to_socket_addrs();
    let addresses = addresses.map_err(|error| ConnectError::Resolve(error.to_string()))?;
    let mut last = None;
    for address in addresses {
        match TcpStream::connect_timeout(&address, left(deadline)) {
            Ok(stream) => return Ok(Stream::Tcp(stream)),
            Err(error) => last = Some(error),
        }
    }
    match last {
        Some(error) => Err(failed(error)),
        None => Err(ConnectError::Resolve(format!("{host} has no address"))),
    }
}

#[cfg(unix)]
fn unix(path: &std::path::Path) -> Result<Stream, ConnectError> {
    let connected = std::os::unix::net::UnixStream::connect(path);
    connected.map(Stream::Unix).map_err(failed)
}

#[cfg(not(unix))]
fn unix(_path: &std::path::Path) -> Result<Stream, ConnectError> {
    Err(ConnectError::NoUnixSockets)
}

fn shake_hands(address: &Address, read: &mut ReadHalf, write: &mut WriteHalf) -> Result<(), ConnectError> {
    let shaken = websocket::connect(Both(read, write), &address.to_string());
    shaken.map_err(|error| match error {
        tungstenite::Error::Http(answer) => ConnectError::Http(answer.status().as_u16()),
        tungstenite::Error::Io(error) => failed(error),
        error => ConnectError::WebSocket(error.to_string()),
    })
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).max(LEAST_WAIT)
}

fn failed(error: io::Error) -> ConnectError {
    match error.kind() {
        ErrorKind::ConnectionRefused => {
            ConnectError::Io("the connection was refused: no server listens at this address".into())
        }
        ErrorKind::NotFound => ConnectError::Io("there is no socket at this path".into()),
        _ => ConnectError::Io(error.to_string()),
    }
}
