//! Why a verb fails.

/// Why a verb fails, and whether the user has read it.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The reasons have been printed.
    Printed,
    /// This message has to be printed.
    Message(String),
    /// The arguments do not go together; this message has to be printed.
    Usage(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}
