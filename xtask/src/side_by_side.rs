//! Work on several things at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::project::{Error, Result, all_good};
use crate::said::Place;

/// Does the work on each thing, by so many workers, each of which takes the next thing when it is done with one. The work is
/// told which worker it is done by. What workers say goes where it would go without them. Nothing is left undone because something else fails.
///
/// # Errors
/// When work fails: what all failures say, in the order of the things.
pub fn side_by_side<'a, T: Sync>(
    things: &'a [T],
    workers: usize,
    work: impl Fn(&'a T, usize) -> Result + Sync,
) -> Result {
    let next = AtomicUsize::new(0);
    let worker = |number: usize| {
        let mut failures = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(thing) = things.get(place) else {
                return failures;
            };
            if let Err(Error(failure)) = work(thing, number) {
                failures.push((place, failure));
            }
        }
    };
    let place = Place::here();
    let mut failures = thread::scope(|scope| {
        let (worker, place) = (&worker, &place);
        let begun: Vec<_> = (0..workers.min(things.len()))
            .map(|number| scope.spawn(move || place.within(|| worker(number))))
            .collect();
        let panicked = |_| vec![(things.len(), "a worker panicked".to_owned())];
        let ended = begun.into_iter().map(|worker| worker.join().unwrap_or_else(panicked));
        ended.collect::<Vec<_>>().concat()
    });
    failures.sort();
    all_good(failures.into_iter().map(|(_, failure)| failure).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Barrier, Mutex};

    use super::*;

    /// What three workers say of the numbers below 10, and which they were given.
    fn tried(work: impl Fn(u32) -> Result + Sync) -> (Option<String>, BTreeSet<u32>) {
        let numbers: Vec<u32> = (0..10).collect();
        let done = Mutex::new(BTreeSet::new());
        let said = side_by_side(&numbers, 3, |&number, _| {
            done.lock().expect("no panic").insert(number);
            work(number)
        });
        let done = done.lock().expect("no panic").clone();
        (said.err().map(|Error(said)| said), done)
    }

    #[test]
    fn everything_is_done_and_every_failure_is_told() {
        let all: BTreeSet<u32> = (0..10).collect();
        assert_eq!(tried(|_| Ok(())), (None, all.clone()));
        let odd_fail = |number| match number % 2 {
            0 => Ok(()),
            _ => Err(Error(format!("{number} is odd"))),
        };
        let told = ["1", "3", "5", "7", "9"].map(|number| format!("{number} is odd"));
        assert_eq!(tried(odd_fail), (Some(told.join("\nerror: ")), all));
    }

    #[test]
    fn a_panic_is_a_failure() {
        let (said, _) = tried(|number| if number == 4 { panic!("on purpose") } else { Ok(()) });
        assert_eq!(said.as_deref(), Some("a worker panicked"));
    }

    #[test]
    fn workers_work_at_once_and_know_who_they_are() {
        let (met, names) = (Barrier::new(2), Mutex::new(BTreeSet::new()));
        let done = side_by_side(&[(), ()], 2, |(), worker| {
            names.lock().expect("no panic").insert(worker);
            met.wait();
            Ok(())
        });
        done.expect("nothing fails");
        assert_eq!(*names.lock().expect("no panic"), BTreeSet::from([0, 1]));
    }
}
