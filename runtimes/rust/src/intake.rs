//! From a client's socket to rapace's session: the frames of a connection, in their order, no faster than the client takes answers.

use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;

use rapace::rapace_core::{Frame, MsgDescHot};
use rapace::{FrameFlags, Transport};
use tokio::io::AsyncRead;
use tokio::time::timeout;

use crate::budget::Share;
use crate::callbacks::{Callbacks, gone};
use crate::frames::{END, STOP, WANTS_REPLY, cancelled_channel, error, no_memory, ours};
use crate::limits::Limits;
use crate::outbox::Outbox;
use crate::reader::{FrameReader, Read};

/// Why no more frames come from a connection.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The peer closed its side.
    Peer,
    /// The host was told to stop.
    Stopped,
}

/// Hands frames on to the session.
pub(crate) struct Intake<R> {
    pub(crate) reader: FrameReader<R>,
    /// The other end of the session's transport.
    pub(crate) session: Transport,
    pub(crate) outbox: Outbox,
    pub(crate) share: Share,
    pub(crate) limits: Limits,
    pub(crate) callbacks: Callbacks,
}

impl<R: AsyncRead + Unpin> Intake<R> {
    /// Hands on all frames up to the connection's end, and a last one of ours when that is an orderly one.
    ///
    /// # Errors
    /// Those of [`FrameReader::next`], and [`io::ErrorKind::TimedOut`] when a tunnel holds up the session for too long.
    pub(crate) async fn run<S: Future<Output = ()>>(mut self, mut stop: Pin<&mut S>) -> io::Result<Ended> {
        let ended = loop {
            self.outbox.readable().await;
            match self.reader.next(stop.as_mut()).await? {
                Read::Frame(frame) => self.frame(frame).await?,
                Read::Refused(desc, bytes) => self.refused(&desc, bytes)?,
                Read::End => break Ended::Peer,
                Read::Stopped => break Ended::Stopped,
            }
        };
        for channel in self.callbacks.take_waiting() {
            self.hand_on(error(channel, &gone())).await?;
        }
        self.hand_on(ours(END, 0)).await?;
        Ok(ended)
    }

    async fn frame(&mut self, mut frame: Frame) -> io::Result<()> {
        if let Some(channel) = cancelled_channel(&frame) {
            return self.hand_on(ours(STOP, channel.into())).await;
        }
        match self.callbacks.check(&frame) {
            None => {}
            Some(checked) => {
                // A client that is called need not call.
                self.reader.has_request();
                if let Err(refusal) = checked {
                    frame = error(frame.desc.channel_id, &refusal);
                }
            }
        }
        let desc = &mut frame.desc;
        if is_request(desc) {
            self.reader.has_request();
            if let Some(refusal) = self.callbacks.refuse(desc.channel_id) {
                self.outbox.push(&error(desc.channel_id, &refusal), None);
                return Ok(());
            }
            if !desc.flags.contains(FrameFlags::NO_REPLY) {
                // The host answers by itself.
                desc.flags |= FrameFlags::NO_REPLY | WANTS_REPLY;
            }
        }
        self.hand_on(frame).await
    }

    /// Hands on a frame as soon as the session has room. It has none while a tunnel holds it up.
    async fn hand_on(&self, frame: Frame) -> io::Result<()> {
        let mut sending = pin!(self.session.send_frame(frame));
        let sent = match futures::poll!(sending.as_mut()) {
            Poll::Ready(sent) => sent,
            Poll::Pending => timeout(self.limits.stall, sending).await.map_err(|_| {
                let what = format!("a tunnel that nobody reads held it up for {:?}", self.limits.stall);
                io::Error::new(io::ErrorKind::TimedOut, what)
            })?,
        };
        sent.map_err(|error| io::Error::new(io::ErrorKind::BrokenPipe, error.to_string()))
    }

    /// Answers a request that was passed over for want of memory. A tunnel that would lose bytes ends with its connection.
    fn refused(&mut self, desc: &MsgDescHot, bytes: usize) -> io::Result<()> {
        let reason = no_memory("request", bytes, self.share.budget().limit());
        if !is_request(desc) {
            let what = format!("there is no memory for a frame of {bytes} bytes to a tunnel");
            return Err(io::Error::new(io::ErrorKind::OutOfMemory, what));
        }
        self.reader.has_request();
        let notifies = desc.channel_id == 0 && desc.flags.contains(FrameFlags::NO_REPLY);
        tracing::warn!(method = desc.method_id, bytes, "no memory for a request");
        if !notifies {
            self.outbox.push(&error(desc.channel_id, &reason), None);
        }
        Ok(())
    }
}

/// Whether it calls a method, as rapace's session sees it.
fn is_request(desc: &MsgDescHot) -> bool {
    desc.method_id != 0 && desc.flags.contains(FrameFlags::DATA)
}
