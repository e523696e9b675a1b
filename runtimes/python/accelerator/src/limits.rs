//! What one payload may cost, counted down.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3_ffi::*;

use crate::ints;
use crate::object::{self, Object, Owned};

/// How many bytes of nominal size are made between two looks at the clock: some milliseconds.
const BYTES_PER_LOOK: u64 = 4 * 1024 * 1024;
/// How many entries are put into a map or set between two looks: keys of a peer's choice may make each slow.
pub const ENTRIES_PER_LOOK: usize = 256;

/// What is left of the limits.
#[derive(Clone, Copy)]
pub struct Limits {
    /// How many more values of recursive types may be open.
    depth: u64,
    /// How many more items without bytes collections may have.
    zero_sized_items: u64,
    /// How many more bytes of nominal size values may have.
    decoded_bytes: u64,
    /// How many of these until the clock is looked at again.
    until_look: u64,
    /// Until when a payload must be read, in the clock's time.
    deadline: f64,
}

impl Limits {
    /// Nothing is allowed.
    pub const NONE: Self = Self {
        depth: 0,
        zero_sized_items: 0,
        decoded_bytes: 0,
        until_look: 0,
        deadline: f64::INFINITY,
    };

    /// The limits that a Python object says.
    #[cold]
    pub fn of(limits: Object<'_>) -> Option<Self> {
        let attribute = |name: &std::ffi::CStr| {
            // SAFETY: a new reference or null.
            let value = unsafe { Owned::new(PyObject_GetAttrString(limits.as_ptr(), name.as_ptr())) }?;
            ints::unsigned(value.get())
        };
        Some(Self {
            depth: attribute(c"max_depth")?,
            zero_sized_items: attribute(c"max_zero_sized_items")?,
            decoded_bytes: attribute(c"max_decoded_bytes")?,
            until_look: BYTES_PER_LOOK,
            deadline: f64::INFINITY,
        })
    }

    /// The same, until this time of the clock.
    #[inline(always)]
    pub fn until(mut self, deadline: f64) -> Self {
        self.deadline = deadline;
        self
    }

    /// Opens a value of a recursive type.
    pub fn enter(&mut self) -> Option<()> {
        self.depth = self.depth.checked_sub(1)?;
        Some(())
    }

    /// Adds the nominal size of what is about to be made.
    #[inline(always)]
    pub fn charge(&mut self, items: usize, size: u64) -> Option<()> {
        let bytes = (items as u64).checked_mul(size)?;
        self.decoded_bytes = self.decoded_bytes.checked_sub(bytes)?;
        match self.until_look.checked_sub(bytes) {
            Some(left) => self.until_look = left,
            None => {
                self.until_look = BYTES_PER_LOOK;
                self.look()?;
            }
        }
        Some(())
    }

    /// Looks at the clock.
    #[cold]
    pub fn look(&self) -> Option<()> {
        if self.deadline == f64::INFINITY {
            return Some(());
        }
        // SAFETY: Python's function for the clock, which needs no arguments and returns a float.
        let now = unsafe {
            let now = Owned::new(PyObject_CallNoArgs(MONOTONIC.load(Ordering::Relaxed)));
            now.map(|now| PyFloat_AsDouble(now.as_ptr()))
        };
        object::clear_error();
        (now? <= self.deadline).then_some(())
    }

    /// Closes it.
    pub fn leave(&mut self) {
        self.depth += 1;
    }

    /// Counts items without bytes.
    #[cold]
    pub fn count(&mut self, items: u64) -> Option<()> {
        self.zero_sized_items = self.zero_sized_items.checked_sub(items)?;
        Some(())
    }
}

/// Python's `time.monotonic`, which this module keeps for good.
static MONOTONIC: AtomicPtr<PyObject> = AtomicPtr::new(null_mut());

/// Looks up Python's clock when the module is loaded. False when it is not there.
pub fn learn() -> bool {
    // SAFETY: the module is being loaded; new references or null.
    let clock = unsafe {
        Owned::new(PyImport_ImportModule(c"time".as_ptr()))
            .and_then(|time| Owned::new(PyObject_GetAttrString(time.as_ptr(), c"monotonic".as_ptr())))
    };
    let Some(clock) = clock else { return false };
    MONOTONIC.store(clock.into_ptr(), Ordering::Relaxed);
    true
}
