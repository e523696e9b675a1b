//! The cyclic collector: paused where many objects are made, none of which can be garbage yet.

use pyo3_ffi::{PyGC_Disable, PyGC_Enable};

/// The collector is paused as long as this lives, and afterwards is as it was.
pub struct Pause {
    was_enabled: bool,
}

impl Pause {
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
