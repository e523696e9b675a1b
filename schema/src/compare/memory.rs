//! What was found for pairs that were compared before. A type that many methods use is compared once.

use std::collections::HashMap;
use std::rc::Rc;

use super::finding::Local;

/// The comparisons that are done, and those that are under way.
#[derive(Default)]
pub(super) struct Memory {
    /// Those that depend on nothing else: they hold for all payloads.
    complete: HashMap<String, Rc<Local>>,
    /// Those that depend on one that was under way, with its level, or that were given up. They hold for one payload.
    partial: HashMap<String, (Rc<Local>, usize)>,
    /// Those that are under way, each with its level: the outermost has 1.
    busy: HashMap<String, usize>,
    /// The lowest level that the comparison under way depends on.
    lowest: usize,
}

/// A level that no comparison has: what depends on nothing.
const NOTHING: usize = usize::MAX;
/// The level of what was given up, on which no comparison can wait.
const GIVEN_UP: usize = 0;

/// What is known of a pair.
pub(super) enum Met {
    /// What was found.
    Known(Rc<Local>),
    /// It is being compared.
    Busy,
    /// Nothing. [`Memory::end`] takes this.
    New(Open),
}

/// A comparison that is under way.
pub(super) struct Open {
    key: String,
    level: usize,
    /// What the comparison around it depends on so far.
    around: usize,
}

impl Memory {
    /// Forgets what holds for one payload.
    pub(super) fn begin_payload(&mut self) {
        self.partial.clear();
        self.busy.clear();
        self.lowest = NOTHING;
    }

    /// What is known of a pair; it is under way from now on when that is nothing.
    pub(super) fn meet(&mut self, key: String) -> Met {
        if let Some(known) = self.complete.get(&key) {
            return Met::Known(Rc::clone(known));
        }
        if let Some((known, lowest)) = self.partial.get(&key) {
            self.lowest = self.lowest.min(*lowest);
            return Met::Known(Rc::clone(known));
        }
        if let Some(level) = self.busy.get(&key) {
            self.lowest = self.lowest.min(*level);
            return Met::Busy;
        }
        let level = self.busy.len() + 1;
        self.busy.insert(key.clone(), level);
        let around = std::mem::replace(&mut self.lowest, NOTHING);
        Met::New(Open { key, level, around })
    }

    /// Whether a pair is being compared. The comparison under way does not depend on the answer.
    pub(super) fn is_busy(&self, key: &str) -> bool {
        self.busy.contains_key(key)
    }

    /// The comparison under way was given up: another payload may get further.
    pub(super) fn give_up(&mut self) {
        self.lowest = GIVEN_UP;
    }

    /// Remembers what was found.
    pub(super) fn end(&mut self, open: Open, local: Local) -> Rc<Local> {
        let local = Rc::new(local);
        self.busy.remove(&open.key);
        if self.lowest >= open.level {
            self.complete.insert(open.key, Rc::clone(&local));
            self.lowest = open.around;
        } else {
            self.partial.insert(open.key, (Rc::clone(&local), self.lowest));
            self.lowest = self.lowest.min(open.around);
        }
        local
    }
}

#[cfg(test)]
mod tests {
    use super::{Local, Memory, Met};

    fn open(memory: &mut Memory, key: &str) -> super::Open {
        match memory.meet(key.to_owned()) {
            Met::New(open) => open,
            _ => panic!("{key} is known"),
        }
    }

    fn is_known(memory: &mut Memory, key: &str) -> bool {
        matches!(memory.meet(key.to_owned()), Met::Known(_))
    }

    #[test]
    fn what_depends_on_an_unfinished_comparison_holds_for_one_payload() {
        let mut memory = Memory::default();
        memory.begin_payload();
        let outer = open(&mut memory, "outer");
        let alone = open(&mut memory, "alone");
        memory.end(alone, Local::default());
        let inner = open(&mut memory, "inner");
        assert!(matches!(memory.meet("outer".into()), Met::Busy));
        memory.end(inner, Local::default());
        let again = open(&mut memory, "again");
        assert!(is_known(&mut memory, "inner"));
        memory.end(again, Local::default());
        memory.end(outer, Local::default());
        memory.begin_payload();
        for (key, expected) in [("outer", true), ("alone", true), ("inner", false), ("again", false)] {
            assert_eq!(is_known(&mut memory, key), expected, "{key}");
        }
    }

    #[test]
    fn what_was_given_up_is_tried_again() {
        let mut memory = Memory::default();
        memory.begin_payload();
        let outer = open(&mut memory, "outer");
        let inner = open(&mut memory, "inner");
        memory.give_up();
        memory.end(inner, Local::default());
        memory.end(outer, Local::default());
        assert!(is_known(&mut memory, "inner"));
        memory.begin_payload();
        assert!(!is_known(&mut memory, "inner") && !is_known(&mut memory, "outer"));
    }
}
