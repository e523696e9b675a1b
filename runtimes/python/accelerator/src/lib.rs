//! Reads and writes the payloads of generated Python clients: the good way of their codecs, in Rust.
//!
//! A generated package describes its types to [`plan`], and gets functions that stand in for its own encoders and
//! decoders. Such a function has only a good way. Whatever is unusual - bytes that are no value, a value of another
//! type or of a subclass, a limit that is reached, anything not supported - makes it give up without a trace and call
//! the function in Python from the start, which does it, or raises the error. So errors are the same by construction.
//!
//! It is for CPython with its global lock, in the main interpreter: objects are read and made by their layout, which is
//! checked when the module is loaded.

#[cfg(not(any(target_pointer_width = "64")))]
compile_error!("the accelerator is for machines of 64 bits");
#[cfg(target_endian = "big")]
compile_error!("the accelerator is for little-endian machines");
#[cfg(any(PyPy, GraalPy, Py_LIMITED_API, Py_GIL_DISABLED, not(Py_3_11), Py_3_15))]
compile_error!("the accelerator is for CPython 3.11 to 3.14 with its global lock");
#[cfg(any(
    py_sys_config = "Py_DEBUG",
    py_sys_config = "Py_REF_DEBUG",
    py_sys_config = "Py_TRACE_REFS"
))]
compile_error!("the accelerator is for release builds of CPython");

mod copy;
mod decode;
mod encode;
mod entry;
mod fresh;
mod gc;
mod input;
mod ints;
mod keys;
mod limits;
mod new_values;
mod node;
mod object;
mod output;
mod plan;
mod record;
mod text;

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use pyo3_ffi::*;

use object::{Object, Owned};
use plan::Plan;

/// The version of what this module and `rapace.accelerator` agree upon: the functions here, and the forms in a plan.
const SEAM: std::ffi::c_long = 2;

/// What Python keeps a pointer to for good.
#[repr(transparent)]
struct Static<T>(UnsafeCell<T>);

// SAFETY: used by Python alone, with the GIL held.
unsafe impl<T> Sync for Static<T> {}

static METHODS: Static<[PyMethodDef; 3]> = Static(UnsafeCell::new([
    PyMethodDef {
        ml_name: c"decoder".as_ptr(),
        ml_meth: PyMethodDefPointer {
            PyCFunctionFast: make_decoder,
        },
        ml_flags: METH_FASTCALL,
        ml_doc: c"decoder(pure, types, form)\n--\n\n\
            A function that does what `pure(limits, payload, deadline)` does, or `pure` itself."
            .as_ptr(),
    },
    PyMethodDef {
        ml_name: c"encoder".as_ptr(),
        ml_meth: PyMethodDefPointer {
            PyCFunctionFast: make_encoder,
        },
        ml_flags: METH_FASTCALL,
        ml_doc: c"encoder(pure, types, *forms)\n--\n\n\
            A function that does what `pure(limits, *values)` does, or `pure` itself."
            .as_ptr(),
    },
    PyMethodDef::zeroed(),
]));

static SLOTS: Static<[PyModuleDef_Slot; SLOT_COUNT]> = Static(UnsafeCell::new([
    PyModuleDef_Slot {
        slot: Py_mod_exec,
        value: load as *mut c_void,
    },
    #[cfg(Py_3_12)]
    PyModuleDef_Slot {
        slot: Py_mod_multiple_interpreters,
        value: Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED,
    },
    PyModuleDef_Slot {
        slot: 0,
        value: null_mut(),
    },
]));

const SLOT_COUNT: usize = if cfg!(Py_3_12) { 3 } else { 2 };

static MODULE: Static<PyModuleDef> = Static(UnsafeCell::new(PyModuleDef {
    m_base: PyModuleDef_HEAD_INIT,
    m_name: c"rapace_accelerator".as_ptr(),
    m_doc: c"Reads and writes the payloads of rapace's clients. `rapace.accelerator` uses it.".as_ptr(),
    m_size: 0,
    m_methods: METHODS.0.get().cast(),
    m_slots: SLOTS.0.get().cast(),
    m_traverse: None,
    m_clear: None,
    m_free: None,
}));

/// What Python calls first when it imports the module.
///
/// # Safety
/// The GIL is held.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PyInit_rapace_accelerator() -> *mut PyObject {
    // SAFETY: the GIL is held; the definition stays for good.
    unsafe { PyModuleDef_Init(MODULE.0.get()) }
}

/// Loads the module into an interpreter.
unsafe extern "C" fn load(module: *mut PyObject) -> c_int {
    // SAFETY: Python calls this with the GIL held and the new module.
    unsafe {
        if PyInterpreterState_Get() != PyInterpreterState_Main() {
            return refuse(c"rapace_accelerator is for the main interpreter");
        }
        if !(new_values::learn() && ints::learn() && text::learn() && limits::learn()) {
            return refuse(c"rapace_accelerator does not know this Python's objects");
        }
        if !entry::prepare() {
            return -1;
        }
        PyModule_AddIntConstant(module, c"SEAM".as_ptr(), SEAM)
    }
}

/// Raises an `ImportError`.
fn refuse(why: &std::ffi::CStr) -> c_int {
    // SAFETY: the GIL is held.
    unsafe { PyErr_SetString(PyExc_ImportError, why.as_ptr()) };
    -1
}

/// `decoder(pure, types, form)`.
unsafe extern "C" fn make_decoder(_: *mut PyObject, arguments: *mut *mut PyObject, count: Py_ssize_t) -> *mut PyObject {
    // SAFETY: as Python calls it.
    unsafe { make(arguments, count, 1..=1, entry::decoder) }
}

/// `encoder(pure, types, *forms)`.
unsafe extern "C" fn make_encoder(_: *mut PyObject, arguments: *mut *mut PyObject, count: Py_ssize_t) -> *mut PyObject {
    // SAFETY: as Python calls it.
    unsafe { make(arguments, count, 0..=usize::MAX, entry::encoder) }
}

/// Compiles the forms after the first two arguments.
///
/// # Safety
/// There are so many arguments, and Python keeps them alive.
unsafe fn make(
    arguments: *mut *mut PyObject,
    count: Py_ssize_t,
    wanted: std::ops::RangeInclusive<usize>,
    function: fn(Plan, Object<'_>) -> Option<Owned>,
) -> *mut PyObject {
    // SAFETY: as for the caller.
    let arguments: &[Object<'_>] = unsafe { std::slice::from_raw_parts(arguments.cast(), count as usize) };
    let [pure, types, forms @ ..] = arguments else {
        return wrong_arguments();
    };
    if !wanted.contains(&forms.len()) || types.kind() != &raw mut PyDict_Type {
        return wrong_arguments();
    }
    let made = Plan::new(*types, forms).and_then(|plan| function(plan, *pure));
    made.unwrap_or_else(|| pure.own()).into_ptr()
}

/// Raises a `TypeError`.
fn wrong_arguments() -> *mut PyObject {
    let message = c"expected a function, a dictionary of types, and forms";
    // SAFETY: the GIL is held.
    unsafe { PyErr_SetString(PyExc_TypeError, message.as_ptr()) };
    null_mut()
}
