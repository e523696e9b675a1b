//! The memory of a host: one budget, from which frames, requests, answers and the queues of tunnels are paid.
//!
//! Each connection has an allowance that is always there, so that small calls go on when others have used up the rest. What is
//! beyond comes from the host's pool. A connection may hold as much of the pool as it leaves free for the others: one alone gets
//! half of it, each of three gets a quarter.

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::timeout;

/// What a connection may use without asking the pool, in bytes: its buffers and some small calls.
const ALLOWANCE: usize = 64 * 1024;
/// The pool is asked for multiples of this, in bytes, so that small calls seldom ask.
const GRAIN: usize = 64 * 1024;

/// The memory of a host.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: usize,
    pool: Mutex<Pool>,
}

#[derive(Debug, Default)]
struct Pool {
    /// What connections hold, in bytes. It exceeds the limit where something had to be paid that was there already.
    used: usize,
    waiting: Vec<Waker>,
}

/// A connection's part of the budget. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Share(Arc<ShareState>);

#[derive(Debug)]
struct ShareState {
    budget: Arc<Budget>,
    sums: Mutex<Sums>,
}

#[derive(Debug, Default)]
struct Sums {
    used: usize,
    /// How much of that is the pool's.
    held: usize,
}

/// What is paid, in bytes, until this is dropped.
pub(crate) struct Charge {
    share: Share,
    bytes: usize,
}

impl Budget {
    /// A budget of so many bytes.
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        let pool = Mutex::default();
        Arc::new(Self { limit, pool })
    }

    /// A connection's part.
    pub(crate) fn share(self: &Arc<Self>) -> Share {
        Share(Arc::new(ShareState {
            budget: self.clone(),
            sums: Mutex::default(),
        }))
    }

    /// How many bytes it has.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// The sums are whole between any two statements, so a panic elsewhere does not spoil them.
    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// The host's budget.
    pub(crate) fn budget(&self) -> &Budget {
        &self.0.budget
    }

    /// Pays, if the connection may.
    pub(crate) fn try_pay(&self, bytes: usize) -> Option<Charge> {
        self.take(bytes, None).then(|| self.charge(bytes))
    }

    /// Pays for what is there already.
    pub(crate) fn pay_anyway(&self, bytes: usize) -> Charge {
        let mut charge = self.charge(0);
        charge.resize(bytes);
        charge
    }

    /// Pays as soon as the connection may. Waits without end if it [never](Self::can_ever_pay) may.
    async fn pay(&self, bytes: usize) -> Charge {
        poll_fn(|cx| self.poll_pay(cx, bytes)).await
    }

    /// Pays within `wait`. Fails at once if the connection could never pay so much.
    pub(crate) async fn pay_within(&self, bytes: usize, wait: Duration) -> Option<Charge> {
        match self.try_pay(bytes) {
            Some(charge) => Some(charge),
            None if !self.can_ever_pay(bytes) => None,
            None => timeout(wait, self.pay(bytes)).await.ok(),
        }
    }

    /// As [`pay`](Self::pay).
    pub(crate) fn poll_pay(&self, cx: &mut Context<'_>, bytes: usize) -> Poll<Charge> {
        match self.take(bytes, Some(cx)) {
            true => Poll::Ready(self.charge(bytes)),
            false => Poll::Pending,
        }
    }

    /// Whether a connection alone could pay so much at once.
    fn can_ever_pay(&self, bytes: usize) -> bool {
        beyond_allowance(bytes) <= self.0.budget.limit / 2
    }

    /// What the connection uses, in bytes.
    #[cfg(test)]
    fn used(&self) -> usize {
        self.sums().used
    }

    fn charge(&self, bytes: usize) -> Charge {
        let share = self.clone();
        Charge { share, bytes }
    }

    /// Takes so much if the connection may have it. Otherwise wakes the task of `cx` when more may be there.
    fn take(&self, bytes: usize, cx: Option<&mut Context<'_>>) -> bool {
        let mut sums = self.sums();
        let held = beyond_allowance(sums.used.saturating_add(bytes));
        if held > sums.held {
            let mut pool = self.0.budget.pool();
            let used = pool.used.saturating_add(held - sums.held);
            if used.saturating_add(held) > self.0.budget.limit {
                if let Some(waker) = cx.map(|cx| cx.waker())
                    && !pool.waiting.iter().any(|other| other.will_wake(waker))
                {
                    pool.waiting.push(waker.clone());
                }
                return false;
            }
            pool.used = used;
            sums.held = held;
        }
        sums.used += bytes;
        true
    }

    fn take_anyway(&self, bytes: usize) {
        let mut sums = self.sums();
        sums.used += bytes;
        let held = beyond_allowance(sums.used);
        if held > sums.held {
            self.0.budget.pool().used += held - sums.held;
            sums.held = held;
        }
    }

    fn give_back(&self, bytes: usize) {
        let mut sums = self.sums();
        sums.used -= bytes;
        let held = beyond_allowance(sums.used);
        if held >= sums.held {
            return;
        }
        let freed = sums.held - held;
        sums.held = held;
        drop(sums);
        let waiting = {
            let mut pool = self.0.budget.pool();
            pool.used -= freed;
            std::mem::take(&mut pool.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.0.sums.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much of so many bytes is the pool's.
fn beyond_allowance(bytes: usize) -> usize {
    let beyond = bytes.saturating_sub(ALLOWANCE);
    beyond.checked_next_multiple_of(GRAIN).unwrap_or(usize::MAX)
}

impl Charge {
    /// Pays for so many bytes instead, which are there already.
    pub(crate) fn resize(&mut self, bytes: usize) {
        if bytes > self.bytes {
            self.share.take_anyway(bytes - self.bytes);
        } else if bytes < self.bytes {
            self.share.give_back(self.bytes - bytes);
        }
        self.bytes = bytes;
    }

    /// Pays for the other's bytes too.
    pub(crate) fn absorb(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
    }

    /// How many bytes are paid.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.share.give_back(self.bytes);
    }
}

impl fmt::Debug for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn one_connection_gets_half_and_each_of_two_a_third() {
        let budget = Budget::new(30 * MIB);
        let (one, two) = (budget.share(), budget.share());
        let first = one.try_pay(15 * MIB + ALLOWANCE).expect("half of it and the allowance");
        assert!(one.try_pay(1).is_none());
        drop(first);
        assert_eq!(budget.pool().used, 0);

        let mut charges = Vec::new();
        loop {
            let paid: Vec<_> = [&one, &two].iter().filter_map(|share| share.try_pay(GRAIN)).collect();
            if paid.is_empty() {
                break;
            }
            charges.extend(paid);
        }
        for share in [&one, &two] {
            let third = 10 * MIB + ALLOWANCE;
            assert!(
                share.used() <= third && share.used() > third - 2 * GRAIN,
                "{}",
                share.used()
            );
        }
    }

    #[test]
    fn an_allowance_is_always_there() {
        let budget = Budget::new(MIB);
        let (greedy, small) = (budget.share(), budget.share());
        let _debt = greedy.pay_anyway(5 * MIB);
        let _paid = small.try_pay(ALLOWANCE).expect("the allowance");
        assert!(small.try_pay(1).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_paid_within_a_time() {
        let (budget, second) = (Budget::new(4 * MIB), Duration::from_secs(1));
        let share = budget.share();
        for (bytes, is_paid, waited) in [
            (2 * MIB, true, Duration::ZERO),
            (MIB, false, second),
            // Never, so nobody waits.
            (3 * MIB, false, Duration::ZERO),
        ] {
            let start = Instant::now();
            let paid = share.pay_within(bytes, second).await;
            assert_eq!((paid.is_some(), start.elapsed()), (is_paid, waited), "{bytes}");
            // It stays paid.
            std::mem::forget(paid);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_woken_when_there_is_enough() {
        let budget = Budget::new(4 * MIB);
        let share = budget.share();
        let mut debt = share.pay_anyway(3 * MIB);
        let waiting = tokio::spawn(async move { share.pay(MIB).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!waiting.is_finished());
        debt.resize(MIB);
        let mut paid = waiting.await.expect("no panic");
        paid.absorb(debt);
        assert_eq!(paid.bytes(), 2 * MIB);
        drop(paid);
        assert_eq!(budget.pool().used, 0);
    }
}
