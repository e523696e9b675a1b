//! From a client's socket to rapace's session: the frames of a connection, in their order, no faster than the client takes answers.

use std::future::pending;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::future::{Either, select};
use rapace::rapace_core::{Frame, MsgDescHot};
use rapace::{ErrorCode, FrameFlags, RpcError, Transport};
use rapace_wire::control::{CLOSE_CHANNEL, close_channel};
use tokio::io::AsyncRead;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::budget::Share;
use crate::callbacks::{Callbacks, gone};
use crate::calls::Calls;
use crate::context::{Admitted, Door, REFUSED_CALLS};
use crate::frames::{
    CARRIES, END, STOP, WANTS_REPLY, cancelled_channel, control, error, is_control, no_memory, ours, status,
};
use crate::limits::Limits;
use crate::outbox::Outbox;
use crate::reader::{FrameReader, Read};
use crate::shared::Shared;

/// How long a peer that got the notice may take to close the connection after its last call has ended.
const LEAVE_TIME: Duration = Duration::from_secs(1);
/// While a connection ends, the host looks this often whether calls still run.
const LOOK: Duration = Duration::from_millis(5);
/// The answer to requests that arrive after the notice of a shutdown.
const SHUTS_DOWN: &str = "the host is shutting down";
/// The answer to requests that arrive after an idle connection got the notice.
const IDLE: &str = "the host closes the connection, which was idle";

/// Why no more frames come from a connection.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The peer closed its side.
    Peer,
    /// The host ends the connection. Calls may run until then.
    Stopped(Instant),
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
    pub(crate) calls: Calls,
    pub(crate) shared: Arc<Shared>,
    pub(crate) door: Door,
    /// Whether the peer got the notice that no new calls are taken.
    pub(crate) notified: bool,
}

impl<R: AsyncRead + Unpin> Intake<R> {
    /// Hands on all frames up to the connection's end, and a last one of ours when that is an orderly one.
    ///
    /// # Errors
    /// Those of [`FrameReader::next`], and [`io::ErrorKind::TimedOut`] when a tunnel holds up the session for too long.
    pub(crate) async fn run<S: Future<Output = ()>>(mut self, mut stop: Pin<&mut S>) -> io::Result<Ended> {
        let ended = loop {
            self.outbox.readable().await;
            let read = self.reader.next(stop.as_mut()).await?;
            if self.reader.stopped().is_some() {
                self.notify();
            }
            match read {
                Read::Frame(frame) => self.frame(frame).await?,
                Read::Refused(desc, bytes) => self.refused(&desc, bytes).await?,
                Read::End => break Ended::Peer,
                Read::Stopped => {
                    let since = self.reader.stopped().unwrap_or_else(Instant::now);
                    break self.leave(since, SHUTS_DOWN).await?;
                }
                Read::Idle if self.is_busy() => {}
                Read::Idle => {
                    tracing::debug!(idle = ?self.limits.idle, "an idle connection is closed");
                    break self.leave(Instant::now(), IDLE).await?;
                }
            }
        };
        for channel in self.callbacks.take_waiting() {
            self.hand_on(error(channel, &gone())).await?;
        }
        self.hand_on(ours(END, 0)).await?;
        Ok(ended)
    }

    /// Sends the notice that no new calls are taken, once, to a peer that understands it.
    fn notify(&mut self) {
        if self.door.understands() && !std::mem::replace(&mut self.notified, true) {
            self.outbox.push(&control(CLOSE_CHANNEL, &close_channel(0)), None);
        }
    }

    /// Ends the connection. A peer that got the notice closes it when its calls have ended. Until then its requests that crossed the notice
    /// are answered, so that it can send them elsewhere.
    async fn leave(&mut self, since: Instant, why: &'static str) -> io::Result<Ended> {
        let until = since + self.limits.grace;
        self.notify();
        if !self.notified {
            return Ok(Ended::Stopped(until));
        }
        self.reader.read_on();
        let calls = self.calls.clone();
        let over = async move {
            while calls.running() > 0 {
                sleep(LOOK).await;
            }
            sleep(LEAVE_TIME).await;
        };
        let mut never = pin!(pending::<()>());
        let reading = pin!(async {
            loop {
                self.outbox.readable().await;
                match self.reader.next(never.as_mut()).await? {
                    Read::Frame(frame) if is_request(&frame.desc) => self.turn_away(&frame.desc, why),
                    Read::Frame(frame) => self.frame(frame).await?,
                    Read::Refused(desc, bytes) => self.refused(&desc, bytes).await?,
                    Read::End => return Ok(()),
                    Read::Stopped | Read::Idle => {}
                }
            }
        });
        match timeout_at(until, select(reading, pin!(over))).await {
            Ok(Either::Left((Err(error), _))) => Err(error),
            _ => Ok(Ended::Stopped(until)),
        }
    }

    /// Answers a request that has come too late. It has not run.
    fn turn_away(&self, desc: &MsgDescHot, why: &str) {
        self.answer(desc, &status(ErrorCode::Unavailable, why));
    }

    /// Whether something goes on without a frame from the peer.
    fn is_busy(&self) -> bool {
        self.calls.running() > 0 || self.callbacks.has_channels()
    }

    async fn frame(&mut self, mut frame: Frame) -> io::Result<()> {
        if let Some(channel) = cancelled_channel(&frame) {
            return self.hand_on(ours(STOP, channel.into())).await;
        }
        if is_control(&frame.desc) {
            return self.control(&frame).await;
        }
        if is_request(&frame.desc) && !self.door.is_wide_open() && !self.admit(&mut frame.desc).await? {
            return Ok(());
        }
        if self.door.has_refused() {
            return Ok(());
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

    async fn control(&mut self, frame: &Frame) -> io::Result<()> {
        if let Some(probe) = self.door.control(frame).await {
            self.outbox.pong(probe);
        }
        self.limit_refused();
        // It may have shown only now that it understands.
        if self.reader.stopped().is_some() {
            self.notify();
        }
        Ok(())
    }

    /// Asks at the door whether a request may go on, and answers it if not.
    ///
    /// # Errors
    /// [`io::ErrorKind::PermissionDenied`] when the client was refused too often.
    async fn admit(&mut self, desc: &mut MsgDescHot) -> io::Result<bool> {
        let shared = self.shared.clone();
        let route = shared.services.route(desc.method_id);
        let method = route.map_or("an unknown method", |route| route.request.method());
        match self.door.request(desc.channel_id, method).await {
            Ok(Admitted::Bare) => Ok(true),
            Ok(Admitted::Carrying(number)) => {
                desc.deadline_ns = number;
                desc.flags |= CARRIES;
                Ok(true)
            }
            Err(refusal) => {
                self.answer(desc, &refusal);
                self.limit_refused();
                match self.door.is_shut() {
                    None => Ok(false),
                    Some(reason) => {
                        let what = format!("a refused client has made {REFUSED_CALLS} calls: {reason}");
                        Err(io::Error::new(io::ErrorKind::PermissionDenied, what))
                    }
                }
            }
        }
    }

    /// Gives a refused client as much time as one that says nothing.
    fn limit_refused(&mut self) {
        if self.door.has_refused() {
            self.reader.wants_request_within(self.limits.first_request);
        }
    }

    /// Answers a request that does not go on, unless it is a notification.
    fn answer(&self, desc: &MsgDescHot, refusal: &RpcError) {
        if desc.channel_id != 0 || !desc.flags.contains(FrameFlags::NO_REPLY) {
            self.outbox.push(&error(desc.channel_id, refusal), None);
        }
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
    async fn refused(&mut self, desc: &MsgDescHot, bytes: usize) -> io::Result<()> {
        let reason = no_memory("request", bytes, self.share.budget().limit());
        if !is_request(desc) {
            let what = format!("there is no memory for a frame of {bytes} bytes to a tunnel");
            return Err(io::Error::new(io::ErrorKind::OutOfMemory, what));
        }
        let mut admitted = *desc;
        if !self.door.is_wide_open() && !self.admit(&mut admitted).await? {
            return Ok(());
        }
        self.reader.has_request();
        tracing::warn!(method = desc.method_id, bytes, "no memory for a request");
        self.answer(desc, &reason);
        Ok(())
    }
}

/// Whether it calls a method, as rapace's session sees it.
fn is_request(desc: &MsgDescHot) -> bool {
    desc.method_id != 0 && desc.flags.contains(FrameFlags::DATA)
}
