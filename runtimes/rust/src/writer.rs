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

/// After frames have left together, so many writes wait for those that are nearly ready. It takes a few microseconds.
const BUSY_WRITES: u32 = 32;

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
    /// How many whole frames that is.
    frames: usize,
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
    (writer, write_out(FailOnDrop(shared), socket, high_water))
}

async fn write_out<W: AsyncWrite + Unpin>(end: FailOnDrop, mut socket: W, high_water: usize) -> io::Result<()> {
    let shared = &end.0;
    let mut batch = Vec::new();
    let mut busy = 0_u32;
    while std::future::poll_fn(|cx| shared.poll_frames(cx)).await {
        if busy > 0 {
            // Whoever else is ready to answer does so first: a write costs more than an answer. A lone caller's answer,
            // on the other hand, leaves at once.
            tokio::task::yield_now().await;
        }
        busy = match shared.take(&mut batch) {
            0 | 1 => busy.saturating_sub(1),
            _ => BUSY_WRITES,
        };
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

    /// Waits for a whole frame; false when there will be no more.
    fn poll_frames(&self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut state = self.state();
        if state.whole == 0 {
            if state.finished {
                return Poll::Ready(false);
            }
            state.consumer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(true)
    }

    /// Moves all whole frames into the empty `batch`, and returns how many they are.
    fn take(&self, batch: &mut Vec<u8>) -> usize {
        let mut state = self.state();
        if state.whole == state.gathered.len() {
            mem::swap(&mut state.gathered, batch);
        } else {
            let whole = state.whole;
            batch.extend(state.gathered.drain(..whole));
        }
        state.whole = 0;
        wake(&mut state.producer);
        mem::take(&mut state.frames)
    }

    fn fail(&self, error: &io::Error) {
        let mut state = self.state();
        if state.failure.is_none() {
            state.failure = Some((error.kind(), error.to_string()));
        }
        wake(&mut state.producer);
    }
}

/// Lets nobody wait for a task that is gone, however it ended.
struct FailOnDrop(Arc<Shared>);

impl Drop for FailOnDrop {
    fn drop(&mut self) {
        self.0
            .fail(&io::Error::new(io::ErrorKind::BrokenPipe, "the connection is closed"));
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
        if state.whole < state.gathered.len() {
            state.whole = state.gathered.len();
            state.frames += 1;
        }
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncReadExt;

    use super::*;

    /// Writes a frame as `StreamTransport` does: in pieces, then a flush.
    async fn write(writer: &mut FrameWriter, pieces: &[&[u8]]) -> io::Result<()> {
        for piece in pieces {
            writer.write_all(piece).await?;
        }
        writer.flush().await
    }

    #[tokio::test]
    async fn writes_whole_frames_only() {
        let (socket, mut peer) = tokio::io::duplex(1000);
        let (mut writer, task) = frame_writer(socket, 100);
        let task = tokio::spawn(task);
        write(&mut writer, &[b"len", b"desc", b"payload"]).await.expect("room");
        writer.write_all(b"half of the next").await.expect("room");
        drop(writer);
        let mut received = Vec::new();
        peer.read_to_end(&mut received).await.expect("an end");
        assert_eq!(received, b"lendescpayload");
        task.await.expect("no panic").expect("an orderly end");
    }

    #[tokio::test(start_paused = true)]
    async fn waits_at_the_high_water_mark_between_frames() {
        let (socket, mut peer) = tokio::io::duplex(1);
        let (mut writer, task) = frame_writer(socket, 10);
        tokio::spawn(task);
        // The first frame is being written, the second may pass the mark, the third has to wait.
        write(&mut writer, &[b"1".as_slice(); 20]).await.expect("room");
        tokio::task::yield_now().await;
        write(&mut writer, &[b"2".as_slice(); 20]).await.expect("room");
        let third = tokio::time::timeout(Duration::from_secs(1), write(&mut writer, &[b"3"])).await;
        assert!(third.is_err(), "the third frame did not wait");

        let mut received = [0; 40];
        peer.read_exact(&mut received).await.expect("two frames");
        write(&mut writer, &[b"4"]).await.expect("room again");
        assert_eq!(peer.read_u8().await.expect("a frame"), b'4');
    }

    #[tokio::test]
    async fn an_error_of_the_socket_is_reported() {
        let (socket, peer) = tokio::io::duplex(1000);
        let (mut writer, task) = frame_writer(socket, 100);
        drop(peer);
        write(&mut writer, &[b"lost"]).await.expect("it is only gathered");
        let error = task.await.expect_err("nobody reads");
        let reported = write(&mut writer, &[b"next"]).await.expect_err("it failed");
        assert_eq!(reported.kind(), error.kind());
    }

    #[tokio::test]
    async fn nobody_waits_for_a_task_that_was_stopped() {
        let (socket, _peer) = tokio::io::duplex(1);
        let (mut writer, task) = frame_writer(socket, 1);
        write(&mut writer, &[b"frame"]).await.expect("room");
        let waiting = tokio::spawn(async move { write(&mut writer, &[b"next"]).await });
        tokio::task::yield_now().await;
        drop(task);
        let error = waiting.await.expect("no panic").expect_err("it was stopped");
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
