//! What the raw peer receives, and what the testee says in that time.

use std::time::{Duration, Instant};

use rapace_wire::frame::{CONTROL, DATA, EOS, Frame};
use serde_json::{Value, json};

use super::Player;
use super::state::{Called, State, Stop};
use crate::message::{Message, hex};
use crate::request::{check_descriptor, check_notice};
use crate::testee::{Event, Failure};

/// The control frame that takes back a call.
const CANCEL_CHANNEL: u32 = 3;
/// How long nobody looks for further connections of a pool.
const GLANCE: Duration = Duration::from_millis(2);
/// The variant of its payload.
const CANCEL_VARIANT: u8 = 2;
/// The most that a frame on a tunnel carries, in bytes.
const TUNNEL_PIECE: usize = 64 * 1024;

impl Player<'_> {
    /// Waits for whatever comes next, and keeps it for the step that asks for it.
    pub(super) fn observe(&mut self, state: &mut State) -> Result<(), Stop> {
        let start = Instant::now();
        while state.pooled && start.elapsed() < self.testee.patience() {
            if self.take_up(state)? {
                return Ok(());
            }
            if let Some(event) = self.testee.next_within(GLANCE)? {
                return self.keep(state, event);
            }
        }
        let event = self.testee.next()?;
        self.keep(state, event)
    }

    /// Takes the connections of a pool that the testee has made since; says whether there were any.
    fn take_up(&mut self, state: &mut State) -> Result<bool, Stop> {
        let any = self.testee.take_up(self.transport)?;
        state.closed &= !any;
        Ok(any)
    }

    /// Keeps what comes in this time.
    pub(super) fn observe_for(&mut self, state: &mut State, time: Duration) -> Result<(), Stop> {
        let end = Instant::now() + time;
        if state.pooled {
            self.take_up(state)?;
        }
        while let Some(event) = self.testee.next_within(end.saturating_duration_since(Instant::now()))? {
            self.keep(state, event)?;
        }
        Ok(())
    }

    /// Waits for what the testee says to a command.
    pub(super) fn said(&mut self, state: &mut State, id: u64) -> Result<Value, Stop> {
        loop {
            if let Some(said) = state.said.remove(&id) {
                return Ok(said);
            }
            self.observe(state)?;
        }
    }

    /// What the testee counts.
    pub(super) fn stats(&mut self, state: &mut State) -> Result<Value, Stop> {
        let id = self.testee.tell(json!({"stats": true}))?;
        let said = self.said(state, id)?;
        match said.get("stats") {
            Some(stats) => Ok(stats.clone()),
            None => Err(Stop::Problem(format!("no stats, but {said}"))),
        }
    }

    /// Waits for a request of this call's method and with this payload, which is this call's: calls of one method are told
    /// in order.
    pub(super) fn receive(&mut self, state: &mut State, call: &str, payload: Option<&[u8]>) -> Result<Frame, Stop> {
        let Called {
            id: command, notice, ..
        } = *state.called(call)?;
        let method = state.called(call)?.method.clone().unwrap_or_default();
        let (id, kind, _) = self.known(&method)?;
        let (on, frame) = loop {
            // Calls may be made side by side: theirs is the request with their payload.
            let ours = |(_, frame): &(u32, Frame)| {
                let same = frame.method() == id && payload.is_none_or(|payload| frame.payload == payload);
                same && (frame.channel() == 0) == notice
            };
            let found = state.requests.iter().position(ours);
            if let Some(found) = found.and_then(|at| state.requests.remove(at)) {
                break found;
            }
            if let Some(said) = state.said.get(&command).filter(|said| said.get("error").is_some()) {
                return Err(Stop::Problem(format!("no request, but {said}")));
            }
            // A pool may make another connection for it.
            if state.closed && !state.pooled {
                return Err(Stop::Problem("the testee closed the connection".into()));
            }
            match (self.observe(state), state.requests.front()) {
                (Err(Stop::Failure(Failure::Hung(_))), Some((_, other))) => {
                    return Err(Stop::Problem(difference(other, id, payload.unwrap_or_default())));
                }
                (observed, _) => observed?,
            }
        };
        if notice {
            check_notice(&frame, id).map_err(Stop::Problem)?;
            return Ok(frame);
        }
        check_descriptor(&frame, id, kind).map_err(Stop::Problem)?;
        let channel = frame.channel();
        if !state.channels.insert((on, channel)) {
            return Err(Stop::Problem(format!("channel {channel} is used twice")));
        }
        if let Some(called) = state.calls.get_mut(call) {
            (called.on, called.channel) = (on, Some(channel));
        }
        Ok(frame)
    }

    /// Waits for the frame that takes back the call on this connection and channel.
    pub(super) fn receive_cancel(&mut self, state: &mut State, call: (u32, u32)) -> Result<(), Stop> {
        loop {
            if let Some(at) = state.cancelled.iter().position(|cancelled| *cancelled == call) {
                state.cancelled.remove(at);
                return Ok(());
            }
            self.observe(state)?;
        }
    }

    /// Waits for bytes on a tunnel; returns the frame, which has some, or is the end.
    pub(super) fn receive_piece(&mut self, state: &mut State, channel: u32) -> Result<Frame, Stop> {
        let frame = loop {
            let ours = |(_, frame): &(u32, Frame)| frame.method() == 0 && frame.channel() == channel;
            let found = state.requests.iter().position(ours);
            if let Some((_, frame)) = found.and_then(|at| state.requests.remove(at)) {
                break frame;
            }
            if state.closed {
                return Err(Stop::Problem("the testee closed the connection".into()));
            }
            self.observe(state)?;
        };
        let problem = match (frame.flags(), frame.payload.len()) {
            (DATA, 1..=TUNNEL_PIECE) => return Ok(frame),
            (flags, 0) if flags == DATA | EOS => return Ok(frame),
            (flags, length) => format!("a frame on a tunnel with flags {flags:#x} and {length} bytes"),
        };
        let message = Message::new(problem).line(
            "expected",
            format_args!("DATA with at most {TUNNEL_PIECE} bytes, or DATA and EOS without any"),
        );
        Err(Stop::Problem(message.into()))
    }

    /// Waits for exactly these bytes on a tunnel.
    pub(super) fn receive_bytes(&mut self, state: &mut State, channel: u32, expected: &[u8]) -> Result<(), Stop> {
        let mut came = Vec::new();
        while came.len() < expected.len() {
            let mut frame = self.receive_piece(state, channel)?;
            if frame.payload.is_empty() {
                break;
            }
            came.append(&mut frame.payload);
        }
        if came == expected {
            return Ok(());
        }
        let message = Message::new("it wrote other bytes on the tunnel");
        Err(Stop::Problem(message.bytes(expected, "", &came, "").into()))
    }

    /// Waits for a control frame that takes back no call. Others before it, such as pings of the testee's own, are passed over.
    pub(super) fn receive_session(&mut self, state: &mut State, method: u32, payload: &[u8]) -> Result<(), Stop> {
        loop {
            while let Some(frame) = state.session.pop_front() {
                if frame.method() != method {
                    continue;
                }
                if frame.flags() == CONTROL && frame.channel() == 0 && frame.payload == payload {
                    return Ok(());
                }
                let message = Message::new("it sent another control frame");
                return Err(Stop::Problem(message.bytes(payload, "", &frame.payload, "").into()));
            }
            if state.closed {
                return Err(Stop::Problem("the testee closed the connection".into()));
            }
            self.observe(state)?;
        }
    }

    /// Waits for a WebSocket's control frame.
    pub(super) fn receive_control(&mut self, state: &mut State, opcode: u8, begins: &[u8]) -> Result<(), Stop> {
        while state.controls.is_empty() && !state.closed {
            self.observe(state)?;
        }
        let message = Message::new("another WebSocket control frame came")
            .line("expected", format_args!("opcode {opcode} with {}", hex(begins)));
        match state.controls.pop_front() {
            Some((came, payload)) if came == opcode && payload.starts_with(begins) => Ok(()),
            Some((came, payload)) => {
                let came = format_args!("opcode {came} with {}", hex(&payload));
                Err(Stop::Problem(message.line("came", came).into()))
            }
            None => Err(Stop::Problem(message.line("came", "the end of the connection").into())),
        }
    }

    /// Keeps it for the step that asks for it.
    fn keep(&mut self, state: &mut State, event: Event) -> Result<(), Stop> {
        let on = self.testee.heard_on();
        match event {
            Event::Sent(frame) if frame.flags() & CONTROL != 0 => {
                if frame.method() == CANCEL_CHANNEL {
                    let channel = cancelled(&frame);
                    let channel = channel
                        .ok_or_else(|| Stop::Problem(format!("a CancelChannel frame with {}", hex(&frame.payload))))?;
                    state.cancelled.push((on, channel));
                } else {
                    state.session.push_back(frame);
                }
            }
            Event::Sent(frame) => state.requests.push_back((on, frame)),
            Event::Control { opcode, payload } => state.controls.push_back((opcode, payload)),
            Event::Closed(_) => {
                state.gone.insert(on);
                state.closed = self.testee.connections().all(|number| state.gone.contains(&number));
            }
            Event::Wrong(what) => return Err(Stop::Problem(format!("it sent what it must not: {what}"))),
            Event::Said(said) => match (said["id"].as_u64(), said["state"].as_str()) {
                (None, Some(now)) => state.states.push_back(now.into()),
                (None, None) if said.get("called").is_some() => state.called.push_back(said),
                (None, None) if said.get("cancelled").is_some() => {
                    let number = said["cancelled"].as_u64().unwrap_or_default();
                    if number > state.earlier && !state.stopped.insert(number) {
                        return Err(Stop::Problem(format!("handler {number} was cancelled twice")));
                    }
                }
                (id, _) => {
                    state.said_at = Instant::now();
                    state.said.insert(id.unwrap_or_default(), said);
                }
            },
        }
        Ok(())
    }
}

/// The channel that a CancelChannel frame names: `ControlPayload::CancelChannel { channel_id: u32, reason }`.
fn cancelled(frame: &Frame) -> Option<u32> {
    let (variant, rest) = frame.payload.split_first()?;
    let mut channel = 0_u32;
    for (at, byte) in rest.iter().take(5).enumerate() {
        channel |= u32::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let reason = rest.len() == at + 2;
            return (frame.channel() == 0 && *variant == CANCEL_VARIANT && reason).then_some(channel);
        }
    }
    None
}

/// What is wrong with a request that came instead of the expected one.
fn difference(frame: &Frame, method: u32, payload: &[u8]) -> String {
    if frame.method() != method {
        return format!("a request of method {:#x} instead of {method:#x}", frame.method());
    }
    let message = Message::new("its request has another payload");
    message.bytes(payload, "", &frame.payload, "").into()
}
