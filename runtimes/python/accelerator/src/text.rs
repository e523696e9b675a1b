//! Python's strings: the bytes of UTF-8 in one, and a new one from such bytes.

use std::cell::UnsafeCell;

use pyo3_ffi::*;

use crate::object::{Object, Owned, clear_error};
use crate::output::copy_short;

/// The bits of a string's state that say: compact, of ASCII alone.
const ASCII: u32 = if cfg!(Py_3_14) { 0b11 << 19 } else { 0b11 << 5 };

/// The UTF-8 of an exact `str`; None for one with unpaired surrogates. Python keeps it with a string that is not ASCII,
/// so that writing the string once more is only copying.
#[inline(always)]
pub fn utf8(object: Object<'_>) -> Option<&[u8]> {
    if object.kind() != &raw mut PyUnicode_Type {
        return None;
    }
    // SAFETY: the object is an exact str of the layout that `check_layout` has made sure of. Strings do not change.
    unsafe {
        let string = object.as_ptr().cast::<PyASCIIObject>();
        if state(string) & ASCII == ASCII {
            return Some(std::slice::from_raw_parts(
                string.add(1).cast(),
                (*string).length as usize,
            ));
        }
        let mut length = 0;
        let start = PyUnicode_AsUTF8AndSize(object.as_ptr(), &mut length);
        if start.is_null() {
            clear_error();
            return None;
        }
        Some(std::slice::from_raw_parts(start.cast(), length as usize))
    }
}

/// A string's state.
///
/// # Safety
/// The pointer is that of a string.
#[inline(always)]
unsafe fn state(string: *const PyASCIIObject) -> u32 {
    // SAFETY: the string lives; the state is so many bits in every version, however they are declared.
    unsafe { (&raw const (*string).state).cast::<u32>().read() }
}

/// How many characters a string has.
pub fn length(object: Object<'_>) -> usize {
    // SAFETY: asked of strings alone.
    unsafe { PyUnicode_GetLength(object.as_ptr()) as usize }
}

/// A new `str` of UTF-8, which is checked.
#[inline(always)]
pub fn from_utf8(data: &[u8]) -> Option<Owned> {
    if is_ascii(data) {
        from_ascii(data)
    } else {
        from_wide(data)
    }
}

#[inline(always)]
fn from_ascii(data: &[u8]) -> Option<Owned> {
    // SAFETY: a new string or null; the string is compact and has room for the data and the zero that is there already.
    // The one empty string has no room and gets no data.
    unsafe {
        let string = Owned::new(PyUnicode_New(data.len() as Py_ssize_t, 0x7F))?;
        copy_short(data, string.as_ptr().cast::<PyASCIIObject>().add(1).cast());
        Some(string)
    }
}

#[inline(never)]
fn from_wide(data: &[u8]) -> Option<Owned> {
    let text = std::str::from_utf8(data).ok()?;
    let length = data
        .iter()
        .map(|&byte| usize::from((byte as i8) >= -0x40))
        .sum::<usize>() as Py_ssize_t;
    // The first byte of the widest character tells how wide it is, and is the largest of all bytes.
    let largest = data.iter().copied().max().unwrap_or(0);
    let widest = match largest {
        0..0xC4 => 0xFF,
        0xC4..0xF0 => 0xFFFF,
        _ => 0x10_FFFF,
    };
    // SAFETY: a new string or null; it is compact and has room for so many characters of that width.
    unsafe {
        let string = Owned::new(PyUnicode_New(length, widest))?;
        let start = string.as_ptr().cast::<PyCompactUnicodeObject>().add(1);
        match widest {
            0xFF => fill(text, start.cast::<u8>(), |character| character as u8),
            0xFFFF => fill(text, start.cast::<u16>(), |character| character as u16),
            _ => fill(text, start.cast::<u32>(), u32::from),
        }
        Some(string)
    }
}

/// Writes characters one after another.
///
/// # Safety
/// There is room for them.
#[inline(always)]
unsafe fn fill<T>(text: &str, mut target: *mut T, narrow: impl Fn(char) -> T) {
    for character in text.chars() {
        // SAFETY: there is room.
        unsafe {
            target.write(narrow(character));
            target = target.add(1);
        }
    }
}

/// True when all bytes are below 0x80. Most strings are short: those take two looks.
#[inline(always)]
fn is_ascii(data: &[u8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let word = |bytes: &[u8; 8]| u64::from_ne_bytes(*bytes);
    let half = |bytes: &[u8; 4]| u64::from(u32::from_ne_bytes(*bytes));
    let bits = match data.len() {
        0..4 => data.iter().fold(0, |bits, &byte| bits | u64::from(byte)),
        4..8 => match (data.first_chunk(), data.last_chunk()) {
            (Some(first), Some(last)) => half(first) | half(last),
            _ => HIGH,
        },
        8..=16 => match (data.first_chunk(), data.last_chunk()) {
            (Some(first), Some(last)) => word(first) | word(last),
            _ => HIGH,
        },
        _ => return data.is_ascii(),
    };
    bits & HIGH == 0
}

/// How many short strings are remembered.
const KEYS: usize = 512;
/// The longest string that is remembered, in bytes.
const LONGEST_KEY: usize = 32;

/// Keys of maps that were read before: the same few names come again and again. One that is there already costs neither
/// an allocation nor a hash.
struct Keys(UnsafeCell<[Option<Owned>; KEYS]>);

// SAFETY: used with the GIL held, by one interpreter.
unsafe impl Sync for Keys {}

static REMEMBERED: Keys = Keys(UnsafeCell::new([const { None }; KEYS]));

/// A `str` of UTF-8 that is a key: an old one, if it is still remembered.
#[inline(always)]
pub fn key(data: &[u8]) -> Option<Owned> {
    if data.is_empty() || data.len() > LONGEST_KEY || !is_ascii(data) {
        return from_utf8(data);
    }
    // SAFETY: the GIL is held, and nothing in this block lets go of it: dropping a string runs no Python code.
    let place = unsafe { &mut (&mut *REMEMBERED.0.get())[hash(data) % KEYS] };
    if let Some(old) = place
        && utf8(old.get()) == Some(data)
    {
        return Some(old.get().own());
    }
    let new = from_ascii(data)?;
    *place = Some(new.get().own());
    Some(new)
}

/// Where a key is remembered: FNV-1a.
#[inline(always)]
fn hash(data: &[u8]) -> usize {
    let hash = data.iter().fold(0x811C_9DC5_u32, |hash, &byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    (hash ^ hash >> 15) as usize
}

/// True when strings have the layout that this module takes for granted.
pub fn check_layout() -> bool {
    ["", "a", "plain ASCII", "\u{e9}", "\u{20ac}uro", "\u{1f980} crab"]
        .into_iter()
        .all(|sample| {
            let Some(object) = from_utf8(sample.as_bytes()) else {
                return false;
            };
            // SAFETY: the object is a string.
            let ascii = unsafe { state(object.as_ptr().cast()) } & ASCII == ASCII;
            let mut length = 0;
            // SAFETY: the object is a string; Python's own view of it is read while it lives.
            let seen = unsafe {
                let start = PyUnicode_AsUTF8AndSize(object.as_ptr(), &mut length);
                !start.is_null() && std::slice::from_raw_parts(start.cast::<u8>(), length as usize) == sample.as_bytes()
            };
            ascii == sample.is_ascii() && seen && utf8(object.get()) == Some(sample.as_bytes())
        })
}
