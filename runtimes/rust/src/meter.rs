//! What a WebSocket reads before it is a message, and what it answers by itself.
//!
//! The library gathers a message in memory until it is whole, and answers each ping at once, into a buffer without limit while the
//! socket takes nothing. Below it, a meter pays for what was read since the last message, and lets nothing more be read while many
//! pings wait for their answers.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::budget::{Charge, Share};

/// So many pings may wait for their answers to be written.
const PINGS: u32 = 16;
/// What is before the payload of a client's ping: two bytes and a mask.
const CONTROL_HEAD: usize = 2 + 4;

/// What a connection's WebSocket has taken. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Meter(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    share: Share,
    /// For the bytes since the last message.
    charge: Charge,
    /// Since something was written.
    pings: u32,
    reader: Option<Waker>,
}

impl Meter {
    /// Pays from this share.
    pub(crate) fn new(share: &Share) -> Self {
        Self(Arc::new(Mutex::new(State {
            charge: share.pay_anyway(0),
            share: share.clone(),
            pings: 0,
            reader: None,
        })))
    }

    /// A message is whole: who gets it pays for it.
    pub(crate) fn message(&self) {
        self.state().charge.resize(0);
    }

    /// A ping came with so many bytes, and will be answered. It is no message.
    pub(crate) fn ping(&self, bytes: usize) {
        self.state().pings += 1;
        self.pong(bytes);
    }

    /// A pong came with so many bytes.
    pub(crate) fn pong(&self, bytes: usize) {
        let mut state = self.state();
        let left = state.charge.bytes().saturating_sub(CONTROL_HEAD + bytes);
        state.charge.resize(left);
    }

    /// The state is whole between any two statements, so a panic elsewhere does not spoil it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The socket of a WebSocket.
#[derive(Debug)]
pub(crate) struct Metered<S> {
    socket: S,
    meter: Meter,
}

impl<S> Metered<S> {
    pub(crate) fn new(socket: S, meter: Meter) -> Self {
        Self { socket, meter }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let mut state = this.meter.state();
        if state.pings >= PINGS {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        // Whether there is memory is asked before it is taken: for a piece, for nobody knows how much will come.
        let Poll::Ready(mut paid) = state.share.poll_pay(cx, out.remaining()) else {
            return Poll::Pending;
        };
        let before = out.filled().len();
        let poll = Pin::new(&mut this.socket).poll_read(cx, out);
        paid.resize(out.filled().len() - before);
        state.charge.absorb(paid);
        poll
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(cx, bytes);
        if written.is_ready() {
            let mut state = self.meter.state();
            state.pings = 0;
            if let Some(reader) = state.reader.take() {
                reader.wake();
            }
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
