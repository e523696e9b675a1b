//! Instances of slotted dataclasses, read and made by the place of each attribute.
//!
//! `Record::new` looks whether a class is what the generator has written: a dataclass whose attributes are slots, with
//! nothing of its own that runs when an instance is made or looked at. Any other class is refused, and then the pure
//! codec does the work.

use std::ffi::CStr;

use pyo3_ffi::*;

use crate::node::Node;
use crate::object::{Object, Owned, clear_error};

unsafe extern "C" {
    fn _PyObject_GC_New(class: *mut PyTypeObject) -> *mut PyObject;
}

/// A class and the form of its attributes.
pub struct Record {
    class: Owned,
    /// The attributes in the order of the wire.
    pub fields: Box<[Field]>,
    /// True when the collector knows instances at all.
    collected: bool,
    /// True when instances hold nothing by which they could be part of a circle. The collector never sees those.
    pub holds_atoms: bool,
}

/// An attribute.
pub struct Field {
    /// Its place in the instance, in bytes.
    offset: usize,
    /// Its form on the wire.
    pub node: Node,
}

impl Record {
    /// The class with attributes of these names and forms; None when it is not as expected.
    pub fn new(class: Object<'_>, names: &[&CStr], nodes: Vec<Node>) -> Option<Self> {
        // SAFETY: what is read of the class is read after its own type is known to be `type`.
        unsafe {
            if class.kind() != &raw mut PyType_Type {
                return None;
            }
            let kind = class.as_ptr().cast::<PyTypeObject>();
            let base = (*kind).tp_base;
            let managed = 1 << 2 | 1 << 3 | 1 << 4; // inline values, managed weak references and dictionaries
            let head = size_of::<PyObject>();
            let plain = (*kind)
                .tp_alloc
                .is_some_and(|alloc| alloc as usize == PyType_GenericAlloc as *const () as usize)
                && (*kind)
                    .tp_getattro
                    .is_some_and(|get| get as usize == PyObject_GenericGetAttr as *const () as usize)
                && (*kind).tp_new.map(|new| new as usize) == PyBaseObject_Type.tp_new.map(|new| new as usize)
                && (*kind).tp_flags & managed == 0
                && (*kind).tp_itemsize == 0
                && (*kind).tp_dictoffset == 0
                && (*kind).tp_weaklistoffset == 0
                && !base.is_null()
                && (*base).tp_basicsize as usize == head
                && (*kind).tp_basicsize as usize == head + names.len() * size_of::<*mut PyObject>();
            if !plain || has_attribute(class, c"__post_init__") || !are_dataclass_fields(class, names) {
                return None;
            }
            let offsets: Option<Vec<usize>> = names.iter().map(|name| slot(class, name)).collect();
            let mut sorted = offsets.clone()?;
            sorted.sort_unstable();
            sorted.dedup();
            if sorted.len() != names.len() {
                return None;
            }
            let fields = offsets?
                .into_iter()
                .zip(nodes)
                .map(|(offset, node)| Field { offset, node });
            Some(Self {
                class: class.own(),
                fields: fields.collect(),
                collected: (*kind).tp_flags & Py_TPFLAGS_HAVE_GC != 0,
                holds_atoms: false,
            })
        }
    }

    /// The class.
    pub fn class(&self) -> &Owned {
        &self.class
    }

    /// True for an instance of the class itself, not of one that extends it.
    #[inline(always)]
    pub fn is_class_of(&self, object: Object<'_>) -> bool {
        object.kind() == self.class.as_ptr().cast()
    }

    /// An attribute of an instance, if it has a value.
    ///
    /// # Safety
    /// `is_class_of` holds for the instance, and the field is one of this record.
    #[inline(always)]
    pub unsafe fn get<'a>(&self, instance: Object<'a>, field: &Field) -> Option<Object<'a>> {
        // SAFETY: a slot holds null or an object, which lives as long as the instance, since nothing changes it.
        unsafe { Object::new(instance.as_ptr().byte_add(field.offset).cast::<*mut PyObject>().read()) }
    }

    /// A new instance without values.
    #[inline(always)]
    pub fn allocate(&self) -> Option<Owned> {
        let class = self.class.as_ptr().cast::<PyTypeObject>();
        // SAFETY: a new instance or null. An instance that the collector may see starts untracked, with all its slots
        // empty, which is what the class needs to free it.
        unsafe {
            if !self.collected {
                return Owned::new(PyType_GenericAlloc(class, 0));
            }
            let instance = Owned::new(_PyObject_GC_New(class))?;
            let slots = instance.as_ptr().add(1).cast::<*mut PyObject>();
            for index in 0..self.fields.len() {
                slots.add(index).write(std::ptr::null_mut());
            }
            Some(instance)
        }
    }

    /// Gives an attribute of a new instance its value.
    ///
    /// # Safety
    /// `allocate` has made the instance, the field is one of this record, and it has no value yet.
    #[inline(always)]
    pub unsafe fn set(&self, instance: &Owned, field: &Field, value: Owned) {
        // SAFETY: the slot lies within the instance and is empty.
        unsafe {
            instance
                .as_ptr()
                .byte_add(field.offset)
                .cast::<*mut PyObject>()
                .write(value.into_ptr())
        }
    }

    /// Shows a new instance, all of whose attributes have values, to the collector.
    #[inline(always)]
    pub fn track(&self, instance: &Owned) {
        if self.collected && !self.holds_atoms {
            // SAFETY: the instance is whole, and was not tracked before.
            unsafe { PyObject_GC_Track(instance.as_ptr().cast()) };
        }
    }
}

/// The place of an attribute that is a slot of this very class.
fn slot(class: Object<'_>, name: &CStr) -> Option<usize> {
    let object_slot = 16; // Py_T_OBJECT_EX: missing values are null and raise AttributeError
    // SAFETY: the class is a type; its dictionary is one; the descriptor is looked into after its type is known.
    unsafe {
        let dictionary = Owned::new(PyObject_GetAttrString(class.as_ptr(), c"__dict__".as_ptr()))?;
        let descriptor = Owned::new(PyMapping_GetItemString(dictionary.as_ptr(), name.as_ptr()))?;
        if descriptor.get().kind() != &raw mut PyMemberDescr_Type {
            return None;
        }
        let descriptor = descriptor.as_ptr().cast::<PyMemberDescrObject>();
        let member = (*descriptor).d_member;
        let offset = usize::try_from((*member).offset).ok()?;
        let size = (*class.as_ptr().cast::<PyTypeObject>()).tp_basicsize as usize;
        let is_own = (*descriptor).d_common.d_type == class.as_ptr().cast();
        let fits = offset >= size_of::<PyObject>()
            && offset % align_of::<*mut PyObject>() == 0
            && offset + size_of::<*mut PyObject>() <= size;
        (is_own && fits && (*member).type_code == object_slot).then_some(offset)
    }
}

/// True when the class is a dataclass with fields of these names, in this order.
fn are_dataclass_fields(class: Object<'_>, names: &[&CStr]) -> bool {
    // SAFETY: the dictionary is looked into after its type is known; its keys live as long as it does.
    unsafe {
        let fields = PyObject_GetAttrString(class.as_ptr(), c"__dataclass_fields__".as_ptr());
        let Some(fields) = Owned::new(fields) else { return false };
        if fields.get().kind() != &raw mut PyDict_Type {
            return false;
        }
        let (mut position, mut key) = (0, std::ptr::null_mut());
        let mut names = names.iter();
        while PyDict_Next(fields.as_ptr(), &mut position, &mut key, std::ptr::null_mut()) != 0 {
            let name = Object::new(key).and_then(crate::text::utf8);
            if name.is_none() || name != names.next().map(|name| name.to_bytes()) {
                return false;
            }
        }
        names.next().is_none()
    }
}

fn has_attribute(object: Object<'_>, name: &CStr) -> bool {
    // SAFETY: the object lives; an exception is cleared, whatever it is.
    unsafe {
        let value = PyObject_GetAttrString(object.as_ptr(), name.as_ptr());
        if value.is_null() {
            clear_error();
        }
        Owned::new(value).is_some()
    }
}
