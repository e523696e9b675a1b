//! Bytes that are written: first into memory at hand, then into the `bytes` object that is returned.

use std::mem::MaybeUninit;

use pyo3_ffi::*;

use crate::copy::copy_short;
use crate::new_values;
use crate::object::{Owned, clear_error};

unsafe extern "C" {
    fn _PyBytes_Resize(bytes: *mut *mut PyObject, size: Py_ssize_t) -> std::ffi::c_int;
}

/// Payloads up to this size are copied once and cost no reallocation.
pub const AT_HAND: usize = 512;

/// How many bytes the longest varint of 64 bits has.
const LONGEST: usize = 10;

/// Where small payloads are written.
pub type Scratch = [MaybeUninit<u8>; AT_HAND];

/// The bytes of a payload so far.
pub struct Output {
    /// Where the next byte goes.
    cursor: *mut u8,
    /// Where the room ends.
    end: *mut u8,
    start: *mut u8,
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
        let memory = scratch.as_mut_ptr_range();
        Self {
            cursor: memory.start.cast(),
            end: memory.end.cast(),
            start: memory.start.cast(),
            object: std::ptr::null_mut(),
            expected,
        }
    }

    /// How many bytes are there.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.cursor as usize - self.start as usize
    }

    /// Room for so many more bytes.
    #[inline(always)]
    pub fn reserve(&mut self, more: usize) -> Option<()> {
        if self.end as usize - (self.cursor as usize) < more {
            self.grow(more)
        } else {
            Some(())
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, more: usize) -> Option<()> {
        let len = self.len();
        let doubled = (self.end as usize - self.start as usize).saturating_mul(2);
        let capacity = len.checked_add(more)?.max(doubled).max(self.expected);
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
                std::ptr::copy_nonoverlapping(self.start, PyBytes_AS_STRING(object).cast_mut().cast(), len);
                self.object = object;
            } else if _PyBytes_Resize(&mut self.object, size) != 0 {
                // The object is gone and the pointer null: memory is short, and nothing may be written any more.
                clear_error();
                self.end = self.cursor;
                return None;
            }
            self.start = PyBytes_AS_STRING(self.object).cast_mut().cast();
            self.cursor = self.start.add(len);
            self.end = self.start.add(capacity);
        }
        Some(())
    }

    /// Adds a byte, for which room was reserved.
    ///
    /// # Safety
    /// Room was reserved.
    #[inline(always)]
    unsafe fn push_unchecked(&mut self, byte: u8) {
        debug_assert!(self.cursor < self.end);
        // SAFETY: there is room.
        unsafe {
            self.cursor.write(byte);
            self.cursor = self.cursor.add(1);
        }
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
        unsafe {
            std::ptr::copy_nonoverlapping(data.as_ptr(), self.cursor, data.len());
            self.cursor = self.cursor.add(data.len());
        }
        Some(())
    }

    /// Adds a length in bytes and the bytes.
    #[inline(always)]
    pub fn sized(&mut self, data: &[u8]) -> Option<()> {
        // Nothing in memory is so long that this overflows.
        self.reserve(data.len() + LONGEST)?;
        // SAFETY: room was reserved for the longest varint and the data, which is not within it.
        unsafe {
            self.varint_unchecked(data.len() as u64);
            copy_short(data, self.cursor);
            self.cursor = self.cursor.add(data.len());
        }
        Some(())
    }

    /// Adds a varint.
    #[inline(always)]
    pub fn varint(&mut self, value: u64) -> Option<()> {
        self.reserve(LONGEST)?;
        // SAFETY: room was reserved for the longest varint.
        unsafe { self.varint_unchecked(value) };
        Some(())
    }

    /// Adds a varint, for which room was reserved.
    ///
    /// # Safety
    /// Room for the longest varint was reserved.
    #[inline(always)]
    unsafe fn varint_unchecked(&mut self, mut value: u64) {
        // SAFETY: as for the caller.
        unsafe {
            while value > 0x7F {
                self.push_unchecked(value as u8 | 0x80);
                value >>= 7;
            }
            self.push_unchecked(value as u8);
        }
    }

    /// Adds a varint of 32 bits, for which room was reserved, without a branch: among many the length of the next one
    /// is anyone's guess.
    ///
    /// # Safety
    /// Room for 8 bytes was reserved.
    #[inline(always)]
    pub unsafe fn varint32_unchecked(&mut self, value: u32) {
        let value = u64::from(value);
        let groups = value & 0x7F
            | (value & 0x3F80) << 1
            | (value & 0x1F_C000) << 2
            | (value & 0xFE0_0000) << 3
            | (value & 0xF000_0000) << 4;
        let bits = 64 - (value | 1).leading_zeros();
        // The bits divided by 7, rounded up.
        let len = (bits * 9 + 64) >> 6;
        let more = 0x8080_8080_8080_8080 & ((1 << (8 * (len - 1))) - 1);
        // SAFETY: there is room.
        unsafe {
            self.cursor.cast::<u64>().write_unaligned(groups | more);
            self.cursor = self.cursor.add(len as usize);
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
    pub fn finish(self) -> Option<Owned> {
        if self.object.is_null() {
            // SAFETY: so many bytes were written.
            return new_values::bytes(unsafe { std::slice::from_raw_parts(self.start, self.len()) });
        }
        self.finish_object()
    }

    #[inline(never)]
    fn finish_object(mut self) -> Option<Owned> {
        let len = self.len();
        let mut object = std::mem::replace(&mut self.object, std::ptr::null_mut());
        // SAFETY: the object is this output's own, and handed over, shrunk to the bytes that were written.
        unsafe {
            if self.cursor != self.end && _PyBytes_Resize(&mut object, len as Py_ssize_t) != 0 {
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
