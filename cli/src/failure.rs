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
    /// The reasons have been printed; this is the exit status.
    PrintedWith(u8),
    /// Ends with this status; this message has to be printed.
    Exit {
        /// The exit status.
        status: u8,
        /// Whether the message is JSON, and printed as it is.
        json: bool,
        /// The message.
        message: String,
    },
}

impl Failure {
    /// The exit status when something was refused or is different.
    pub(crate) const REFUSED: u8 = 1;
    /// The exit status when arguments are wrong or do not go together: that of clap.
    pub(crate) const WRONG_USAGE: u8 = 2;
    /// The exit status when there is no connection, or none any more.
    pub(crate) const NO_CONNECTION: u8 = 3;
    /// The exit status when a call failed.
    pub(crate) const CALL_FAILED: u8 = 4;

    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Printed | Self::Message(_) => Self::REFUSED,
            Self::Usage(_) => Self::WRONG_USAGE,
            Self::PrintedWith(status) | Self::Exit { status, .. } => *status,
        }
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}
