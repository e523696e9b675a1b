//! Keys that a peer has made to collide.

use std::collections::HashMap;

use pyo3_ffi::PyObject_Hash;

use crate::object::{self, Object};

/// How many keys of a map, or items of a set, may have one hash value. The pure codec refuses more.
const MOST_KEYS_OF_ONE_HASH: u32 = 64;

/// How many keys have each hash value. This side's own map has hashes that nobody can foresee.
pub struct Keys {
    count: isize,
    hashes: HashMap<isize, u32>,
}

impl Keys {
    /// No keys yet.
    pub fn new() -> Self {
        Self {
            count: 0,
            hashes: HashMap::new(),
        }
    }

    /// Takes note of a key that has been put where there are so many keys now.
    pub fn note(&mut self, key: Object<'_>, count: isize) -> Option<()> {
        if count == self.count {
            return Some(());
        }
        self.count = count;
        // SAFETY: a living object; one that cannot be hashed leaves an error.
        let hash = unsafe { PyObject_Hash(key.as_ptr()) };
        if hash == -1 {
            object::clear_error();
            return None;
        }
        let with_it = self.hashes.entry(hash).or_insert(0);
        *with_it += 1;
        (*with_it <= MOST_KEYS_OF_ONE_HASH).then_some(())
    }
}
