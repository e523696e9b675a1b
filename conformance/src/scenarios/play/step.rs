//! What each step does.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rapace_schema::TypeRef;
use rapace_wire::frame::{DATA, EOS, Frame};
use serde_json::{Value, json};

use super::ending::judge;
use super::state::{Called, State, Stop};
use super::{Player, answer, send};
use crate::message::{Message, shown};
use crate::recorded::End;
use crate::request::check_recorded;
use crate::scenarios::{Request, Step, pattern};

/// How long what the testee counts may take to come back to what it was.
const SETTLING: Duration = Duration::from_secs(5);
/// How many items of a flood are read at once.
const AT_ONCE: u32 = 250;

impl Player<'_> {
    pub(super) fn step(&mut self, state: &mut State, step: &Step) -> Result<(), Stop> {
        match step {
            Step::Call(request) => self.request(state, "call", request)?,
            Step::Stream(request) => self.request(state, "stream", request)?,
            Step::Open(request) => {
                self.request(state, "open", request)?;
                self.tells(state, &request.name, &json!({"opened": true}))?;
            }
            Step::Notify(request) => self.request(state, "notify", request)?,
            Step::Tell { name, command } => self.tell(state, name, command)?,
            Step::Receive { call, payload } => self.receive(state, call, Some(&payload.0)).map(drop)?,
            Step::ReceiveAny { call } => self.receive(state, call, None).map(drop)?,
            Step::ReceiveRecorded { call, frame } => {
                let got = self.receive(state, call, Some(&frame.0.payload))?;
                check_recorded(&got, &frame.0).map_err(Stop::Problem)?;
            }
            Step::ReceiveCancel { call } => {
                let taken_back = (state.called(call)?.on, state.channel(call)?);
                self.receive_cancel(state, taken_back)?;
            }
            Step::ReceiveBytes { channel, bytes } => self.receive_bytes(state, *channel, &bytes.0)?,
            Step::ReceivePattern { channel, length } => {
                let bytes: Vec<u8> = (0..*length).map(pattern).collect();
                self.receive_bytes(state, *channel, &bytes)?;
            }
            Step::ReceiveEnd { channel } => {
                let frame = self.receive_piece(state, *channel)?;
                if frame.flags() != DATA | EOS {
                    return Err(Stop::Problem(format!("{} bytes before the end", frame.payload.len())));
                }
            }
            Step::ReceiveRefusal {
                channel,
                code,
                message,
                within_ms,
            } => {
                let within = Duration::from_millis(*within_ms);
                self.receive_refusal(state, *channel, (*code, message), within)?;
            }
            Step::ReceiveSession { method, payload } => self.receive_session(state, *method, &payload.0)?,
            Step::ReceiveControl { opcode, begins } => self.receive_control(state, *opcode, &begins.0)?,
            Step::Send(sending) => self.send(state, sending)?,
            Step::Ends {
                call,
                with,
                after_ms,
                within_ms,
            } => return self.ends(state, call, with, (*after_ms, *within_ms)),
            Step::Becomes(expected) => self.becomes(state, expected)?,
            Step::Closes => {
                while !state.closed {
                    self.observe(state)?;
                }
            }
            Step::CloseUnder { call } => {
                let on = state.called(call)?.on;
                if let Some(connection) = self.testee.connection_of(on) {
                    connection.close();
                }
            }
            Step::Carried { calls, connections } => carried(state, calls, *connections)?,
            Step::Connections(count) => self.connections(state, *count)?,
            Step::Close => self.with_connection(crate::peer::Connection::close),
            Step::HalfClose => self.with_connection(crate::peer::Connection::half_close),
            Step::Reset => {
                if let Some(connection) = self.testee.take_connection() {
                    connection.reset();
                }
                state.closed = true;
            }
            Step::Deaf => self.with_connection(crate::peer::Connection::stop_reading),
            Step::Hears => self.with_connection(crate::peer::Connection::read_on),
            Step::Refuse => self.testee.refuse(self.transport),
            Step::Listen => self.testee.listen(self.transport).map(drop)?,
            Step::Accept => {
                while self.testee.take_connection().is_some() {}
                self.testee.accept(self.transport)?;
                state.closed = false;
            }
            Step::Flaps { for_ms, most } => self.flaps(state, Duration::from_millis(*for_ms), *most)?,
            Step::Lonely(time) => {
                if self
                    .testee
                    .accept_within(self.transport, Duration::from_millis(*time))?
                    .is_some()
                {
                    return Err(Stop::Problem("it connects anew, which it was not told to".into()));
                }
            }
            Step::Passes(time) => thread::sleep(Duration::from_millis(*time)),
            Step::NoRequests => {
                if let Some((_, frame)) = state.requests.front() {
                    let what = format!("a request of method {:#x} that nobody made", frame.method());
                    return Err(Stop::Problem(what));
                }
            }
            Step::Lives if self.serving => self.still_serves(state)?,
            Step::Lives => self.lives(state)?,
            Step::Settles { memory } => self.settles(state, *memory)?,
            Step::Dropped(expected) => self.dropped(state, *expected)?,
            Step::Many(many) => self.many(state, many)?,
            Step::Flood { call, items, bytes } => self.flood(state, call, *items, *bytes)?,
            Step::Stalls { before } => self.stalls(state, *before)?,
            Step::Flooded => self.flooded(state)?,
            Step::Drains { call, from, items } => self.drains(state, call, *from, *items)?,
            served => self.served(state, served)?,
        }
        state.acted = Instant::now();
        Ok(())
    }

    fn request(&mut self, state: &mut State, kind: &str, request: &Request) -> Result<(), Stop> {
        let arguments: Vec<Value> = request.arguments.iter().map(filled).collect();
        let mut command = json!({kind: request.method, "arguments": arguments});
        if self.measure {
            command["measure"] = true.into();
        }
        if let Some(timeout) = request.timeout_ms {
            command["timeout_ms"] = timeout.into();
        }
        let called = Called {
            id: self.testee.tell(command)?,
            method: Some(request.method.clone()),
            channel: None,
            on: 0,
            notice: kind == "notify",
        };
        state.calls.insert(request.name.clone(), called);
        Ok(())
    }

    /// Tells a command, with numbers for the names in it.
    fn tell(&mut self, state: &mut State, name: &str, command: &Value) -> Result<(), Stop> {
        let mut command = command.clone();
        for value in command
            .as_object_mut()
            .into_iter()
            .flat_map(|entries| entries.values_mut())
        {
            *value = filled(value);
            let Some(reference) = value.as_str().and_then(|text| text.strip_prefix('@')) else {
                continue;
            };
            *value = match reference {
                "address" => self.testee.address_of(self.transport)?.into(),
                "anywhere" => crate::peer::any_address(self.transport).into(),
                name => match state.handlers.get(name) {
                    Some(number) => (*number).into(),
                    None => state.called(name)?.id.into(),
                },
            };
        }
        // The answer to `next` has items of the stream's type.
        let of = command.get("next").and_then(Value::as_u64);
        let of = of.and_then(|id| state.calls.values().find(|called| called.id == id));
        let method = of.and_then(|called| called.method.clone());
        let method = method.or_else(|| command["call"].as_str().map(str::to_owned));
        let called = Called {
            id: self.testee.tell(command)?,
            method,
            channel: None,
            on: 0,
            notice: false,
        };
        state.calls.insert(name.into(), called);
        Ok(())
    }

    /// Waits until a command is answered so.
    fn tells(&mut self, state: &mut State, name: &str, entries: &Value) -> Result<(), Stop> {
        let id = state.called(name)?.id;
        let said = self.said(state, id)?;
        judge(&End::Says(entries.clone()), &said, &Value::eq).map_err(Stop::Problem)
    }

    fn ends(
        &mut self,
        state: &mut State,
        call: &str,
        with: &End,
        (after, within): (Option<u64>, Option<u64>),
    ) -> Result<(), Stop> {
        let Called { id, method, .. } = state.called(call)?;
        let id = *id;
        let ty = match method {
            Some(method) => self.known(method)?.2,
            None => &TypeRef::Unit,
        };
        let known = state.said.contains_key(&id);
        let said = self.said(state, id)?;
        self.allocated = self.allocated.max(said["allocated"].as_u64());
        let canonical = |value: &Value| self.codec.canonical(ty, value).ok();
        let same = |a: &Value, b: &Value| a == b || canonical(a).is_some_and(|a| canonical(b) == Some(a));
        judge(with, &said, &same).map_err(Stop::Problem)?;
        let took = state.said_at.saturating_duration_since(state.acted);
        let timed = |summary: &str, expected: String| {
            let message = Message::new(summary).line("expected", expected);
            message
                .line("came", format_args!("after {} ms", took.as_millis()))
                .into()
        };
        match (after, within) {
            (Some(after), _) if !known && took < Duration::from_millis(after) => Err(Stop::Problem(timed(
                "it ended too early",
                format!("not before {after} ms"),
            ))),
            (_, Some(within)) if !known && took > Duration::from_millis(within) => {
                Err(Stop::Late(timed("it ended too late", format!("within {within} ms"))))
            }
            _ => Ok(()),
        }
    }

    fn becomes(&mut self, state: &mut State, expected: &str) -> Result<(), Stop> {
        loop {
            match state.states.pop_front() {
                Some(now) if now == expected => return Ok(()),
                Some(now) => {
                    let message = Message::new("the connection is said to be in another state");
                    return Err(Stop::Problem(
                        message.line("expected", expected).line("came", now).into(),
                    ));
                }
                None => self.observe(state)?,
            }
        }
    }

    fn lives(&mut self, state: &mut State) -> Result<(), Stop> {
        let name = "(lives)".to_owned();
        self.step(state, &Step::Call(answer(&name)))?;
        self.receive(state, &name, Some(&[]))?;
        let (on, channel) = (state.called(&name)?.on, state.channel(&name)?);
        self.testee.send_on(on, &Frame::answer(channel, &[42]))?;
        self.step(state, &Step::ends(&name, End::Value(json!(42))))
    }

    fn connections(&mut self, state: &mut State, expected: usize) -> Result<(), Stop> {
        let start = Instant::now();
        loop {
            let open = self
                .testee
                .connections()
                .filter(|number| !state.gone.contains(number))
                .count();
            if open == expected {
                return Ok(());
            }
            if start.elapsed() > SETTLING {
                let message = Message::new("it has another number of connections");
                return Err(Stop::Problem(
                    message.line("expected", expected).line("came", open).into(),
                ));
            }
            self.observe_for(state, Duration::from_millis(5))?;
        }
    }

    fn settles(&mut self, state: &mut State, memory: u64) -> Result<(), Stop> {
        let before = state.counted.clone().unwrap_or_default();
        let start = Instant::now();
        loop {
            let now = self.stats(state)?;
            let number = |stats: &Value, name: &str| stats[name].as_u64().unwrap_or_default();
            let no_more = |name: &str| number(&now, name) <= number(&before, name);
            let settled = number(&now, "in_flight") == 0
                && no_more("tasks")
                && no_more("handles")
                && number(&now, "memory") <= number(&before, "memory") + memory;
            if settled {
                return Ok(());
            }
            if start.elapsed() > SETTLING {
                let message = Message::new("it holds more than before")
                    .line("before", &before)
                    .line("came", now)
                    .line(
                        "expected",
                        format_args!("nothing in flight, and at most {memory} bytes more"),
                    );
                return Err(Stop::Problem(message.into()));
            }
            self.observe_for(state, Duration::from_millis(20))?;
        }
    }

    fn dropped(&mut self, state: &mut State, expected: u64) -> Result<(), Stop> {
        let count = |stats: &Value| stats["dropped_frames"].as_u64().unwrap_or_default();
        let before = state.counted.as_ref().map_or(0, count);
        let now = count(&self.stats(state)?);
        if now == before + expected {
            return Ok(());
        }
        let message = Message::new("it counts other frames that nobody waited for");
        let message = message
            .line("expected", expected)
            .line("came", now.saturating_sub(before));
        Err(Stop::Problem(message.into()))
    }

    fn drains(&mut self, state: &mut State, call: &str, from: u32, items: u32) -> Result<(), Stop> {
        let stream = state.called(call)?.id;
        let mut next = from;
        while next < from + items {
            let count = AT_ONCE.min(from + items - next);
            let id = self.testee.tell(json!({"next": stream, "count": count}))?;
            let said = self.said(state, id)?;
            for item in said["items"].as_array().map_or(&[][..], Vec::as_slice) {
                if *item != json!(send::text(next, state.flood_bytes)) {
                    let item = shown(&item.to_string());
                    return Err(Stop::Problem(format!("item {next} is {item}")));
                }
                next += 1;
            }
            if said.get("error").is_some() || said.get("end").is_some() && next < from + items {
                let said = shown(&json!({"error": said["error"], "end": said["end"]}).to_string());
                return Err(Stop::Problem(format!("the stream ended after {next} items: {said}")));
            }
        }
        Ok(())
    }

    fn with_connection(&mut self, act: impl FnOnce(&crate::peer::Connection)) {
        if let Some(connection) = self.testee.connection() {
            act(connection);
        }
    }
}

/// Whether the requests of these calls came on so many connections.
fn carried(state: &State, calls: &[String], expected: usize) -> Result<(), Stop> {
    let mut numbers = BTreeSet::new();
    for call in calls {
        state.channel(call)?;
        numbers.insert(state.called(call)?.on);
    }
    if numbers.len() == expected {
        return Ok(());
    }
    let message = Message::new("the requests came on another number of connections");
    Err(Stop::Problem(
        message.line("expected", expected).line("came", numbers.len()).into(),
    ))
}

/// With the bytes of `@pattern LENGTH`.
pub(super) fn filled(value: &Value) -> Value {
    let length = value
        .as_str()
        .and_then(|text| text.strip_prefix("@pattern ")?.parse().ok());
    match length {
        Some(length) => BASE64_STANDARD
            .encode((0..length).map(pattern).collect::<Vec<u8>>())
            .into(),
        None => value.clone(),
    }
}
