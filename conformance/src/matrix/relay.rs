//! Joins two sides that both dial.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// Listens at the returned address for two connections, and carries the bytes of each to the other until one ends.
pub(super) fn relay() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = format!("tcp://{}", listener.local_addr()?);
    thread::spawn(move || {
        let accept = || -> io::Result<TcpStream> {
            let (socket, _) = listener.accept()?;
            socket.set_nodelay(true)?;
            Ok(socket)
        };
        if let (Ok(one), Ok(other)) = (accept(), accept())
            && let (Ok(from_one), Ok(from_other)) = (one.try_clone(), other.try_clone())
        {
            thread::spawn(move || carry(from_one, other));
            carry(from_other, one);
        }
    });
    Ok(address)
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    // However it ends, it ends for both.
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
