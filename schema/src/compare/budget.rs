//! How much is tried to show what was found. It is counted and not timed: equal descriptions have equal reports.

use std::cell::Cell;

/// How many parts the values have that are tried for a whole comparison. What a report says needs a fraction of it.
pub(super) const MOST_PARTS: u64 = 300_000;
/// By how much the last values may exceed their share.
const EXCESS: u64 = 2;
/// The part of what a change has left that one direction of one use may take: the first uses are tried the most.
const PART_OF_ONE: u64 = 4;

/// How much work a comparison was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    /// How many values of payloads were compared.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests bound it"))]
    pub(super) steps: usize,
    /// How many parts the values had that were tried.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests bound it"))]
    pub(super) parts: u64,
}

/// What may still be tried.
pub(super) struct Budget {
    /// For each change.
    changes: Vec<Cell<u64>>,
    /// For all together.
    left: Cell<u64>,
    whole: u64,
}

impl Budget {
    /// So many parts for so many changes.
    pub(super) fn new(parts: u64, changes: usize) -> Self {
        let each = parts.div_ceil(changes.max(1) as u64);
        Self {
            changes: vec![Cell::new(each); changes],
            left: Cell::new(EXCESS * parts),
            whole: EXCESS * parts,
        }
    }

    /// How many parts the values may have that are tried next for a change. The last of them may have more.
    pub(super) fn share(&self, change: usize) -> u64 {
        let left = self.changes.get(change).map_or(0, Cell::get);
        left.div_ceil(PART_OF_ONE).min(self.left.get())
    }

    /// Counts the parts of values that were tried for a change.
    pub(super) fn spend(&self, change: usize, parts: u64) {
        for left in self.changes.get(change).into_iter().chain([&self.left]) {
            left.set(left.get().saturating_sub(parts));
        }
    }

    /// How many parts were tried.
    pub(super) fn spent(&self) -> u64 {
        self.whole - self.left.get()
    }
}
