//! Python's strings: the bytes of UTF-8 in one, and a new one from such bytes.

use std::cell::UnsafeCell;

use pyo3_ffi::*;

use crate::copy::copy_short;
use crate::fresh::Beginning;
use crate::object::{Object, Owned, clear_error};

/// The bits of a string's state that say: compact, of ASCII alone.
const ASCII: u32 = if cfg!(Py_3_14) { 0b11 << 19 } else { 0b11 << 5 };

/// Those bits, and the ones that tell how wide characters are.
const KIND: u32 = if cfg!(Py_3_14) { 0x1F << 16 } else { 0x1F << 2 };

/// The UTF-8 of an exact `str`; None for one with unpaired surrogates. Python keeps it with a string that is not ASCII,
/// so that writing the string once more is only copying.
#[inline(always)]
pub fn utf8(object: Object<'_>) -> Option<&[u8]> {
    if object.kind() != &raw mut PyUnicode_Type {
        return None;
    }
    // SAFETY: the object is an exact str of the layout that `learn` has made sure of. Strings do not change.
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

/// How many words a string of ASCII has before its characters.
const HEAD: usize = size_of::<PyASCIIObject>() / size_of::<u64>();

/// How a new string of ASCII begins: all but its length.
static NEW_ASCII: Beginning<HEAD> = Beginning::unknown();

#[inline(always)]
fn from_ascii(data: &[u8]) -> Option<Owned> {
    if data.is_empty() {
        return empty();
    }
    // SAFETY: the length and the characters with a zero behind them follow.
    unsafe {
        let string = NEW_ASCII.allocate(size_of::<PyASCIIObject>() + data.len() + 1)?;
        let ascii = string.as_ptr().cast::<PyASCIIObject>();
        (*ascii).length = data.len() as Py_ssize_t;
        let characters = ascii.add(1).cast::<u8>();
        copy_short(data, characters);
        characters.add(data.len()).write(0);
        Some(string)
    }
}

/// The one empty string.
#[inline(never)]
fn empty() -> Option<Owned> {
    // SAFETY: a reference or null.
    unsafe { Owned::new(PyUnicode_New(0, 0)) }
}

#[inline(never)]
fn from_wide(data: &[u8]) -> Option<Owned> {
    // Each character has one byte that is no continuation. The largest byte is the first of the widest character.
    let length = data
        .iter()
        .map(|&byte| usize::from((byte as i8) >= -0x40))
        .sum::<usize>() as Py_ssize_t;
    let largest = data.iter().copied().max().unwrap_or(0);
    let widest = match largest {
        0..0xC4 => 0xFF,
        0xC4..0xF0 => 0xFFFF,
        _ => 0x10_FFFF,
    };
    // SAFETY: a new string or null; it is compact and has room for so many characters of that width. What cannot be
    // filled is freed unseen.
    unsafe {
        let string = Owned::new(PyUnicode_New(length, widest))?;
        let start = string.as_ptr().cast::<PyCompactUnicodeObject>().add(1);
        match widest {
            0xFF => fill(data, start.cast::<u8>(), |character| character as u8),
            0xFFFF => fill(data, start.cast::<u16>(), |character| character as u16),
            _ => fill(data, start.cast::<u32>(), |character| character),
        }?;
        Some(string)
    }
}

/// Writes the characters of UTF-8, which is checked on the way: by table 3-7 of the Unicode standard.
///
/// # Safety
/// There is room for as many characters as there are bytes that are no continuation.
#[inline(always)]
unsafe fn fill<T: Copy>(data: &[u8], mut target: *mut T, narrow: impl Fn(u32) -> T) -> Option<()> {
    let mut left = data;
    let mut put = |character: u32| {
        // SAFETY: each character that is put began with a byte that is no continuation.
        unsafe {
            target.write(narrow(character));
            target = target.add(1);
        }
    };
    let tail = |byte: u8| u32::from(byte & 0x3F);
    let continues = |byte: u8| byte & 0xC0 == 0x80;
    loop {
        left = match *left {
            [] => return Some(()),
            [a @ 0..0x80, ref rest @ ..] => {
                put(u32::from(a));
                rest
            }
            [a @ 0xC2..0xE0, b, ref rest @ ..] if continues(b) => {
                put(u32::from(a & 0x1F) << 6 | tail(b));
                rest
            }
            [a @ 0xE0..0xF0, b, c, ref rest @ ..] if continues(b) && continues(c) => {
                let character = u32::from(a & 0x0F) << 12 | tail(b) << 6 | tail(c);
                // Longer than need be, or a surrogate.
                if character < 0x800 || character & 0xF800 == 0xD800 {
                    return None;
                }
                put(character);
                rest
            }
            [a @ 0xF0..0xF5, b, c, d, ref rest @ ..] if continues(b) && continues(c) && continues(d) => {
                let character = u32::from(a & 0x07) << 18 | tail(b) << 12 | tail(c) << 6 | tail(d);
                if !(0x1_0000..=0x10_FFFF).contains(&character) {
                    return None;
                }
                put(character);
                rest
            }
            _ => return None,
        };
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

/// Looks at Python's strings when the module is loaded. False when they do not have the layout that this module takes
/// for granted.
pub fn learn() -> bool {
    // SAFETY: the module is being loaded; a new string or null, which has the words that are copied.
    unsafe {
        let Some(sample) = Owned::new(PyUnicode_New(2, 0x7F)) else {
            return false;
        };
        NEW_ASCII.remember(&sample);
    }
    ["", "a", "plain ASCII", "\u{e9}", "\u{20ac}uro", "\u{1f980} crab"]
        .into_iter()
        .all(|sample| {
            // SAFETY: new references or null; comparing exact strings runs no Python code.
            let (theirs, equal) = unsafe {
                let theirs = Owned::new(PyUnicode_FromStringAndSize(
                    sample.as_ptr().cast(),
                    sample.len() as Py_ssize_t,
                ));
                let (Some(ours), Some(theirs)) = (from_utf8(sample.as_bytes()), theirs) else {
                    return false;
                };
                let equal = PyObject_RichCompareBool(ours.as_ptr(), theirs.as_ptr(), Py_EQ) == 1
                    && state(ours.as_ptr().cast()) & KIND == state(theirs.as_ptr().cast()) & KIND;
                (theirs, equal)
            };
            // SAFETY: the object is a string.
            let ascii = unsafe { state(theirs.as_ptr().cast()) } & ASCII == ASCII;
            equal && ascii == sample.is_ascii() && utf8(theirs.get()) == Some(sample.as_bytes())
        })
}
