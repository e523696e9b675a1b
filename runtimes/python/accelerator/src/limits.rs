//! What one payload may cost, counted down.

use pyo3_ffi::PyObject_GetAttrString;

use crate::ints;
use crate::object::{Object, Owned};

/// What is left of the limits.
#[derive(Clone, Copy)]
pub struct Limits {
    /// How many more values of recursive types may be open.
    depth: u64,
    /// How many more items without bytes collections may have.
    zero_sized_items: u64,
}

impl Limits {
    /// Nothing is allowed.
    pub const NONE: Self = Self {
        depth: 0,
        zero_sized_items: 0,
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
        })
    }

    /// Opens a value of a recursive type.
    pub fn enter(&mut self) -> Option<()> {
        self.depth = self.depth.checked_sub(1)?;
        Some(())
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
