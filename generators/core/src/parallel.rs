//! Work on all processors: large APIs have thousands of modules.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

/// What `make` returns for each item, in the order of the items. Several items are worked on at a time, from the first to the last: long
/// work belongs to the beginning.
pub fn in_parallel<Item: Sync, Made: Send>(items: &[Item], make: impl Fn(&Item) -> Made + Sync) -> Vec<Made> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let number = next.fetch_add(1, Relaxed);
            match items.get(number) {
                Some(item) => made.push((number, make(item))),
                None => return made,
            }
        }
    };
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let mut made = thread::scope(|scope| {
        let others: Vec<_> = (1..processors.min(items.len())).map(|_| scope.spawn(work)).collect();
        let mut made = work();
        for other in others {
            made.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        made
    });
    made.sort_by_key(|(number, _)| *number);
    made.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::in_parallel;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        for count in [0, 1, 2, 1_000] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(in_parallel(&items, |item| item * 2), doubled);
        }
    }

    #[test]
    #[should_panic(expected = "item 7")]
    fn a_panic_is_passed_on() {
        let items: Vec<usize> = (0..100).collect();
        in_parallel(&items, |item| assert_ne!(*item, 7, "item {item}"));
    }
}
