//! Why an argument is refused.

use rapace_schema::TypeRef;

use super::types::spelled;

/// Why a value is refused, and where.
#[derive(Debug)]
pub(super) struct Wrong {
    /// Names, indexes and variants from the argument on.
    pub(super) path: Vec<String>,
    pub(super) what: String,
}

impl Wrong {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            what: what.into(),
        }
    }

    /// The value is no value of this type.
    pub(super) fn expected(ty: &TypeRef, found: &str) -> Self {
        Self::new(format!("expected {}, got {found}", spelled(ty)))
    }

    /// The same, one step further out.
    pub(super) fn within(mut self, step: impl ToString) -> Self {
        self.path.insert(0, step.to_string());
        self
    }
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.path.is_empty() {
            true => f.write_str(&self.what),
            false => write!(f, "{}: {}", self.path.join("."), self.what),
        }
    }
}
