//! Which cases are run, and what comes of them.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Instant;

use glob::Pattern;

use super::known_failing::KnownFailing;
use super::outcome::{CaseResult, Outcome};
use super::progress::Progress;
use crate::class::Class;
use crate::peer::Transport;

/// After so many cases that hang nobody waits for more: each takes all the patience there is.
const HUNG: usize = 10;

/// Which cases are run.
#[derive(Default)]
pub struct Selection {
    /// Those of these classes; of all when there are none.
    pub classes: Vec<Class>,
    /// Those in which the testee serves, where no class is named; those in which it calls otherwise.
    pub serving: bool,
    /// Those whose names one of these matches; all when there are none.
    pub cases: Vec<Pattern>,
    /// Of those that are played over several transports, those over these; over all when there are none.
    pub over: Vec<Transport>,
    /// Only those before the first failure.
    pub fail_fast: bool,
    /// Nothing but the scenarios of this folder, where there is one.
    pub scenarios: Option<PathBuf>,
    /// How many bytes the long tunnel carries each way, where that is not as written; its figures are printed then.
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
        let classes = self
            .classes
            .iter()
            .map(|class| format!(" --class {}", class.number()))
            .collect();
        let cases = self.cases.iter().map(|case| format!(" --case '{case}'")).collect();
        let over = self
            .over
            .iter()
            .map(|transport| format!(" --over {transport}"))
            .collect();
        format!(
            "no case is selected by{}{}{}{}; a glob matches the whole name, so `*name*` finds those that contain it",
            if self.serving { " --serving" } else { "" },
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
    pub fn want_class(&self, class: Class) -> bool {
        let classes = &self.selection.classes;
        let wanted = match classes.as_slice() {
            [] => class.is_served() == self.selection.serving,
            named => named.contains(&class),
        };
        wanted && !(self.failed && self.selection.fail_fast) && self.hung < HUNG
    }

    /// Whether this class was asked for.
    pub fn names_class(&self, class: Class) -> bool {
        self.selection.classes.contains(&class)
    }

    /// Whether figures are printed, besides whether they are right.
    pub fn tells_figures(&self) -> bool {
        self.selection.tunnel_bytes.is_some()
    }

    /// Whether this transport was asked for by its name.
    pub fn names_transport(&self, transport: Transport) -> bool {
        self.selection.over.contains(&transport)
    }

    /// Whether this case is to be run, now.
    pub fn want(&self, class: Class, case: &str) -> bool {
        self.since.set(Instant::now());
        let cases = &self.selection.cases;
        self.want_class(class) && (cases.is_empty() || cases.iter().any(|pattern| pattern.matches(case)))
    }

    /// Whether this case, over this transport, is to be run, now.
    pub fn want_over(&self, class: Class, case: &str, transport: Transport) -> bool {
        let over = &self.selection.over;
        (over.is_empty() || over.contains(&transport)) && self.want(class, case)
    }

    /// Takes what came of a case.
    pub fn push(&mut self, class: Class, case: &str, outcome: Outcome) {
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
