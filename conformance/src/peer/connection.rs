//! The raw peer's end of one connection.

use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rapace_wire::stream::Stream;
use rapace_wire::websocket::{self, BINARY, CLOSE, Message, Reader};
use rapace_wire::{Arrival, Frame};

use super::accepted::{Accepted, Role};
use super::transport::Transport;

/// How long the raw peer waits for a handshake, or to be rid of what it sends.
const PATIENCE: Duration = Duration::from_secs(10);
/// So much is read at once, in bytes: what a peer that stops to read may still take.
const PIECE: usize = 16 * 1024;

/// A connection. Another thread reports what arrives on it.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    wraps: Wraps,
    gate: Arc<Gate>,
}

/// Writes to a connection from another thread. Nothing else may be sent in that time.
#[derive(Debug)]
pub struct Writer {
    stream: Stream,
    wraps: Wraps,
}

/// What a frame travels in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wraps {
    /// Nothing but its length.
    Length,
    /// A WebSocket message, as servers send it.
    Message,
    /// A WebSocket message that is masked, as clients send it.
    Masked,
}

impl Connection {
    /// Takes up the connection; whoever is told says whether more is wanted.
    ///
    /// # Errors
    /// When there is no handshake, where there has to be one.
    pub fn open(accepted: Accepted, mut tell: impl FnMut(Arrival) -> bool + Send + 'static) -> Result<Self, String> {
        let Accepted {
            stream,
            transport,
            role,
        } = accepted;
        let told = |error: io::Error| error.to_string();
        stream.set_patience(Some(PATIENCE)).map_err(told)?;
        let wraps = match (transport, &role) {
            (Transport::Tcp | Transport::Unix, _) => Wraps::Length,
            (Transport::Ws, Role::Server) => Wraps::Message,
            (Transport::Ws, Role::Client(_)) => Wraps::Masked,
        };
        let shaken = match (wraps, &role) {
            (Wraps::Length, _) => Ok(()),
            (_, Role::Server) => websocket::accept(stream.try_clone().map_err(told)?),
            (_, Role::Client(address)) => websocket::connect(stream.try_clone().map_err(told)?, address),
        };
        shaken.map_err(|error| format!("no WebSocket handshake: {error}"))?;
        stream.set_patience(None).map_err(told)?;
        let gate = Arc::new(Gate::default());
        let input = Gated {
            stream: stream.try_clone().map_err(told)?,
            gate: Arc::clone(&gate),
        };
        let closing = stream.try_clone().map_err(told)?;
        thread::spawn(move || match wraps {
            Wraps::Message | Wraps::Masked => {
                let mut reader = Reader::new(input, wraps == Wraps::Message);
                while goes_on(reader.read(), (&closing, wraps), &mut tell) {}
            }
            Wraps::Length => {
                let mut reader = BufReader::with_capacity(PIECE, input);
                while goes_on(read_frame(&mut reader), (&closing, wraps), &mut tell) {}
            }
        });
        Ok(Self { stream, wraps, gate })
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// When there is no connection any more.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// A frame as it travels on this connection.
    pub fn encode(&self, frame: &Frame) -> Vec<u8> {
        encode(self.wraps, frame)
    }

    /// Lets another thread write.
    ///
    /// # Errors
    /// When there are no handles left.
    pub fn writer(&self) -> io::Result<Writer> {
        Ok(Writer {
            stream: self.stream.try_clone()?,
            wraps: self.wraps,
        })
    }

    /// Stops reading, until it is asked to read on.
    pub fn stop_reading(&self) {
        self.gate.set(false);
    }

    /// Reads on.
    pub fn read_on(&self) {
        self.gate.set(true);
    }

    /// Ends it, both ways.
    pub fn close(&self) {
        self.stream.shutdown(Shutdown::Both);
    }

    /// Sends nothing more, and reads on.
    pub fn half_close(&self) {
        self.stream.shutdown(Shutdown::Write);
    }

    /// Ends it with an RST, where there is such a thing.
    pub fn reset(&self) {
        // Linux sends it at once when a socket of which this is set is disconnected by its last handle; the reader's ends
        // after the shutdown of reading.
        let _ = self.stream.reset_when_closed();
        self.stream.shutdown(Shutdown::Read);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.gate.set(true);
    }
}

impl Writer {
    /// Sends a frame.
    ///
    /// # Errors
    /// When there is no connection any more.
    pub fn send(&mut self, frame: &Frame) -> io::Result<()> {
        let bytes = encode(self.wraps, frame);
        self.stream.write_all(&bytes)
    }
}

fn encode(wraps: Wraps, frame: &Frame) -> Vec<u8> {
    let bytes = frame.to_bytes();
    match wraps {
        Wraps::Message => Message::new(BINARY, &bytes[4..]).to_bytes(),
        Wraps::Masked => Message::new(BINARY, &bytes[4..]).masked().to_bytes(),
        Wraps::Length => bytes,
    }
}

fn read_frame(from: &mut impl Read) -> Arrival {
    match Frame::read(from) {
        Ok(Some(frame)) => Arrival::Frame(frame),
        Ok(None) => Arrival::Ended,
        Err(error) if error.kind() == ErrorKind::Other => Arrival::Wrong(error.to_string()),
        Err(error) => Arrival::Lost(error),
    }
}

/// Tells of it; whether there can be more. A WebSocket that is closed by the testee is closed as the standard has it.
fn goes_on(arrival: Arrival, (stream, wraps): (&Stream, Wraps), tell: &mut impl FnMut(Arrival) -> bool) -> bool {
    let last = matches!(arrival, Arrival::Ended | Arrival::Lost(_) | Arrival::Wrong(_));
    if let Arrival::Control { opcode: CLOSE, payload } = &arrival {
        let echo = Message::new(CLOSE, payload.as_slice());
        let echo = match wraps {
            Wraps::Masked => echo.masked().to_bytes(),
            Wraps::Length | Wraps::Message => echo.to_bytes(),
        };
        if let Ok(mut stream) = stream.try_clone() {
            let _ = stream.write_all(&echo);
        }
        stream.shutdown(Shutdown::Write);
    }
    tell(arrival) && !last
}

/// Whether the reader may read.
#[derive(Debug)]
struct Gate {
    open: Mutex<bool>,
    changed: Condvar,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            open: Mutex::new(true),
            changed: Condvar::new(),
        }
    }
}

impl Gate {
    fn set(&self, open: bool) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = open;
        self.changed.notify_all();
    }

    fn pass(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        while !*open {
            open = self.changed.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Reads where the gate is open, and never much at once.
struct Gated {
    stream: Stream,
    gate: Arc<Gate>,
}

impl Read for Gated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.gate.pass();
        let length = buffer.len().min(PIECE);
        self.stream.read(&mut buffer[..length])
    }
}
