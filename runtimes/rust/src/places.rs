//! The places for connections: how many there are in all and for one address, and what is said to whom there is none for.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rapace::ErrorCode;
use tokio::io::AsyncWriteExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::frames::{encode, error, status};
use crate::limits::Limits;
use crate::opening::Opening;
use crate::shared::Shared;

/// How long a connection waits for a place. Those that come while the host stays full are turned away at once.
const WAIT: Duration = Duration::from_secs(1);
/// How many connections are turned away with words at once; others are just closed.
const TURNED_AWAY_AT_ONCE: usize = 64;
/// How long that may take, with the handshakes.
const TURN_AWAY_TIME: Duration = Duration::from_secs(2);
/// That connections are turned away is logged once in so long.
const LOG_EVERY: Duration = Duration::from_secs(1);

/// The places of a listener.
pub(crate) struct Places {
    limit: usize,
    free: Arc<Semaphore>,
    /// As many again, for connections that their peers have closed and that have calls still.
    leaving: Arc<Semaphore>,
    per_address: Option<usize>,
    addresses: Arc<Addresses>,
    turning_away: Arc<Semaphore>,
    /// Until when a connection may wait for a place: the host has been full since.
    full: Mutex<Option<Instant>>,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Addresses(Mutex<HashMap<IpAddr, usize>>);

#[derive(Default)]
struct Log {
    last: Option<Instant>,
    unsaid: u64,
}

/// A connection's place, for as long as this lives.
pub(crate) struct Place {
    permit: OwnedSemaphorePermit,
    leaving: Arc<Semaphore>,
    _address: Option<OfAddress>,
}

struct OfAddress {
    addresses: Arc<Addresses>,
    address: IpAddr,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// All so many places are taken.
    Full(usize),
    /// This address has so many already.
    Address(IpAddr, usize),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(limit) => write!(f, "the host has {limit} connections already"),
            Self::Address(address, limit) => write!(f, "{address} has {limit} connections already"),
        }
    }
}

impl Places {
    /// As many as these limits say.
    pub(crate) fn new(limits: &Limits) -> Self {
        let most = limits.max_connections.min(Semaphore::MAX_PERMITS);
        Self {
            limit: most,
            free: Arc::new(Semaphore::new(most)),
            leaving: Arc::new(Semaphore::new(most)),
            per_address: limits.max_connections_per_address,
            addresses: Arc::default(),
            turning_away: Arc::new(Semaphore::new(TURNED_AWAY_AT_ONCE)),
            full: Mutex::default(),
            log: Mutex::default(),
        }
    }

    /// Takes a place for a connection from this address.
    pub(crate) async fn take(&self, peer: Option<IpAddr>) -> Result<Place, Refusal> {
        let address = self.of_address(peer)?;
        let permit = match self.free.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let until = *lock(&self.full).get_or_insert_with(|| Instant::now() + WAIT);
                match timeout_at(until, self.free.clone().acquire_owned()).await {
                    Ok(Ok(permit)) => permit,
                    _ => return Err(Refusal::Full(self.limit)),
                }
            }
        };
        *lock(&self.full) = None;
        Ok(Place {
            permit,
            leaving: self.leaving.clone(),
            _address: address,
        })
    }

    fn of_address(&self, peer: Option<IpAddr>) -> Result<Option<OfAddress>, Refusal> {
        let (Some(peer), Some(limit)) = (peer.map(|peer| peer.to_canonical()), self.per_address) else {
            return Ok(None);
        };
        if peer.is_loopback() {
            return Ok(None);
        }
        let address = network(peer);
        let mut taken = lock(&self.addresses.0);
        if taken.get(&address).is_some_and(|&count| count >= limit) || limit == 0 {
            return Err(Refusal::Address(address, limit));
        }
        *taken.entry(address).or_default() += 1;
        let addresses = self.addresses.clone();
        Ok(Some(OfAddress { addresses, address }))
    }

    /// Tells a client that there is no place for it, and closes its connection. Nothing when too many are being told.
    pub(crate) fn turn_away(
        &self,
        shared: &Arc<Shared>,
        opening: Opening,
        refusal: Refusal,
    ) -> Option<impl Future<Output = ()> + Send + use<>> {
        self.log(refusal);
        let permit = self.turning_away.clone().try_acquire_owned().ok()?;
        let shared = shared.clone();
        Some(async move {
            let _permit = permit;
            // The connection of a client that does not listen is closed as well.
            let _ = timeout(TURN_AWAY_TIME, say(&shared, opening, refusal)).await;
        })
    }

    /// Logs it, but not a line for each.
    fn log(&self, refusal: Refusal) {
        let mut log = lock(&self.log);
        if log.last.is_some_and(|last| last.elapsed() < LOG_EVERY) {
            log.unsaid += 1;
            return;
        }
        let others = std::mem::take(&mut log.unsaid);
        log.last = Some(Instant::now());
        tracing::warn!(reason = %refusal, others, "connections are turned away");
    }
}

async fn say(shared: &Shared, opening: Opening, refusal: Refusal) -> std::io::Result<()> {
    let mut halves = opening.halves(&shared.limits, &shared.budget.share()).await?;
    let reason = refusal.to_string();
    halves.farewell.for_now(&reason);
    let mut frame = Vec::new();
    encode(&error(0, &status(ErrorCode::ResourceExhausted, reason)), &mut frame);
    halves.writer.write_all(&frame).await?;
    halves.writer.shutdown().await?;
    // A socket that is closed while there is something to read is reset, which may overtake what was said.
    tokio::io::copy(&mut halves.reader, &mut tokio::io::sink())
        .await
        .map(drop)
}

impl Place {
    /// Frees the place for others: the peer has closed its side, and only its last calls go on.
    pub(crate) fn leave(&mut self) {
        if let Ok(leaving) = self.leaving.clone().try_acquire_owned() {
            self.permit = leaving;
        }
    }
}

impl Drop for OfAddress {
    fn drop(&mut self) {
        let mut taken = lock(&self.addresses.0);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

/// What counts as one address: of IPv6 a network, for one client has as many addresses there as it likes.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// What is locked here is whole between any two statements, so a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(max_connections: usize, per_address: usize) -> Places {
        Places::new(&Limits {
            max_connections,
            max_connections_per_address: Some(per_address),
            ..Limits::default()
        })
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect("an address"))
    }

    #[tokio::test(start_paused = true)]
    async fn one_address_has_so_many() {
        let places = places(100, 2);
        let mut taken = Vec::new();
        for address in [
            "192.0.2.1",
            "::ffff:192.0.2.1",
            "192.0.2.2",
            "2001:db8::1",
            "2001:db8::2",
        ] {
            taken.push(places.take(ip(address)).await.expect(address));
        }
        for address in ["192.0.2.1", "2001:db8::3"] {
            let refusal = places.take(ip(address)).await.err().expect("too many");
            assert!(matches!(refusal, Refusal::Address(_, 2)), "{refusal}");
        }
        for address in [None, ip("127.0.0.1"), ip("::1"), ip("2001:db8:0:1::1")] {
            for _ in 0..2 {
                taken.push(places.take(address).await.expect("it is not counted"));
            }
        }
        taken.clear();
        assert!(places.take(ip("192.0.2.1")).await.is_ok());
        assert!(lock(&places.addresses.0).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_host_refuses_after_a_second_and_then_at_once() {
        let places = places(1, 1);
        let mut first = places.take(None).await.expect("the place");
        let start = Instant::now();
        assert_eq!(places.take(None).await.err(), Some(Refusal::Full(1)));
        assert_eq!(places.take(None).await.err(), Some(Refusal::Full(1)));
        assert_eq!(start.elapsed(), WAIT);
        // Who has left makes place once: what is leaving is bounded too.
        first.leave();
        let mut second = places.take(None).await.expect("the place of who left");
        second.leave();
        assert_eq!(places.take(None).await.err(), Some(Refusal::Full(1)));
        drop(first);
        second.leave();
        assert!(places.take(None).await.is_ok());
    }
}
