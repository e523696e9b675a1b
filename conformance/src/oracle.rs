//! The process that is asked what Rust makes of bytes. It is one of its own, because some bytes crash facet-postcard and
//! some keep it busy for minutes.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use conformance_oracle::{Hex, Question, READY, Verdict};

/// How long an answer may take.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// The same, for bytes that it accepts without a bound: they are labelled alike whether it gets done or not. Long enough
/// for what it refuses, which it does at once.
pub const UNBOUNDED: Duration = Duration::from_millis(200);
/// How long its process may take to start, in which it may not be judged.
const START: Duration = Duration::from_secs(60);
/// How many questions may wait for their answers.
const AHEAD: usize = 64;
/// How many bytes these may have, which is less than what a pipe holds.
const AHEAD_BYTES: usize = 32 * 1024;

/// The other process.
pub struct Oracle {
    /// The program and its arguments.
    command: Vec<String>,
    running: Option<Running>,
}

struct Running {
    child: Child,
    questions: ChildStdin,
    answers: Receiver<String>,
}

impl Oracle {
    /// That of the fixtures, which is this program. It starts with the first question.
    ///
    /// # Errors
    /// When this program's own path is not known.
    pub fn of_fixtures() -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        Ok(Self::new(vec![program.display().to_string(), "oracle".into()]))
    }

    /// A program that calls `conformance_oracle::serve`, with its arguments.
    pub fn new(command: Vec<String>) -> Self {
        Self { command, running: None }
    }

    /// What facet-postcard makes of these bytes as the type that the method takes, in so much time.
    pub fn judge(&mut self, method: &str, bytes: &[u8], patience: Duration) -> Result<Verdict, String> {
        self.ask(question(method, bytes, false), patience)
    }

    /// What postcard makes of them, through serde.
    pub fn judge_by_serde(&mut self, method: &str, bytes: &[u8]) -> Result<Verdict, String> {
        self.ask(question(method, bytes, true), PATIENCE)
    }

    fn ask(&mut self, question: Question, patience: Duration) -> Result<Verdict, String> {
        self.send_some(&[(question, patience)])?;
        self.answer(patience)
    }

    /// The answers to many questions, each with its patience, which is quicker than one at a time.
    pub fn ask_all(&mut self, questions: &[(Question, Duration)]) -> Result<Vec<Verdict>, String> {
        let mut verdicts = Vec::with_capacity(questions.len());
        while verdicts.len() < questions.len() {
            for _ in 0..self.send_some(&questions[verdicts.len()..])? {
                verdicts.push(self.answer(questions[verdicts.len()].1)?);
                if self.running.is_none() {
                    // This question ended it. Those after it are asked again.
                    break;
                }
            }
        }
        Ok(verdicts)
    }

    /// Sends the first of these, one at least; returns how many.
    fn send_some(&mut self, questions: &[(Question, Duration)]) -> Result<usize, String> {
        let running = match &mut self.running {
            Some(running) => running,
            none => none.insert(Running::start(&self.command).map_err(|error| {
                let program = self.command.join(" ");
                format!("the oracle {program} does not start: {error}")
            })?),
        };
        let (mut sent, mut bytes) = (0, 0);
        for (question, _) in questions.iter().take(AHEAD) {
            let mut line = serde_json::to_string(question).map_err(|error| error.to_string())?;
            line.push('\n');
            bytes += line.len();
            if sent > 0 && bytes > AHEAD_BYTES {
                break;
            }
            // Where it has ended, the answer tells.
            let _ = running.questions.write_all(line.as_bytes());
            sent += 1;
        }
        Ok(sent)
    }

    fn answer(&mut self, patience: Duration) -> Result<Verdict, String> {
        let running = self.running.as_mut().ok_or("the oracle was not asked")?;
        let verdict = match running.answers.recv_timeout(patience) {
            Ok(line) => {
                return serde_json::from_str(&line).map_err(|error| format!("the oracle said {line:?}: {error}"));
            }
            Err(RecvTimeoutError::Timeout) => Verdict::Busy,
            Err(RecvTimeoutError::Disconnected) => {
                let status = running.child.wait().map_err(|error| error.to_string())?;
                Verdict::Crashed(status.to_string())
            }
        };
        self.running = None;
        Ok(verdict)
    }
}

/// What a question asks: about these bytes as the type that the method takes; of postcard, or of facet-postcard.
pub fn question(method: &str, bytes: &[u8], serde: bool) -> Question {
    Question {
        method: method.into(),
        bytes: Hex(bytes.into()),
        serde,
    }
}

impl Running {
    fn start(command: &[String]) -> io::Result<Self> {
        let (program, arguments) = command.split_first().ok_or_else(|| io::Error::other("no program"))?;
        let mut child = Command::new(program)
            .args(arguments)
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
