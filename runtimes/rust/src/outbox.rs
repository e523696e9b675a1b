//! What waits to be sent to one client: answers, and what streams and tunnels send.
//!
//! Answers to unary calls and refusals are put here at once, whole frames one after another in memory that is paid for. What
//! streams, tunnels and calls of the client send comes through rapace's transport, where a sender waits while it is full. The
//! [writer](crate::writer) takes both.
//!
//! While much waits, a client gets no further: nothing is read from its connection and no call of it starts. So a client that
//! sends and never reads holds what its limits say, and no more.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use rapace::Transport;
use rapace::rapace_core::Frame;
use rapace_wire::control::{PONG, pong};
use tokio::sync::Semaphore;

use crate::budget::{Charge, Share};
use crate::callbacks::Callbacks;
use crate::calls::{Calls, Running};
use crate::frames::{control, encode};
use crate::offload::LARGE;

/// So many calls of a client may run while it does not take what it is sent: then nothing more is read from its connection.
const CALLS_WHILE_BLOCKED: usize = 64;
/// What waits is paid for in steps of so many bytes.
const STEP: usize = 4 * 1024;

/// What waits to be sent to one client. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Outbox(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// At so many waiting bytes, nothing is read and nothing starts.
    high_water: usize,
    calls: Calls,
    callbacks: Callbacks,
    /// Whether as many bytes wait.
    full: AtomicBool,
    /// Whether the socket takes nothing at the moment.
    blocked: AtomicBool,
    /// Whose turn it is to start when there is room: one after another, in the order in which they came.
    turns: Semaphore,
}

#[derive(Debug)]
struct State {
    /// Whole frames.
    frames: Vec<u8>,
    count: usize,
    /// The calls that they answer.
    answered: Vec<Running>,
    /// What the client's newest ping is to be answered with.
    pong: Option<[u8; 8]>,
    /// How many bytes are being written.
    writing: usize,
    charge: Charge,
    /// Why the socket can take no more.
    failure: Option<(io::ErrorKind, String)>,
    writer: Option<Waker>,
    reader: Option<Waker>,
    starter: Option<Waker>,
    watcher: Option<Waker>,
}

/// Frames that were taken to be written.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Whole frames.
    pub(crate) frames: Vec<u8>,
    /// How many.
    pub(crate) count: usize,
    /// The calls that they answer: they count as running until their answers have left.
    pub(crate) answered: Vec<Running>,
}

impl Outbox {
    /// An outbox with this mark, for the client that makes these calls.
    pub(crate) fn new(high_water: usize, calls: Calls, callbacks: Callbacks, share: &Share) -> Self {
        Self(Arc::new(Shared {
            state: Mutex::new(State {
                frames: Vec::new(),
                count: 0,
                answered: Vec::new(),
                pong: None,
                writing: 0,
                charge: share.pay_anyway(0),
                failure: None,
                writer: None,
                reader: None,
                starter: None,
                watcher: None,
            }),
            high_water,
            calls,
            callbacks,
            full: AtomicBool::new(false),
            blocked: AtomicBool::new(false),
            turns: Semaphore::new(1),
        }))
    }

    /// Puts an answer here, to be sent as soon as the client takes it.
    pub(crate) fn push(&self, frame: &Frame, answers: Option<Running>) {
        let mut state = self.state();
        if state.failure.is_some() {
            return;
        }
        encode(frame, &mut state.frames);
        state.count += 1;
        state.answered.extend(answers);
        self.settle(&mut state);
        wake(&mut state.writer);
    }

    /// Answers a ping. Of pings that come while an answer waits, the newest is answered: a flood of them costs no memory.
    pub(crate) fn pong(&self, probe: [u8; 8]) {
        let mut state = self.state();
        state.pong = Some(probe);
        wake(&mut state.writer);
    }

    /// Puts bytes here that are no frame: the last words to somebody who speaks another protocol.
    pub(crate) fn push_bytes(&self, bytes: &[u8]) {
        let mut state = self.state();
        state.frames.extend_from_slice(bytes);
        state.count += 1;
        self.settle(&mut state);
        wake(&mut state.writer);
    }

    /// Waits until the socket takes no more, and says why.
    pub(crate) async fn failed(&self) -> io::Error {
        poll_fn(|cx| {
            let mut state = self.state();
            if let Some((kind, reason)) = &state.failure {
                return Poll::Ready(io::Error::new(*kind, reason.clone()));
            }
            state.watcher = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Waits until the connection may be read: until the client has taken enough of what it was sent.
    pub(crate) async fn readable(&self) {
        if self.holds_up_reading() {
            poll_fn(|cx| {
                let mut state = self.state();
                if state.failure.is_some() || !self.holds_up_reading() {
                    return Poll::Ready(());
                }
                state.reader = Some(cx.waker().clone());
                Poll::Pending
            })
            .await;
        }
    }

    /// Waits until a call may start. A stream waits also while the socket takes nothing: its items would wait beside those of others.
    pub(crate) async fn startable(&self, stream: bool) {
        if !self.holds_up(stream) {
            return;
        }
        // It is never closed.
        let _turn = self.0.turns.acquire().await;
        poll_fn(|cx| {
            let mut state = self.state();
            if state.failure.is_some() || !self.holds_up(stream) {
                return Poll::Ready(());
            }
            state.starter = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    fn holds_up_reading(&self) -> bool {
        let full = self.0.full.load(Ordering::Acquire);
        full || self.0.blocked.load(Ordering::Acquire) && self.0.calls.running() >= CALLS_WHILE_BLOCKED
    }

    fn holds_up(&self, stream: bool) -> bool {
        self.0.full.load(Ordering::Acquire) || stream && self.0.blocked.load(Ordering::Acquire)
    }

    /// Moves what waits into the empty `batch`; false when nothing does, and then the task of `cx` is woken with the next frame.
    pub(crate) fn take(&self, cx: &Context<'_>, batch: &mut Batch) -> bool {
        let mut state = self.state();
        if let Some(probe) = state.pong.take() {
            encode(&control(PONG, &pong(probe)), &mut state.frames);
            state.count += 1;
        }
        if state.count == 0 {
            state.writer = Some(cx.waker().clone());
            return false;
        }
        mem::swap(&mut state.frames, &mut batch.frames);
        mem::swap(&mut state.answered, &mut batch.answered);
        batch.count = mem::take(&mut state.count);
        true
    }

    /// Says how many bytes are being written.
    pub(crate) fn writes(&self, bytes: usize) {
        let mut state = self.state();
        state.writing = bytes;
        self.settle(&mut state);
    }

    /// Looks at a frame that leaves. It may be a call of ours: false when that fails instead, for `sent` brings no answer any more.
    /// A stream with large items is polled where that holds up nobody.
    pub(crate) fn note(&self, frame: &Frame, sent: &Transport) -> bool {
        if !self.0.callbacks.sends(&frame.desc) {
            self.0.callbacks.fail(frame.desc.channel_id, sent);
            return false;
        }
        if frame.payload_bytes().len() >= LARGE {
            self.0.calls.sends_much(frame.desc.channel_id);
        }
        true
    }

    /// Says whether the socket takes anything.
    pub(crate) fn set_blocked(&self, blocked: bool) {
        if self.0.blocked.swap(blocked, Ordering::AcqRel) && !blocked {
            let mut state = self.state();
            wake(&mut state.reader);
            wake(&mut state.starter);
        }
    }

    /// Lets nobody wait: the socket takes no more.
    pub(crate) fn fail(&self, error: &io::Error) {
        let mut state = self.state();
        if state.failure.is_none() {
            state.failure = Some((error.kind(), error.to_string()));
        }
        state.frames = Vec::new();
        state.count = 0;
        state.writing = 0;
        let answered = mem::take(&mut state.answered);
        self.settle(&mut state);
        wake(&mut state.reader);
        wake(&mut state.starter);
        wake(&mut state.watcher);
        drop(state);
        drop(answered);
    }

    /// Pays for what waits, and lets go on who waited for less of it.
    fn settle(&self, state: &mut State) {
        let waiting = state.frames.len() + state.writing;
        let paid = waiting.next_multiple_of(STEP);
        if paid != state.charge.bytes() {
            state.charge.resize(paid);
        }
        let full = waiting >= self.0.high_water.max(1);
        if self.0.full.swap(full, Ordering::AcqRel) && !full {
            wake(&mut state.reader);
            wake(&mut state.starter);
        }
    }

    /// The state is whole between any two statements, so a panic elsewhere does not spoil it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}
