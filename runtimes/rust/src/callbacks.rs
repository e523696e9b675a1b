//! Calls that the host makes: to its client, on the connection that the client has opened.
//!
//! rapace's session makes them, with its generated clients, and routes their answers. Around that, this file checks an answer before
//! facet-postcard reads it, keeps the channels of both sides apart, and fails the calls that a connection's end leaves without an
//! answer.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use futures::FutureExt;
use rapace::rapace_core::{Frame, MsgDescHot};
use rapace::{ErrorCode, FrameFlags, RpcError, RpcSession, Transport};

use crate::frames::{error, status};
use crate::limits::Limits;
use crate::payload::{Request, fits_a_thread};

/// With so many calls noted, those that nobody waits for any more are forgotten: a caller may leave before the answer comes.
const MANY: usize = 1024;

/// Which numbers a side gives to the channels that it opens.
///
/// The two sides of a connection must differ. By default the side that dials has odd numbers, which is what every client has, and a
/// [`Host`](crate::Host) even ones. In rapace's convention for plug-ins the plug-in's host has odd numbers and the plug-in even ones,
/// whoever has dialled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Channels {
    /// 1, 3, 5 and so on.
    Odd,
    /// 2, 4, 6 and so on.
    #[default]
    Even,
}

impl Channels {
    /// The first channel.
    pub(crate) fn first(self) -> u32 {
        match self {
            Self::Odd => 1,
            Self::Even => 2,
        }
    }

    /// Whether this is one of them. Channel 0 belongs to no side.
    fn have(self, channel: u32) -> bool {
        channel != 0 && channel % 2 == self.first() % 2
    }

    /// The word for the others.
    fn other(self) -> &'static str {
        match self {
            Self::Odd => "even",
            Self::Even => "odd",
        }
    }
}

/// The calls to one client that wait for an answer. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Callbacks(Arc<Shared>);

#[derive(Debug)]
struct Waiting {
    /// The method by the channel that it was called on.
    methods: HashMap<u32, u32>,
    /// With so many, some may be forgotten.
    many: usize,
    /// Whether nothing more comes from the client.
    ended: bool,
    /// Whether nobody takes what comes for the session.
    unread: bool,
}

#[derive(Debug)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Whose calls they are, once it is there.
    session: OnceLock<Weak<RpcSession>>,
    /// What answers must be, by method.
    answers: Arc<HashMap<u32, Request>>,
    channels: Channels,
    /// Whether handlers have the session, and so can call.
    called: bool,
    limits: Limits,
}

impl Callbacks {
    pub(crate) fn new(answers: Arc<HashMap<u32, Request>>, channels: Channels, called: bool, limits: &Limits) -> Self {
        Self(Arc::new(Shared {
            waiting: Mutex::new(Waiting {
                methods: HashMap::new(),
                many: MANY,
                ended: false,
                unread: false,
            }),
            session: OnceLock::new(),
            answers,
            channels,
            called,
            limits: limits.clone(),
        }))
    }

    /// Says whose calls they are.
    pub(crate) fn belong_to(&self, session: &Arc<RpcSession>) {
        // It is said once.
        let _ = self.0.session.set(Arc::downgrade(session));
    }

    /// Notes a frame before it leaves: it may be a call. False for a call that the client cannot answer any more: it must
    /// [fail](Self::fail) instead.
    pub(crate) fn sends(&self, desc: &MsgDescHot) -> bool {
        if desc.method_id == 0 || desc.channel_id == 0 {
            return true;
        }
        let mut waiting = self.waiting();
        if waiting.ended {
            return false;
        }
        waiting.methods.insert(desc.channel_id, desc.method_id);
        if waiting.methods.len() < waiting.many {
            return true;
        }
        if let Some(session) = self.0.session.get().and_then(Weak::upgrade) {
            let (calls, streams) = (session.pending_channel_ids(), session.tunnel_channel_ids());
            let waits = |channel: &u32| calls.binary_search(channel).is_ok() || streams.binary_search(channel).is_ok();
            waiting.methods.retain(|channel, _| waits(channel));
        }
        waiting.many = MANY.max(2 * waiting.methods.len());
        true
    }

    /// Fails a call that was begun after the end of what the client sends. `peer` is the other end of the session's transport.
    pub(crate) fn fail(&self, channel: u32, peer: &Transport) {
        // There is room: nothing else goes this way any more.
        let _ = pin!(peer.send_frame(error(channel, &gone()))).now_or_never();
        if self.waiting().unread {
            self.read();
        }
    }

    /// Says that the session's own loop takes nothing more.
    pub(crate) fn session_ends(&self) {
        let mut waiting = self.waiting();
        (waiting.ended, waiting.unread) = (true, true);
        drop(waiting);
        self.read();
    }

    /// Whether calls to the client wait, or tunnels are open.
    pub(crate) fn has_channels(&self) -> bool {
        let session = self.0.session.get().and_then(Weak::upgrade);
        session.is_some_and(|session| {
            !session.pending_channel_ids().is_empty() || !session.tunnel_channel_ids().is_empty()
        })
    }

    /// Lets the session take what has come for it.
    fn read(&self) {
        if let Some(session) = self.0.session.get().and_then(Weak::upgrade) {
            let _ = pin!(session.run()).now_or_never();
        }
    }

    /// Whether the frame answers a call; what its caller gets instead, if the answer must not be read.
    pub(crate) fn check(&self, frame: &Frame) -> Option<Result<(), RpcError>> {
        let desc = &frame.desc;
        if desc.method_id != 0 {
            return None;
        }
        let mut waiting = self.waiting();
        let method = *waiting.methods.get(&desc.channel_id)?;
        let checked = self.answer(method, frame);
        let ends = desc.flags.intersects(FrameFlags::EOS | FrameFlags::ERROR);
        if ends || checked.is_err() {
            waiting.methods.remove(&desc.channel_id);
        }
        Some(checked)
    }

    fn answer(&self, method: u32, frame: &Frame) -> Result<(), RpcError> {
        let payload = frame.payload_bytes();
        let flags = frame.desc.flags;
        // An error is text, and the bare end of a stream is no item.
        let has_value = !flags.contains(FrameFlags::ERROR) && (flags.contains(FrameFlags::DATA) || !payload.is_empty());
        let Some(answer) = self.0.answers.get(&method).filter(|_| has_value) else {
            return Ok(());
        };
        let refused = |what: String| {
            tracing::warn!(method = answer.method(), "a client's answer is refused: {what}");
            status(
                ErrorCode::Internal,
                format!("the client's answer cannot be read: {what}"),
            )
        };
        match answer.check(payload, &self.0.limits) {
            Ok(checked) if fits_a_thread(checked.inside) => Ok(()),
            Ok(checked) => {
                let what = format!("{}: {} values are inside each other", answer.method(), checked.inside);
                Err(refused(what))
            }
            Err(RpcError::Status { message, .. }) => Err(refused(message)),
            Err(other) => Err(other),
        }
    }

    /// Why a request on this channel is refused, if it is.
    pub(crate) fn refuse(&self, channel: u32) -> Option<RpcError> {
        let channels = self.0.channels;
        (self.0.called && channels.have(channel)).then(|| {
            let other = channels.other();
            let what = format!("channel {channel} belongs to this side: the peer must open {other} channels");
            status(ErrorCode::FailedPrecondition, what)
        })
    }

    /// The channels of the calls that wait, which nobody will answer any more: nothing more comes from the client.
    pub(crate) fn take_waiting(&self) -> Vec<u32> {
        let mut waiting = self.waiting();
        waiting.ended = true;
        waiting.methods.drain().map(|(channel, _)| channel).collect()
    }

    /// The table is whole between any two statements, so a panic elsewhere does not spoil it.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a call fails with that the client cannot answer any more.
pub(crate) fn gone() -> RpcError {
    status(ErrorCode::Unavailable, "the connection has ended")
}

/// Fails the calls that wait in a session whose transport is closed. rapace would leave them waiting for 30 seconds.
pub(crate) fn end_calls(session: &RpcSession) {
    for channel in session.pending_channel_ids() {
        // A second call on the channel takes the place of the first one, whose caller sees that. It finds the transport closed.
        let _ = pin!(session.call(channel, 0, Vec::new())).now_or_never();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_has_its_channels() {
        for (channels, own, others, word) in [
            (Channels::Odd, [1, 3, u32::MAX], [0, 2, u32::MAX - 1], "even"),
            (Channels::Even, [2, 4, u32::MAX - 1], [0, 1, u32::MAX], "odd"),
        ] {
            let callbacks = |called| Callbacks::new(Arc::default(), channels, called, &Limits::default());
            assert_eq!(channels.first(), own[0]);
            for channel in own {
                let refused = callbacks(true).refuse(channel).map(|error| error.to_string());
                let what = format!("channel {channel} belongs to this side: the peer must open {word} channels");
                assert!(refused.is_some_and(|refused| refused.contains(&what)));
                assert!(callbacks(false).refuse(channel).is_none(), "nobody calls");
            }
            for channel in others {
                assert!(callbacks(true).refuse(channel).is_none());
            }
        }
    }

    #[test]
    fn calls_that_nobody_waits_for_are_forgotten() {
        let session = Arc::new(RpcSession::new(rapace::Transport::mem_pair().0));
        let callbacks = Callbacks::new(Arc::default(), Channels::Odd, true, &Limits::default());
        callbacks.belong_to(&session);
        let _stream = session.register_tunnel(1);
        for channel in (1..100_000).step_by(2) {
            let mut desc = MsgDescHot::new();
            (desc.channel_id, desc.method_id) = (channel, 7);
            assert!(callbacks.sends(&desc));
        }
        let noted = callbacks.take_waiting();
        assert!(noted.len() <= MANY, "{} are noted", noted.len());
        assert!(noted.contains(&1), "the stream has its reader still");
    }
}
