//! Steps in which the testee serves: the raw peer calls, and the testee's handlers are answered for by the scenario.

use std::time::{Duration, Instant};

use rapace_wire::frame::{DATA, EOS, Frame};
use serde_json::{Value, json};

use super::Player;
use super::state::{Full, State, Stop};
use crate::bytes;
use crate::message::{Message, shown};
use crate::peer::is_turned_away;
use crate::recorded::End;
use crate::request::{check_answer, check_error};
use crate::scenarios::{Scenario, Step, pattern};
use crate::testee::Failure;

/// How long the number of served calls may take to become what it should be.
const SETTLING: Duration = Duration::from_secs(5);
/// The first channel of the calls that only show that a connection lives, on the side that opens odd channels. Scenarios use
/// lower ones.
const LIVES: u32 = 1_000_001;

impl Player<'_> {
    /// Connects the testee as a scenario of this direction begins.
    pub(super) fn begin_serving(&mut self, scenario: &Scenario) -> Result<State, Stop> {
        self.connected = None;
        let options = &scenario.options;
        self.testee.hang_up();
        let mut state = State::default();
        if scenario.dials {
            self.hosting = None;
            self.testee.connect_serving(self.transport, options)?;
        } else {
            let hosted = self.hosting.take().filter(|(over, _)| *over == self.transport);
            let address = match hosted {
                Some((_, address)) if options.is_null() => address,
                _ => self.testee.serve_over(self.transport, options)?,
            };
            let stays = options.is_null() && !scenario.shuts_down();
            self.hosting = stays.then(|| (self.transport, address.clone()));
            self.testee.dial(self.transport, &address)?;
            state.hosted = Some(address);
        }
        // The testee uses odd channels where it dials, unless the options say otherwise.
        let even = options["first_channel"]
            .as_u64()
            .unwrap_or(1 + u64::from(!scenario.dials))
            == 2;
        state.next_lives = LIVES + u32::from(!even);
        state.earlier = self.last_called;
        Ok(state)
    }

    /// What must be so when a scenario of this direction has ended.
    pub(super) fn end_serving(&mut self, scenario: &Scenario, state: &State) -> Result<(), Stop> {
        self.testee.hang_up();
        if let Some(called) = state.called_first() {
            let called = shown(&called.to_string());
            return Err(Stop::Problem(format!("a handler ran that nobody expected: {called}")));
        }
        match state.stopped.first() {
            Some(number) if !scenario.cuts() => Err(Stop::Problem(format!(
                "handler {number} was cancelled, and nothing cancelled its call"
            ))),
            _ => Ok(()),
        }
    }

    /// The steps that only a scenario of this direction has.
    pub(super) fn served(&mut self, state: &mut State, step: &Step) -> Result<(), Stop> {
        match step {
            Step::Called {
                name,
                method,
                arguments,
            } => self.called(state, name, method, arguments.as_deref()),
            Step::Cancelled(handler) => self.cancelled(state, handler),
            Step::NotCalled => match state.called_first() {
                Some(called) => Err(Stop::Problem(format!("a handler ran: {called}"))),
                None => Ok(()),
            },
            Step::ReceiveAnswer { channel, payload } => {
                self.receive_frame(state, &Frame::of(*channel, DATA | EOS, &payload.0))
            }
            Step::ReceiveItem { channel, payload } => self.receive_frame(state, &Frame::of(*channel, DATA, &payload.0)),
            Step::ReceiveEos { channel } => self.receive_frame(state, &Frame::of(*channel, EOS, &[])),
            Step::ReceiveError {
                channel,
                code,
                message,
                contains,
            } => self.receive_error(state, (*channel, *code), message.as_deref(), contains),
            Step::ReceivePatternAnswer { channel, length } => {
                let bytes: Vec<u8> = (0..*length).map(pattern).collect();
                let payload = [bytes::varint(*length as u64), bytes].concat();
                self.receive_frame(state, &Frame::answer(*channel, &payload))
            }
            Step::ReceiveFrame(frame) => self.receive_frame(state, &frame.0),
            Step::Dial => {
                let address = state.host()?.to_owned();
                self.testee.dial(self.transport, &address)?;
                state.closed = false;
                Ok(())
            }
            Step::TurnedAway { bytes } => self.turned_away(state, &bytes.0),
            Step::Serving(count) => self.running(state, *count),
            Step::Fills { handler, bytes, most } => self.fills(state, handler, *bytes, *most),
            Step::Drained { channel } => self.drained(state, *channel),
            Step::DrainedUntilError { channel, code, message } => {
                self.drained_until_error(state, (*channel, *code), message)
            }
            Step::Forgets => self.forgets(state),
            Step::FloodsRequests { most } => self.floods_requests(state, *most),
            Step::RefusesNew { code, message } => self.refuses_new(state, *code, message),
            Step::ServesAgain(command) => {
                let id = state.called(command)?.id;
                let said = self.said(state, id)?;
                let address = said["listening"].as_str();
                let address = address.ok_or_else(|| Stop::Problem(format!("it does not serve again: {said}")))?;
                state.hosted = Some(address.into());
                Ok(())
            }
            other => Err(Stop::Problem(format!("no step of a testee that serves: {other:?}"))),
        }
    }

    /// Waits until a handler of this method runs with these arguments.
    pub(super) fn called(
        &mut self,
        state: &mut State,
        name: &str,
        method: &str,
        arguments: Option<&[Value]>,
    ) -> Result<(), Stop> {
        self.known(method)?;
        let event = loop {
            let of_method = |event: &Value| event["method"] == method;
            let found = state.called.iter().position(|event| {
                of_method(event) && arguments.is_none_or(|arguments| self.same_arguments(method, event, arguments))
            });
            if let Some(event) = found.and_then(|at| state.called.remove(at)) {
                break event;
            }
            if state.closed {
                return Err(Stop::Problem("the testee closed the connection".into()));
            }
            // Handlers may run in any order.
            match (self.observe(state), state.called.iter().find(|event| of_method(event))) {
                (Err(Stop::Failure(Failure::Hung(_))), Some(event)) => {
                    let message = Message::new("a handler ran with other arguments")
                        .line("expected", shown(&json!(arguments).to_string()))
                        .line("came", shown(&event["arguments"].to_string()));
                    return Err(Stop::Problem(message.into()));
                }
                (observed, _) => observed?,
            }
        };
        let number = event["called"].as_u64().unwrap_or_default();
        if number <= state.earlier {
            return Err(Stop::Problem(format!("handler {number} is numbered as an earlier one")));
        }
        self.last_called = self.last_called.max(number);
        state.handlers.insert(name.into(), number);
        Ok(())
    }

    fn same_arguments(&self, method: &str, event: &Value, expected: &[Value]) -> bool {
        let types = self.arguments.get(method).map_or(&[][..], Vec::as_slice);
        let came = event["arguments"].as_array().map_or(&[][..], Vec::as_slice);
        let expected: Vec<Value> = expected.iter().map(super::step::filled).collect();
        came.len() == expected.len()
            && types.len() == expected.len()
            && came.iter().zip(&expected).zip(types).all(|((a, b), ty)| {
                let canonical = |value| self.codec.canonical(ty, value).ok();
                a == b || canonical(a).is_some_and(|a| canonical(b) == Some(a))
            })
    }

    /// Waits until cancellation has reached the handler.
    pub(super) fn cancelled(&mut self, state: &mut State, handler: &str) -> Result<(), Stop> {
        let number = state.handler(handler)?;
        while !state.stopped.remove(&number) {
            self.observe(state)?;
        }
        Ok(())
    }

    /// Waits for the next frame on this channel.
    pub(super) fn next_on(&mut self, state: &mut State, channel: u32) -> Result<Frame, Stop> {
        loop {
            let found = state.requests.iter().position(|(_, frame)| frame.channel() == channel);
            if let Some((_, frame)) = found.and_then(|at| state.requests.remove(at)) {
                return Ok(frame);
            }
            if state.closed {
                return Err(Stop::Problem("the testee closed the connection".into()));
            }
            match (self.observe(state), state.called_first()) {
                (Err(Stop::Failure(Failure::Hung(_))), Some(called)) => {
                    let called = shown(&called.to_string());
                    return Err(Stop::Problem(format!("no frame came, but a handler ran: {called}")));
                }
                (observed, _) => observed?,
            }
        }
    }

    pub(super) fn receive_frame(&mut self, state: &mut State, expected: &Frame) -> Result<(), Stop> {
        let frame = self.next_on(state, expected.channel())?;
        check_answer(&frame, expected).map_err(Stop::Problem)
    }

    pub(super) fn receive_error(
        &mut self,
        state: &mut State,
        (channel, code): (u32, u32),
        message: Option<&str>,
        contains: &[String],
    ) -> Result<(), Stop> {
        let frame = self.next_on(state, channel)?;
        check_error(&frame, (channel, code), message, contains).map_err(Stop::Problem)
    }

    /// A further request must be served: the connection can be used.
    pub(super) fn still_serves(&mut self, state: &mut State) -> Result<(), Stop> {
        let channel = state.next_lives;
        state.next_lives += 2;
        let method = self.known("Calls.answer")?.0;
        self.testee.send(&Frame::answer(channel, &[]).calling(method))?;
        self.called(state, "(lives)", "Calls.answer", Some(&[]))?;
        let number = state.handler("(lives)")?;
        let id = self.testee.tell(json!({"answer": number, "value": 42}))?;
        self.receive_frame(state, &Frame::answer(channel, &[42]))?;
        let said = self.said(state, id)?;
        super::ending::judge(&End::Says(json!({"answered": true})), &said, &Value::eq).map_err(Stop::Problem)
    }

    /// Another connection is closed by the host.
    pub(super) fn turned_away(&mut self, state: &State, bytes: &[u8]) -> Result<(), Stop> {
        let address = state.host()?;
        match is_turned_away(self.transport, address, bytes, self.testee.patience()) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Stop::Problem("the host did not close another connection".into())),
            Err(error) => Err(Stop::Problem(format!("the host cannot be dialled: {error}"))),
        }
    }

    /// Waits until so many served calls run.
    pub(super) fn running(&mut self, state: &mut State, expected: u64) -> Result<(), Stop> {
        let start = Instant::now();
        loop {
            let stats = self.stats(state)?;
            if stats["serving"] == json!(expected) {
                return Ok(());
            }
            if start.elapsed() > SETTLING {
                let message = Message::new("another number of served calls runs").line("expected", expected);
                return Err(Stop::Problem(message.line("came", &stats["serving"]).into()));
            }
            self.observe_for(state, Duration::from_millis(5))?;
        }
    }

    /// Drops what the testee said of handlers so far. A handler that waits for room must have been cancelled.
    fn forgets(&mut self, state: &mut State) -> Result<(), Stop> {
        if let Some(Full { id, .. }) = state.full.take() {
            let said = self.said(state, id)?;
            if said["sent"] != false {
                return Err(Stop::Problem(format!(
                    "the item that waited was cancelled, and it said {said}"
                )));
            }
        }
        for event in state.called.drain(..) {
            self.last_called = self.last_called.max(event["called"].as_u64().unwrap_or_default());
        }
        state.stopped.clear();
        Ok(())
    }

    fn refuses_new(&mut self, state: &mut State, code: u32, message: &str) -> Result<(), Stop> {
        let method = self.known("Calls.answer")?.0;
        let start = Instant::now();
        while start.elapsed() < SETTLING {
            let channel = state.next_lives;
            state.next_lives += 2;
            self.testee.send(&Frame::answer(channel, &[]).calling(method))?;
            let of_method = |event: &Value| event["method"] == "Calls.answer";
            let came = |state: &State| {
                let refused = state.requests.iter().any(|(_, frame)| frame.channel() == channel);
                refused || state.called.iter().any(of_method)
            };
            while !came(state) {
                self.observe(state)?;
            }
            if !state.called.iter().any(of_method) {
                return self.receive_error(state, (channel, code), Some(message), &[]);
            }
            self.called(state, "(new)", "Calls.answer", Some(&[]))?;
            let number = state.handler("(new)")?;
            let id = self.testee.tell(json!({"answer": number, "value": 42}))?;
            self.receive_frame(state, &Frame::answer(channel, &[42]))?;
            self.said(state, id)?;
        }
        Err(Stop::Problem("it goes on to serve new calls".into()))
    }

    /// So many requests at once, each of which gets its own number back.
    pub(super) fn requests(&mut self, state: &mut State, count: u32) -> Result<(), Stop> {
        let method = self.known("Values.u32")?.0;
        for number in 0..count {
            let frame = Frame::answer(2 * number + 1, &bytes::varint(number)).calling(method);
            self.testee.send(&frame)?;
        }
        for number in 0..count {
            self.receive_frame(state, &Frame::answer(2 * number + 1, &bytes::varint(number)))?;
        }
        Ok(())
    }

    /// So many calls whose handlers do not end.
    pub(super) fn held(&mut self, state: &mut State, count: u32) -> Result<(), Stop> {
        let method = self.known("Calls.answer")?.0;
        for number in 0..count {
            self.testee.send(&Frame::answer(2 * number + 1, &[]).calling(method))?;
        }
        for _ in 0..count {
            self.called(state, "(held)", "Calls.answer", Some(&[]))?;
        }
        Ok(())
    }
}

impl Scenario {
    /// Whether the testee's host ends in it.
    fn shuts_down(&self) -> bool {
        let ends = |step: &Step| match step {
            Step::Tell { command, .. } => ["shutdown", "close", "serve", "connect"]
                .iter()
                .any(|name| command.get(name).is_some()),
            _ => false,
        };
        self.steps.iter().any(ends)
    }

    /// Whether its connection ends in it, so that handlers are cancelled.
    fn cuts(&self) -> bool {
        let cuts = |step: &Step| {
            matches!(
                step,
                Step::Close | Step::Reset | Step::HalfClose | Step::Closes | Step::Dial
            )
        };
        self.shuts_down() || self.steps.iter().any(cuts)
    }
}
