//! What a request carries, past rapace's session.
//!
//! The session passes frames to the dispatcher in their order and knows nothing of metadata. So metadata waits here under a number, and the
//! frame of the request carries the number. The session gives some frames to tunnels, and nobody takes the metadata of those: taking a
//! number drops all older ones.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rapace_wire::Metadata;
use tokio::time::Instant;

use super::call::CurrentCall;
use super::identity::Identity;
use crate::budget::Charge;

/// How many requests may wait with what they carry. The session's transport holds 64.
const MAX_WAITING: usize = 128;

/// What a request carries.
pub(crate) struct Carried {
    pub(crate) metadata: Metadata,
    /// How long its caller waits, in nanoseconds, and until when that is.
    pub(crate) deadline: Option<(u64, Instant)>,
    /// For the memory that it takes.
    pub(crate) charge: Charge,
}

/// What the requests between intake and dispatcher carry, and whose they are. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Carriage(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// A call that carries nothing, with the identity of its caller.
    bare: OnceLock<CurrentCall>,
}

#[derive(Default)]
struct Waiting {
    last: u64,
    carried: VecDeque<(u64, Carried)>,
}

impl Carriage {
    /// Says whose the requests are, if that is known.
    pub(crate) fn belong_to(&self, identity: Option<Identity>) {
        if let Some(identity) = identity {
            // The client is asked once.
            let bare = CurrentCall::new(Metadata::default(), None, Some(identity));
            let _ = self.0.bare.set(bare);
        }
    }

    /// Whose the requests are.
    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.bare()?.identity()
    }

    /// What a handler can ask about a request that carries nothing, if its caller is known.
    pub(crate) fn bare(&self) -> Option<&CurrentCall> {
        self.0.bare.get()
    }

    /// Puts something here; the number under which it waits.
    pub(crate) fn put(&self, carried: Carried) -> u64 {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.last += 1;
        let number = waiting.last;
        waiting.carried.push_back((number, carried));
        if waiting.carried.len() > MAX_WAITING {
            waiting.carried.pop_front();
        }
        number
    }

    /// Takes what waits under this number, and forgets what came before it.
    pub(crate) fn take(&self, number: u64) -> Option<Carried> {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((found, carried)) = waiting.carried.pop_front() {
            if found == number {
                return Some(carried);
            }
            if found > number {
                waiting.carried.push_front((found, carried));
                break;
            }
        }
        None
    }
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried")
            .field("metadata", &self.metadata)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Budget;

    #[test]
    fn what_nobody_asks_for_is_forgotten() {
        let (carriage, share) = (Carriage::default(), Budget::new(1 << 20).share());
        let put = |key: &str| {
            let mut metadata = Metadata::default();
            metadata.insert(key, "1").expect("it fits");
            let charge = share.pay_anyway(0);
            carriage.put(Carried {
                metadata,
                deadline: None,
                charge,
            })
        };
        let has = |number, key| {
            carriage
                .take(number)
                .is_some_and(|carried| carried.metadata.get(key).is_some())
        };
        let numbers = ["a", "b", "c"].map(put);
        assert!(has(numbers[1], "b"));
        assert!(!has(numbers[0], "a"), "it was passed over");
        assert!(has(numbers[2], "c"));
        let first = put("first");
        for _ in 0..MAX_WAITING {
            put("more");
        }
        assert!(!has(first, "first"), "too many wait");
        assert_eq!(carriage.0.waiting.lock().expect("no panic").carried.len(), MAX_WAITING);
    }
}
