//! A call in flight.

use std::sync::Arc;
use std::time::Instant;

use super::error::Lost;
use super::session::Session;
use crate::Status;
use crate::control::CancelReason;

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The answer, or an item of a stream.
    Value(Vec<u8>),
    /// The stream has ended.
    End,
    /// The call failed.
    Failed(Status),
    /// More items wait than the client keeps.
    Overflow,
    /// There is no connection any more.
    Lost(Lost),
    /// The deadline has passed.
    TimedOut,
    /// The client was [interrupted](super::Client::interrupter).
    Interrupted,
}

/// A call in flight. It is cancelled when it is dropped before its end.
pub struct Call {
    session: Arc<Session>,
    channel: u32,
}

impl Call {
    pub(super) fn new(session: Arc<Session>, channel: u32) -> Self {
        Self { session, channel }
    }

    /// The number of its channel.
    pub fn channel(&self) -> u32 {
        self.channel
    }

    /// Waits for what happens next, until a deadline if there is one. After a deadline the call is cancelled; after an end it is
    /// over.
    pub fn next(&mut self, deadline: Option<Instant>) -> Event {
        let event = self.session.next(self.channel, deadline);
        match event {
            Event::TimedOut => self.session.cancel(self.channel, CancelReason::Deadline),
            Event::Overflow => self.session.cancel(self.channel, CancelReason::Resources),
            _ => {}
        }
        event
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.session.cancel(self.channel, CancelReason::Client);
    }
}
