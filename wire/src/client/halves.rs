//! The two halves of a connection, which different threads use at the same time. TLS is between them and the socket.

use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ClientConnection;

use super::options::READ_BYTES;
use crate::stream::Stream;

/// The state of TLS, which both halves need. Nobody blocks while it is locked.
type Shared = Arc<Mutex<ClientConnection>>;

/// What arrives.
pub(super) struct ReadHalf {
    socket: Stream,
    tls: Option<Shared>,
    received: Vec<u8>,
}

/// What is sent.
pub(super) struct WriteHalf {
    socket: Stream,
    tls: Option<Shared>,
}

/// Both halves, for a handshake.
pub(super) struct Both<'a>(pub(super) &'a mut ReadHalf, pub(super) &'a mut WriteHalf);

/// Splits a connection whose handshake of TLS is done.
pub(super) fn split(socket: &Stream, tls: Option<ClientConnection>) -> io::Result<(ReadHalf, WriteHalf)> {
    let tls = tls.map(|tls| Arc::new(Mutex::new(tls)));
    let read = ReadHalf {
        socket: socket.try_clone()?,
        tls: tls.clone(),
        received: Vec::new(),
    };
    let write = WriteHalf {
        socket: socket.try_clone()?,
        tls,
    };
    Ok((read, write))
}

impl Read for ReadHalf {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Servers of rapace 0.5.0 write a frame in parts; each waits for the acknowledgement of the one before.
        self.socket.acknowledge_at_once();
        let Some(tls) = &self.tls else {
            return self.socket.read(buffer);
        };
        loop {
            match lock(tls).reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
            self.received.resize(READ_BYTES, 0);
            let count = self.socket.read(&mut self.received)?;
            let mut fresh = &self.received[..count];
            let mut tls = lock(tls);
            loop {
                tls.read_tls(&mut fresh)?;
                let state = tls.process_new_packets();
                state.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
                if fresh.is_empty() {
                    break;
                }
            }
        }
    }
}

impl Write for WriteHalf {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(tls) = &self.tls else {
            return self.socket.write_all(bytes);
        };
        let mut records = Vec::new();
        {
            let mut tls = lock(tls);
            tls.writer().write_all(bytes)?;
            while tls.wants_write() {
                tls.write_tls(&mut records)?;
            }
        }
        self.socket.write_all(&records)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WriteHalf {
    /// Says that nothing more is sent, where TLS has a word for it.
    pub(super) fn close(&mut self) -> io::Result<()> {
        if let Some(tls) = &self.tls {
            lock(tls).send_close_notify();
            self.write_all(&[])?;
        }
        Ok(())
    }
}

impl Read for Both<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Both<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lock(tls: &Shared) -> std::sync::MutexGuard<'_, ClientConnection> {
    tls.lock().unwrap_or_else(PoisonError::into_inner)
}
