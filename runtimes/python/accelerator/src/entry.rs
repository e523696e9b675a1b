//! What Python calls: functions in place of a generated encoder or decoder, which they fall back on.

use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::{addr_of_mut, null_mut};
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3_ffi::*;

use crate::decode::decode;
use crate::encode::encode;
use crate::gc::Pause;
use crate::limits::Limits;
use crate::object::{Object, Owned};
use crate::output::{AT_HAND, Output, Scratch};
use crate::plan::Plan;

/// A plan and the function that does the same in Python: what the functions below are bound to.
#[repr(C)]
struct EntryObject {
    ob_base: PyObject,
    /// The function that does the same, as the attribute `pure`.
    pure: *mut PyObject,
    entry: MaybeUninit<Entry>,
}

struct Entry {
    plan: Plan,
    /// The limits of the last call, as Python and as this side have them.
    known: Cell<(*mut PyObject, Limits)>,
    /// Keeps them alive, so that no other object comes to be where they are.
    keeper: RefCell<Option<Owned>>,
    /// The size of the last payload of some size.
    expected: Cell<usize>,
}

/// The type of entries, once the module is loaded.
static ENTRY_TYPE: AtomicPtr<PyTypeObject> = AtomicPtr::new(null_mut());

/// A definition of a function, which Python reads and never changes.
struct Definition(PyMethodDef);

// SAFETY: nobody changes it.
unsafe impl Sync for Definition {}

static DECODER: Definition = Definition(PyMethodDef {
    ml_name: c"decode".as_ptr(),
    ml_meth: PyMethodDefPointer {
        PyCFunctionFast: call_decoder,
    },
    ml_flags: METH_FASTCALL,
    ml_doc: c"decode(limits, payload, deadline=inf)\n--\n\nThe one value that the payload is, all of it.".as_ptr(),
});

static ENCODER: Definition = Definition(PyMethodDef {
    ml_name: c"encode".as_ptr(),
    ml_meth: PyMethodDefPointer {
        PyCFunctionFast: call_encoder,
    },
    ml_flags: METH_FASTCALL,
    ml_doc: c"encode(limits, *values)\n--\n\nThe values as bytes, one after another.".as_ptr(),
});

/// A function that decodes what the plan's only form describes.
pub fn decoder(plan: Plan, pure: Object<'_>) -> Option<Owned> {
    function(&DECODER, plan, pure)
}

/// A function that encodes values, one for each form of the plan.
pub fn encoder(plan: Plan, pure: Object<'_>) -> Option<Owned> {
    function(&ENCODER, plan, pure)
}

fn function(definition: &'static Definition, plan: Plan, pure: Object<'_>) -> Option<Owned> {
    // SAFETY: the type was made when the module was loaded; the new object is filled before anyone else knows it. The
    // collector may see it before, and passes over an entry without `pure`.
    unsafe {
        let kind = ENTRY_TYPE.load(Ordering::Relaxed);
        let object = Owned::new(PyType_GenericAlloc(kind, 0))?;
        let entry = object.as_ptr().cast::<EntryObject>();
        (*entry).entry.write(Entry {
            plan,
            known: Cell::new((null_mut(), Limits::NONE)),
            keeper: RefCell::new(None),
            expected: Cell::new(0),
        });
        (*entry).pure = pure.own().into_ptr();
        let definition = (&raw const definition.0).cast_mut();
        Owned::new(PyCFunction_NewEx(definition, object.as_ptr(), null_mut()))
    }
}

/// Makes the type of entries. False when that fails.
pub fn prepare() -> bool {
    let mut members = [
        PyMemberDef {
            name: c"pure".as_ptr(),
            type_code: Py_T_OBJECT_EX,
            offset: std::mem::offset_of!(EntryObject, pure) as Py_ssize_t,
            flags: Py_READONLY,
            doc: c"The function that does the same in Python.".as_ptr(),
        },
        // SAFETY: zeros are what ends the list.
        unsafe { std::mem::zeroed() },
    ];
    let slot = |slot: c_int, pfunc: *mut c_void| PyType_Slot { slot, pfunc };
    let mut slots = [
        slot(Py_tp_dealloc, dealloc as *mut c_void),
        slot(Py_tp_traverse, traverse as *mut c_void),
        slot(Py_tp_members, (&raw mut members).cast()),
        slot(Py_tp_doc, c"A compiled plan.".as_ptr().cast_mut().cast()),
        slot(0, null_mut()),
    ];
    let mut spec = PyType_Spec {
        name: c"rapace_accelerator.Entry".as_ptr(),
        basicsize: size_of::<EntryObject>() as c_int,
        itemsize: 0,
        flags: (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION) as _,
        slots: addr_of_mut!(slots).cast(),
    };
    // SAFETY: Python copies the specification. The type stays for good.
    let kind = unsafe { PyType_FromSpec(&mut spec) };
    ENTRY_TYPE.store(kind.cast(), Ordering::Relaxed);
    !kind.is_null()
}

/// `decode(limits, payload, deadline)`, where the deadline, a time of the clock, may be left out.
unsafe extern "C" fn call_decoder(
    slf: *mut PyObject,
    arguments: *mut *mut PyObject,
    count: Py_ssize_t,
) -> *mut PyObject {
    // SAFETY: Python calls this with an entry and so many arguments, which it keeps alive.
    unsafe {
        let object = slf.cast::<EntryObject>();
        let values: &[Object<'_>] = std::slice::from_raw_parts(arguments.cast(), count as usize);
        let entry = (*object).entry.assume_init_ref();
        if let &[limits, payload, ref rest @ ..] = values
            && let Some(deadline) = deadline(rest)
            && let Some(data) = payload.as_bytes()
            && let Some(limits) = entry.limits(limits)
            && let Some(value) = decode(&entry.plan, &entry.plan.roots[0], data, limits.until(deadline))
        {
            return value.into_ptr();
        }
        PyObject_Vectorcall((*object).pure, arguments, count as usize, null_mut())
    }
}

/// `encode(limits, *values)`.
unsafe extern "C" fn call_encoder(
    slf: *mut PyObject,
    arguments: *mut *mut PyObject,
    count: Py_ssize_t,
) -> *mut PyObject {
    // SAFETY: Python calls this with an entry and so many arguments, which it keeps alive. The scratch memory is used
    // by this output alone.
    unsafe {
        let object = slf.cast::<EntryObject>();
        let values: &[Object<'_>] = std::slice::from_raw_parts(arguments.cast(), count as usize);
        let entry = (*object).entry.assume_init_ref();
        if let [limits, values @ ..] = values
            && let Some(limits) = entry.limits(*limits)
            && let Some(payload) = entry.encode(values, limits)
        {
            return payload.into_ptr();
        }
        PyObject_Vectorcall((*object).pure, arguments, count as usize, null_mut())
    }
}

/// The deadline among a decoder's arguments.
#[inline(always)]
fn deadline(arguments: &[Object<'_>]) -> Option<f64> {
    match arguments {
        [] => Some(f64::INFINITY),
        // SAFETY: an exact float.
        [one] if one.kind() == &raw mut PyFloat_Type => Some(unsafe { PyFloat_AS_DOUBLE(one.as_ptr()) }),
        _ => None,
    }
}

impl Entry {
    #[inline(always)]
    fn encode(&self, values: &[Object<'_>], limits: Limits) -> Option<Owned> {
        let _pause = self.plan.has_sets.then(Pause::now);
        let mut scratch: Scratch = [MaybeUninit::uninit(); AT_HAND];
        // SAFETY: the scratch memory is this output's alone, and dropped after it.
        let mut output = unsafe { Output::new(&mut scratch, self.expected.get()) };
        encode(&self.plan, values, &mut output, limits)?;
        if output.len() > AT_HAND {
            self.expected.set(output.len());
        }
        output.finish()
    }

    /// The limits that a Python object says. They cannot change, so it is enough to look once.
    #[inline(always)]
    fn limits(&self, limits: Object<'_>) -> Option<Limits> {
        match self.known.get() {
            (known, values) if limits.is(known) => Some(values),
            _ => self.look_up(limits),
        }
    }

    #[cold]
    #[inline(never)]
    fn look_up(&self, limits: Object<'_>) -> Option<Limits> {
        let values = Limits::of(limits)?;
        self.known.set((limits.as_ptr(), values));
        // What was there before may go only now, when nothing leads to it any more.
        let _old = self.keeper.replace(Some(limits.own()));
        Some(values)
    }
}

unsafe extern "C" fn dealloc(object: *mut PyObject) {
    // SAFETY: Python calls this once, for an object whose last reference is gone.
    unsafe {
        let kind = Py_TYPE(object);
        PyObject_GC_UnTrack(object.cast());
        let entry = object.cast::<EntryObject>();
        let pure = std::mem::replace(&mut (*entry).pure, null_mut());
        if !pure.is_null() {
            (*entry).entry.assume_init_drop();
            Py_DECREF(pure);
        }
        PyObject_GC_Del(object.cast());
        Py_DECREF(kind.cast());
    }
}

/// Shows the collector what the entry refers to. It needs no way to clear that: every circle through an entry goes
/// through the module of generated code, which can be cleared.
unsafe extern "C" fn traverse(object: *mut PyObject, visit: visitproc, argument: *mut c_void) -> c_int {
    // SAFETY: Python calls this with a living object. One without `pure` is not filled yet.
    unsafe {
        let entry = object.cast::<EntryObject>();
        let mut result = visit(Py_TYPE(object).cast(), argument);
        if !(*entry).pure.is_null() {
            let mut also = |other: *mut PyObject| {
                if result == 0 {
                    result = visit(other, argument);
                }
            };
            also((*entry).pure);
            let entry = (*entry).entry.assume_init_ref();
            entry.plan.for_each_object(&mut |held| also(held.as_ptr()));
            if let Some(limits) = &*entry.keeper.borrow() {
                also(limits.as_ptr());
            }
        }
        result
    }
}
