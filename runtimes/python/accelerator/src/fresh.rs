//! New numbers and strings, made in place: one allocation and a few words, which begin like those of another new one.
//!
//! Python's own functions do the same behind several calls. What the first words of a new object are differs from one
//! version of Python to the next, so they are copied from objects that Python made when this module was loaded.

use std::cell::UnsafeCell;
use std::ptr::NonNull;

use pyo3_ffi::*;

use crate::object::Owned;

/// The beginning of a new object of some kind, of so many words.
pub struct Beginning<const WORDS: usize>(UnsafeCell<[u64; WORDS]>);

// SAFETY: written when the module is loaded, afterwards only read, all with the GIL held.
unsafe impl<const WORDS: usize> Sync for Beginning<WORDS> {}

impl<const WORDS: usize> Beginning<WORDS> {
    /// Not known yet.
    pub const fn unknown() -> Self {
        Self(UnsafeCell::new([0; WORDS]))
    }

    /// Remembers how this object begins, to which there is one reference, like to any new one.
    ///
    /// # Safety
    /// The object has so many words, and the module is just being loaded.
    pub unsafe fn remember(&self, object: &Owned) {
        // SAFETY: as for the caller.
        unsafe { *self.0.get() = object.as_ptr().cast::<[u64; WORDS]>().read() }
    }

    /// A new object of so many bytes that begins like this. None when memory is short.
    ///
    /// # Safety
    /// There is room for the beginning, and the caller writes the rest before anyone else sees the object.
    #[inline(always)]
    pub unsafe fn allocate(&self, bytes: usize) -> Option<Owned> {
        // SAFETY: as for the caller. The memory is that of objects of the builtin types, which free it the same way.
        unsafe {
            let object = NonNull::new(PyObject_Malloc(bytes).cast::<PyObject>())?;
            object.as_ptr().cast::<[u64; WORDS]>().write(*self.0.get());
            Some(Owned::from_new(object))
        }
    }
}
