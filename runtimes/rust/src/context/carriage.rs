//! What a request carries, past rapace's session.
//!
//! The session passes frames to the dispatcher in their order and knows nothing of metadata. So that waits here, under a number that the
//! frame has. A frame that the session gives to a tunnel never asks for its own: what is older than what is asked for is dropped.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rapace_wire::Metadata;
use tokio::time::Instant;

use super::identity::Identity;
use crate::budget::Charge;

/// More than the session's transport holds, which are 64.
const MOST: usize = 128;

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
    identity: OnceLock<Identity>,
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
            // It is said once.
            let _ = self.0.identity.set(identity);
        }
    }

    /// Whose the requests are.
    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.0.identity.get()
    }

    /// Puts something here; the number under which it waits.
    pub(crate) fn put(&self, carried: Carried) -> u64 {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.last += 1;
        let number = waiting.last;
        waiting.carried.push_back((number, carried));
        if waiting.carried.len() > MOST {
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
        for _ in 0..MOST {
            put("more");
        }
        assert!(!has(first, "first"), "too many wait");
        assert_eq!(carriage.0.waiting.lock().expect("no panic").carried.len(), MOST);
    }
}
