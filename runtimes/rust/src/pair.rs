//! Two futures that wake each other, polled in one task.
//!
//! What takes frames in wakes the session that they are for, and the session the other when it has room. Both are parts of one
//! task: to wake it while it runs would schedule it again for nothing, and wake a sleeping thread to look at it. So each part has a
//! waker that only notes it while the task runs.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures::future::Either;
use futures::task::AtomicWaker;

/// How often the two may wake each other before other tasks have their turn.
const ROUNDS: usize = 4;

/// Polls both until one is ready.
pub(crate) async fn first_of<A: Future, B: Future>(
    mut a: Pin<&mut A>,
    mut b: Pin<&mut B>,
) -> Either<A::Output, B::Output> {
    let (part_a, part_b) = (Part::new(), Part::new());
    let (waker_a, waker_b) = (Waker::from(part_a.clone()), Waker::from(part_b.clone()));
    poll_fn(|cx| {
        part_a.enter(cx);
        part_b.enter(cx);
        for _ in 0..ROUNDS {
            let (a_woken, b_woken) = (part_a.take(), part_b.take());
            if a_woken && let Poll::Ready(ready) = a.as_mut().poll(&mut Context::from_waker(&waker_a)) {
                return Poll::Ready(Either::Left(ready));
            }
            // What the first has just done may be what the second waits for.
            if (b_woken || part_b.take())
                && let Poll::Ready(ready) = b.as_mut().poll(&mut Context::from_waker(&waker_b))
            {
                return Poll::Ready(Either::Right(ready));
            }
            if !part_a.is_woken() && !part_b.is_woken() {
                break;
            }
        }
        part_a.leave();
        part_b.leave();
        Poll::Pending
    })
    .await
}

/// What a part of a task is woken by.
struct Part {
    woken: AtomicBool,
    /// Whether the task runs.
    runs: AtomicBool,
    task: AtomicWaker,
}

impl Part {
    /// One that has to be polled for the first time.
    fn new() -> Arc<Self> {
        Arc::new(Self {
            woken: AtomicBool::new(true),
            runs: AtomicBool::new(false),
            task: AtomicWaker::new(),
        })
    }

    fn enter(&self, cx: &Context<'_>) {
        self.task.register(cx.waker());
        self.runs.store(true, Ordering::SeqCst);
    }

    /// From now on it wakes the task; what it has noted and nobody has taken does so at once.
    fn leave(&self) {
        self.runs.store(false, Ordering::SeqCst);
        if self.is_woken() {
            self.task.wake();
        }
    }

    fn take(&self) -> bool {
        self.woken.swap(false, Ordering::SeqCst)
    }

    fn is_woken(&self) -> bool {
        self.woken.load(Ordering::SeqCst)
    }
}

impl Wake for Part {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        if !self.runs.load(Ordering::SeqCst) {
            self.task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::time::Duration;

    use tokio::sync::mpsc;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn parts_that_wake_each_other_go_on() {
        for room in [1, 2, 64] {
            let (ours, mut theirs) = mpsc::channel(room);
            let sends = async move {
                for n in 0..10_000 {
                    ours.send(n).await.expect("it is open");
                    if n % 1000 == 0 {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                }
                std::future::pending::<()>().await;
            };
            let mut received = Vec::new();
            let receives = async {
                while received.len() < 10_000 {
                    received.push(theirs.recv().await.expect("it is open"));
                }
            };
            let first = timeout(Duration::from_secs(20), first_of(pin!(sends), pin!(receives))).await;
            assert!(matches!(first, Ok(Either::Right(()))), "{room}");
            assert_eq!(received, (0..10_000).collect::<Vec<_>>());
        }
    }

    #[tokio::test]
    async fn other_tasks_wake_both() {
        for left in [true, false] {
            let [(send_a, a), (send_b, b)] = [(); 2].map(|()| tokio::sync::oneshot::channel::<()>());
            let waking = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(5));
                let (first, second) = if left { (send_a, send_b) } else { (send_b, send_a) };
                first.send(()).expect("somebody waits");
                second
            });
            let first = timeout(Duration::from_secs(20), first_of(pin!(a), pin!(b))).await;
            assert_eq!(matches!(first, Ok(Either::Left(_))), left);
            drop(waking.join().expect("no panic"));
        }
    }
}
