//! Python objects as Rust sees them: borrowed, owned, and what is inside the exact builtin types.
//!
//! Everything here runs with the GIL held, between the entry from Python and the return to it, and no Python code runs
//! in between while values are *written*: only exact builtin types and the slots of verified classes are looked at,
//! nothing is called that could be overridden, and what is allocated is not seen by the cyclic collector. So what one
//! borrows stays alive and unchanged. While values are *read*, hashing the items of sets and the keys of maps may run
//! Python code; all that is at hand then is owned, or bytes that never change.

use std::marker::PhantomData;
use std::ptr::NonNull;

use pyo3_ffi::*;

/// An object that someone else keeps alive for `'a`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Object<'a>(NonNull<PyObject>, PhantomData<&'a PyObject>);

/// A reference to an object, given back when dropped.
#[repr(transparent)]
pub struct Owned(NonNull<PyObject>);

impl<'a> Object<'a> {
    /// An object from Python's side; None for a null pointer.
    ///
    /// # Safety
    /// The pointer is null, or that of an object that lives for `'a`.
    #[inline(always)]
    pub unsafe fn new(pointer: *mut PyObject) -> Option<Self> {
        NonNull::new(pointer).map(|pointer| Self(pointer, PhantomData))
    }

    /// The pointer.
    #[inline(always)]
    pub fn as_ptr(self) -> *mut PyObject {
        self.0.as_ptr()
    }

    /// The object's type.
    #[inline(always)]
    pub fn kind(self) -> *mut PyTypeObject {
        // SAFETY: the object lives, and every object has a type.
        unsafe { Py_TYPE(self.as_ptr()) }
    }

    /// True for the one object `other`.
    #[inline(always)]
    pub fn is(self, other: *mut PyObject) -> bool {
        self.as_ptr() == other
    }

    /// True for `None`.
    #[inline(always)]
    pub fn is_none(self) -> bool {
        // SAFETY: `None` lives for ever.
        self.is(unsafe { Py_None() })
    }

    /// What a `bool` means.
    #[inline(always)]
    pub fn as_bool(self) -> Option<bool> {
        // SAFETY: `True` and `False` live for ever.
        let (yes, no) = unsafe { (Py_True(), Py_False()) };
        if self.is(yes) {
            Some(true)
        } else if self.is(no) {
            Some(false)
        } else {
            None
        }
    }

    /// The number in an exact `float`.
    #[inline(always)]
    pub fn as_float(self) -> Option<f64> {
        // SAFETY: the layout of an exact float is this one.
        unsafe { (self.kind() == &raw mut PyFloat_Type).then(|| (*self.as_ptr().cast::<PyFloatObject>()).ob_fval) }
    }

    /// The bytes of an exact `bytes`.
    #[inline(always)]
    pub fn as_bytes(self) -> Option<&'a [u8]> {
        if self.kind() != &raw mut PyBytes_Type {
            return None;
        }
        // SAFETY: the object is exact `bytes`, which have so many bytes and never change.
        unsafe {
            let start = PyBytes_AS_STRING(self.as_ptr()).cast::<u8>();
            Some(std::slice::from_raw_parts(start, Py_SIZE(self.as_ptr()) as usize))
        }
    }

    /// The items of an exact `list` or `tuple`.
    #[inline(always)]
    pub fn as_items(self) -> Option<&'a [Object<'a>]> {
        let object = self.as_ptr();
        // SAFETY: the object is an exact list or tuple, whose items are so many objects; an empty list may have no
        // memory. Nothing changes them while they are borrowed, for the reasons at the top of this file.
        unsafe {
            let start: *const *mut PyObject = if self.kind() == &raw mut PyList_Type {
                (*object.cast::<PyListObject>()).ob_item
            } else if self.kind() == &raw mut PyTuple_Type {
                (&raw const (*object.cast::<PyTupleObject>()).ob_item).cast()
            } else {
                return None;
            };
            if start.is_null() {
                return Some(&[]);
            }
            Some(std::slice::from_raw_parts(start.cast(), Py_SIZE(object) as usize))
        }
    }

    /// An owned reference to the same object.
    #[inline(always)]
    pub fn own(self) -> Owned {
        // SAFETY: the object lives.
        unsafe { Py_INCREF(self.as_ptr()) };
        Owned(self.0)
    }
}

impl Owned {
    /// Takes over a reference from Python; None for a null pointer, whose exception is cleared.
    ///
    /// # Safety
    /// The pointer is null, or a reference that is now this one's.
    #[inline(always)]
    pub unsafe fn new(pointer: *mut PyObject) -> Option<Self> {
        match NonNull::new(pointer) {
            Some(pointer) => Some(Self(pointer)),
            None => {
                clear_error();
                None
            }
        }
    }

    /// Takes over the only reference to a new object.
    ///
    /// # Safety
    /// The reference is now this one's.
    #[inline(always)]
    pub unsafe fn from_new(pointer: NonNull<PyObject>) -> Self {
        Self(pointer)
    }

    /// The object, as long as this reference is kept.
    #[inline(always)]
    pub fn get(&self) -> Object<'_> {
        Object(self.0, PhantomData)
    }

    /// The pointer, still owned by this one.
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut PyObject {
        self.0.as_ptr()
    }

    /// Hands the reference over to the caller.
    #[inline(always)]
    pub fn into_ptr(self) -> *mut PyObject {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }
}

impl Drop for Owned {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: the reference is this one's.
        unsafe { Py_DECREF(self.0.as_ptr()) }
    }
}

/// Forgets an exception: the pure codec will raise its own.
#[cold]
pub fn clear_error() {
    // SAFETY: the GIL is held.
    unsafe { PyErr_Clear() }
}

/// `None`.
#[inline(always)]
pub fn none() -> Owned {
    // SAFETY: `None` lives for ever.
    unsafe { Owned(NonNull::new_unchecked(Py_NewRef(Py_None()))) }
}

/// `True` or `False`.
#[inline(always)]
pub fn boolean(value: bool) -> Owned {
    // SAFETY: both live for ever.
    unsafe {
        Owned(NonNull::new_unchecked(Py_NewRef(if value {
            Py_True()
        } else {
            Py_False()
        })))
    }
}

/// A list that is being filled. Until it is finished, Python would see an empty one.
pub struct ListBuilder {
    list: Owned,
    items: *mut *mut PyObject,
    len: usize,
    capacity: usize,
}

impl ListBuilder {
    /// An empty list with room for so many items.
    #[inline(always)]
    pub fn new(capacity: usize) -> Option<Self> {
        // SAFETY: a new list or null. It gets places for all items, from where it would itself take them and will give
        // them back; they need not be empty, since the list has no items yet.
        unsafe {
            let list = Owned::new(PyList_New(0))?;
            if capacity == 0 {
                let items = std::ptr::null_mut();
                return Some(Self {
                    list,
                    items,
                    len: 0,
                    capacity,
                });
            }
            let items: *mut *mut PyObject = PyMem_Malloc(capacity.checked_mul(size_of::<*mut PyObject>())?).cast();
            if items.is_null() {
                return None;
            }
            let object = list.as_ptr().cast::<PyListObject>();
            (*object).ob_item = items;
            (*object).allocated = capacity as Py_ssize_t;
            Some(Self {
                list,
                items,
                len: 0,
                capacity,
            })
        }
    }

    /// Adds an item, for which there must be room.
    #[inline(always)]
    pub fn push(&mut self, item: Owned) {
        assert!(self.len < self.capacity);
        // SAFETY: there is room. Nobody else has a reference to the list: who asks the collector for all objects there
        // are, from the hash of an item, gets an empty list that is in use, as from other extensions.
        unsafe { *self.items.add(self.len) = item.into_ptr() };
        self.len += 1;
    }

    /// The list.
    #[inline(always)]
    pub fn finish(self) -> Owned {
        self.list.get().own()
    }
}

impl Drop for ListBuilder {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: so many items are there. The list is given back, or frees them.
        unsafe { (*self.list.as_ptr().cast::<PyVarObject>()).ob_size = self.len as Py_ssize_t };
    }
}
