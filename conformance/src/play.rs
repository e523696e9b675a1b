//! Plays scenarios: the raw peer's side, and what the testee says.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::thread;
use std::time::Duration;

use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, MethodKind, TypeRef};
use serde_json::{Value, json};

use crate::bounds;
use crate::frame::{CONTROL, Frame};
use crate::message::Message;
use crate::request::{check_descriptor, check_recorded};
use crate::results::{Outcome, Results};
use crate::scenario::{End, Request, Scenario, Scenarios, Sent, Step};
use crate::testee::{Event, Failure, PATIENCE, Program, Testee, shown};
use crate::vector::Hex;

/// Long enough for a testee to read what it has, in most cases; the result must be the same when it is not.
const PAUSE: Duration = Duration::from_micros(300);

/// The class in which what is allocated is bounded.
const BOUNDED: u32 = 15;

/// Plays the scenarios of these classes.
///
/// # Errors
/// When the testee cannot be started.
pub fn play(api: &Api, classes: &[Scenarios], program: &Program, results: &mut Results<'_>) -> Result<(), String> {
    if !classes.iter().any(|class| results.want_class(class.class)) {
        return Ok(());
    }
    let mut player = Player {
        codec: Codec::new(api, Limits::default()),
        methods: methods(api),
        testee: Testee::start(program)?,
        measure: false,
        allocated: None,
        baseline: None,
    };
    for class in classes {
        player.measure = class.class == BOUNDED && player.baseline.is_none_or(|baseline| baseline.is_some());
        for scenario in &class.cases {
            if !results.want(class.class, &scenario.name) {
                continue;
            }
            let played = match player.measure {
                true => player.bounded(scenario),
                false => player.scenario(scenario),
            };
            let outcome = match played {
                Ok(()) => Outcome::Passed,
                Err(Stop::Problem(problem)) => Outcome::of_problem(problem, &mut player.testee),
                Err(Stop::Failure(failure)) => failure.into(),
            };
            if outcome.is_failure() {
                // What is left of a scenario that went wrong must not disturb the next.
                player.testee = Testee::start(program)?;
            }
            results.push(class.class, &scenario.name, outcome);
        }
        if let (true, Some(baseline)) = (class.class == BOUNDED, player.baseline) {
            results.measures(baseline.is_some());
        }
    }
    Ok(())
}

/// What is known of a method: its id, its kind, and the type of its answer or items.
type Known<'a> = (u32, MethodKind, &'a TypeRef);

/// By `Service.method`.
fn methods(api: &Api) -> BTreeMap<&str, Known<'_>> {
    let methods = api.services.iter().flat_map(|service| &service.methods);
    methods
        .map(|method| (method.wire_name.as_str(), (method.id, method.kind, &method.response)))
        .collect()
}

struct Player<'a> {
    codec: Codec<'a>,
    methods: BTreeMap<&'a str, Known<'a>>,
    testee: Testee,
    /// Whether calls are measured.
    measure: bool,
    /// The most that a measured call of the scenario has allocated.
    allocated: Option<u64>,
    /// What a call with a small valid answer allocates, once it is known: nothing when the testee does not measure.
    baseline: Option<Option<u64>>,
}

enum Stop {
    Problem(String),
    Failure(Failure),
}

impl Stop {
    /// With the step in which it happened.
    fn at(self, place: &str) -> Self {
        let told = |how: String| Message::new(how).line("step", place).into();
        match self {
            Self::Problem(problem) => Self::Problem(told(problem)),
            Self::Failure(Failure::Hung(how)) => Self::Failure(Failure::Hung(told(how))),
            Self::Failure(Failure::Broken(how)) => Self::Failure(Failure::Broken(told(how))),
            Self::Failure(Failure::Crashed(how)) => Self::Failure(Failure::Crashed(told(how))),
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// What has happened in a scenario so far.
#[derive(Default)]
struct State {
    /// By name: the command's id, the method, the channel once the request was received.
    calls: BTreeMap<String, Called>,
    /// Requests that no step has asked for yet.
    requests: VecDeque<Frame>,
    /// What the testee said of calls that no step has asked for yet, by the command's id.
    said: BTreeMap<u64, Value>,
    channels: BTreeSet<u32>,
    closed: bool,
}

struct Called {
    id: u64,
    method: String,
    channel: Option<u32>,
}

impl<'a> Player<'a> {
    /// Plays a scenario in which no more may be allocated than for a small valid answer.
    fn bounded(&mut self, scenario: &Scenario) -> Result<(), Stop> {
        let Some(baseline) = self.baseline()? else {
            self.measure = false;
            return self.scenario(scenario);
        };
        let allocated = bounds::best_of(Some(bounds::memory(baseline)), || {
            self.scenario(scenario)?;
            Ok::<_, Stop>(self.allocated)
        })?;
        allocated.map_or(Ok(()), |allocated| {
            let of = "a small valid answer, or of losing the connection";
            bounds::check_memory(allocated, baseline, of).map_err(Stop::Problem)
        })
    }

    fn baseline(&mut self) -> Result<Option<u64>, Stop> {
        if let Some(known) = self.baseline {
            return Ok(known);
        }
        let end = End::Error {
            items: None,
            kinds: vec!["connection".into(), "protocol".into()],
            code: None,
            message: None,
        };
        let lost = vec![
            Step::Call(answer("a")),
            Step::Receive {
                call: "a".into(),
                payload: Hex(Vec::new()),
            },
            Step::Close,
            Step::Ends {
                call: "a".into(),
                with: end,
            },
            Step::Closes,
        ];
        let mut most = None;
        for steps in [vec![Step::Lives], lost] {
            let name = "baseline".into();
            let scenario = Scenario { name, steps };
            // The first may make what the others use.
            self.scenario(&scenario)?;
            self.scenario(&scenario)?;
            most = most.max(self.allocated);
        }
        self.baseline = Some(most);
        Ok(most)
    }

    fn scenario(&mut self, scenario: &Scenario) -> Result<(), Stop> {
        self.allocated = None;
        let mut state = State::default();
        let steps = scenario.steps.len();
        for (index, step) in scenario.steps.iter().enumerate() {
            let number = index + 1;
            let place = || {
                let step = serde_json::to_string(step).unwrap_or_default();
                format!("{number} of {steps}: {}", shown(&step))
            };
            self.step(&mut state, step).map_err(|stop| stop.at(&place()))?;
        }
        if state.closed {
            self.testee.connect()?;
        }
        match state.said.into_values().next() {
            Some(said) => Err(Stop::Problem(format!("nobody asked for {said}"))),
            None => Ok(()),
        }
    }

    fn step(&mut self, state: &mut State, step: &Step) -> Result<(), Stop> {
        match step {
            Step::Call(request) | Step::Stream(request) => {
                let kind = if matches!(step, Step::Call(_)) {
                    "call"
                } else {
                    "stream"
                };
                let mut command = json!({kind: request.method, "arguments": request.arguments});
                if self.measure {
                    command["measure"] = true.into();
                }
                let called = Called {
                    id: self.testee.tell(command)?,
                    method: request.method.clone(),
                    channel: None,
                };
                state.calls.insert(request.name.clone(), called);
                Ok(())
            }
            Step::Receive { call, payload } => self.receive(state, call, Some(&payload.0)).map(|_| ()),
            Step::ReceiveAny { call } => self.receive(state, call, None).map(|_| ()),
            Step::ReceiveRecorded { call, frame } => {
                let got = self.receive(state, call, Some(&frame.0.payload))?;
                check_recorded(&got, &frame.0).map_err(Stop::Problem)
            }
            Step::Send { frames, pauses } => self.send(state, frames, pauses),
            Step::Ends { call, with } => {
                let Called { id, method, .. } = called(state, call)?;
                let (id, (_, _, ty)) = (*id, self.known(method)?);
                while !state.said.contains_key(&id) {
                    self.observe(state)?;
                }
                let said = state.said.remove(&id).unwrap_or_default();
                self.allocated = self.allocated.max(said["allocated"].as_u64());
                let canonical = |value: &Value| self.codec.canonical(ty, value).ok();
                let same = |a: &Value, b: &Value| a == b || canonical(a).is_some_and(|a| canonical(b) == Some(a));
                judge(with, &said, same).map_err(Stop::Problem)
            }
            Step::Closes => {
                while !state.closed {
                    self.observe(state)?;
                }
                Ok(())
            }
            Step::Close => {
                self.testee.hang_up();
                Ok(())
            }
            Step::Lives => {
                let name = "(lives)".to_owned();
                self.step(state, &Step::Call(answer(&name)))?;
                self.receive(state, &name, Some(&[]))?;
                let channel = called(state, &name)?.channel.unwrap_or_default();
                self.testee.send(&Frame::answer(channel, &[42]))?;
                let with = End::Value(json!(42));
                self.step(state, &Step::Ends { call: name, with })
            }
        }
    }

    /// Waits for whatever comes next, and keeps it for the step that asks for it.
    fn observe(&mut self, state: &mut State) -> Result<(), Stop> {
        match self.testee.next(PATIENCE)? {
            Event::Sent(frame) if frame.flags() & CONTROL != 0 => {}
            Event::Sent(frame) => state.requests.push_back(frame),
            Event::Closed(_) => state.closed = true,
            Event::Said(said) => {
                let id = said["id"].as_u64().unwrap_or_default();
                state.said.insert(id, said);
            }
        }
        Ok(())
    }

    /// Waits for a request of this call's method and with this payload, which is this call's: calls of one method are told
    /// in order.
    fn receive(&mut self, state: &mut State, call: &str, payload: Option<&[u8]>) -> Result<Frame, Stop> {
        let (id, kind, _) = self.known(&called(state, call)?.method)?;
        let frame = loop {
            // Calls may be made side by side: theirs is the request with their payload.
            let ours = |frame: &Frame| frame.method() == id && payload.is_none_or(|payload| frame.payload == payload);
            if let Some(frame) = state
                .requests
                .iter()
                .position(ours)
                .and_then(|at| state.requests.remove(at))
            {
                break frame;
            }
            if let Some(said) = state.said.get(&called(state, call)?.id) {
                return Err(Stop::Problem(format!("no request, but {said}")));
            }
            if state.closed {
                return Err(Stop::Problem("the testee closed the connection".into()));
            }
            match (self.observe(state), state.requests.front()) {
                (Err(Stop::Failure(Failure::Hung(_))), Some(other)) => {
                    return Err(Stop::Problem(difference(other, id, payload.unwrap_or_default())));
                }
                (observed, _) => observed?,
            }
        };
        check_descriptor(&frame, id, kind).map_err(Stop::Problem)?;
        let channel = frame.channel();
        if !state.channels.insert(channel) {
            return Err(Stop::Problem(format!("channel {channel} is used twice")));
        }
        if let Some(called) = state.calls.get_mut(call) {
            called.channel = Some(channel);
        }
        Ok(frame)
    }

    fn known(&self, method: &str) -> Result<Known<'a>, Stop> {
        let known = self.methods.get(method).copied();
        known.ok_or_else(|| Stop::Problem(format!("no method {method}")))
    }

    fn send(&mut self, state: &State, frames: &[Sent], pauses: &[usize]) -> Result<(), Stop> {
        let mut bytes = Vec::new();
        for sent in frames {
            match sent {
                Sent::Bytes(raw) => bytes.extend(&raw.0),
                Sent::Recorded { call: None, frame } => bytes.extend(frame.0.to_bytes()),
                Sent::Recorded {
                    call: Some(call),
                    frame,
                } => {
                    let channel = called(state, call)?.channel.unwrap_or_default();
                    bytes.extend(frame.0.clone().on_channel(channel).to_bytes());
                }
                Sent::Frame {
                    call,
                    channel,
                    flags,
                    payload,
                    garbage,
                } => {
                    let channel = match (call, channel) {
                        (Some(call), _) => called(state, call)?.channel.unwrap_or_default(),
                        (None, channel) => channel.unwrap_or_default(),
                    };
                    let mut frame = Frame::of(channel, *flags, &payload.0);
                    for (offset, over) in garbage {
                        frame.descriptor[*offset..offset + over.0.len()].copy_from_slice(&over.0);
                    }
                    bytes.extend(frame.to_bytes());
                }
            }
        }
        let mut rest = bytes.as_slice();
        for &pause in pauses {
            let (now, later) = rest.split_at(pause.min(rest.len()));
            self.testee.send_bytes(now)?;
            thread::sleep(PAUSE);
            rest = later;
        }
        Ok(self.testee.send_bytes(rest)?)
    }
}

/// The simplest call.
fn answer(name: &str) -> Request {
    Request {
        name: name.into(),
        method: "Calls.answer".into(),
        arguments: Vec::new(),
    }
}

fn called<'a>(state: &'a State, name: &str) -> Result<&'a Called, Stop> {
    let called = state.calls.get(name);
    called.ok_or_else(|| Stop::Problem(format!("the scenario has no call {name}")))
}

/// What is wrong with a request that came instead of the expected one.
fn difference(frame: &Frame, method: u32, payload: &[u8]) -> String {
    if frame.method() != method {
        return format!("a request of method {:#x} instead of {method:#x}", frame.method());
    }
    let message = Message::new("its request has another payload");
    message.bytes(payload, "", &frame.payload, "").into()
}

/// Whether a call ended as it should. Values are compared by meaning.
fn judge(expected: &End, said: &Value, same: impl Fn(&Value, &Value) -> bool) -> Result<(), String> {
    let all_same = |items: &[Value]| {
        let said = said["items"].as_array();
        said.is_some_and(|said| said.len() == items.len() && said.iter().zip(items).all(|(a, b)| same(a, b)))
    };
    let fits = match expected {
        End::Value(value) => said.get("value").is_some_and(|said| same(said, value)),
        End::Items(items) => all_same(items) && said.get("end").is_some(),
        End::Error {
            items,
            kinds,
            code,
            message,
        } => {
            let error = &said["error"];
            let kind = error["kind"].as_str().unwrap_or_default();
            kinds.iter().any(|expected| expected == kind)
                && items.as_ref().is_none_or(|items| all_same(items))
                && code.is_none_or(|code| error["code"] == json!(code))
                && message
                    .as_ref()
                    .is_none_or(|message| error["message"] == json!(message))
        }
    };
    if fits {
        return Ok(());
    }
    let expected = serde_json::to_string(expected).unwrap_or_default();
    let message = Message::new("the call ended in another way")
        .line("expected", shown(&expected))
        .line("came", shown(&said.to_string()));
    Err(message.into())
}
