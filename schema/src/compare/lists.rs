//! What became of the fields of structs and variants, and of the arguments of methods: the cause of what is found at one of them.

use std::collections::HashMap;
use std::rc::Rc;

use super::describe::list_change;

/// What became of lists of names, by who has them.
#[derive(Default)]
pub(super) struct Lists {
    /// By the names of the owner on both sides; nothing where only names are others.
    pairs: HashMap<(String, String), Option<Rc<Change>>>,
    /// The array that has another length, by the names of its owner on both sides, in this payload.
    arrays: HashMap<(String, String), Change>,
    /// The last change of an owner of the old side.
    old: HashMap<String, Rc<Change>>,
    /// The last change of an owner of the new side.
    new: HashMap<String, Rc<Change>>,
}

/// What became of a list.
pub(super) struct Change {
    /// Who has it, on the new side.
    pub(super) owner: String,
    /// What it is.
    pub(super) what: String,
}

impl Lists {
    /// Remembers what became of a list of names that two owners have.
    pub(super) fn note(&mut self, [old, new]: [&str; 2], kind: &str, names: impl FnOnce() -> [Vec<String>; 2]) {
        let key = (old.to_owned(), new.to_owned());
        let change = self.pairs.entry(key).or_insert_with(|| {
            let [before, after] = names();
            let owner = new.to_owned();
            list_change(kind, &borrowed(&before), &borrowed(&after)).map(|what| Rc::new(Change { owner, what }))
        });
        if let Some(change) = change.clone() {
            self.say([old, new], change);
        }
    }

    /// Remembers that an array of one owner is longer than that of the other.
    pub(super) fn note_array(&mut self, [old, new]: [&str; 2], what: String) {
        let owner = new.to_owned();
        self.arrays
            .insert((old.to_owned(), owner.clone()), Change { owner, what });
    }

    /// Forgets the arrays of the payload before.
    pub(super) fn begin_payload(&mut self) {
        self.arrays.clear();
    }

    /// What became of the list of these owners, or else of one of them.
    pub(super) fn of(&self, old: &str, new: &str) -> Option<&Change> {
        let key = (old.to_owned(), new.to_owned());
        if let Some(array) = self.arrays.get(&key) {
            return Some(array);
        }
        match self.pairs.get(&key) {
            Some(known) => known.as_deref(),
            None => self.old.get(old).or_else(|| self.new.get(new)).map(Rc::as_ref),
        }
    }

    fn say(&mut self, [old, new]: [&str; 2], change: Rc<Change>) {
        self.old.insert(old.to_owned(), Rc::clone(&change));
        self.new.insert(new.to_owned(), change);
    }
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}
