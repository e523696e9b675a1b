//! What a testee wrote to standard error: what it has to say about its crash. Some tell the reason first and stacks after it,
//! others the other way around.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::process::ChildStderr;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// So many lines are kept from the begin and from the end, and so many bytes of each.
const FIRST: usize = 8;
const LAST: usize = 12;
const BYTES: usize = 200;
/// How long the rest of a dead program's lines may take.
const REST: Duration = Duration::from_millis(200);

/// Collects the lines while they come, so that the testee never waits for a reader.
pub struct Stderr {
    lines: Arc<Mutex<Lines>>,
    /// Ends with the lines.
    end: Receiver<()>,
}

#[derive(Default)]
struct Lines {
    first: Vec<String>,
    last: VecDeque<String>,
    between: usize,
}

impl Lines {
    fn push(&mut self, line: String) {
        if self.first.len() < FIRST {
            self.first.push(line);
            return;
        }
        if self.last.len() == LAST {
            self.last.pop_front();
            self.between += 1;
        }
        self.last.push_back(line);
    }

    fn told(&self) -> Vec<String> {
        let between = (self.between > 0).then(|| format!("… {} lines …", self.between));
        let first = self.first.iter().cloned();
        first.chain(between).chain(self.last.iter().cloned()).collect()
    }
}

impl Stderr {
    /// Reads to the end, in a thread.
    pub fn read(from: ChildStderr) -> Self {
        let lines = Arc::new(Mutex::new(Lines::default()));
        let (sender, end) = mpsc::channel();
        let kept = Arc::clone(&lines);
        thread::spawn(move || {
            let _sender: mpsc::Sender<()> = sender;
            for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line[..line.len().min(BYTES)]).into_owned();
                if line.trim().is_empty() {
                    continue;
                }
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Self { lines, end }
    }

    /// The first lines and the last.
    pub fn told(&self) -> Vec<String> {
        // Nothing is ever sent: this waits for the end, and not long.
        let _ = self.end.recv_timeout(REST);
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).told()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_lines_and_the_last_are_kept() {
        let mut lines = Lines::default();
        (1..=FIRST + LAST).for_each(|number| lines.push(number.to_string()));
        assert_eq!(lines.told().len(), FIRST + LAST);
        (1..=5).for_each(|number| lines.push(format!("late {number}")));
        let told = lines.told();
        assert_eq!((told[0].as_str(), told[FIRST].as_str()), ("1", "… 5 lines …"));
        assert_eq!(told.last().map(String::as_str), Some("late 5"));
        assert_eq!(told.len(), FIRST + 1 + LAST);
    }
}
