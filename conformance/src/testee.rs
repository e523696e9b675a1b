//! A testee: a program that calls what it is told with generated code, and says what came of it. Lines of JSON each way;
//! the README tells them.

mod stderr;

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::stderr::Stderr;
use crate::frame::Frame;
use crate::message::Message;
use crate::vector::from_deep_json;

/// How long a testee may do nothing before it counts as hung.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// How long it may take to start: some compile first.
pub const START: Duration = Duration::from_secs(120);
/// How long a testee that has closed something may take to end, so that a crash is told from a lost connection.
const DYING: Duration = Duration::from_millis(200);
/// How much of a command or an answer a message shows, in characters.
const SHOWN: usize = 300;

/// How a testee is started, and called in reports.
#[derive(Debug, Clone)]
pub struct Program {
    /// As reports call it.
    pub name: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// What its environment has besides the runner's own.
    pub environment: Vec<(String, String)>,
    /// The options of `run` that name it.
    pub options: String,
    /// How long it may do nothing.
    pub patience: Duration,
    /// How long it may take to start.
    pub start: Duration,
}

/// `NAME=COMMAND`, the command's words apart by spaces.
///
/// # Errors
/// When there is no name or no command.
pub fn program(text: &str) -> Result<Program, String> {
    let (name, command) = text.split_once('=').ok_or("expected NAME=COMMAND")?;
    let command: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    if name.is_empty() || command.is_empty() {
        return Err("expected NAME=COMMAND".into());
    }
    Ok(Program {
        name: name.into(),
        command,
        environment: Vec::new(),
        options: format!("--testee '{text}'"),
        patience: PATIENCE,
        start: START,
    })
}

/// A running testee, connected to the raw peer.
pub struct Testee {
    child: Child,
    commands: ChildStdin,
    stderr: Stderr,
    events: Receiver<Result<Event, End>>,
    /// What it did while something else was waited for.
    early: VecDeque<Event>,
    sender: Sender<Result<Event, End>>,
    listener: UnixListener,
    socket: PathBuf,
    /// The raw peer's end.
    connection: Option<UnixStream>,
    last_id: u64,
    /// The last command, for messages.
    last_command: Option<String>,
    patience: Duration,
}

/// What a testee does.
#[derive(Debug)]
pub enum Event {
    /// It printed a line.
    Said(Value),
    /// It sent a frame.
    Sent(Frame),
    /// Its connection ended, in this way.
    Closed(String),
}

/// How its standard output ended.
enum End {
    /// It closed it, most likely by ending itself.
    Closed,
    /// It printed what is no JSON.
    Garbage(String),
}

/// Why a case cannot be judged: the testee does not answer as the contract has it. It is started anew then.
#[derive(Debug, Clone)]
pub enum Failure {
    /// It ended, in this way.
    Crashed(String),
    /// It did nothing for so long that nobody waits any more.
    Hung(String),
    /// It lives, but breaks the contract in this way.
    Broken(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crashed(how) => write!(f, "it crashed: {how}"),
            Self::Hung(how) | Self::Broken(how) => f.write_str(how),
        }
    }
}

impl Testee {
    /// Starts the program and connects it.
    ///
    /// # Errors
    /// When it cannot be started, or does not connect.
    pub fn start(program: &Program) -> Result<Self, String> {
        let told = |error: &dyn fmt::Display| -> String {
            let message = Message::new(format_args!("{}: cannot be tested: {error}", program.name));
            message.line("command", program.command.join(" ")).into()
        };
        let mut testee = Self::spawn(program).map_err(|error| told(&error))?;
        testee.expect_ready(program.start).map_err(|error| told(&error))?;
        testee.connect().map_err(|error| told(&error))?;
        Ok(testee)
    }

    fn spawn(program: &Program) -> Result<Self, String> {
        let (name, rest) = program.command.split_first().ok_or("an empty command")?;
        let mut child = Command::new(name)
            .args(rest)
            .envs(program.environment.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name} cannot be started: {error}"))?;
        let commands = child.stdin.take().ok_or("no stdin")?;
        let lines = BufReader::new(child.stdout.take().ok_or("no stdout")?).lines();
        let stderr = Stderr::read(child.stderr.take().ok_or("no stderr")?);
        let (sender, events) = mpsc::channel();
        let said = sender.clone();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = from_deep_json(&line)
                    .map(Event::Said)
                    .map_err(|error| End::Garbage(format!("it printed {:?}, which is no JSON: {error}", shown(&line))));
                // Also what follows garbage is read: a testee that goes on must not fail for that.
                if said.send(event).is_err() {
                    return;
                }
            }
            let _ = said.send(Err(End::Closed));
        });
        let (listener, socket) = listen()?;
        Ok(Self {
            child,
            commands,
            stderr,
            events,
            early: VecDeque::new(),
            sender,
            listener,
            socket,
            connection: None,
            last_id: 0,
            last_command: None,
            patience: program.patience,
        })
    }

    fn expect_ready(&mut self, patience: Duration) -> Result<(), Failure> {
        let first = match self.wait(patience) {
            Err(Failure::Hung(_)) => return Err(self.hung(patience, "it did not say {\"ready\": NAME}")),
            first => first?,
        };
        match first {
            Event::Said(value) if value.get("ready").is_some() => Ok(()),
            Event::Said(value) => Err(self.broken(&format!("its first line is not {{\"ready\": NAME}} but {value}"))),
            Event::Sent(_) | Event::Closed(_) => Err(self.broken("it sent frames before it was told to connect")),
        }
    }

    /// Connects it, anew if it was.
    ///
    /// # Errors
    /// When it does not.
    pub fn connect(&mut self) -> Result<(), Failure> {
        let id = self.tell(json!({"connect": format!("unix://{}", self.socket.display())}))?;
        let stream = self.accept()?;
        let reader = stream.try_clone();
        let mut reader = BufReader::new(reader.map_err(|error| self.broken(&error.to_string()))?);
        self.connection = Some(stream);
        let sent = self.sender.clone();
        thread::spawn(move || {
            loop {
                let event = match Frame::read(&mut reader) {
                    Ok(Some(frame)) => Event::Sent(frame),
                    Ok(None) => Event::Closed("the testee closed it".into()),
                    Err(error) => Event::Closed(error.to_string()),
                };
                let last = matches!(event, Event::Closed(_));
                if sent.send(Ok(event)).is_err() || last {
                    return;
                }
            }
        });
        match self.next(PATIENCE)? {
            Event::Said(value) if value.get("connected").is_some() && value["id"] == json!(id) => Ok(()),
            Event::Said(value) => {
                Err(self.broken(&format!("expected {{\"id\": {id}, \"connected\": true}}, came {value}")))
            }
            Event::Sent(_) => Err(self.broken("it sent a frame before it said that it is connected")),
            Event::Closed(how) => Err(self.broken(&format!("it connected, and lost the connection: {how}"))),
        }
    }

    fn accept(&mut self) -> Result<UnixStream, Failure> {
        let start = Instant::now();
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    let blocking = stream.set_nonblocking(false);
                    blocking.map_err(|error| self.broken(&error.to_string()))?;
                    return Ok(stream);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock && start.elapsed() < self.patience => {
                    // It may say that it has, or why it does not; or end.
                    match self.events.recv_timeout(Duration::from_millis(1)) {
                        Err(RecvTimeoutError::Timeout) => {}
                        Ok(Ok(Event::Said(value))) if value.get("error").is_some() => {
                            let said = shown(&value.to_string());
                            return Err(self.broken(&format!("it does not connect, and said {said}")));
                        }
                        Ok(Ok(event)) => self.early.push_back(event),
                        Ok(Err(end)) => return Err(self.ended(end)),
                        Err(RecvTimeoutError::Disconnected) => return Err(self.ended(End::Closed)),
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Err(self.hung(self.patience, "it did not connect"));
                }
                Err(error) => return Err(self.broken(&error.to_string())),
            }
        }
    }

    /// Gives it a command; returns its id.
    ///
    /// # Errors
    /// When it has ended.
    pub fn tell(&mut self, mut command: Value) -> Result<u64, Failure> {
        self.last_id += 1;
        command["id"] = self.last_id.into();
        self.last_command = Some(command.to_string());
        match writeln!(self.commands, "{command}") {
            Ok(()) => Ok(self.last_id),
            Err(_) => Err(self.ended(End::Closed)),
        }
    }

    /// Sends it a frame.
    ///
    /// # Errors
    /// When there is no connection any more.
    pub fn send(&mut self, frame: &Frame) -> Result<(), Failure> {
        self.send_bytes(&frame.to_bytes())
    }

    /// Sends it bytes.
    ///
    /// # Errors
    /// When there is no connection any more.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let sent = match self.connection.as_mut() {
            Some(connection) => connection.write_all(bytes).map_err(|error| error.to_string()),
            None => Err("there is none".into()),
        };
        sent.map_err(|error| match self.crash() {
            Some(crash) => crash,
            None => self.broken(&format!(
                "{} bytes could not be sent on its connection: {error}",
                bytes.len()
            )),
        })
    }

    /// Closes the raw peer's end.
    pub fn hang_up(&mut self) {
        if let Some(connection) = self.connection.take() {
            let _ = connection.shutdown(std::net::Shutdown::Both);
        }
    }

    /// What it does next, if it does something in this time and within the testee's own patience.
    ///
    /// # Errors
    /// When it does nothing, ends or breaks the contract.
    pub fn next(&mut self, patience: Duration) -> Result<Event, Failure> {
        self.wait(patience.min(self.patience))
    }

    fn wait(&mut self, patience: Duration) -> Result<Event, Failure> {
        if let Some(event) = self.early.pop_front() {
            return Ok(event);
        }
        match self.events.recv_timeout(patience) {
            Ok(Ok(event)) => Ok(event),
            Ok(Err(end)) => Err(self.ended(end)),
            Err(RecvTimeoutError::Disconnected) => Err(self.ended(End::Closed)),
            Err(RecvTimeoutError::Timeout) => Err(self.hung(patience, "it did nothing")),
        }
    }

    /// Its crash, if it ends about now: what looks like a lost connection may be one.
    pub fn crash(&mut self) -> Option<Failure> {
        let start = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(Failure::Crashed(self.with_context(&status.to_string()))),
                Ok(None) if start.elapsed() < DYING => thread::sleep(Duration::from_millis(2)),
                _ => return None,
            }
        }
    }

    fn ended(&mut self, end: End) -> Failure {
        match end {
            End::Garbage(what) => self.broken(&what),
            End::Closed => self
                .crash()
                .unwrap_or_else(|| self.broken("it closed its standard output or input, and goes on")),
        }
    }

    fn broken(&self, what: &str) -> Failure {
        Failure::Broken(self.with_context(what))
    }

    fn hung(&self, after: Duration, what: &str) -> Failure {
        Failure::Hung(self.with_context(&format!("{what} in {:.1} s", after.as_secs_f64())))
    }

    /// With what it was told last, and what it said of itself.
    fn with_context(&self, what: &str) -> String {
        let mut message = Message::new(what);
        if let Some(command) = &self.last_command {
            message = message.line("last told", shown(command));
        }
        let mut heading = "stderr";
        for line in self.stderr.told() {
            message = message.line(heading, line);
            heading = "";
        }
        message.into()
    }
}

/// A socket of its own for each testee: several runners may run, and each may start several.
fn listen() -> Result<(UnixListener, PathBuf), String> {
    static LAST: AtomicU32 = AtomicU32::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    let socket = std::env::temp_dir().join(format!("conformance-{}-{number}.sock", std::process::id()));
    let _ = std::fs::remove_file(&socket);
    let listener = UnixListener::bind(&socket).map_err(|error| format!("{}: {error}", socket.display()))?;
    listener.set_nonblocking(true).map_err(|error| error.to_string())?;
    Ok((listener, socket))
}

/// The beginning of a text that may be long.
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.into(),
    }
}

impl Drop for Testee {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.socket);
    }
}
