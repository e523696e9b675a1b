//! Writing: the frames that are ready together leave in one write.
//!
//! `StreamTransport` of rapace writes a frame as its length, its descriptor and its payload, which are three packets. Here a task
//! takes whole frames and hands all that have gathered to the socket at once. So a lone frame is one write, and under load many
//! frames share one.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};

use rapace::Transport;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::task::unconstrained;

use crate::frames::encode;
use crate::outbox::{Batch, Outbox};

/// After frames have left together, so many writes wait for those that are nearly ready. It takes a few microseconds.
const BUSY_WRITES: u32 = 32;
/// How many frames are taken from the transport at once: as many as wait there.
const FRAMES_AT_ONCE: usize = 64;
/// A buffer of more bytes than this is not kept for the next frames.
const KEPT_BYTES: usize = 64 * 1024;

/// Writes what `outbox` has and what comes through `sent`, until nobody holds the other end of `sent` any more and all is
/// written, or with the socket's first error. Nobody waits for the future when it is dropped, even before it is polled.
pub(crate) fn write_out<W>(outbox: Outbox, sent: Transport, socket: W) -> impl Future<Output = io::Result<()>>
where
    W: AsyncWrite + Unpin,
{
    write_all(FailOnDrop(outbox), sent, socket)
}

async fn write_all<W: AsyncWrite + Unpin>(end: FailOnDrop, sent: Transport, mut socket: W) -> io::Result<()> {
    let outbox = &end.0;
    let mut source = Source { outbox, sent: &sent };
    let mut batch = Batch::default();
    let mut busy = 0_u32;
    while poll_fn(|cx| source.poll_frames(cx, &mut batch)).await {
        if busy > 0 {
            // Whoever else is ready to answer does so first: a write costs more than an answer. A lone caller's answer,
            // on the other hand, leaves at once.
            tokio::task::yield_now().await;
            poll_fn(|cx| {
                source.take_more(cx, &mut batch);
                Poll::Ready(())
            })
            .await;
        }
        busy = match batch.count {
            0 | 1 => busy.saturating_sub(1),
            _ => BUSY_WRITES,
        };
        outbox.writes(batch.frames.len());
        if let Err(error) = write(outbox, &mut socket, &batch.frames).await {
            outbox.fail(&error);
            return Err(error);
        }
        batch.answered.clear();
        batch.frames.clear();
        batch.count = 0;
        // One large frame must not hold its memory for the rest of the connection.
        batch.frames.shrink_to(KEPT_BYTES);
        outbox.writes(0);
    }
    socket.shutdown().await
}

/// Writes it all, and says while the socket takes nothing.
async fn write<W: AsyncWrite + Unpin>(outbox: &Outbox, socket: &mut W, bytes: &[u8]) -> io::Result<()> {
    let mut blocked = false;
    let mut written = pin!(async {
        socket.write_all(bytes).await?;
        socket.flush().await
    });
    let result = poll_fn(|cx| {
        let poll = written.as_mut().poll(cx);
        if poll.is_pending() && !blocked {
            blocked = true;
            outbox.set_blocked(true);
        }
        poll
    })
    .await;
    if blocked {
        outbox.set_blocked(false);
    }
    result
}

/// Where frames come from.
struct Source<'a> {
    outbox: &'a Outbox,
    sent: &'a Transport,
}

impl Source<'_> {
    /// Waits for frames; false when there will be no more.
    fn poll_frames(&mut self, cx: &mut Context<'_>, batch: &mut Batch) -> Poll<bool> {
        let more = self.fill(cx, batch);
        match (batch.count, more) {
            (0, true) => Poll::Pending,
            (0, false) => Poll::Ready(false),
            _ => Poll::Ready(true),
        }
    }

    /// Adds what has come since to a batch that is not written yet.
    fn take_more(&mut self, cx: &mut Context<'_>, batch: &mut Batch) {
        let mut more = Batch::default();
        self.fill(cx, &mut more);
        batch.frames.extend(more.frames);
        batch.answered.extend(more.answered);
        batch.count += more.count;
    }

    /// Takes what is there into an empty batch; false when no more will come.
    ///
    /// What a handler has sent through the transport leaves before its answer: the answers are taken first and written last.
    fn fill(&mut self, cx: &mut Context<'_>, batch: &mut Batch) -> bool {
        self.outbox.take(cx, batch);
        let mut sent = Vec::new();
        let mut count = 0;
        let more = loop {
            if count == FRAMES_AT_ONCE {
                break true;
            }
            // Its turn is over after so many frames, not by tokio's budget: then some would be left before their answers. What was
            // polled and dropped still wakes this task.
            match pin!(unconstrained(self.sent.recv_frame())).as_mut().poll(cx) {
                Poll::Ready(Ok(frame)) => {
                    if self.outbox.note(&frame, self.sent) {
                        encode(&frame, &mut sent);
                        count += 1;
                    }
                }
                Poll::Ready(Err(_)) => break false,
                Poll::Pending => break true,
            }
        };
        if !more {
            // The last sender may have put an answer there before it went.
            let mut last = Batch::default();
            self.outbox.take(cx, &mut last);
            batch.frames.extend(last.frames);
            batch.answered.extend(last.answered);
            batch.count += last.count;
        }
        if count > 0 {
            sent.extend_from_slice(&batch.frames);
            batch.frames = sent;
            batch.count += count;
        }
        more
    }
}

/// Lets nobody wait for a task that is gone, however it ended.
struct FailOnDrop(Outbox);

impl Drop for FailOnDrop {
    fn drop(&mut self) {
        self.0
            .fail(&io::Error::new(io::ErrorKind::BrokenPipe, "the connection is closed"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use rapace::rapace_core::{Frame, MsgDescHot};
    use tokio::io::{AsyncReadExt, DuplexStream};
    use tokio::task::JoinHandle;

    use super::*;
    use crate::budget::Budget;
    use crate::callbacks::{Callbacks, Channels};
    use crate::calls::Calls;
    use crate::limits::Limits;

    const HIGH_WATER: usize = 1000;

    /// A frame on this channel, with so many bytes.
    fn frame(channel: u32, bytes: usize) -> Frame {
        let mut desc = MsgDescHot::new();
        desc.channel_id = channel;
        Frame::with_payload(desc, vec![7; bytes])
    }

    /// The task, what it writes for, and who reads what it has written in a pipe of so many bytes.
    fn start(pipe: usize) -> (Outbox, Calls, Transport, DuplexStream, JoinHandle<io::Result<()>>) {
        let calls = Calls::new(100);
        let callbacks = Callbacks::new(Arc::default(), Channels::Even, false, &Limits::default());
        let outbox = Outbox::new(HIGH_WATER, calls.clone(), callbacks, &Budget::new(1 << 20).share());
        let (ours, theirs) = Transport::mem_pair();
        let (socket, peer) = tokio::io::duplex(pipe);
        let task = tokio::spawn(write_out(outbox.clone(), theirs, socket));
        (outbox, calls, ours, peer, task)
    }

    /// The channel of the next frame, whose payload is passed over.
    async fn channel(peer: &mut DuplexStream) -> Option<u32> {
        let length = peer.read_u32_le().await.ok()?;
        let mut body = vec![0; length as usize];
        peer.read_exact(&mut body).await.ok()?;
        Some(u32::from_le_bytes(body[8..12].try_into().expect("four bytes")))
    }

    #[tokio::test]
    async fn what_was_sent_before_an_answer_leaves_before_it() {
        let (outbox, _, transport, mut peer, task) = start(1 << 20);
        let mut expected = Vec::new();
        for n in 0..100 {
            for sent in 0..n % 7 {
                transport
                    .send_frame(frame(1000 * n + sent, 30))
                    .await
                    .expect("it is open");
                expected.push(1000 * n + sent);
            }
            outbox.push(&frame(1000 * n + 999, 30), None);
            expected.push(1000 * n + 999);
        }
        drop(transport);
        let mut received = Vec::new();
        while let Some(channel) = channel(&mut peer).await {
            received.push(channel);
        }
        // Answers may be late, but nothing that was sent before one comes after it.
        let place = |channel| received.iter().position(|other| *other == channel).expect("it came");
        assert_eq!(received.len(), expected.len());
        for (before, after) in expected.iter().enumerate().flat_map(|(at, channel)| {
            let answers = expected[at..].iter().filter(|other| *other % 1000 == 999);
            answers.map(move |answer| (*channel, *answer))
        }) {
            assert!(place(before) <= place(after), "{before} came after {after}");
        }
        task.await.expect("no panic").expect("an orderly end");
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_gets_no_further() {
        let (outbox, calls, _transport, mut peer, _task) = start(1);
        let pause = || tokio::time::sleep(Duration::from_millis(1));
        outbox.startable(true).await;
        let (_, running) = calls.start(1).expect("room");
        outbox.push(&frame(1, 10), Some(running));
        pause().await;
        // The socket is full: streams wait, calls do not yet, and their answers have not left.
        assert!(futures::poll!(pin!(outbox.startable(true))).is_pending());
        outbox.startable(false).await;
        outbox.readable().await;
        assert_eq!(calls.running(), 1);
        outbox.push(&frame(3, HIGH_WATER), None);
        assert!(futures::poll!(pin!(outbox.startable(false))).is_pending());
        assert!(futures::poll!(pin!(outbox.readable())).is_pending());

        let waiting = [(); 3].map(|()| {
            let outbox = outbox.clone();
            tokio::spawn(async move { outbox.startable(true).await })
        });
        pause().await;
        assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
        assert_eq!(channel(&mut peer).await, Some(1));
        pause().await;
        assert_eq!(calls.running(), 0);
        assert_eq!(channel(&mut peer).await, Some(3));
        for waiting in waiting {
            waiting.await.expect("no panic");
        }
        outbox.readable().await;
    }

    #[tokio::test(start_paused = true)]
    async fn many_calls_wait_until_the_socket_takes_something() {
        let (outbox, calls, _transport, mut peer, _task) = start(1);
        let _running: Vec<_> = (0..100).map(|n| calls.start(n).expect("room")).collect();
        outbox.readable().await;
        outbox.push(&frame(1, 10), None);
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(futures::poll!(pin!(outbox.readable())).is_pending());
        let reading = tokio::spawn(async move {
            channel(&mut peer).await;
            peer
        });
        outbox.readable().await;
        reading.await.expect("no panic");
    }

    #[tokio::test]
    async fn nobody_waits_for_a_socket_that_takes_no_more() {
        let (outbox, calls, _transport, peer, task) = start(1);
        let (_, running) = calls.start(1).expect("room");
        outbox.push(&frame(1, 2 * HIGH_WATER), Some(running));
        let waiting = outbox.clone();
        let waiting = tokio::spawn(async move {
            waiting.readable().await;
            waiting.startable(true).await;
        });
        tokio::task::yield_now().await;
        drop(peer);
        let error = task.await.expect("no panic").expect_err("nobody reads");
        assert_eq!(outbox.failed().await.kind(), error.kind());
        waiting.await.expect("no panic");
        assert_eq!(calls.running(), 0);

        let (outbox, _, _transport, _peer, task) = start(1);
        outbox.push(&frame(1, 10), None);
        task.abort();
        assert_eq!(outbox.failed().await.kind(), io::ErrorKind::BrokenPipe);
    }
}
