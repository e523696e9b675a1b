//! The output of a program, passed through, and what of it is told again when the program fails.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use crate::said::Place;

/// How many lines are told again: as many as the last failure of a test takes.
const TOLD: usize = 14;
/// How long output is waited for once its program has ended: one that it left running may hold the other end for ever.
const PATIENCE: Duration = Duration::from_secs(2);

type Lines = Arc<Mutex<VecDeque<String>>>;

/// Runs a command with its output passed through; returns how it ended and its last lines, those of stdout and stderr as
/// they came.
///
/// # Errors
/// When it cannot start, or cannot be waited for.
pub fn run(command: &mut Command) -> io::Result<(ExitStatus, Vec<String>)> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let lines = Lines::default();
    let ended = pass_through(&mut child, &lines);
    let status = child.wait()?;
    while ended.recv_timeout(PATIENCE).is_ok() {}
    let last = lines.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
    Ok((status, last))
}

/// Passes both outputs on until they end; the receiver has no sender left then.
fn pass_through(child: &mut Child, lines: &Lines) -> mpsc::Receiver<()> {
    let (ends, ended) = mpsc::channel();
    let place = Place::here();
    if let Some(stdout) = child.stdout.take() {
        let (to, lines, ends) = (place.or(io::stdout()), Arc::clone(lines), ends.clone());
        thread::spawn(move || copy(stdout, to, &lines, &ends));
    }
    if let Some(stderr) = child.stderr.take() {
        let (to, lines) = (place.or(io::stderr()), Arc::clone(lines));
        thread::spawn(move || copy(stderr, to, &lines, &ends));
    }
    ended
}

/// Copies line by line. Nobody is left to tell of output that cannot be read or written.
fn copy(from: impl Read, mut to: impl Write, lines: &Lines, _until_ended: &mpsc::Sender<()>) {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let _ = to.write_all(&line);
        let _ = to.flush();
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        line.clear();
        if text.is_empty() {
            continue;
        }
        let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_back(text);
        if lines.len() > TOLD {
            lines.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> (bool, Vec<String>) {
        let (status, last) = run(Command::new("sh").args(["-c", script])).expect("it starts");
        (status.success(), last)
    }

    #[test]
    fn the_last_lines_are_kept() {
        let (good, last) = sh("for n in $(seq 20); do echo line $n; done; echo; exit 3");
        assert!(!good);
        assert_eq!(last.len(), TOLD);
        assert_eq!((last[0].as_str(), last[TOLD - 1].as_str()), ("line 7", "line 20"));
    }

    #[test]
    fn both_outputs_are_kept() {
        let (good, mut last) = sh("echo said; echo complained >&2; printf 'no end of line'");
        last.sort();
        assert!(good);
        assert_eq!(last, ["complained", "no end of line", "said"]);
    }

    #[test]
    fn what_a_program_leaves_running_is_not_waited_for() {
        let start = std::time::Instant::now();
        let (good, last) = sh("sleep 60 & echo done");
        assert!(good && start.elapsed() < Duration::from_secs(30));
        assert_eq!(last, ["done"]);
    }
}
