//! The same call many times, and how long it takes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::flags::{Call, Form};
use super::one::Calling;
use super::outcome::Fault;
use super::run::{connect, millis, shown};
use crate::failure::Failure;
use crate::printer;

/// Which percentiles are printed.
const PERCENTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0)];

/// Makes the calls and prints figures of those that succeed.
pub(super) fn run(
    calling: &Calling<'_>,
    flags: &Call,
    address: &str,
    payload: &[u8],
    count: u32,
) -> Result<(), Failure> {
    let client = connect(flags, address)?;
    let left = AtomicU32::new(count);
    let took = Mutex::new(Vec::new());
    let first_fault = Mutex::new(None);
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..flags.parallel {
            scope.spawn(|| {
                let take = |left: u32| left.checked_sub(1);
                while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
                    let start = Instant::now();
                    match calling.make(&client, payload, |_| Ok(true)) {
                        Ok(()) => took
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(start.elapsed()),
                        Err(fault) => {
                            let stops = !matches!(fault, Fault::Status(_) | Fault::TimedOut(_));
                            let mut first = first_fault.lock().unwrap_or_else(PoisonError::into_inner);
                            first.get_or_insert(fault);
                            if stops {
                                left.store(0, Ordering::Relaxed);
                            }
                        }
                    }
                }
            });
        }
    });
    let all = started.elapsed();
    let mut took = took.into_inner().unwrap_or_else(PoisonError::into_inner);
    took.sort_unstable();
    printer::result(&figures(&took, count, all, flags.format))?;
    match first_fault.into_inner().unwrap_or_else(PoisonError::into_inner) {
        None => Ok(()),
        Some(fault) => Err(fault.failure(&calling.name(), &shown(address), flags.format)),
    }
}

fn figures(took: &[Duration], count: u32, all: Duration, form: Form) -> String {
    let at = |share: f64| took.get(((took.len() as f64 * share).ceil() as usize).saturating_sub(1));
    let percentiles = PERCENTILES
        .iter()
        .filter_map(|(name, share)| Some((*name, *at(*share)?)));
    let per_second = took.len() as f64 / all.as_secs_f64();
    match form {
        Form::Human => {
            let percentiles = percentiles.map(|(name, took)| format!("{name} {}", millis(took)));
            let percentiles = percentiles.collect::<Vec<_>>().join(", ");
            format!(
                "{} of {count} calls: {percentiles}; {per_second:.0} a second\n",
                took.len()
            )
        }
        Form::Json => {
            let mut figures = json!({"calls": count, "succeeded": took.len(), "per_second": per_second});
            for (name, took) in percentiles {
                figures[format!("{name}_ms")] = json!(took.as_secs_f64() * 1e3);
            }
            format!("{figures}\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Form, figures};

    #[test]
    fn percentiles_are_those_of_the_sorted_calls() {
        let took: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(
            figures(&took, 101, Duration::from_secs(2), Form::Human),
            "100 of 101 calls: p50 50.00 ms, p90 90.00 ms, p99 99.00 ms, max 100.00 ms; 50 a second\n"
        );
        assert_eq!(
            figures(&[], 1, Duration::from_secs(1), Form::Json),
            "{\"calls\":1,\"per_second\":0.0,\"succeeded\":0}\n"
        );
    }
}
