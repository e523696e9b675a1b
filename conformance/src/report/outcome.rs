//! What comes of a case.

use std::time::Duration;

use serde::Serialize;

use crate::class::Class;
use crate::testee::{Failure, Testee};

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "why")]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// The language has no way to say the wrong value, so nothing was tested.
    Inexpressible,
    /// Not as it should be: a summary, and lines with what was expected and what came.
    Failed(String),
    /// The testee ended.
    Crashed(String),
    /// The testee did nothing for too long.
    Hung(String),
}

impl Outcome {
    /// Whether it is not as it should be.
    pub fn is_failure(&self) -> bool {
        !matches!(self, Self::Passed | Self::Inexpressible)
    }

    /// A problem; or the crash that caused it, when the testee has just ended.
    pub fn of_problem(problem: String, testee: &mut Testee) -> Self {
        match testee.crash() {
            Some(Failure::Crashed(how)) => Self::Crashed(how),
            _ => Self::Failed(problem),
        }
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Crashed(how) => Self::Crashed(how),
            Failure::Hung(how) => Self::Hung(how),
            Failure::Broken(how) => Self::Failed(how),
        }
    }
}

/// The outcome of one case with one testee.
#[derive(Debug, Clone, Serialize)]
pub struct CaseResult {
    /// The class.
    pub class: Class,
    /// The case's name.
    pub case: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Why it is known to fail; nothing is said against its outcome then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<String>,
    /// How long it took, in seconds.
    #[serde(serialize_with = "seconds")]
    pub took: Duration,
}

fn seconds<S: serde::Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(took.as_secs_f64())
}

impl CaseResult {
    /// Whether the run fails because of it.
    pub fn is_failure(&self) -> bool {
        self.known.is_none() && self.outcome.is_failure()
    }
}
