//! Where a value is.

/// Where a value is.
pub(super) enum Place {
    /// A variable, or a part of one: `v.Title`.
    Variable(String),
    /// What a pointer points to.
    Pointee(String),
}

impl Place {
    pub(super) fn variable(name: impl Into<String>) -> Self {
        Self::Variable(name.into())
    }

    pub(super) fn pointee(pointer: impl Into<String>) -> Self {
        Self::Pointee(pointer.into())
    }

    /// The value: `x` or `*p`.
    pub(super) fn value(&self) -> String {
        match self {
            Self::Variable(name) => name.clone(),
            Self::Pointee(pointer) => format!("*{pointer}"),
        }
    }

    /// A pointer to it: `&x` or `p`.
    pub(super) fn address(&self) -> String {
        match self {
            Self::Variable(name) => format!("&{name}"),
            Self::Pointee(pointer) => pointer.clone(),
        }
    }

    /// A slice of the array that is there: `x[:]` or `p[:]`, because a pointer to an array can be sliced like the array.
    pub(super) fn slice(&self) -> String {
        match self {
            Self::Variable(name) | Self::Pointee(name) => format!("{name}[:]"),
        }
    }
}
