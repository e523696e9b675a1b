//! Python's integers, whose layout changed in 3.12: digits of 30 bits, and a word that tells their number and the sign.

use std::cell::UnsafeCell;
use std::ffi::CString;

use pyo3_ffi::*;

use crate::fresh::Beginning;
use crate::object::{Object, Owned};

/// How an `int` lies in memory.
#[repr(C)]
struct Layout {
    ob_base: PyObject,
    /// Until 3.11 the number of digits, negative for negative integers; from 3.12 on that number times 8 and the sign.
    tag: isize,
    digits: [u32; 1],
}

const DIGIT_BITS: u32 = 30;

/// The tags of small integers: no digits, then one and two of a positive number.
const ZERO: isize = if cfg!(Py_3_12) { 1 } else { 0 };
const ONE: isize = if cfg!(Py_3_12) { 1 << 3 } else { 1 };
const TWO: isize = if cfg!(Py_3_12) { 2 << 3 } else { 2 };

/// The number in an exact `int`, if it is one of 64 bits without a sign.
#[inline(always)]
pub fn unsigned(object: Object<'_>) -> Option<u64> {
    if object.kind() != &raw mut PyLong_Type {
        return None;
    }
    let int = object.as_ptr().cast::<Layout>();
    // SAFETY: the object is an exact int of this layout, which `learn` has made sure of, with so many digits.
    unsafe {
        let digit = |index| u64::from((&raw const (*int).digits).cast::<u32>().add(index).read());
        match (*int).tag {
            ONE => Some(digit(0)),
            ZERO => Some(0),
            TWO => Some(digit(0) | digit(1) << DIGIT_BITS),
            _ => match wide(object)? {
                (false, magnitude) => u64::try_from(magnitude).ok(),
                (true, _) => None,
            },
        }
    }
}

/// The number in an exact `int`, if it is one of 64 bits with a sign.
#[inline(always)]
pub fn signed(object: Object<'_>) -> Option<i64> {
    let (negative, magnitude) = match unsigned(object) {
        Some(positive) => (false, u128::from(positive)),
        None => wide(object)?,
    };
    let magnitude = i128::try_from(magnitude).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// The sign and magnitude of an exact `int` of up to 128 bits.
#[inline(never)]
pub fn wide(object: Object<'_>) -> Option<(bool, u128)> {
    if object.kind() != &raw mut PyLong_Type {
        return None;
    }
    let int = object.as_ptr().cast::<Layout>();
    // SAFETY: as above.
    let (negative, digits): (bool, &[u32]) = unsafe {
        let tag = (*int).tag;
        let (negative, count) = if cfg!(Py_3_12) {
            (tag & 3 == 2, tag as usize >> 3)
        } else {
            (tag < 0, tag.unsigned_abs())
        };
        (
            negative,
            std::slice::from_raw_parts((&raw const (*int).digits).cast(), count),
        )
    };
    // Four digits and 8 bits of a fifth.
    if digits.len() > 5 || digits.get(4).is_some_and(|&top| top > 0xFF) {
        return None;
    }
    let digits = digits.iter().rev();
    Some((
        negative,
        digits.fold(0, |value, &digit| value << DIGIT_BITS | u128::from(digit)),
    ))
}

/// The integers that Python has once and for all and that are no rarity: from 0 to 256.
struct Small(UnsafeCell<[Option<Owned>; 257]>);

// SAFETY: written when the module is loaded, afterwards only read, all with the GIL held.
unsafe impl Sync for Small {}

static SMALL: Small = Small(UnsafeCell::new([const { None }; 257]));

/// How a new positive `int` of one digit begins: with the type, and the tag.
static ONE_DIGIT: Beginning<3> = Beginning::unknown();

/// A new `int`.
#[inline(always)]
pub fn from_unsigned(value: u64) -> Option<Owned> {
    // SAFETY: nobody writes the small ones any more.
    if let Some(Some(small)) = unsafe { &*SMALL.0.get() }.get(value as usize) {
        return Some(small.get().own());
    }
    if value >> DIGIT_BITS != 0 {
        return from_large(value);
    }
    // SAFETY: the one digit follows, and there is room for a second, as Python has it too.
    unsafe {
        let object = ONE_DIGIT.allocate(size_of::<Layout>())?;
        (*object.as_ptr().cast::<Layout>()).digits[0] = value as u32;
        Some(object)
    }
}

#[inline(never)]
fn from_large(value: u64) -> Option<Owned> {
    // SAFETY: a new reference or null.
    unsafe { Owned::new(PyLong_FromUnsignedLongLong(value)) }
}

/// A new `int`.
#[inline(always)]
pub fn from_signed(value: i64) -> Option<Owned> {
    match u64::try_from(value) {
        Ok(value) => from_unsigned(value),
        // SAFETY: a new reference or null.
        Err(_) => unsafe { Owned::new(PyLong_FromLongLong(value)) },
    }
}

/// A new `int`.
pub fn from_wide(value: u128) -> Option<Owned> {
    if let Ok(value) = u64::try_from(value) {
        return from_unsigned(value);
    }
    let (high, low, bits) = (
        from_unsigned((value >> 64) as u64)?,
        from_unsigned(value as u64)?,
        from_unsigned(64)?,
    );
    // SAFETY: all are exact ints, whose operators run no Python code; new references or null.
    unsafe {
        let shifted = Owned::new(PyNumber_Lshift(high.as_ptr(), bits.as_ptr()))?;
        Owned::new(PyNumber_Or(shifted.as_ptr(), low.as_ptr()))
    }
}

/// A new `int`.
pub fn from_wide_signed(value: i128) -> Option<Owned> {
    let magnitude = from_wide(value.unsigned_abs())?;
    if value >= 0 {
        return Some(magnitude);
    }
    // SAFETY: an exact int, whose operator runs no Python code; a new reference or null.
    unsafe { Owned::new(PyNumber_Negative(magnitude.as_ptr())) }
}

/// Looks at Python's integers when the module is loaded. False when they do not have the layout that this module takes
/// for granted.
pub fn learn() -> bool {
    // SAFETY: the module is being loaded; new references or null, and an int of one digit has the words that are copied.
    unsafe {
        let Some(sample) = Owned::new(PyLong_FromLong(1 << 29)) else {
            return false;
        };
        ONE_DIGIT.remember(&sample);
        for (value, small) in (0..).zip(&mut *SMALL.0.get()) {
            *small = Owned::new(PyLong_FromLong(value));
        }
    }
    let samples = [
        0,
        1,
        -1,
        -5,
        -6,
        256,
        257,
        1 << 29,
        1 << 30,
        -(1 << 30),
        (1 << 60) + 7,
        -(1 << 63),
        1 << 63,
        1 << 100,
    ];
    samples.into_iter().all(|sample: i128| {
        let (Some(ours), Ok(text)) = (from_wide_signed(sample), CString::new(sample.to_string())) else {
            return false;
        };
        // SAFETY: new references or null; the text is a number's. Comparing exact ints runs no Python code.
        let equal = unsafe {
            let theirs = Owned::new(PyLong_FromString(text.as_ptr(), std::ptr::null_mut(), 10));
            theirs.is_some_and(|theirs| PyObject_RichCompareBool(ours.as_ptr(), theirs.as_ptr(), Py_EQ) == 1)
        };
        equal && wide(ours.get()) == Some((sample < 0, sample.unsigned_abs()))
    })
}
