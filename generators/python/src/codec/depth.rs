//! How deep values may nest.

/// How deep values of recursive types may still nest, as an expression: the last argument of functions that can meet one.
#[derive(Clone, Copy)]
pub(super) enum Depth {
    /// What the function was called with.
    Own,
    /// One less, in a function of a recursive type.
    Deeper,
    /// The limit, in the way in to the arguments of a method.
    Limit,
}

impl Depth {
    /// The argument.
    pub(super) fn argument(self) -> &'static str {
        match self {
            Self::Own => "depth",
            Self::Deeper => "depth - 1",
            Self::Limit => "limits.max_depth",
        }
    }
}
