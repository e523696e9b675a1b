//! The handlers of a soak: which must run, what each does, and whether one that was cancelled had a reason.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::message::shown;

/// What a handler does.
pub(super) enum Script {
    /// It returns this text.
    Text(String),
    /// It yields so many numbers from its own, and then fails or ends.
    Items { count: u32, fails: bool },
}

/// The handlers that run, and those of which it is not known whether they do.
#[derive(Default)]
pub(super) struct Handlers {
    /// What was asked for and has not run yet, by its own number, with its connection and channel.
    expected: BTreeMap<u32, ((u32, u32), Script)>,
    /// Those that run, by the testee's number.
    running: BTreeMap<u64, Running>,
    /// Commands that are not answered, and the handlers that got them.
    commands: BTreeMap<u64, u64>,
    /// Calls whose handlers may be cancelled or may not run at all: taken back, ended, or their connections were lost.
    excused: BTreeSet<(u32, u32)>,
    gone: BTreeSet<u32>,
    /// Calls whose handlers were cancelled before it was known why.
    unexplained: BTreeSet<(u32, u32)>,
}

struct Running {
    own: u32,
    place: (u32, u32),
    script: Script,
    yielded: u32,
}

impl Handlers {
    /// A request was sent, whose handler is to run.
    pub(super) fn expect(&mut self, own: u32, place: (u32, u32), script: Script) {
        self.expected.insert(own, (place, script));
    }

    /// A connection was lost: its handlers are cancelled, and some of its requests never arrived.
    pub(super) fn lost(&mut self, on: u32) {
        self.gone.insert(on);
        self.expected.retain(|_, ((connection, _), _)| *connection != on);
        self.unexplained.retain(|(connection, _)| *connection != on);
    }

    /// A call was taken back, or has ended.
    pub(super) fn may_be_cancelled(&mut self, place: (u32, u32)) {
        self.unexplained.remove(&place);
        self.excused.insert(place);
        self.expected.retain(|_, (other, _)| *other != place);
    }

    /// Whether none runs and none is awaited.
    pub(super) fn are_done(&self) -> bool {
        self.running.is_empty() && self.commands.is_empty() && self.expected.is_empty()
    }

    /// Whether each that was cancelled had a reason.
    pub(super) fn check(&self) -> Result<(), String> {
        match self.unexplained.first() {
            Some((on, channel)) => Err(format!(
                "the handler of channel {channel} of connection {on} was cancelled, and nothing cancelled it"
            )),
            None => Ok(()),
        }
    }

    /// What is awaited.
    pub(super) fn told(&self) -> String {
        let waiting: Vec<String> = self
            .expected
            .values()
            .take(5)
            .map(|(place, _)| format!("{place:?}"))
            .collect();
        let running: Vec<u64> = self.running.keys().take(5).copied().collect();
        format!(
            "{} run, as {running:?}; {} have not run, as {}; {} commands are not answered",
            self.running.len(),
            self.expected.len(),
            waiting.join(" "),
            self.commands.len()
        )
    }

    /// Takes a line of the testee.
    pub(super) fn said(
        &mut self,
        said: &Value,
        tell: &mut dyn FnMut(Value) -> Result<u64, String>,
    ) -> Result<(), String> {
        if let Some(id) = said["id"].as_u64() {
            let number = self.commands.remove(&id);
            let number = number.ok_or_else(|| format!("an answer to no command: {said}"))?;
            if said["sent"] == true {
                return self.goes_on(number, tell);
            }
            let done = ["answered", "ended", "failed", "sent"];
            if !done.iter().any(|name| said.get(*name).is_some()) {
                return Err(format!("an answer that is none: {said}"));
            }
            if let Some(running) = self.running.remove(&number)
                && said["sent"] == false
            {
                self.stopped(running.place);
            }
            return Ok(());
        }
        if let Some(number) = said["cancelled"].as_u64() {
            if let Some(running) = self.running.remove(&number) {
                self.stopped(running.place);
            }
            return Ok(());
        }
        let (Some(number), Some(own)) = (said["called"].as_u64(), said["arguments"][0].as_u64()) else {
            return Err(format!("nobody asked for {}", shown(&said.to_string())));
        };
        let own = own as u32;
        // A request of a connection that is lost, or that was taken back, may still run.
        if let Some((place, script)) = self.expected.remove(&own) {
            let yielded = 0;
            self.running.insert(
                number,
                Running {
                    own,
                    place,
                    script,
                    yielded,
                },
            );
            return self.goes_on(number, tell);
        }
        Ok(())
    }

    /// A handler was cancelled.
    fn stopped(&mut self, place: (u32, u32)) {
        if !self.excused.contains(&place) && !self.gone.contains(&place.0) {
            self.unexplained.insert(place);
        }
    }

    /// Has a handler do the next thing.
    fn goes_on(&mut self, number: u64, tell: &mut dyn FnMut(Value) -> Result<u64, String>) -> Result<(), String> {
        let Some(running) = self.running.get_mut(&number) else {
            return Ok(());
        };
        let command = match &running.script {
            Script::Text(text) => json!({"answer": number, "value": text}),
            Script::Items { count, .. } if running.yielded < *count => {
                running.yielded += 1;
                json!({"item": number, "value": running.own + running.yielded - 1})
            }
            Script::Items { fails: true, .. } => json!({"fail": number, "code": 9, "message": "enough"}),
            Script::Items { fails: false, .. } => json!({"end": number}),
        };
        let id = tell(command)?;
        self.commands.insert(id, number);
        Ok(())
    }
}
