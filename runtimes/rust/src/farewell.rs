//! What a WebSocket is closed with.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// A close frame has room for a reason of 123 bytes.
const MOST_REASON: usize = 123;

/// What a WebSocket is closed with: a code and a reason. Other transports have no words for it. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Farewell(Arc<Mutex<Option<(u16, String)>>>);

impl Farewell {
    /// The peer broke the rules, as this code has it.
    pub(crate) fn breach(&self, code: CloseCode) {
        self.say(code, String::new());
    }

    /// The host ends it for this reason.
    pub(crate) fn for_policy(&self, reason: &str) {
        self.say(CloseCode::Policy, reason.to_owned());
    }

    /// The host has no room now.
    pub(crate) fn for_now(&self, reason: &str) {
        self.say(CloseCode::Again, reason.to_owned());
    }

    /// The code and the reason; 1000 when nothing was wrong.
    pub(crate) fn said(&self) -> (CloseCode, String) {
        let said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*said {
            Some((code, reason)) => ((*code).into(), reason.clone()),
            None => (CloseCode::Normal, String::new()),
        }
    }

    /// The first word counts.
    fn say(&self, code: CloseCode, mut reason: String) {
        let mut end = MOST_REASON.min(reason.len());
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        reason.truncate(end);
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        said.get_or_insert((code.into(), reason));
    }
}
