use crate::{Sources, sources};

/// The TypeScript runtime, below `typescript/src`.
pub const TYPESCRIPT: Sources = sources!["typescript/src":];
