//! The cyclic collector: paused where many objects are made, none of which can be garbage yet.

use pyo3_ffi::{PyGC_Disable, PyGC_Enable};

/// Payloads of fewer bytes do not make enough objects to be worth a pause.
const WORTHWHILE_BYTES: usize = 1024;

/// The collector is paused as long as this lives, and afterwards is as it was.
pub struct Pause {
    was_enabled: bool,
}

impl Pause {
    /// Pauses the collector for a payload of so many bytes.
    #[inline(always)]
    pub fn for_bytes(bytes: usize) -> Self {
        if bytes < WORTHWHILE_BYTES {
            Self { was_enabled: false }
        } else {
            Self::now()
        }
    }

    /// Pauses the collector.
    pub fn now() -> Self {
        // SAFETY: the GIL is held.
        let was_enabled = unsafe { PyGC_Disable() } == 1;
        Self { was_enabled }
    }
}

impl Drop for Pause {
    #[inline(always)]
    fn drop(&mut self) {
        if self.was_enabled {
            // SAFETY: the GIL is held.
            unsafe { PyGC_Enable() };
        }
    }
}
