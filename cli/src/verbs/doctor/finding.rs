//! What `rapace doctor` has found.

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// How good it is.
    pub(super) mark: Mark,
    /// What there is.
    pub(super) what: String,
}

/// How good a finding is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// As it should be.
    Good,
    /// Nothing that this project needs.
    Note,
    /// It must be mended, so.
    Bad {
        /// What to do.
        cure: String,
    },
}

impl Finding {
    /// What is as it should be.
    pub(super) fn good(what: impl Into<String>) -> Self {
        Self::new(Mark::Good, what)
    }

    /// What is worth a word.
    pub(super) fn note(what: impl Into<String>) -> Self {
        Self::new(Mark::Note, what)
    }

    /// What must be mended, and how.
    pub(super) fn bad(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::new(Mark::Bad { cure: cure.into() }, what)
    }

    fn new(mark: Mark, what: impl Into<String>) -> Self {
        Self {
            mark,
            what: what.into(),
        }
    }

    /// The lines that are printed.
    pub(super) fn text(&self) -> String {
        match &self.mark {
            Mark::Good => format!("ok    {}\n", self.what),
            Mark::Note => format!("note  {}\n", self.what),
            Mark::Bad { cure } => format!("BAD   {}\n      cure: {cure}\n", self.what),
        }
    }
}
