//! A side of a cell: it gets commands and says lines, as the contract of testees has it.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::message::shown;
use crate::testee::{Event, Program, Testee};

/// What obeys commands.
pub(super) trait Obeys {
    /// Gives it a command, with this number.
    fn tell(&mut self, id: u64, command: Value) -> Result<(), String>;
    /// The next line that it says.
    fn next(&mut self) -> Result<Value, String>;
    /// The same, started anew.
    fn again(&self) -> Result<Box<dyn Obeys>, String>;
    /// Whether it can cancel a call. Rust's own client cannot.
    fn cancels(&self) -> bool;
}

/// A side, with what it has said and nobody has waited for yet.
pub(super) struct Side {
    obeys: Box<dyn Obeys>,
    early: VecDeque<Value>,
    last_id: u64,
}

impl Side {
    pub(super) fn of(obeys: Box<dyn Obeys>) -> Self {
        Self {
            obeys,
            early: VecDeque::new(),
            last_id: 0,
        }
    }

    pub(super) fn again(&self) -> Result<Self, String> {
        Ok(Self::of(self.obeys.again()?))
    }

    pub(super) fn cancels(&self) -> bool {
        self.obeys.cancels()
    }

    /// Forgets what it has said, before something else begins.
    pub(super) fn forget(&mut self) {
        self.early.clear();
    }

    /// Gives it a command; returns its number.
    pub(super) fn tell(&mut self, command: Value) -> Result<u64, String> {
        // Testees count from 1 for the runner as well.
        self.last_id += 1;
        let id = self.last_id + (1 << 32);
        self.obeys.tell(id, command)?;
        Ok(id)
    }

    /// Waits for the first line that `wanted` accepts. Others are kept.
    pub(super) fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value, String> {
        if let Some(at) = self.early.iter().position(&wanted) {
            return Ok(self.early.remove(at).unwrap_or_default());
        }
        loop {
            let said = self.obeys.next().map_err(|error| format!("{what}: {error}"))?;
            if wanted(&said) {
                return Ok(said);
            }
            self.early.push_back(said);
        }
    }

    /// Waits for the answer to the command with this number.
    pub(super) fn answer(&mut self, id: u64) -> Result<Value, String> {
        self.wait("no answer to a command", |said| said["id"] == json!(id))
    }

    /// Gives it a command, and waits for an answer with these entries.
    pub(super) fn expect(&mut self, command: Value, entries: Value) -> Result<Value, String> {
        let id = self.tell(command.clone())?;
        let said = self.answer(id)?;
        same(&command, &entries, said)
    }
}

/// Whether a line has these entries.
pub(super) fn same(command: &Value, entries: &Value, said: Value) -> Result<Value, String> {
    match contains(&said, entries) {
        true => Ok(said),
        false => Err(format!(
            "to {} it said {}, expected {}",
            shown(&command.to_string()),
            shown(&said.to_string()),
            shown(&entries.to_string())
        )),
    }
}

/// Objects contain the entries of others, whatever else they have; all else is equal.
fn contains(value: &Value, expected: &Value) -> bool {
    match (value, expected) {
        (Value::Object(value), Value::Object(expected)) => expected
            .iter()
            .all(|(name, expected)| value.get(name).is_some_and(|value| contains(value, expected))),
        (value, expected) => value == expected,
    }
}

/// A testee.
pub(super) struct TesteeSide {
    testee: Testee,
    program: Program,
}

impl TesteeSide {
    pub(super) fn start(program: &Program) -> Result<Self, String> {
        Ok(Self {
            testee: Testee::start(program)?,
            program: program.clone(),
        })
    }
}

impl Obeys for TesteeSide {
    fn tell(&mut self, id: u64, command: Value) -> Result<(), String> {
        self.testee.tell_as(id, command).map_err(|failure| failure.to_string())
    }

    fn next(&mut self) -> Result<Value, String> {
        loop {
            // The raw peer that it met when it started is of no interest.
            if let Event::Said(said) = self.testee.next().map_err(|failure| failure.to_string())? {
                return Ok(said);
            }
        }
    }

    fn again(&self) -> Result<Box<dyn Obeys>, String> {
        Ok(Box::new(Self::start(&self.program)?))
    }

    fn cancels(&self) -> bool {
        true
    }
}
