//! Accepts connections, and dials.

use std::io;
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::time::Duration;

use rapace_wire::Address;
use rapace_wire::stream::Stream;

/// How long a server has to accept: 5 s, as a distant one may need.
const DIAL: Duration = Duration::from_secs(5);

/// What accepts connections.
pub(super) struct Listener {
    address: Address,
    socket: Socket,
}

enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(std::os::unix::net::UnixListener),
}

impl Listener {
    /// Listens on an address. A Unix socket that nobody listens on any more is replaced.
    ///
    /// # Errors
    /// Those of the system, such as an address that is taken.
    pub(super) fn bind(address: &Address) -> io::Result<Self> {
        match address {
            Address::Tcp { host, port } | Address::Ws { host, port, .. } => {
                let socket = TcpListener::bind((host.as_str(), *port))?;
                let address = address.at(host, socket.local_addr()?.port());
                Ok(Self {
                    address,
                    socket: Socket::Tcp(socket),
                })
            }
            #[cfg(unix)]
            Address::Unix(path) => {
                if is_left_over(path) {
                    std::fs::remove_file(path)?;
                }
                let socket = std::os::unix::net::UnixListener::bind(path)?;
                Ok(Self {
                    address: address.clone(),
                    socket: Socket::Unix(socket),
                })
            }
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Where it listens, with the port that the system chose.
    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// The next connection, and its peer in words.
    ///
    /// # Errors
    /// Those of the system.
    pub(super) fn accept(&self) -> io::Result<(Stream, String)> {
        let (stream, peer) = match &self.socket {
            Socket::Tcp(socket) => {
                let (stream, peer) = socket.accept()?;
                (Stream::Tcp(stream), peer.to_string())
            }
            #[cfg(unix)]
            Socket::Unix(socket) => (Stream::Unix(socket.accept()?.0), "a client".to_owned()),
        };
        stream.set_blocking()?;
        Ok((stream, peer))
    }
}

/// Dials a server.
///
/// # Errors
/// Those of the system, such as a server that is not there.
pub(super) fn dial(address: &Address) -> io::Result<Stream> {
    let stream = match address {
        Address::Tcp { host, port } | Address::Ws { host, port, .. } => Stream::Tcp(dial_tcp(host, *port)?),
        #[cfg(unix)]
        Address::Unix(path) => Stream::Unix(std::os::unix::net::UnixStream::connect(path)?),
        _ => return Err(io::ErrorKind::Unsupported.into()),
    };
    stream.set_blocking()?;
    Ok(stream)
}

fn dial_tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, DIAL) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// True for the path of a Unix socket that nobody listens on any more.
#[cfg(unix)]
fn is_left_over(path: &std::path::Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_socket());
    is_socket && std::os::unix::net::UnixStream::connect(path).is_err()
}
