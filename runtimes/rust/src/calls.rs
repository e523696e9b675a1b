//! The calls that run on one connection: counted, and stopped when their caller or the connection wants it.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::{AbortHandle, AbortRegistration};

/// The table of the calls that run on one connection. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    table: Arc<Mutex<Table>>,
    limit: usize,
}

#[derive(Debug, Default)]
struct Table {
    /// By channel and by the order in which they came: a peer may break the rule that a channel carries one call.
    running: BTreeMap<(u32, u64), Entry>,
    started: u64,
}

#[derive(Debug)]
struct Entry {
    stop: AbortHandle,
    sends_much: Arc<AtomicBool>,
}

impl Calls {
    /// A table with room for `limit` calls.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            table: Arc::default(),
            limit,
        }
    }

    /// Enters a call; nothing when there is no room. The call leaves the table when the returned [`Running`] is dropped, which
    /// is when its answer has left. What is [`Abortable`](futures::future::Abortable) by the registration can be stopped.
    pub(crate) fn start(&self, channel: u32) -> Option<(AbortRegistration, Running)> {
        let mut table = self.table();
        if table.running.len() >= self.limit {
            return None;
        }
        table.started += 1;
        let key = (channel, table.started);
        let (stop, registration) = AbortHandle::new_pair();
        let sends_much = Arc::<AtomicBool>::default();
        let entry = Entry {
            stop,
            sends_much: sends_much.clone(),
        };
        table.running.insert(key, entry);
        let calls = self.clone();
        let running = Running { calls, key, sends_much };
        Some((registration, running))
    }

    /// How many calls may run at once.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// How many run.
    pub(crate) fn running(&self) -> usize {
        self.table().running.len()
    }

    /// Stops the call on this channel, if one runs there.
    pub(crate) fn stop(&self, channel: u32) {
        self.on(channel, |entry| entry.stop.abort());
    }

    /// Notes that the call on this channel sends large frames.
    pub(crate) fn sends_much(&self, channel: u32) {
        self.on(channel, |entry| entry.sends_much.store(true, Ordering::Relaxed));
    }

    /// Stops all calls.
    pub(crate) fn stop_all(&self) {
        for entry in self.table().running.values() {
            entry.stop.abort();
        }
    }

    fn on(&self, channel: u32, act: impl Fn(&Entry)) {
        let table = self.table();
        let range = (channel, 0)..=(channel, u64::MAX);
        table.running.range(range).for_each(|(_, entry)| act(entry));
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
    sends_much: Arc<AtomicBool>,
}

impl Running {
    /// Says later whether the call sends large frames.
    pub(crate) fn much(&self) -> Arc<AtomicBool> {
        self.sends_much.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.calls.table().running.remove(&self.key);
    }
}

/// The text with which somebody panicked.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> Option<&str> {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    panic.downcast_ref::<&str>().copied().or(owned)
}
