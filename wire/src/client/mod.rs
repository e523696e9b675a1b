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
use crate::Address;
use crate::frame::{DATA, EOS, Frame, NO_REPLY};

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
        Ok(Self { session })
    }

    /// Sends a request: the number of its method and its payload.
    ///
    /// # Errors
    /// When there is no connection any more.
    pub fn call(&self, method: u32, answer: Answer, payload: &[u8]) -> Result<Call, Lost> {
        let channel = self.session.open(answer)?;
        let flags = match answer {
            Answer::Unary => DATA | EOS,
            Answer::Stream => DATA | EOS | NO_REPLY,
        };
        let request = Frame::of(channel, flags, payload).calling(method);
        let call = Call::new(Arc::clone(&self.session), channel);
        self.session.send(request)?;
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
