//! A testee: a program that makes calls with generated code on command, and reports their results. Commands and reports are
//! lines of JSON; the README documents them.

mod connecting;
mod event;
pub mod list;
mod program;
pub mod resident;
mod serving;
mod start;
mod stderr;

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rapace_wire::frame::Frame;
use serde_json::Value;

use self::event::{End, Happened};
pub use self::event::{Event, Failure};
pub use self::program::{PATIENCE, Program, START, TRIES, program};
use self::stderr::Stderr;
use crate::message::{Message, shown};
use crate::peer::{Connection, Peer};

/// How long to wait for the end of a testee that has closed a connection. A testee that ends has crashed.
const DYING: Duration = Duration::from_millis(200);

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

impl Testee {
    /// Gives it a command; returns its id.
    ///
    /// # Errors
    /// When it has ended.
    pub fn tell(&mut self, command: Value) -> Result<u64, Failure> {
        self.last_id += 1;
        self.tell_as(self.last_id, command).map(|()| self.last_id)
    }

    /// Gives it a command with this id, which no other command has.
    ///
    /// # Errors
    /// When it has ended.
    pub fn tell_as(&mut self, id: u64, mut command: Value) -> Result<(), Failure> {
        command["id"] = id.into();
        self.last_command = Some(command.to_string());
        writeln!(self.commands, "{command}").map_err(|_| self.ended(End::Closed))
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

    /// Adds the last command and what the testee wrote to standard error.
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

impl Drop for Testee {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
