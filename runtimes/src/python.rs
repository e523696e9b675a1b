use crate::{Sources, sources};

/// The Python runtime, below `python/src/rapace`.
pub const PYTHON: Sources = sources!["python/src/rapace":];
