//! New floats and bytes.

use pyo3_ffi::*;

use crate::copy::copy_short;
use crate::fresh::Beginning;
use crate::object::Owned;

/// A new `float`.
#[inline(always)]
pub fn float(value: f64) -> Option<Owned> {
    // SAFETY: a new reference or null.
    unsafe { Owned::new(PyFloat_FromDouble(value)) }
}

/// How a new `float` begins: all but its number.
static NEW_FLOAT: Beginning<2> = Beginning::unknown();

/// A new `float`, one of many: Python's own function looks first for one of the few that it has put aside.
#[inline(always)]
pub fn one_of_many_floats(value: f64) -> Option<Owned> {
    // SAFETY: the number follows.
    unsafe {
        let object = NEW_FLOAT.allocate(size_of::<PyFloatObject>())?;
        (*object.as_ptr().cast::<PyFloatObject>()).ob_fval = value;
        Some(object)
    }
}

/// How many words `bytes` have before their bytes: those of any object with a size, and the hash.
const BYTES_HEAD: usize = size_of::<PyVarObject>() / size_of::<u64>() + 1;

/// How new `bytes` begin: all but their size.
static NEW_BYTES: Beginning<BYTES_HEAD> = Beginning::unknown();

/// New `bytes`.
#[inline(always)]
pub fn bytes(data: &[u8]) -> Option<Owned> {
    if data.is_empty() {
        // SAFETY: a reference or null.
        return unsafe { Owned::new(PyBytes_FromStringAndSize(std::ptr::null(), 0)) };
    }
    // SAFETY: the size and the bytes with a zero behind them follow.
    unsafe {
        let object = NEW_BYTES.allocate(BYTES_HEAD * size_of::<u64>() + data.len() + 1)?;
        (*object.as_ptr().cast::<PyVarObject>()).ob_size = data.len() as Py_ssize_t;
        let start = PyBytes_AS_STRING(object.as_ptr()).cast_mut().cast::<u8>();
        copy_short(data, start);
        start.add(data.len()).write(0);
        Some(object)
    }
}

/// Looks at Python's `bytes` and `float` when the module is loaded. False when they do not have the layout that this module takes
/// for granted.
pub fn learn() -> bool {
    let text = b"sample";
    // SAFETY: the module is being loaded; a new object or null, which has the words that are copied.
    unsafe {
        let Some(sample) = Owned::new(PyBytes_FromStringAndSize(
            text.as_ptr().cast(),
            text.len() as Py_ssize_t,
        )) else {
            return false;
        };
        NEW_BYTES.remember(&sample);
        let Some(number) = float(1.5) else { return false };
        NEW_FLOAT.remember(&number);
        one_of_many_floats(-2.5).is_some_and(|float| PyFloat_AsDouble(float.as_ptr()) == -2.5)
            && bytes(text).is_some_and(|ours| PyObject_RichCompareBool(ours.as_ptr(), sample.as_ptr(), Py_EQ) == 1)
            && PyBytes_AS_STRING(sample.as_ptr()).cast::<u64>()
                == sample.as_ptr().cast::<u64>().add(BYTES_HEAD).cast_const()
    }
}
