//! Bytes that are written: first into memory at hand, then into the `bytes` object that is returned.

use std::mem::MaybeUninit;

use pyo3_ffi::*;

use crate::object::{Owned, clear_error};

unsafe extern "C" {
    fn _PyBytes_Resize(bytes: *mut *mut PyObject, size: Py_ssize_t) -> std::ffi::c_int;
}

/// Payloads up to this size are copied once and cost no reallocation.
pub const AT_HAND: usize = 512;

/// Where small payloads are written.
pub type Scratch = [MaybeUninit<u8>; AT_HAND];

/// The bytes of a payload so far.
pub struct Output {
    start: *mut u8,
    len: usize,
    capacity: usize,
    /// The `bytes` object whose memory it is, or null as long as that is the scratch memory.
    object: *mut PyObject,
    /// How large the payload will probably be.
    expected: usize,
}

impl Output {
    /// Nothing yet. What is said of the scratch memory holds for every use of the output.
    ///
    /// # Safety
    /// The scratch memory outlives the output, and nobody else uses it in the meantime.
    #[inline(always)]
    pub unsafe fn new(scratch: &mut Scratch, expected: usize) -> Self {
        Self {
            start: scratch.as_mut_ptr().cast(),
            len: 0,
            capacity: AT_HAND,
            object: std::ptr::null_mut(),
            expected,
        }
    }

    /// How many bytes are there.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Room for so many more bytes.
    #[inline(always)]
    pub fn reserve(&mut self, more: usize) -> Option<()> {
        if self.capacity - self.len < more {
            self.grow(more)
        } else {
            Some(())
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, more: usize) -> Option<()> {
        let needed = self.len.checked_add(more)?;
        let capacity = needed.max(self.capacity.saturating_mul(2)).max(self.expected);
        let size = Py_ssize_t::try_from(capacity).ok()?;
        // SAFETY: the object, if there is one, is this output's own and unknown to anyone else; a new one has room for
        // what is there already.
        unsafe {
            if self.object.is_null() {
                let object = PyBytes_FromStringAndSize(std::ptr::null(), size);
                if object.is_null() {
                    clear_error();
                    return None;
                }
                let start = PyBytes_AS_STRING(object).cast_mut().cast::<u8>();
                std::ptr::copy_nonoverlapping(self.start, start, self.len);
                self.object = object;
            } else if _PyBytes_Resize(&mut self.object, size) != 0 {
                // The object is gone and the pointer null: there is no memory left, and nothing may be written.
                clear_error();
                self.capacity = self.len;
                return None;
            }
            self.start = PyBytes_AS_STRING(self.object).cast_mut().cast();
        }
        self.capacity = capacity;
        Some(())
    }

    /// Adds a byte, for which room was reserved.
    ///
    /// # Safety
    /// Room was reserved.
    #[inline(always)]
    pub unsafe fn push_unchecked(&mut self, byte: u8) {
        debug_assert!(self.len < self.capacity);
        // SAFETY: there is room.
        unsafe { *self.start.add(self.len) = byte };
        self.len += 1;
    }

    /// Adds a byte.
    #[inline(always)]
    pub fn push(&mut self, byte: u8) -> Option<()> {
        self.reserve(1)?;
        // SAFETY: room was reserved.
        unsafe { self.push_unchecked(byte) };
        Some(())
    }

    /// Adds bytes.
    #[inline(always)]
    pub fn extend(&mut self, data: &[u8]) -> Option<()> {
        self.reserve(data.len())?;
        // SAFETY: room was reserved, and borrowed data is not within it.
        unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), self.start.add(self.len), data.len()) };
        self.len += data.len();
        Some(())
    }

    /// Adds a length in bytes and the bytes.
    #[inline(always)]
    pub fn sized(&mut self, data: &[u8]) -> Option<()> {
        self.reserve(data.len().checked_add(10)?)?;
        // SAFETY: room was reserved for the longest varint and the data, which is not within it.
        unsafe {
            self.varint_unchecked(data.len() as u64);
            copy_short(data, self.start.add(self.len));
        }
        self.len += data.len();
        Some(())
    }

    /// Adds a varint.
    #[inline(always)]
    pub fn varint(&mut self, value: u64) -> Option<()> {
        self.reserve(10)?;
        // SAFETY: room was reserved for the longest varint.
        unsafe { self.varint_unchecked(value) };
        Some(())
    }

    /// Adds a varint, for which room was reserved.
    ///
    /// # Safety
    /// Room for 10 bytes was reserved.
    #[inline(always)]
    pub unsafe fn varint_unchecked(&mut self, mut value: u64) {
        // SAFETY: as for the caller; no varint of 64 bits has more than 10 bytes.
        unsafe {
            while value > 0x7F {
                self.push_unchecked(value as u8 | 0x80);
                value >>= 7;
            }
            self.push_unchecked(value as u8);
        }
    }

    /// Adds a varint of up to 128 bits.
    pub fn varint128(&mut self, mut value: u128) -> Option<()> {
        while value > 0x7F {
            self.push(value as u8 | 0x80)?;
            value >>= 7;
        }
        self.push(value as u8)
    }

    /// The payload as `bytes`.
    #[inline(always)]
    pub fn finish(mut self) -> Option<Owned> {
        let object = std::mem::replace(&mut self.object, std::ptr::null_mut());
        // SAFETY: so many bytes were written at `start`; the object is handed over, shrunk to them.
        unsafe {
            if object.is_null() {
                return Owned::new(PyBytes_FromStringAndSize(self.start.cast(), self.len as Py_ssize_t));
            }
            let mut object = object;
            if self.len != self.capacity && _PyBytes_Resize(&mut object, self.len as Py_ssize_t) != 0 {
                clear_error();
                return None;
            }
            Owned::new(object)
        }
    }
}

impl Drop for Output {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.object.is_null() {
            // SAFETY: the object is this output's own.
            unsafe { Py_DECREF(self.object) };
        }
    }
}

/// Copies data that is mostly a few bytes, for which a call of `memcpy` would take longer than the copying.
///
/// # Safety
/// There is room for the data at `target`, which does not overlap it.
#[inline(always)]
pub unsafe fn copy_short(data: &[u8], target: *mut u8) {
    let (source, len) = (data.as_ptr(), data.len());
    // SAFETY: each branch copies within the first and last bytes of the data.
    unsafe {
        match len {
            0 => {}
            1..4 => {
                *target = *source;
                *target.add(len / 2) = *source.add(len / 2);
                *target.add(len - 1) = *source.add(len - 1);
            }
            4..8 => {
                let (first, last) = (source.cast::<u32>(), source.add(len - 4).cast::<u32>());
                let (first, last) = (first.read_unaligned(), last.read_unaligned());
                target.cast::<u32>().write_unaligned(first);
                target.add(len - 4).cast::<u32>().write_unaligned(last);
            }
            8..=16 => {
                let (first, last) = (source.cast::<u64>(), source.add(len - 8).cast::<u64>());
                let (first, last) = (first.read_unaligned(), last.read_unaligned());
                target.cast::<u64>().write_unaligned(first);
                target.add(len - 8).cast::<u64>().write_unaligned(last);
            }
            17..=32 => {
                let (first, last) = (source.cast::<u128>(), source.add(len - 16).cast::<u128>());
                let (first, last) = (first.read_unaligned(), last.read_unaligned());
                target.cast::<u128>().write_unaligned(first);
                target.add(len - 16).cast::<u128>().write_unaligned(last);
            }
            _ => std::ptr::copy_nonoverlapping(source, target, len),
        }
    }
}
