//! The calls of a connection: which channels they have, what has arrived for each, who waits.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::error::Lost;
use super::event::{Answer, Event};
use super::options::{HIGH_WATER_BYTES, ITEM_BYTES, MAX_STREAM_BYTES};
use super::writer::Writer;
use crate::control::{self, CancelReason};
use crate::frame::{CONTROL, DATA, EOS, ERROR, Frame};
use crate::status::Status;
use crate::stream::Stream;

/// The code of `Internal` in rapace 0.5.0.
const INTERNAL: u32 = 12;
/// The code of `Unimplemented` in rapace 0.5.0.
const UNIMPLEMENTED: u32 = 11;

/// What the server gets when it calls a client.
const SERVES_NOTHING: &str = "this client serves no methods";

/// What the threads of a client share.
pub(super) struct Session {
    writer: Writer,
    socket: Stream,
    state: Mutex<State>,
    /// Something has arrived, has been taken, or is over.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    calls: HashMap<u32, Inbox>,
    last_channel: u32,
    /// How many threads wait for something.
    waiting: usize,
    lost: Option<Lost>,
    interrupted: bool,
}

/// What has arrived for a call.
struct Inbox {
    answer: Answer,
    events: VecDeque<Event>,
    bytes: usize,
    /// Nothing more arrives.
    over: bool,
    /// What arrives is dropped, because too much waits.
    deaf: bool,
}

impl Session {
    pub(super) fn new(writer: Writer, socket: Stream) -> Self {
        Self {
            writer,
            socket,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Begins a call on the next free channel; a client's are odd.
    pub(super) fn open(&self, answer: Answer) -> Result<u32, Lost> {
        let mut state = self.lock();
        if let Some(lost) = &state.lost {
            return Err(lost.clone());
        }
        loop {
            state.last_channel = match state.last_channel {
                0 => 1,
                last => last.wrapping_add(2),
            };
            let channel = state.last_channel;
            if let Entry::Vacant(free) = state.calls.entry(channel) {
                free.insert(Inbox::new(answer));
                return Ok(channel);
            }
        }
    }

    /// Sends frames in one write.
    pub(super) fn send(&self, frames: impl IntoIterator<Item = Frame>) -> Result<(), Lost> {
        self.writer.send(frames).map_err(|error| {
            // What the reader finds says more: a server that refuses says why before it closes.
            let state = self.lock();
            let lost = state.lost.clone();
            lost.unwrap_or_else(|| Lost::Io(error.to_string()))
        })
    }

    /// Sends bytes that belong to the connection, now or after what is being written.
    pub(super) fn reply(&self, bytes: Vec<u8>) {
        self.writer.reply(bytes);
    }

    pub(super) fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Waits for the next event of a call.
    pub(super) fn next(&self, channel: u32, deadline: Option<Instant>) -> Event {
        let mut state = self.lock();
        loop {
            if let Some(event) = state.take(channel) {
                self.changed.notify_all();
                return event;
            }
            let now = Instant::now();
            if deadline.is_some_and(|deadline| deadline <= now) {
                return Event::TimedOut;
            }
            state.waiting += 1;
            self.changed.notify_all();
            state = match deadline {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let waited = self.changed.wait_timeout(state, deadline - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
            state.waiting -= 1;
        }
    }

    /// Forgets a call. The server is told when the call is not over.
    pub(super) fn cancel(&self, channel: u32, reason: CancelReason) {
        let mut state = self.lock();
        let inbox = state.calls.remove(&channel);
        let runs = inbox.is_some_and(|inbox| !inbox.over) && state.lost.is_none();
        drop(state);
        self.changed.notify_all();
        if runs {
            // Nobody waits for it: a connection that is gone needs no cancellation.
            let _ = self.writer.send([control::cancel(0, channel, reason)]);
        }
    }

    pub(super) fn interrupt(&self) {
        self.lock().interrupted = true;
        self.changed.notify_all();
    }

    pub(super) fn close(&self) {
        self.writer.say_goodbye();
        self.lose(Lost::Closed);
        self.socket.shutdown(std::net::Shutdown::Both);
    }

    pub(super) fn lose(&self, lost: Lost) {
        self.lock().lost.get_or_insert(lost);
        self.changed.notify_all();
    }

    /// Takes a frame of the server's.
    pub(super) fn receive(&self, frame: Frame) {
        if let Some(probe) = probe(&frame) {
            return self.writer.pong(probe);
        }
        let refused = self.lock().receive(frame);
        self.changed.notify_all();
        if let Some(refusal) = refused {
            self.writer.reply_frame(refusal);
        }
    }

    /// Waits until the items that wait are few, unless somebody waits for something else. Whether there is more to read.
    pub(super) fn has_room(&self) -> bool {
        let mut state = self.lock();
        while state.is_full() {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.lost.is_none()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes that a ping wants back; `None` for a ping without a payload and for all other frames.
fn probe(frame: &Frame) -> Option<[u8; 8]> {
    if frame.flags() & (CONTROL | DATA) != CONTROL || frame.method() != control::PING {
        return None;
    }
    match control::Payload::parse(&frame.payload) {
        Ok(control::Payload::Ping(probe)) => Some(probe),
        _ => None,
    }
}

impl State {
    fn take(&mut self, channel: u32) -> Option<Event> {
        if self.interrupted {
            return Some(Event::Interrupted);
        }
        if let Some(event) = self.calls.get_mut(&channel).and_then(Inbox::take) {
            return Some(event);
        }
        self.lost.clone().map(Event::Lost)
    }

    fn is_full(&self) -> bool {
        let full = |inbox: &Inbox| inbox.bytes > HIGH_WATER_BYTES;
        self.lost.is_none() && !self.interrupted && self.waiting == 0 && self.calls.values().any(full)
    }

    /// Puts a frame where it belongs; the refusal of a call that the server makes.
    fn receive(&mut self, frame: Frame) -> Option<Frame> {
        let (channel, flags) = (frame.channel(), frame.flags());
        if flags & CONTROL != 0 {
            return None;
        }
        if let Some(inbox) = self.calls.get_mut(&channel) {
            inbox.receive(frame);
            return None;
        }
        // What comes for a call that was cancelled names no method and is dropped.
        let is_request = flags & DATA != 0 && frame.method() != 0;
        (is_request && channel != 0 && channel.is_multiple_of(2)).then(|| {
            let message = SERVES_NOTHING.to_owned();
            let code = UNIMPLEMENTED;
            Frame::of(channel, ERROR | EOS, &Status { code, message }.to_bytes())
        })
    }
}

impl Inbox {
    fn new(answer: Answer) -> Self {
        Self {
            answer,
            events: VecDeque::new(),
            bytes: 0,
            over: false,
            deaf: false,
        }
    }

    fn take(&mut self) -> Option<Event> {
        let event = self.events.pop_front()?;
        if let Event::Value(payload) = &event {
            self.bytes -= payload.len() + ITEM_BYTES;
        }
        Some(event)
    }

    fn receive(&mut self, frame: Frame) {
        let flags = frame.flags();
        if self.over || self.deaf || flags & (DATA | EOS | ERROR) == 0 {
            return;
        }
        if flags & ERROR != 0 {
            let malformed = |error| Status {
                code: INTERNAL,
                message: format!("malformed error frame: {error}"),
            };
            let status = Status::parse(&frame.payload).unwrap_or_else(malformed);
            self.events.push_back(Event::Failed(status));
            self.over = true;
            return;
        }
        // The first answer of a unary call is the answer, whether or not it says that it is the last.
        if self.answer == Answer::Unary {
            self.push(frame.payload);
            self.over = true;
            return;
        }
        if flags & DATA != 0 {
            self.push(frame.payload);
        }
        if flags & EOS != 0 && !self.over {
            self.events.push_back(Event::End);
            self.over = true;
        }
    }

    fn push(&mut self, payload: Vec<u8>) {
        let bytes = self.bytes + payload.len() + ITEM_BYTES;
        if bytes > MAX_STREAM_BYTES && !self.events.is_empty() {
            self.events.push_back(Event::Overflow);
            self.deaf = true;
            return;
        }
        self.bytes = bytes;
        self.events.push_back(Event::Value(payload));
    }
}
