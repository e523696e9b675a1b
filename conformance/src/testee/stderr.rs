//! The last that a testee wrote to standard error: what it has to say about its crash.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::process::ChildStderr;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// So many lines are kept, and so many bytes of each.
const LINES: usize = 20;
const BYTES: usize = 200;
/// How long the rest of a dead program's lines may take.
const REST: Duration = Duration::from_millis(200);

/// Collects the lines while they come, so that the testee never waits for a reader.
pub struct Stderr {
    lines: Arc<Mutex<VecDeque<String>>>,
    /// Ends with the lines.
    end: Receiver<()>,
}

impl Stderr {
    /// Reads to the end, in a thread.
    pub fn read(from: ChildStderr) -> Self {
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let (sender, end) = mpsc::channel();
        let kept = Arc::clone(&lines);
        thread::spawn(move || {
            let _sender: mpsc::Sender<()> = sender;
            for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line[..line.len().min(BYTES)]).into_owned();
                if line.trim().is_empty() {
                    continue;
                }
                let mut lines = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if lines.len() == LINES {
                    lines.pop_front();
                }
                lines.push_back(line);
            }
        });
        Self { lines, end }
    }

    /// The last lines.
    pub fn tail(&self) -> Vec<String> {
        // Nothing is ever sent: this waits for the end, and not long.
        let _ = self.end.recv_timeout(REST);
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect()
    }
}
