//! A testee: a program that calls what it is told with generated code, and says what came of it. Lines of JSON each way;
//! the README tells them.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::frame::Frame;
use crate::vector::from_deep_json;

/// How long a testee may take to start: some compile first.
const START: Duration = Duration::from_secs(120);
/// How long anything else may take.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How a testee is started, and called in reports.
#[derive(Debug, Clone)]
pub struct Program {
    /// As reports call it.
    pub name: String,
    /// The program and its arguments.
    pub command: Vec<String>,
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
    })
}

/// A running testee, connected to the raw peer.
pub struct Testee {
    child: Child,
    commands: ChildStdin,
    events: Receiver<Event>,
    sender: Sender<Event>,
    listener: UnixListener,
    socket: PathBuf,
    /// The raw peer's end.
    connection: Option<UnixStream>,
    last_id: u64,
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
    /// It printed what is no JSON, or ended.
    Broken(String),
}

/// Why a case cannot be judged: the testee does not answer as the contract has it.
#[derive(Debug, Clone)]
pub enum Failure {
    /// It ended.
    Crashed(String),
    /// It did nothing for ten seconds.
    Hung,
}

impl Testee {
    /// Starts the program and connects it.
    ///
    /// # Errors
    /// When it cannot be started, or does not connect.
    pub fn start(program: &Program) -> Result<Self, String> {
        let (name, rest) = program.command.split_first().ok_or("an empty command")?;
        let mut child = Command::new(name)
            .args(rest)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        let commands = child.stdin.take().ok_or("no stdin")?;
        let lines = BufReader::new(child.stdout.take().ok_or("no stdout")?).lines();
        let (sender, events) = mpsc::channel();
        let said = sender.clone();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = match from_deep_json(&line) {
                    Ok(value) => Event::Said(value),
                    Err(error) => Event::Broken(format!("it said {line:?}: {error}")),
                };
                if said.send(event).is_err() {
                    return;
                }
            }
            let _ = said.send(Event::Broken("it ended".into()));
        });
        let socket = std::env::temp_dir().join(format!("conformance-{}-{}.sock", std::process::id(), program.name));
        let _ = std::fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket).map_err(|error| format!("{}: {error}", socket.display()))?;
        listener.set_nonblocking(true).map_err(|error| error.to_string())?;
        let mut testee = Self {
            child,
            commands,
            events,
            sender,
            listener,
            socket,
            connection: None,
            last_id: 0,
        };
        match testee.next(START) {
            Ok(Event::Said(value)) if value.get("ready").is_some() => {}
            other => return Err(format!("{}: no {{\"ready\": …}} but {other:?}", program.name)),
        }
        testee.connect()?;
        Ok(testee)
    }

    /// Connects it, anew if it was.
    ///
    /// # Errors
    /// When it does not.
    pub fn connect(&mut self) -> Result<(), String> {
        let id = self.tell(json!({"connect": format!("unix://{}", self.socket.display())}))?;
        let stream = self.accept()?;
        let mut reader = stream.try_clone().map_err(|error| error.to_string())?;
        self.connection = Some(stream);
        let sent = self.sender.clone();
        thread::spawn(move || {
            let mut reader = BufReader::new(&mut reader);
            loop {
                let event = match Frame::read(&mut reader) {
                    Ok(Some(frame)) => Event::Sent(frame),
                    Ok(None) => Event::Closed("the testee closed it".into()),
                    Err(error) => Event::Closed(error.to_string()),
                };
                let last = matches!(event, Event::Closed(_));
                if sent.send(event).is_err() || last {
                    return;
                }
            }
        });
        match self.next(PATIENCE) {
            Ok(Event::Said(value)) if value.get("connected").is_some() && value["id"] == json!(id) => Ok(()),
            other => Err(format!("no {{\"connected\": true}} but {other:?}")),
        }
    }

    fn accept(&self) -> Result<UnixStream, String> {
        let start = Instant::now();
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    stream.set_nonblocking(false).map_err(|error| error.to_string())?;
                    return Ok(stream);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock && start.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(1));
                }
                Err(error) => return Err(format!("it does not connect: {error}")),
            }
        }
    }

    /// Gives it a command; returns its id.
    ///
    /// # Errors
    /// When it has ended.
    pub fn tell(&mut self, mut command: Value) -> Result<u64, String> {
        self.last_id += 1;
        command["id"] = self.last_id.into();
        writeln!(self.commands, "{command}").map_err(|error| error.to_string())?;
        Ok(self.last_id)
    }

    /// Sends it a frame.
    ///
    /// # Errors
    /// When there is no connection any more.
    pub fn send(&mut self, frame: &Frame) -> Result<(), String> {
        self.send_bytes(&frame.to_bytes())
    }

    /// Sends it bytes.
    ///
    /// # Errors
    /// When there is no connection any more.
    pub fn send_bytes(&mut self, bytes: &[u8]) -> Result<(), String> {
        let connection = self.connection.as_mut().ok_or("no connection")?;
        connection.write_all(bytes).map_err(|error| error.to_string())
    }

    /// Closes the raw peer's end.
    pub fn hang_up(&mut self) {
        if let Some(connection) = self.connection.take() {
            let _ = connection.shutdown(std::net::Shutdown::Both);
        }
    }

    /// What it does next.
    pub fn next(&mut self, patience: Duration) -> Result<Event, Failure> {
        match self.events.recv_timeout(patience) {
            Ok(Event::Broken(_)) | Err(RecvTimeoutError::Disconnected) => {
                let status = self
                    .child
                    .wait()
                    .map_or_else(|error| error.to_string(), |status| status.to_string());
                Err(Failure::Crashed(status))
            }
            Ok(event) => Ok(event),
            Err(RecvTimeoutError::Timeout) => Err(Failure::Hung),
        }
    }
}

impl Drop for Testee {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.socket);
    }
}
