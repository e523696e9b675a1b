use crate::{Sources, sources};

/// The Go runtime, below `go`.
pub const GO: Sources = sources!["go":];
