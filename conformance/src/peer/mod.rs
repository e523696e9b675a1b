//! The raw peer: where it listens, and its end of each connection. It knows frames, and nothing of a runtime.

mod accepted;
mod connection;
mod dial;
mod own_file;
mod transport;
mod written;

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use rapace_wire::stream::Stream;
use socket2::{Domain, Protocol, Socket, Type};

pub use self::accepted::Accepted;
use self::accepted::Role;
pub use self::connection::Connection;
pub use self::dial::{any_address, dial, is_turned_away};
use self::own_file::own_file;
pub use self::transport::{TRANSPORTS, Transport};
pub use self::written::{Written, opcode};

/// How many connections may wait to be accepted, as of the standard library's listeners.
const BACKLOG: i32 = 128;

/// Listens on every transport that was asked for once. An address stays the same, and nobody else's, when it is not listened on
/// for a while.
#[derive(Default)]
pub struct Peer {
    places: BTreeMap<Transport, Place>,
}

/// An address, and who listens there, if somebody does.
struct Place {
    at: At,
    listener: Option<Listener>,
}

enum At {
    /// `_held` is bound to the port and never listens: the system would give the port to somebody else while it is not
    /// listened on, to another run of the suite for one, and what is told to come back would come back there.
    Port {
        address: SocketAddr,
        _held: Socket,
    },
    File(PathBuf),
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Peer {
    /// The address on this transport, which is listened on from now on.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn listen(&mut self, transport: Transport) -> Result<String, String> {
        if let Some(Place { listener: Some(_), at }) = self.places.get(&transport) {
            return Ok(address(transport, at));
        }
        let at = match self.places.remove(&transport) {
            Some(place) => Ok(place.at),
            None if transport == Transport::Unix => Ok(At::File(own_file())),
            None => At::own_port(),
        };
        let place = at.and_then(Place::bind);
        let place = place.map_err(|error| format!("{transport} cannot be listened on: {error}"))?;
        let address = address(transport, &place.at);
        self.places.insert(transport, place);
        Ok(address)
    }

    /// The address on this transport, if it was listened on once.
    pub fn address(&self, transport: Transport) -> Option<String> {
        self.places.get(&transport).map(|place| address(transport, &place.at))
    }

    /// From now on connections to this transport's address are refused.
    pub fn refuse(&mut self, transport: Transport) {
        if let Some(place) = self.places.get_mut(&transport) {
            place.listener = None;
            if let At::File(file) = &place.at {
                let _ = std::fs::remove_file(file);
            }
        }
    }

    /// Listens on this transport no more; the next address is another one.
    pub fn leave(&mut self, transport: Transport) {
        self.places.remove(&transport);
    }

    /// A connection that somebody has made, if somebody has.
    ///
    /// # Errors
    /// When it cannot be taken.
    pub fn accept(&self, transport: Transport) -> io::Result<Option<Accepted>> {
        let Some(listener) = self.places.get(&transport).and_then(|place| place.listener.as_ref()) else {
            return Ok(None);
        };
        let accepted = match listener {
            Listener::Tcp(listener) => listener.accept().map(|(stream, _)| Stream::Tcp(stream)),
            Listener::Unix(listener) => listener.accept().map(|(stream, _)| Stream::Unix(stream)),
        };
        match accepted {
            Ok(stream) => {
                stream.set_blocking()?;
                Ok(Some(Accepted {
                    stream,
                    transport,
                    role: Role::Server,
                }))
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Place {
    fn bind(at: At) -> io::Result<Self> {
        let listener = match &at {
            At::Port { address, .. } => {
                let socket = bound(*address)?;
                socket.listen(BACKLOG)?;
                let listener = TcpListener::from(socket);
                listener.set_nonblocking(true)?;
                Listener::Tcp(listener)
            }
            At::File(file) => {
                let _ = std::fs::remove_file(file);
                let listener = UnixListener::bind(file)?;
                listener.set_nonblocking(true)?;
                Listener::Unix(listener)
            }
        };
        let listener = Some(listener);
        Ok(Self { at, listener })
    }
}

impl At {
    fn own_port() -> io::Result<Self> {
        let held = bound(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let address = held.local_addr()?.as_socket().ok_or(ErrorKind::Unsupported)?;
        Ok(Self::Port { address, _held: held })
    }
}

impl Drop for At {
    fn drop(&mut self) {
        if let Self::File(file) = self {
            let _ = std::fs::remove_file(file);
        }
    }
}

/// A socket that shares its port with others of this user that are told to share.
fn bound(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn address(transport: Transport, at: &At) -> String {
    match at {
        At::Port { address, .. } => format!("{transport}://{address}"),
        At::File(file) => format!("{transport}://{}", file.display()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_port_that_is_not_listened_on_is_nobody_elses() {
        let mut peer = Peer::default();
        let address = peer.listen(Transport::Tcp).expect("it listens");
        let port = address.strip_prefix("tcp://").expect("tcp");
        peer.refuse(Transport::Tcp);
        let refused = TcpStream::connect(port).expect_err("nobody listens");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        let taken = TcpListener::bind(port).expect_err("it is held");
        assert_eq!(taken.kind(), ErrorKind::AddrInUse);

        assert_eq!(peer.listen(Transport::Tcp), Ok(address.clone()));
        let _connection = TcpStream::connect(port).expect("somebody listens");
        assert!(peer.accept(Transport::Tcp).expect("a connection").is_some());

        peer.leave(Transport::Tcp);
        assert_ne!(peer.listen(Transport::Tcp), Ok(address));
    }
}
