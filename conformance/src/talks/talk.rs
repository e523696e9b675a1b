//! Commands for a testee that is connected to a real server, and the answers that it must give.

use std::thread;
use std::time::{Duration, Instant};

use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, TypeRef};
use serde_json::{Value, json};

use crate::report::Outcome;
use crate::testee::{Event, Failure, Program, Testee};

/// The commands of a check and the answers to them.
pub type Check = Vec<Turn>;

/// Stands in commands for the number of the command that opened something last.
pub const OPENED: &str = "@opened";
/// Stands in commands for the channel that was answered last.
pub const CHANNEL: &str = "@channel";
/// How long something that a server does by itself may take.
const EVENTUALLY: Duration = Duration::from_secs(5);
/// The pause before it is asked again.
const PAUSE: Duration = Duration::from_millis(5);

/// A turn of a talk.
#[derive(Clone)]
pub enum Turn {
    /// It gets this command and must give that answer.
    Tell(Value, Expected),
    /// It gets this command, whose answer is awaited later.
    Start(Value),
    /// What was started last is cancelled, and says so.
    Cancel,
    /// It gets this command again and again, until it gives that answer.
    Until(Value, Expected),
    /// The connection is of no use any more.
    Leave,
    /// The first of two, or else the second.
    Either(Box<(Turn, Turn)>),
}

/// What it must say.
#[derive(Clone)]
pub enum Expected {
    /// This value, of this type.
    Value(TypeRef, Value),
    /// This value, of this type, as the only item of a stream that ends then.
    Item(TypeRef, Value),
    /// Exactly these entries of the answer.
    Entries(Value),
    /// An error of one of these kinds, with this code where it is given.
    Error(&'static [&'static str], Option<u32>),
    /// An error of kind `connection` whose message has one of these words in it, whatever the case.
    Unconnected(&'static [&'static str]),
    /// That something took too long: a connection, or a call on it.
    Late,
}

/// What a talk has come to.
#[derive(Default)]
struct SoFar {
    /// The number of the command that opened something last.
    opened: u64,
    /// The `channel_id` in the last answer that had one.
    channel: Value,
    /// What was started last.
    started: (u64, Value),
    /// Answers that came before they were waited for.
    early: Vec<Value>,
}

impl SoFar {
    /// The command, with what the names in it stand for.
    fn filled(&self, command: &Value) -> Value {
        let mut command = command.clone();
        for entry in command
            .as_object_mut()
            .into_iter()
            .flat_map(|entries| entries.values_mut())
        {
            if *entry == json!(OPENED) {
                *entry = self.opened.into();
            } else if *entry == json!(CHANNEL) {
                *entry = self.channel.clone();
            }
        }
        command
    }
}

/// Talks with testees of a program.
pub struct Talker<'a> {
    codec: Codec<'a>,
    program: &'a Program,
    testee: Testee,
    /// Where it is connected.
    at: Option<Value>,
}

impl<'a> Talker<'a> {
    /// Starts the program.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(api: &'a Api, program: &'a Program) -> Result<Self, String> {
        Ok(Self {
            codec: Codec::new(api, Limits::default()),
            program,
            testee: Testee::start(program)?,
            at: None,
        })
    }

    /// What comes of a talk. Where it goes wrong, the next one is with a new testee.
    ///
    /// # Errors
    /// When a new one cannot be started.
    pub fn outcome(&mut self, steps: &[Turn]) -> Result<Outcome, String> {
        let outcome = match self.talk(steps) {
            Ok(None) => Outcome::Passed,
            Ok(Some(problem)) => Outcome::of_problem(problem, &mut self.testee),
            Err(failure) => failure.into(),
        };
        if outcome.is_failure() {
            self.testee = Testee::start(self.program)?;
            self.at = None;
        }
        Ok(outcome)
    }

    /// What comes of a talk on a connection that this command makes. It is kept for the next such talk, because closing one
    /// takes a second where the server never answers a WebSocket's Close.
    ///
    /// # Errors
    /// When a new testee cannot be started.
    pub fn outcome_at(&mut self, connect: &Value, steps: &[Turn]) -> Result<Outcome, String> {
        if self.at.as_ref() != Some(connect) {
            let connected = Turn::Tell(connect.clone(), Expected::Entries(json!({"connected": true})));
            self.at = Some(connect.clone());
            let outcome = self.outcome(&[connected])?;
            if outcome.is_failure() {
                return Ok(outcome);
            }
        }
        let outcome = self.outcome(steps)?;
        if steps.iter().any(|step| matches!(step, Turn::Leave)) {
            self.at = None;
        }
        Ok(outcome)
    }

    /// What went wrong, if something did.
    fn talk(&mut self, steps: &[Turn]) -> Result<Option<String>, Failure> {
        let mut so_far = SoFar::default();
        for step in steps {
            let problem = self.take(step, &mut so_far)?;
            if problem.is_some() {
                return Ok(problem);
            }
        }
        Ok(None)
    }

    fn take(&mut self, step: &Turn, so_far: &mut SoFar) -> Result<Option<String>, Failure> {
        match step {
            Turn::Tell(command, expected) => {
                let command = so_far.filled(command);
                let id = self.testee.tell(command.clone())?;
                if command.get("open").is_some() || command.get("tunnel").is_some() {
                    so_far.opened = id;
                }
                let said = self.answer(id, so_far)?;
                if let Some(channel) = said["value"].get("channel_id") {
                    so_far.channel = channel.clone();
                }
                Ok(self.problem(&command, expected, &said))
            }
            Turn::Start(command) => {
                so_far.started = (self.testee.tell(command.clone())?, command.clone());
                Ok(None)
            }
            Turn::Cancel => {
                let (started, command) = so_far.started.clone();
                let cancel = json!({"cancel": started});
                let id = self.testee.tell(cancel.clone())?;
                let answer = self.answer(id, so_far)?;
                let last = self.answer(started, so_far)?;
                let cancelled = Expected::Entries(json!({"cancelled": true}));
                let problem = self.problem(&cancel, &cancelled, &answer);
                Ok(problem.or_else(|| self.problem(&command, &Expected::Error(&["cancelled"], None), &last)))
            }
            Turn::Until(command, expected) => {
                let start = Instant::now();
                loop {
                    let id = self.testee.tell(command.clone())?;
                    let said = self.answer(id, so_far)?;
                    let problem = self.problem(command, expected, &said);
                    if problem.is_none() || start.elapsed() > EVENTUALLY {
                        return Ok(problem);
                    }
                    thread::sleep(PAUSE);
                }
            }
            Turn::Leave => Ok(None),
            Turn::Either(two) => match self.take(&two.0, so_far)? {
                None => Ok(None),
                Some(problem) => {
                    let other = self.take(&two.1, so_far)?;
                    Ok(other.map(|other| format!("{problem}\nand {other}")))
                }
            },
        }
    }

    /// The answer to the command of this number. Others that come before it are kept.
    fn answer(&mut self, id: u64, so_far: &mut SoFar) -> Result<Value, Failure> {
        if let Some(at) = so_far.early.iter().position(|said| said["id"] == json!(id)) {
            return Ok(so_far.early.remove(at));
        }
        loop {
            // The raw peer's connection, which it has left, says nothing of interest.
            if let Event::Said(said) = self.testee.next()? {
                if said["id"] == json!(id) {
                    return Ok(said);
                }
                so_far.early.push(said);
            }
        }
    }

    fn problem(&self, command: &Value, expected: &Expected, said: &Value) -> Option<String> {
        (!self.fits(expected, said)).then(|| format!("{command} was answered with {said}"))
    }

    fn fits(&self, expected: &Expected, said: &Value) -> bool {
        let error = &said["error"];
        match expected {
            Expected::Value(ty, value) => {
                let canonical = |value| self.codec.canonical(ty, value).ok();
                said.get("value")
                    .is_some_and(|said| canonical(said) == canonical(value))
            }
            Expected::Item(ty, value) => {
                let canonical = |value| self.codec.canonical(ty, value).ok();
                let items = said["items"].as_array().map_or(&[][..], Vec::as_slice);
                said["end"] == true && matches!(items, [item] if canonical(item) == canonical(value))
            }
            Expected::Entries(entries) => has_entries(said, entries),
            Expected::Error(kinds, code) => {
                kinds.iter().any(|kind| error["kind"] == json!(kind))
                    && code.is_none_or(|code| error["code"] == json!(code))
            }
            Expected::Unconnected(words) => {
                let message = error["message"].as_str().unwrap_or_default().to_lowercase();
                error["kind"] == "connection"
                    && !message.is_empty()
                    && (words.is_empty() || words.iter().any(|word| message.contains(word)))
            }
            Expected::Late => {
                error["kind"] == "connection"
                    || error["kind"] == "status" && error["code"] == json!(2) && error["remote"] != json!(true)
            }
        }
    }
}

/// Whether these entries are there, those of objects among them alike.
fn has_entries(said: &Value, entries: &Value) -> bool {
    match (said, entries) {
        (Value::Object(said), Value::Object(entries)) => entries
            .iter()
            .all(|(name, entry)| said.get(name).is_some_and(|said| has_entries(said, entry))),
        (said, entry) => said == entry,
    }
}
