//! Writing: the frames that are ready together leave in one write.
//!
//! `StreamTransport` writes a frame as its length, its descriptor and its payload, then flushes. Handed to a socket as
//! they come, these are three packets. Here they are gathered in memory up to the flush, and a task of its own hands
//! all whole frames that have gathered to the socket at once. So a lone frame is one write, and under load many frames
//! share one.

use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncWrite, AsyncWriteExt};

/// The side that frames are written to. Dropping it lets the task write what has gathered, and end.
#[derive(Debug)]
pub(crate) struct FrameWriter {
    shared: Arc<Shared>,
    /// At so many gathered bytes, the next frame waits.
    high_water: usize,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Frames that wait to be written; the last one may not be complete yet.
    gathered: Vec<u8>,
    /// How many of the gathered bytes are whole frames.
    whole: usize,
    /// No more frames will come.
    finished: bool,
    /// Why the socket can take no more.
    failure: Option<(io::ErrorKind, String)>,
    /// Waits for room.
    producer: Option<Waker>,
    /// Waits for frames.
    consumer: Option<Waker>,
}

/// Makes a writer for `socket` and the task that writes for it.
///
/// The task ends when the writer was dropped and all whole frames are written, or with the socket's first error, which
/// every later write to the [`FrameWriter`] then reports as well. At most `high_water` bytes and one frame gather while
/// as much is being written.
pub(crate) fn frame_writer<W: AsyncWrite + Unpin>(
    socket: W,
    high_water: usize,
) -> (FrameWriter, impl Future<Output = io::Result<()>>) {
    let shared = Arc::new(Shared::default());
    let writer = FrameWriter {
        shared: shared.clone(),
        high_water,
    };
    (writer, write_out(shared, socket, high_water))
}

async fn write_out<W: AsyncWrite + Unpin>(shared: Arc<Shared>, mut socket: W, high_water: usize) -> io::Result<()> {
    let mut batch = Vec::new();
    while std::future::poll_fn(|cx| shared.poll_take(cx, &mut batch)).await {
        let written = async {
            socket.write_all(&batch).await?;
            socket.flush().await
        };
        if let Err(error) = written.await {
            shared.fail(&error);
            return Err(error);
        }
        // One large frame must not hold its memory for the rest of the connection.
        batch.clear();
        batch.shrink_to(high_water);
    }
    socket.shutdown().await
}

impl Shared {
    /// The state is whole between any two statements, so a panic elsewhere does not spoil it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves all whole frames into the empty `batch`; false when there will be no more.
    fn poll_take(&self, cx: &mut Context<'_>, batch: &mut Vec<u8>) -> Poll<bool> {
        let mut state = self.state();
        if state.whole == 0 {
            if state.finished {
                return Poll::Ready(false);
            }
            state.consumer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        if state.whole == state.gathered.len() {
            mem::swap(&mut state.gathered, batch);
        } else {
            let whole = state.whole;
            batch.extend(state.gathered.drain(..whole));
        }
        state.whole = 0;
        wake(&mut state.producer);
        Poll::Ready(true)
    }

    fn fail(&self, error: &io::Error) {
        let mut state = self.state();
        state.failure = Some((error.kind(), error.to_string()));
        wake(&mut state.producer);
    }
}

impl State {
    fn check(&self) -> io::Result<()> {
        match &self.failure {
            Some((kind, reason)) => Err(io::Error::new(*kind, reason.clone())),
            None => Ok(()),
        }
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

impl AsyncWrite for FrameWriter {
    /// Waits for room only where a frame starts. So a sender that is dropped while it waits leaves no half frame behind.
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut state = self.shared.state();
        state.check()?;
        let starts_frame = state.gathered.len() == state.whole;
        if starts_frame && state.whole >= self.high_water {
            state.producer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        state.gathered.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    /// Says that a frame is complete.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.shared.state();
        state.check()?;
        state.whole = state.gathered.len();
        wake(&mut state.consumer);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        let mut state = self.shared.state();
        state.finished = true;
        wake(&mut state.consumer);
        Poll::Ready(Ok(()))
    }
}

impl Drop for FrameWriter {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.finished = true;
        wake(&mut state.consumer);
    }
}
