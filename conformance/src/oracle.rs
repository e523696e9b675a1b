//! What Rust itself makes of bytes: facet-postcard and, as a second opinion, postcard. In a process of its own, because
//! some bytes crash facet-postcard and some keep it busy for minutes.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use conformance_fixtures::SHAPES;
use serde::{Deserialize, Serialize};

use crate::vector::Hex;

/// How long an answer may take.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// The same, for bytes that it accepts without a bound: they are labelled alike whether it gets done or not. Long enough
/// for what it refuses, which it does at once.
pub const UNBOUNDED: Duration = Duration::from_millis(200);
/// How long its process may take to start, in which it may not be judged.
const START: Duration = Duration::from_secs(60);
/// What its process says first.
const READY: &str = "ready";

/// What facet-postcard makes of bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They are a value, whose own bytes are these.
    Accepted(Hex),
    /// They are none.
    Refused(String),
    /// It gave up with a panic or ended its process.
    Crashed(String),
    /// It was still busy when the patience ended.
    Busy,
}

/// A question.
#[derive(Serialize, Deserialize)]
struct Question {
    method: String,
    bytes: Hex,
    /// Whether postcard is asked, instead of facet-postcard.
    serde: bool,
}

/// facet-postcard is recursive: what is deep for a thread's usual stack is not of interest, what it makes of the bytes is.
const STACK: usize = 256 * 1024 * 1024;

/// Answers questions on standard input until it ends.
///
/// # Errors
/// When a line is no question.
pub fn serve() -> Result<(), String> {
    let thread = thread::Builder::new().stack_size(STACK).spawn(answer_all);
    let thread = thread.map_err(|error| error.to_string())?;
    thread.join().map_err(|_| "the oracle panicked".to_owned())?
}

fn answer_all() -> Result<(), String> {
    // Panics are answers here.
    std::panic::set_hook(Box::new(|_| {}));
    println!("{READY}");
    for line in io::stdin().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let question: Question = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        let shape = SHAPES.iter().find(|shape| shape.method == question.method);
        let shape = shape.ok_or_else(|| format!("no method {}", question.method))?;
        let again = if question.serde {
            shape.again_by_serde
        } else {
            shape.again
        };
        let verdict = match std::panic::catch_unwind(|| again(&question.bytes.0)) {
            Ok(Ok(bytes)) => Verdict::Accepted(Hex(bytes)),
            Ok(Err(error)) => Verdict::Refused(error),
            Err(panic) => Verdict::Crashed(panic_text(panic.as_ref())),
        };
        let answer = serde_json::to_string(&verdict).map_err(|error| error.to_string())?;
        println!("{answer}");
    }
    Ok(())
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default()
}

/// The other process.
pub struct Oracle {
    running: Option<Running>,
}

struct Running {
    child: Child,
    questions: ChildStdin,
    answers: Receiver<String>,
}

impl Oracle {
    /// It starts with the first question.
    pub fn new() -> Self {
        Self { running: None }
    }

    /// What facet-postcard makes of these bytes as the type that the method takes, in so much time.
    pub fn judge(&mut self, method: &str, bytes: &[u8], patience: Duration) -> Result<Verdict, String> {
        self.ask(method, bytes, false, patience)
    }

    /// What postcard makes of them, through serde.
    pub fn judge_by_serde(&mut self, method: &str, bytes: &[u8]) -> Result<Verdict, String> {
        self.ask(method, bytes, true, PATIENCE)
    }

    fn ask(&mut self, method: &str, bytes: &[u8], serde: bool, patience: Duration) -> Result<Verdict, String> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => Running::start().map_err(|error| format!("the oracle does not start: {error}"))?,
        };
        let question = Question {
            method: method.into(),
            bytes: Hex(bytes.into()),
            serde,
        };
        let question = serde_json::to_string(&question).map_err(|error| error.to_string())?;
        let asked = writeln!(running.questions, "{question}");
        let answer = asked.ok().map(|()| running.answers.recv_timeout(patience));
        match answer {
            Some(Ok(line)) => {
                self.running = Some(running);
                serde_json::from_str(&line).map_err(|error| format!("the oracle said {line:?}: {error}"))
            }
            Some(Err(mpsc::RecvTimeoutError::Timeout)) => {
                let _ = running.child.kill();
                let _ = running.child.wait();
                Ok(Verdict::Busy)
            }
            _ => {
                let status = running.child.wait().map_err(|error| error.to_string())?;
                Ok(Verdict::Crashed(status.to_string()))
            }
        }
    }
}

impl Running {
    fn start() -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("oracle")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let missing = || io::Error::other("no pipe");
        let questions = child.stdin.take().ok_or_else(missing)?;
        let lines = BufReader::new(child.stdout.take().ok_or_else(missing)?).lines();
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        match answers.recv_timeout(START) {
            Ok(line) if line == READY => Ok(Self {
                child,
                questions,
                answers,
            }),
            other => Err(io::Error::other(format!("it said {other:?} instead of {READY}"))),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
