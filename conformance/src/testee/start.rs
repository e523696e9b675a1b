//! Starting a testee: its process, the thread that reads what it prints, and its first line.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::Testee;
use super::event::{End, Event, Failure, Happened};
use super::program::Program;
use super::stderr::Stderr;
use crate::json::from_deep_json;
use crate::message::{Message, shown};
use crate::peer::Peer;

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
}
