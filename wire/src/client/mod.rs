//! A blocking client: threads, no runtime. One thread reads; whoever calls writes, and waits for what has arrived.

mod call;
mod dial;
mod error;
mod event;
mod halves;
mod options;
mod reader;
mod session;
mod tls;
mod writer;

use std::sync::Arc;
use std::thread;

pub use self::call::Call;
pub use self::error::{ConnectError, Lost};
pub use self::event::{Answer, Event};
pub use self::options::{Options, TlsFiles};
use self::session::Session;
use crate::control;
use crate::frame::{DATA, EOS, Frame, NO_REPLY};
use crate::{Address, Metadata};

/// The payload of the ping after a hello. Nobody waits for the pong.
const FIRST_PROBE: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 1];

/// What a call carries besides its arguments.
#[derive(Debug, Clone, Copy, Default)]
pub struct Carried<'a> {
    /// The name of the service, which is sent with the metadata.
    pub service: &'a str,
    /// The name of the method, which is sent with the metadata.
    pub method: &'a str,
    /// The metadata. Nothing is sent if it is absent or empty.
    pub metadata: Option<&'a Metadata>,
}

/// A connection, on which any number of threads make calls.
pub struct Client {
    session: Arc<Session>,
}

impl Client {
    /// Dials the address, with the handshakes of TLS and WebSocket.
    ///
    /// # Errors
    /// When there is no connection in time.
    pub fn connect(address: &Address, options: &Options) -> Result<Self, ConnectError> {
        let (reader, writer, socket) = dial::dial(address, options)?;
        let session = Arc::new(Session::new(writer, socket));
        let reading = Arc::clone(&session);
        let spawned = thread::Builder::new()
            .name("rapace-wire".into())
            .spawn(move || reader::run(&reading, reader));
        spawned.map_err(|error| ConnectError::Io(error.to_string()))?;
        if let Some(hello) = &options.hello {
            let opening = control::open_channel(0, "", "", hello);
            let opening = control::frame(0, control::OPEN_CHANNEL, &opening);
            let ping = control::frame(0, control::PING, &control::ping(FIRST_PROBE));
            let sent = session.send([opening, ping]);
            sent.map_err(|lost| ConnectError::Io(lost.to_string()))?;
        }
        Ok(Self { session })
    }

    /// Sends a request: the number of its method and its payload.
    ///
    /// # Errors
    /// When there is no connection any more.
    pub fn call(&self, method: u32, answer: Answer, payload: &[u8]) -> Result<Call, Lost> {
        self.call_with(method, answer, payload, &Carried::default())
    }

    /// Sends a request. Its metadata goes before it, in the same write.
    ///
    /// # Errors
    /// When there is no connection any more.
    pub fn call_with(&self, method: u32, answer: Answer, payload: &[u8], carried: &Carried<'_>) -> Result<Call, Lost> {
        let channel = self.session.open(answer)?;
        let flags = match answer {
            Answer::Unary => DATA | EOS,
            Answer::Stream => DATA | EOS | NO_REPLY,
        };
        let request = Frame::of(channel, flags, payload).calling(method);
        let call = Call::new(Arc::clone(&self.session), channel);
        let opening = carried
            .metadata
            .filter(|metadata| !metadata.is_empty())
            .map(|metadata| {
                let payload = control::open_channel(channel, carried.service, carried.method, metadata);
                control::frame(0, control::OPEN_CHANNEL, &payload)
            });
        self.session.send(opening.into_iter().chain([request]))?;
        Ok(call)
    }

    /// Lets every call end with [`Event::Interrupted`], those that come too. It may be called from any thread.
    pub fn interrupter(&self) -> impl Fn() + Send + Sync + 'static {
        let session = Arc::clone(&self.session);
        move || session.interrupt()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.session.close();
    }
}
