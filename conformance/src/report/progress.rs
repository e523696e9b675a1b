//! Shows how far a run is: a line that changes on a terminal, otherwise a line for each class of a testee.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use super::outcome::CaseResult;
use crate::class::Class;

/// How often the line on a terminal changes.
const REDRAW: Duration = Duration::from_millis(100);
/// Back to the line's begin, and nothing on it.
const CLEAR: &str = "\r\x1b[K";

/// The progress of one testee.
pub struct Progress {
    testee: String,
    /// On a terminal: when the line was last drawn.
    drawn: Option<Instant>,
    running: Option<Running>,
}

/// The class that runs.
struct Running {
    class: Class,
    cases: usize,
    failed: usize,
    since: Instant,
}

impl Progress {
    /// On standard error.
    pub fn new(testee: &str) -> Self {
        Self {
            testee: testee.into(),
            drawn: stderr().is_terminal().then(Instant::now),
            running: None,
        }
    }

    /// A case is done.
    pub fn push(&mut self, result: &CaseResult) {
        if self
            .running
            .as_ref()
            .is_some_and(|running| running.class != result.class)
        {
            self.finish();
        }
        let running = self.running.get_or_insert_with(|| Running {
            class: result.class,
            cases: 0,
            failed: 0,
            since: Instant::now(),
        });
        running.cases += 1;
        running.failed += usize::from(result.is_failure());
        if let Some(drawn) = self.drawn.as_mut().filter(|drawn| drawn.elapsed() >= REDRAW) {
            *drawn = Instant::now();
            let _ = write!(stderr(), "{CLEAR}{}: {}", self.testee, told(running));
        }
    }

    /// The class is done.
    pub fn finish(&mut self) {
        let Some(running) = self.running.take() else { return };
        let text = match self.drawn {
            Some(_) => CLEAR.to_owned(),
            None => format!(
                "{}: {}, {:.1} s\n",
                self.testee,
                told(&running),
                running.since.elapsed().as_secs_f64()
            ),
        };
        let _ = stderr().write_all(text.as_bytes());
    }
}

fn told(running: &Running) -> String {
    let Running {
        class, cases, failed, ..
    } = running;
    format!("class {class}: {cases} cases, {failed} failed")
}
