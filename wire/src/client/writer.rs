//! Writes frames, one after another, from any thread.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError, TryLockError};

use super::halves::WriteHalf;
use crate::control;
use crate::frame::{Frame, LENGTH};
use crate::websocket::{BINARY, CLOSE, Message};

/// What frames travel in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wraps {
    /// Nothing but their length.
    Length,
    /// WebSocket messages.
    Message,
}

/// The status of a WebSocket that is closed for no other reason.
const NORMAL_CLOSURE: u16 = 1000;

/// Writes frames.
pub(super) struct Writer {
    wraps: Wraps,
    output: Mutex<Output>,
    /// What the reading thread has to say. It never waits for a thread that writes: the server may be waiting for it.
    replies: Mutex<Vec<Reply>>,
}

struct Output {
    half: WriteHalf,
    last_message: u64,
}

enum Reply {
    Frame(Frame),
    Pong([u8; 8]),
    Bytes(Vec<u8>),
}

impl Writer {
    pub(super) fn new(half: WriteHalf, wraps: Wraps) -> Self {
        let last_message = 0;
        Self {
            wraps,
            output: Mutex::new(Output { half, last_message }),
            replies: Mutex::default(),
        }
    }

    /// Whether frames travel in WebSocket messages.
    pub(super) fn wraps(&self) -> Wraps {
        self.wraps
    }

    /// Sends frames in one write, each with the next number of a message.
    pub(super) fn send(&self, frames: impl IntoIterator<Item = Frame>) -> io::Result<()> {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = output.send(frames, self.wraps);
        drop(output);
        self.flush_replies();
        sent
    }

    /// Sends bytes, or lets the thread that writes now send them.
    pub(super) fn reply(&self, bytes: Vec<u8>) {
        self.queue(Reply::Bytes(bytes));
    }

    /// Sends a frame, or lets the thread that writes now send it.
    pub(super) fn reply_frame(&self, frame: Frame) {
        self.queue(Reply::Frame(frame));
    }

    /// Answers a ping. Of several pings that come while another thread writes, the newest is answered.
    pub(super) fn pong(&self, probe: [u8; 8]) {
        let mut replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
        replies.retain(|reply| !matches!(reply, Reply::Pong(_)));
        replies.push(Reply::Pong(probe));
        drop(replies);
        self.flush_replies();
    }

    /// Ends the conversation politely, unless a thread writes.
    pub(super) fn say_goodbye(&self) {
        if let Ok(mut output) = self.output.try_lock() {
            // A server that is gone needs no goodbye.
            if self.wraps == Wraps::Message {
                let goodbye = Message::new(CLOSE, NORMAL_CLOSURE.to_be_bytes());
                let _ = output.half.write_all(&goodbye.masked().to_bytes());
            }
            let _ = output.half.close();
        }
    }

    fn queue(&self, reply: Reply) {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).push(reply);
        self.flush_replies();
    }

    /// Sends the replies, unless another thread writes, which does it afterwards.
    fn flush_replies(&self) {
        loop {
            if self.replies.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                return;
            }
            let mut output = match self.output.try_lock() {
                Ok(output) => output,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return,
            };
            let replies = std::mem::take(&mut *self.replies.lock().unwrap_or_else(PoisonError::into_inner));
            for reply in replies {
                // A connection that is gone is noticed by whoever waits for an answer.
                let _ = match reply {
                    Reply::Frame(frame) => output.send([frame], self.wraps),
                    Reply::Pong(probe) => {
                        let pong = control::frame(0, control::PONG, &control::pong(probe));
                        output.send([pong], self.wraps)
                    }
                    Reply::Bytes(bytes) => output.half.write_all(&bytes),
                };
            }
        }
    }
}

impl Output {
    fn send(&mut self, frames: impl IntoIterator<Item = Frame>, wraps: Wraps) -> io::Result<()> {
        let mut all = Vec::new();
        for frame in frames {
            self.last_message += 1;
            let bytes = frame.with_message(self.last_message).to_bytes();
            let bytes = match wraps {
                Wraps::Length => bytes,
                Wraps::Message => Message::new(BINARY, &bytes[LENGTH..]).masked().to_bytes(),
            };
            match all.is_empty() {
                true => all = bytes,
                false => all.extend(bytes),
            }
        }
        self.half.write_all(&all)
    }
}
