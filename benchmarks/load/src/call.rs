//! What is called, how often at once, and how it is measured: the same for every protocol.

use std::error::Error;
use std::time::Duration;

use futures::future::BoxFuture;

/// What can go wrong.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How many calls are in flight at once.
pub(crate) const IN_FLIGHT: usize = 64;

/// What is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// A small record.
    Small,
    /// A kibibyte.
    Blob,
}

/// How many calls are in flight.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    /// One.
    Sequential,
    /// [`IN_FLIGHT`].
    InFlight,
}

/// Makes one call at a time.
pub(crate) trait Caller: Send {
    /// Calls once and checks the answer.
    fn call(&mut self) -> BoxFuture<'_, Result>;
}

impl Op {
    /// How many callers make the calls.
    pub(crate) fn callers(self) -> usize {
        match self {
            Self::Sequential => 1,
            Self::InFlight => IN_FLIGHT,
        }
    }
}

/// The blob that is sent: a kibibyte.
pub(crate) fn blob() -> Vec<u8> {
    (0..1024u32).map(|index| (index * 7) as u8).collect()
}

/// The one in the middle, in nanoseconds.
pub(crate) fn median(mut took: Vec<Duration>) -> f64 {
    took.sort_unstable();
    took[took.len() / 2].as_nanos() as f64
}
