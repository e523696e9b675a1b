//! How fast new connections are accepted.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Connections may be so much too early: those that come together are accepted together.
const BURST: Duration = Duration::from_secs(1);

/// Accepts so many connections a second on average. Others wait in the queue of the system.
#[derive(Debug)]
pub(crate) struct Rate {
    /// How long one takes; nothing for any rate.
    each: Option<Duration>,
    /// When the next one is due if none is early.
    next: Instant,
}

impl Rate {
    /// So many a second, or any number.
    pub(crate) fn new(per_second: Option<u32>) -> Self {
        Self {
            each: per_second.map(|number| Duration::from_secs(1) / number.max(1)),
            next: Instant::now(),
        }
    }

    /// Waits until another one may be accepted.
    pub(crate) async fn wait(&mut self) {
        let Some(each) = self.each else { return };
        let now = Instant::now();
        self.next = self.next.max(now) + each;
        if self.next > now + BURST {
            sleep_until(self.next - BURST).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn connections_come_at_their_rate() {
        let start = Instant::now();
        let mut rate = Rate::new(Some(10));
        for _ in 0..30 {
            rate.wait().await;
        }
        // Ten at once, and then one in a tenth of a second.
        assert_eq!(start.elapsed().as_millis(), 2000);
        let start = Instant::now();
        let mut any = Rate::new(None);
        for _ in 0..100_000 {
            any.wait().await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
