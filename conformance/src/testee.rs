//! A testee: a program that calls what it is told with generated code, and says what came of it. Lines of JSON each way;
//! the README tells them.

pub mod resident;
mod stderr;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::stderr::Stderr;
use crate::class::Class;
use crate::frame::Frame;
use crate::message::Message;
use crate::peer::{Accepted, Arrival, Connection, Peer, Transport};
use crate::vector::from_deep_json;

/// How long a testee may do nothing before it counts as hung.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take to start: some compile first.
pub const START: Duration = Duration::from_secs(120);
/// How often a scenario is played that ends as it should, but too late: a machine may be busy with something else.
pub const TRIES: u32 = 5;
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
    /// The transports that it has, where it has not all.
    pub over: Vec<Transport>,
    /// The classes of what it does not have yet; they are run when they are asked for.
    pub without: Vec<Class>,
    /// How long it may do nothing.
    pub patience: Duration,
    /// How long it may take to start.
    pub start: Duration,
    /// How often a scenario is played that ends as it should, but too late.
    pub tries: u32,
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
        over: Vec::new(),
        without: Vec::new(),
        patience: PATIENCE,
        start: START,
        tries: TRIES,
    })
}

/// A running testee, connected to the raw peer.
pub struct Testee {
    child: Child,
    commands: ChildStdin,
    stderr: Stderr,
    happened: Receiver<Happened>,
    /// What it did while something else was waited for, each with the number of the connection that it was heard on.
    early: VecDeque<(u32, Event)>,
    /// The number of the connection that the last event was heard on.
    heard_on: u32,
    sender: Sender<Happened>,
    peer: Peer,
    /// The raw peer's ends that are of use, by number.
    connections: BTreeMap<u32, Connection>,
    last_connection: u32,
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
    /// It sent a WebSocket's control frame.
    Control {
        /// Which one.
        opcode: u8,
        /// What it carries.
        payload: Vec<u8>,
    },
    /// It sent what it must not.
    Wrong(String),
    /// Its connection ended, in this way.
    Closed(String),
}

/// What a thread that watches it tells: what its standard output says, or a connection of this number.
enum Happened {
    Out(Result<Event, End>),
    On(u32, Event),
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
        let (sender, happened) = mpsc::channel();
        let said = sender.clone();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let event = from_deep_json(&line)
                    .map(Event::Said)
                    .map_err(|error| End::Garbage(format!("it printed {:?}, which is no JSON: {error}", shown(&line))));
                // Also what follows garbage is read: a testee that goes on must not fail for that.
                if said.send(Happened::Out(event)).is_err() {
                    return;
                }
            }
            let _ = said.send(Happened::Out(Err(End::Closed)));
        });
        Ok(Self {
            child,
            commands,
            stderr,
            happened,
            early: VecDeque::new(),
            heard_on: 0,
            sender,
            peer: Peer::default(),
            connections: BTreeMap::new(),
            last_connection: 0,
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
            _ => Err(self.broken("it sent frames before it was told to connect")),
        }
    }

    /// Connects it, anew if it was, over a Unix socket.
    ///
    /// # Errors
    /// When it does not.
    pub fn connect(&mut self) -> Result<(), Failure> {
        self.connect_over(Transport::Unix, &Value::Null)
    }

    /// Connects it, anew if it was, over this transport and with these options, if any.
    ///
    /// # Errors
    /// When it does not.
    pub fn connect_over(&mut self, transport: Transport, options: &Value) -> Result<(), Failure> {
        self.connections.clear();
        // What it was connected with may come back meanwhile, and must not be taken for what it is told to connect.
        self.peer.leave(transport);
        let mut command = json!({"connect": self.address(transport)?});
        if !options.is_null() {
            command["options"] = options.clone();
        }
        let id = self.tell(command)?;
        self.accept(transport)?;
        let mut states = Vec::new();
        loop {
            return match self.next()? {
                Event::Said(value) if value.get("connected").is_some() && value["id"] == json!(id) => {
                    self.early.extend(states);
                    Ok(())
                }
                Event::Said(value) if value.get("state").is_some() => {
                    states.push((0, Event::Said(value)));
                    continue;
                }
                Event::Said(value) => {
                    Err(self.broken(&format!("expected {{\"id\": {id}, \"connected\": true}}, came {value}")))
                }
                Event::Sent(_) => Err(self.broken("it sent a frame before it said that it is connected")),
                Event::Control { .. } => continue,
                Event::Wrong(what) => Err(self.broken(&format!("it sent what it must not: {what}"))),
                Event::Closed(how) => Err(self.broken(&format!("it connected, and lost the connection: {how}"))),
            };
        }
    }

    /// Where the raw peer can be reached over this transport.
    ///
    /// # Errors
    /// When it cannot listen there.
    pub fn address(&mut self, transport: Transport) -> Result<String, Failure> {
        self.peer.listen(transport).map_err(|error| self.broken(&error))
    }

    /// Listens on this transport again, where it did not.
    ///
    /// # Errors
    /// When it cannot.
    pub fn listen(&mut self, transport: Transport) -> Result<(), Failure> {
        self.address(transport).map(drop)
    }

    /// Where the raw peer can or could be reached over this transport.
    ///
    /// # Errors
    /// When it never listened there, and cannot.
    pub fn address_of(&mut self, transport: Transport) -> Result<String, Failure> {
        match self.peer.address(transport) {
            Some(address) => Ok(address),
            None => self.address(transport),
        }
    }

    /// Refuses connections over this transport from now on, until it listens again.
    pub fn refuse(&mut self, transport: Transport) {
        self.peer.refuse(transport);
    }

    /// Waits for it to connect, and returns the connection's number.
    ///
    /// # Errors
    /// When it does not.
    pub fn accept(&mut self, transport: Transport) -> Result<u32, Failure> {
        match self.accept_within(transport, self.patience)? {
            Some(number) => Ok(number),
            None => Err(self.hung(self.patience, "it did not connect")),
        }
    }

    /// Whether it connects in this time; the connection's number if it does.
    ///
    /// # Errors
    /// When it ends, or says that it does not connect.
    pub fn accept_within(&mut self, transport: Transport, patience: Duration) -> Result<Option<u32>, Failure> {
        let start = Instant::now();
        loop {
            match self.peer.accept(transport) {
                Ok(Some(accepted)) => return self.open(accepted).map(Some),
                Ok(None) if start.elapsed() >= patience => return Ok(None),
                Ok(None) => {}
                Err(error) => return Err(self.broken(&error.to_string())),
            }
            // It may say that it has, or why it does not; or end.
            match self.poll(Duration::from_millis(1))? {
                Some(Event::Said(value)) if value.get("error").is_some() && self.connections.is_empty() => {
                    let said = shown(&value.to_string());
                    return Err(self.broken(&format!("it does not connect, and said {said}")));
                }
                event => self.early.extend(event.map(|event| (self.heard_on, event))),
            }
        }
    }

    /// Takes the connections that it has made meanwhile, if it has; says whether there were any.
    ///
    /// # Errors
    /// When one cannot be taken.
    pub fn take_up(&mut self, transport: Transport) -> Result<bool, Failure> {
        let mut any = false;
        while let Some(accepted) = self
            .peer
            .accept(transport)
            .map_err(|error| self.broken(&error.to_string()))?
        {
            self.open(accepted)?;
            any = true;
        }
        Ok(any)
    }

    fn open(&mut self, accepted: Accepted) -> Result<u32, Failure> {
        self.last_connection += 1;
        let number = self.last_connection;
        let sent = self.sender.clone();
        let tell = move |arrival| {
            let event = match arrival {
                Arrival::Frame(frame) => Event::Sent(frame),
                Arrival::Control { opcode, payload } => Event::Control { opcode, payload },
                Arrival::Wrong(what) => Event::Wrong(what),
                Arrival::Closed(how) => Event::Closed(how),
            };
            sent.send(Happened::On(number, event)).is_ok()
        };
        let connection = Connection::open(accepted, tell).map_err(|error| self.broken(&error))?;
        self.connections.insert(number, connection);
        Ok(number)
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

    /// Sends it a frame, on its latest connection.
    ///
    /// # Errors
    /// When there is no connection any more.
    pub fn send(&mut self, frame: &Frame) -> Result<(), Failure> {
        self.send_on(self.last_connection, frame)
    }

    /// Sends it a frame on the connection of this number, or where that was left on its latest.
    ///
    /// # Errors
    /// When there is no connection any more.
    pub fn send_on(&mut self, number: u32, frame: &Frame) -> Result<(), Failure> {
        let bytes = self
            .connection_of(number)
            .map_or_else(Vec::new, |connection| connection.encode(frame));
        self.send_bytes_on(number, &bytes)
    }

    /// Sends it bytes on the connection of this number, or where that was left on its latest.
    ///
    /// # Errors
    /// When there is no connection any more.
    pub fn send_bytes_on(&mut self, number: u32, bytes: &[u8]) -> Result<(), Failure> {
        let sent = match self.connection_of(number) {
            Some(connection) => connection.send_bytes(bytes).map_err(|error| error.to_string()),
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

    /// The raw peer's end of its latest connection.
    pub fn connection(&mut self) -> Option<&mut Connection> {
        self.connections.values_mut().next_back()
    }

    /// The raw peer's end of the connection of this number, or where that was left of its latest.
    pub fn connection_of(&mut self, number: u32) -> Option<&mut Connection> {
        let number = match self.connections.contains_key(&number) {
            true => number,
            false => *self.connections.last_key_value()?.0,
        };
        self.connections.get_mut(&number)
    }

    /// The numbers of the connections that were not left.
    pub fn connections(&self) -> impl Iterator<Item = u32> {
        self.connections.keys().copied()
    }

    /// The number of the connection that the last event was heard on, of those that are heard on one.
    pub fn heard_on(&self) -> u32 {
        self.heard_on
    }

    /// The raw peer's end of its latest connection, of which nothing more is heard.
    pub fn take_connection(&mut self) -> Option<Connection> {
        self.connections.pop_last().map(|(_, connection)| connection)
    }

    /// What it does next.
    ///
    /// # Errors
    /// When it does nothing, ends or breaks the contract.
    pub fn next(&mut self) -> Result<Event, Failure> {
        self.wait(self.patience)
    }

    /// How long it may do nothing.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    fn wait(&mut self, patience: Duration) -> Result<Event, Failure> {
        match self.next_within(patience)? {
            Some(event) => Ok(event),
            None => Err(self.hung(patience, "it did nothing")),
        }
    }

    /// What it does in this time, if it does something.
    ///
    /// # Errors
    /// When it ends or breaks the contract.
    pub fn next_within(&mut self, patience: Duration) -> Result<Option<Event>, Failure> {
        match self.early.pop_front() {
            Some((number, event)) => {
                self.heard_on = number;
                Ok(Some(event))
            }
            None => self.poll(patience),
        }
    }

    /// Connections that were left are not heard of.
    fn poll(&mut self, patience: Duration) -> Result<Option<Event>, Failure> {
        let end = Instant::now() + patience;
        loop {
            match self
                .happened
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(Happened::Out(Ok(event))) => return Ok(Some(event)),
                Ok(Happened::Out(Err(end))) => return Err(self.ended(end)),
                Ok(Happened::On(number, event)) if self.connections.contains_key(&number) => {
                    self.heard_on = number;
                    return Ok(Some(event));
                }
                Ok(Happened::On(..)) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(self.ended(End::Closed)),
                Err(RecvTimeoutError::Timeout) => return Ok(None),
            }
        }
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
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
    }
}
