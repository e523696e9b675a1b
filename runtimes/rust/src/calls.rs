//! The calls that run on one connection: counted, and stopped when their caller or the connection wants it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::{AbortHandle, Abortable};

/// The table of the calls that run on one connection. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    table: Arc<Mutex<Table>>,
    limit: usize,
}

#[derive(Debug, Default)]
struct Table {
    /// By channel and by the order in which they came: a peer may break the rule that a channel carries one call.
    running: BTreeMap<(u32, u64), AbortHandle>,
    started: u64,
}

impl Calls {
    /// A table with room for `limit` calls.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            table: Arc::default(),
            limit,
        }
    }

    /// Enters a call and makes it stoppable; nothing when there is no room. The call leaves the table when the returned
    /// [`Running`] is dropped.
    pub(crate) fn start<F: Future>(&self, channel: u32, call: F) -> Option<(Abortable<F>, Running)> {
        let mut table = self.table();
        if table.running.len() >= self.limit {
            return None;
        }
        table.started += 1;
        let key = (channel, table.started);
        let (call, handle) = futures::future::abortable(call);
        table.running.insert(key, handle);
        let calls = self.clone();
        Some((call, Running { calls, key }))
    }

    /// How many calls may run at once.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Stops the call on this channel, if one runs there.
    pub(crate) fn stop(&self, channel: u32) {
        let table = self.table();
        for (_, call) in table.running.range((channel, 0)..=(channel, u64::MAX)) {
            call.abort();
        }
    }

    /// Stops all calls.
    pub(crate) fn stop_all(&self) {
        for call in self.table().running.values() {
            call.abort();
        }
    }

    /// The table is whole between any two statements, so a panic elsewhere does not spoil it.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entry of a call that runs.
#[derive(Debug)]
pub(crate) struct Running {
    calls: Calls,
    key: (u32, u64),
}

impl Drop for Running {
    fn drop(&mut self) {
        self.calls.table().running.remove(&self.key);
    }
}
