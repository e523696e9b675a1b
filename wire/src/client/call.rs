//! A call in flight.

use std::sync::Arc;
use std::time::Instant;

use super::event::Event;
use super::session::Session;
use crate::control::CancelReason;

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
