//! Which cases are run, and what comes of them.

use std::cell::Cell;
use std::time::{Duration, Instant};

use glob::Pattern;
use serde::Serialize;

use crate::known_failing::KnownFailing;
use crate::peer::Transport;
use crate::progress::Progress;
use crate::testee::{Failure, Testee};

/// After so many cases that hang nobody waits for more: each takes all the patience there is.
const HUNG: usize = 10;

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

    /// A problem; or the crash that is behind it, when the testee has just ended.
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
    /// The class's number.
    pub class: u32,
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

/// Which cases are run.
#[derive(Default)]
pub struct Selection {
    /// Those of these classes; of all when there are none.
    pub classes: Vec<u32>,
    /// Those whose names one of these matches; all when there are none.
    pub cases: Vec<Pattern>,
    /// Of those that are played over several transports, those over these; over all when there are none.
    pub over: Vec<Transport>,
    /// Only those before the first failure.
    pub fail_fast: bool,
    /// How many bytes the long tunnel carries each way, where that is not as recorded; its figures are told then.
    pub tunnel_bytes: Option<u64>,
}

impl Selection {
    /// Whether it is all cases.
    pub fn is_all(&self) -> bool {
        self.classes.is_empty() && self.cases.is_empty() && self.over.is_empty() && !self.fail_fast
    }

    /// What to say when it is no case.
    pub fn matches_nothing(&self) -> String {
        let words = |words: Vec<String>| words.concat();
        let classes = self.classes.iter().map(|class| format!(" --class {class}")).collect();
        let cases = self.cases.iter().map(|case| format!(" --case '{case}'")).collect();
        let over = self
            .over
            .iter()
            .map(|transport| format!(" --over {transport}"))
            .collect();
        format!(
            "no case is selected by{}{}{}; a glob matches the whole name, so `*name*` finds those that contain it",
            words(classes),
            words(cases),
            words(over)
        )
    }
}

/// What came of a testee's cases so far, and which are still to be run.
pub struct Results<'a> {
    selection: &'a Selection,
    known: &'a mut KnownFailing,
    progress: Progress,
    results: Vec<CaseResult>,
    failed: bool,
    /// How many cases hung that are not known to.
    hung: usize,
    /// Whether memory was measured, once a case wanted it.
    memory: Option<bool>,
    /// When the case that runs was asked for.
    since: Cell<Instant>,
}

impl<'a> Results<'a> {
    /// Nothing yet.
    pub fn new(selection: &'a Selection, known: &'a mut KnownFailing, progress: Progress) -> Self {
        Self {
            selection,
            known,
            progress,
            results: Vec::new(),
            failed: false,
            hung: 0,
            memory: None,
            since: Cell::new(Instant::now()),
        }
    }

    /// Whether any case of the class may be run.
    pub fn want_class(&self, class: u32) -> bool {
        let classes = &self.selection.classes;
        let wanted = classes.is_empty() || classes.contains(&class);
        wanted && !(self.failed && self.selection.fail_fast) && self.hung < HUNG
    }

    /// Whether this class was asked for by its number.
    pub fn names_class(&self, class: u32) -> bool {
        self.selection.classes.contains(&class)
    }

    /// Whether figures are told, besides whether they are right.
    pub fn tells_figures(&self) -> bool {
        self.selection.tunnel_bytes.is_some()
    }

    /// Whether this transport was asked for by its name.
    pub fn names_transport(&self, transport: Transport) -> bool {
        self.selection.over.contains(&transport)
    }

    /// Whether this case is to be run, now.
    pub fn want(&self, class: u32, case: &str) -> bool {
        self.since.set(Instant::now());
        let cases = &self.selection.cases;
        self.want_class(class) && (cases.is_empty() || cases.iter().any(|pattern| pattern.matches(case)))
    }

    /// Whether this case, over this transport, is to be run, now.
    pub fn want_over(&self, class: u32, case: &str, transport: Transport) -> bool {
        let over = &self.selection.over;
        (over.is_empty() || over.contains(&transport)) && self.want(class, case)
    }

    /// Takes what came of a case.
    pub fn push(&mut self, class: u32, case: &str, outcome: Outcome) {
        let (outcome, known) = self.known.judge(class, case, outcome);
        let result = CaseResult {
            class,
            case: case.into(),
            outcome,
            known,
            took: self.since.get().elapsed(),
        };
        self.failed |= result.is_failure();
        self.hung += usize::from(result.is_failure() && matches!(result.outcome, Outcome::Hung(_)));
        self.progress.push(&result);
        self.results.push(result);
    }

    /// Takes whether the testee measures its memory.
    pub fn measures(&mut self, measures: bool) {
        self.memory = Some(measures);
    }

    /// Why the rest of the cases was not run, if so.
    pub fn gave_up(&self) -> Option<String> {
        let why = "cases hung, and no more were run; --patience SECONDS makes that quicker, --case GLOB goes around";
        (self.hung == HUNG).then(|| format!("{HUNG} {why}"))
    }

    /// What came of all, and whether memory was measured, if a case wanted it.
    pub fn finish(mut self) -> (Vec<CaseResult>, Option<bool>) {
        self.progress.finish();
        (self.results, self.memory)
    }
}
