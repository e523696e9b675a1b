//! Bounds on time and memory, for answers that announce more than they have.

use std::thread;
use std::time::Duration;

use crate::message::Message;

/// How long it may take until such an answer is refused.
const TIME: Duration = Duration::from_millis(10);
/// How much more may be allocated for it than for a small valid answer of the method, in bytes.
const MEMORY: u64 = 64 * 1024;
/// How often a case is tried that is over a bound, of which the best counts: a machine may be busy with something else.
const TRIES: u32 = 5;
/// How long is waited after the first try; after each other, twice as long as before it.
const PAUSE: Duration = Duration::from_millis(25);

/// Tries until a figure is within its bound; returns the least of the figures.
///
/// # Errors
/// That of a try.
pub fn best_of<T: Ord + Copy, E>(bound: T, mut attempt: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    let mut best = attempt()?;
    for tries in 1..TRIES {
        if best <= bound {
            break;
        }
        thread::sleep(PAUSE * (1 << (tries - 1)));
        best = best.min(attempt()?);
    }
    Ok(best)
}

/// The bound on time.
pub const fn time() -> Duration {
    TIME
}

/// The bound on memory, for a method of which a small valid answer needs this much.
pub const fn memory(baseline: u64) -> u64 {
    baseline + MEMORY
}

/// Whether the time is within its bound.
///
/// # Errors
/// What is wrong.
pub fn check_time(took: Duration) -> Result<(), String> {
    if took <= TIME {
        return Ok(());
    }
    let message = Message::new("it took too long")
        .line(
            "expected",
            format_args!("at most {TIME:?} from the answer to the verdict"),
        )
        .line("came", format_args!("{took:.1?}, the best of {TRIES} tries"));
    Err(message.into())
}

/// Whether the memory is within its bound, where the baseline is what this needs: `a small valid answer`.
///
/// # Errors
/// What is wrong.
pub fn check_memory(allocated: u64, baseline: u64, of: &str) -> Result<(), String> {
    if allocated <= memory(baseline) {
        return Ok(());
    }
    let message = Message::new("it allocated for what was announced, before it was there")
        .line(
            "expected",
            format_args!("at most {MEMORY} bytes over the {baseline} of {of}"),
        )
        .line("came", format_args!("{allocated} bytes, the least of {TRIES} tries"));
    Err(message.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_try_is_enough_when_it_is_within_the_bound() {
        let mut tries = [3, 1].into_iter();
        assert_eq!(best_of(5, || tries.next().ok_or("too many")), Ok(3));
    }

    #[test]
    fn the_best_of_five_counts() {
        let mut tries = [9, 8, 7, 6, 9].into_iter();
        assert_eq!(best_of(5, || tries.next().ok_or("too many")), Ok(6));
        assert_eq!(tries.next(), None);
    }

    #[test]
    fn bounds_can_be_crossed() {
        assert_eq!(check_time(TIME), Ok(()));
        assert!(check_time(TIME + Duration::from_nanos(1)).is_err());
        assert_eq!(check_memory(MEMORY + 7, 7, "one"), Ok(()));
        assert!(check_memory(MEMORY + 8, 7, "one").is_err());
    }
}
