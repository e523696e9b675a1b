//! The raw peer as the side that dials: the testee is a host.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rapace_wire::stream::Stream;

use super::accepted::{Accepted, Role};
use super::own_file::own_file;
use super::transport::Transport;

/// Where a testee can listen on this transport: a free port, or a file of its own.
pub fn any_address(transport: Transport) -> String {
    match transport {
        Transport::Tcp => "tcp://127.0.0.1:0".into(),
        Transport::Unix => format!("unix://{}", own_file().display()),
        Transport::Ws => "ws://127.0.0.1:0/rpc".into(),
    }
}

/// Dials an address of this transport.
///
/// # Errors
/// When nobody listens there.
pub fn dial(transport: Transport, address: &str) -> io::Result<Accepted> {
    let (_, place) = address
        .split_once("://")
        .ok_or_else(|| io::Error::other(format!("{address} is no address")))?;
    let stream = match transport {
        Transport::Unix => Stream::Unix(UnixStream::connect(place)?),
        Transport::Tcp | Transport::Ws => {
            let port = place.split('/').next().unwrap_or(place);
            Stream::Tcp(TcpStream::connect(port)?)
        }
    };
    stream.set_blocking()?;
    Ok(Accepted {
        stream,
        transport,
        role: Role::Client(address.into()),
    })
}

/// Whether a host ends another connection on which these bytes were sent, with nothing around them, in this time.
///
/// # Errors
/// When nobody listens there.
pub fn is_turned_away(transport: Transport, address: &str, bytes: &[u8], patience: Duration) -> io::Result<bool> {
    let mut stream = dial(transport, address)?.stream;
    stream.set_patience(Some(patience))?;
    // A host that does not wait for them closes the connection before they are sent.
    let _ = stream.write_all(bytes);
    let mut answer = [0; 1024];
    loop {
        match stream.read(&mut answer) {
            Ok(0) => return Ok(true),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return Ok(false),
            Err(_) => return Ok(true),
        }
    }
}
