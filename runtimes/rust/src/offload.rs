//! Large payloads are read and written on threads where that holds up nobody.
//!
//! Rapace's dispatchers decode a request when they are first polled, and encode an answer when they are last polled. For a payload of
//! megabytes that takes seconds, in which a thread of the async runtime polls nothing else. So calls with large payloads are polled
//! on a blocking thread: as many at once as there are processors, and one of each connection, so that a connection with many
//! waits for its own.

use std::future::poll_fn;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};

use futures::task::AtomicWaker;
use rapace::RpcError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use crate::dispatched::Dispatch;

/// From so many bytes on a payload is large: the slowest types take some ten milliseconds for it, a change of threads some ten
/// microseconds.
pub(crate) const LARGE: usize = 32 * 1024;

type Output = <Dispatch as Future>::Output;

/// The place of a connection among those that have large payloads. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    own: Arc<Semaphore>,
    all: Arc<Semaphore>,
}

impl Lane {
    /// A connection's.
    pub(crate) fn new() -> Self {
        static ALL: OnceLock<Arc<Semaphore>> = OnceLock::new();
        let processors = || std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            own: Arc::new(Semaphore::new(1)),
            all: ALL.get_or_init(|| Arc::new(Semaphore::new(processors()))).clone(),
        }
    }

    /// Waits for the connection's turn, then for the host's. Both are never closed.
    async fn turn(&self) -> (Option<OwnedSemaphorePermit>, Option<OwnedSemaphorePermit>) {
        let own = self.own.clone().acquire_owned().await.ok();
        (own, self.all.clone().acquire_owned().await.ok())
    }
}

/// How large the answers of a method are: what it answered last says what it will answer next. Until it has answered for the first
/// time, they may be large.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// The largest of late, in bytes; 0 while nothing is known.
    largest: AtomicUsize,
}

impl Answers {
    /// Whether the next answer may be large.
    pub(crate) fn may_be_large(&self) -> bool {
        let largest = self.largest.load(Ordering::Relaxed);
        largest >= LARGE || largest == 0
    }

    /// Notes an answer of so many bytes. What was large once is forgotten little by little.
    pub(crate) fn note(&self, bytes: usize) {
        let largest = self.largest.load(Ordering::Relaxed);
        let now = bytes.max(largest - largest / 8).max(1);
        if now != largest {
            self.largest.store(now, Ordering::Relaxed);
        }
    }
}

/// When a call is polled on a blocking thread.
#[derive(Debug)]
pub(crate) struct When {
    /// The first time: its request is large.
    pub(crate) first: bool,
    /// Every time: its answer may be large.
    pub(crate) always: bool,
    /// Every time from when this is set: its items are large.
    pub(crate) later: Arc<AtomicBool>,
}

/// Runs a call, on blocking threads when that is better.
pub(crate) async fn run(mut call: Dispatch, mut when: When, lane: Lane) -> Output {
    loop {
        let polled = poll_fn(|cx| match when.now() {
            true => Poll::Ready(None),
            false => call.as_mut().poll(cx).map(Some),
        });
        if let Some(output) = polled.await {
            return output;
        }
        when.first = false;
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        let turn = lane.turn().await;
        let polling = spawn_blocking(move || {
            let polled = call.as_mut().poll(&mut Context::from_waker(&waker));
            drop(turn);
            (call, polled)
        });
        let polled = match polling.await {
            Ok((back, polled)) => {
                call = back;
                polled
            }
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime ends.
                Err(_) => return Err(RpcError::Cancelled),
            },
        };
        match polled {
            Poll::Ready(output) => return output,
            Poll::Pending => woken.wait().await,
        }
    }
}

impl When {
    fn now(&self) -> bool {
        self.first || self.always || self.later.load(Ordering::Relaxed)
    }
}

/// Remembers that a call wants to be polled, and wakes the task that polls it.
#[derive(Default)]
struct Woken {
    woken: AtomicBool,
    task: AtomicWaker,
}

impl Woken {
    async fn wait(&self) {
        poll_fn(|cx| {
            self.task.register(cx.waker());
            match self.woken.swap(false, Ordering::AcqRel) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.task.wake();
    }
}

#[cfg(test)]
mod tests {
    use std::thread::{self, ThreadId};

    use rapace::rapace_core::{Frame, MsgDescHot};

    use super::*;

    /// The threads on which a call was polled, before and after a pause.
    async fn threads(when: When) -> [ThreadId; 2] {
        let polled = Arc::new(std::sync::Mutex::new(Vec::new()));
        let seen = polled.clone();
        let call = Box::pin(async move {
            seen.lock().expect("no panic").push(thread::current().id());
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            seen.lock().expect("no panic").push(thread::current().id());
            Ok(Frame::new(MsgDescHot::new()))
        });
        run(call, when, Lane::new()).await.expect("an answer");
        let polled = polled.lock().expect("no panic");
        [polled[0], polled[1]]
    }

    #[tokio::test]
    async fn large_calls_are_polled_elsewhere() {
        let here = thread::current().id();
        for (first, always, later) in [
            (false, false, false),
            (true, false, false),
            (false, true, false),
            (false, false, true),
        ] {
            let when = When {
                first,
                always,
                later: Arc::new(AtomicBool::new(later)),
            };
            let [before, after] = threads(when).await;
            assert_eq!(before != here, first || always || later);
            assert_eq!(after != here, always || later);
        }
    }

    #[tokio::test]
    async fn a_panic_comes_back() {
        let call = Box::pin(async { panic!("elsewhere") });
        let when = When {
            first: true,
            always: false,
            later: Arc::default(),
        };
        let task = tokio::spawn(run(call, when, Lane::new()));
        let panic = task.await.expect_err("it panics").into_panic();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"elsewhere"));
    }

    #[test]
    fn what_a_method_answered_is_remembered_for_a_while() {
        let answers = Answers::default();
        assert!(answers.may_be_large(), "nothing is known");
        answers.note(0);
        assert!(!answers.may_be_large());
        answers.note(10 * LARGE);
        assert!(answers.may_be_large());
        for _ in 0..30 {
            answers.note(0);
        }
        assert!(!answers.may_be_large());
    }
}
