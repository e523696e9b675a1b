//! Python's integers, whose layout changed in 3.12: digits of 30 bits, and a word that tells their number and the sign.

use pyo3_ffi::*;

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

/// An `int` as sign and digits.
struct Parts<'a> {
    negative: bool,
    digits: &'a [u32],
}

#[inline(always)]
fn parts(object: Object<'_>) -> Option<Parts<'_>> {
    if object.kind() != &raw mut PyLong_Type {
        return None;
    }
    // SAFETY: the object is an exact int, of this layout, which `check_layout` has made sure of; its digits are so many.
    unsafe {
        let int = object.as_ptr().cast::<Layout>();
        let tag = (*int).tag;
        let (negative, count) = if cfg!(Py_3_12) {
            (tag & 3 == 2, (tag as usize) >> 3)
        } else {
            (tag < 0, tag.unsigned_abs())
        };
        let digits = std::slice::from_raw_parts((&raw const (*int).digits).cast(), count);
        Some(Parts { negative, digits })
    }
}

/// The number in an exact `int`, if it is one of 64 bits with a sign.
#[inline(always)]
pub fn signed(object: Object<'_>) -> Option<i64> {
    let Parts { negative, digits } = parts(object)?;
    match *digits {
        [] => Some(0),
        [low] if negative => Some(-i64::from(low)),
        [low] => Some(i64::from(low)),
        _ => {
            let magnitude = i128::try_from(magnitude(digits)?).ok()?;
            i64::try_from(if negative { -magnitude } else { magnitude }).ok()
        }
    }
}

/// The number in an exact `int`, if it is one of 64 bits without a sign.
#[inline(always)]
pub fn unsigned(object: Object<'_>) -> Option<u64> {
    let Parts { negative, digits } = parts(object)?;
    match *digits {
        [] => Some(0),
        _ if negative => None,
        [low] => Some(u64::from(low)),
        [low, high] => Some(u64::from(low) | u64::from(high) << DIGIT_BITS),
        _ => u64::try_from(magnitude(digits)?).ok(),
    }
}

/// The sign and magnitude of an exact `int` of up to 128 bits.
pub fn wide(object: Object<'_>) -> Option<(bool, u128)> {
    let Parts { negative, digits } = parts(object)?;
    Some((negative, magnitude(digits)?))
}

#[inline(never)]
fn magnitude(digits: &[u32]) -> Option<u128> {
    match digits {
        [low @ .., top] if digits.len() <= 5 => {
            if low.len() == 4 && *top > 0xFF {
                return None;
            }
            let digits = digits.iter().rev();
            Some(digits.fold(0, |value, &digit| value << DIGIT_BITS | u128::from(digit)))
        }
        [] => Some(0),
        _ => None,
    }
}

/// A new `int`.
#[inline(always)]
pub fn from_unsigned(value: u64) -> Option<Owned> {
    match i64::try_from(value) {
        Ok(value) => from_signed(value),
        // SAFETY: a new reference or null.
        Err(_) => unsafe { Owned::new(PyLong_FromUnsignedLongLong(value)) },
    }
}

/// A new `int`.
#[inline(always)]
pub fn from_signed(value: i64) -> Option<Owned> {
    // SAFETY: new references or null. What takes a `long` is the faster of the two, where that is wide enough.
    unsafe {
        Owned::new(match std::ffi::c_long::try_from(value) {
            Ok(value) => PyLong_FromLong(value),
            Err(_) => PyLong_FromLongLong(value),
        })
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

/// True when integers have the layout that this module takes for granted.
pub fn check_layout() -> bool {
    let samples: [i128; 9] = [
        0,
        1,
        -1,
        1 << 29,
        -(1 << 30),
        (1 << 60) + 7,
        -(1 << 63),
        u64::MAX as i128,
        1 << 100,
    ];
    samples.into_iter().all(|sample| {
        let Some(object) = from_wide_signed(sample) else {
            return false;
        };
        wide(object.get()) == Some((sample < 0, sample.unsigned_abs()))
    })
}
