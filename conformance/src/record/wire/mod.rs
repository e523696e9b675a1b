//! Scenarios of frames and sessions: a file for each class, and what they are made of.

mod cancels;
mod chunks;
mod closing;
mod crowds;
mod cuts;
mod descriptors;
mod ends;
mod errors;
mod failures;
mod lengths;
mod pools;
mod pressure;
mod reconnects;
mod sizes;
mod strays;
mod timeouts;
mod tunnels;
mod unasked;
mod websocket;

use serde_json::{Value, json};

use crate::class::Class;
use crate::frame::{DATA, EOS};
use crate::recorded::End;
use crate::scenario::{Request, Scenario, Scenarios, Sent, Step};
use crate::vector::Hex;

/// A unary answer, the last item of a stream.
const ANSWER: u32 = DATA | EOS;

/// The case of class 31 whose length `--tunnel-bytes` changes, with so many bytes each way.
pub fn long_tunnel(bytes: u64) -> Scenario {
    tunnels::long(bytes)
}

/// All classes.
pub fn record() -> Vec<Scenarios> {
    let class = |number, title: &str, rule: &str, cases| Scenarios {
        class: Class::of_number(number).expect("it is one of the list"),
        title: title.into(),
        rule: rule.into(),
        cases,
    };
    vec![
        class(
            14,
            "descriptors",
            "exact layout; what a receiver does not need is ignored",
            descriptors::descriptors(),
        ),
        class(
            15,
            "frame lengths",
            "a protocol error before anything is allocated",
            lengths::lengths(),
        ),
        class(
            16,
            "chunks",
            "the same result however the bytes arrive",
            chunks::chunks(),
        ),
        class(
            17,
            "WebSocket",
            "pings are answered and fragments joined; what is no frame is a protocol error",
            websocket::websocket(),
        ),
        class(
            18,
            "answers to nothing",
            "dropped; never another call's answer",
            strays::strays(),
        ),
        class(
            19,
            "error frames",
            "the status, or Internal where the payload is malformed",
            errors::errors(),
        ),
        class(
            20,
            "ends of streams",
            "the items, then the end, in every form",
            ends::ends(),
        ),
        class(
            21,
            "cuts",
            "what is in flight fails at once, and a stream never ends as if it were complete",
            cuts::cuts(),
        ),
        class(
            22,
            "closing",
            "idempotent; what is in flight fails, and nothing is left",
            closing::closing(),
        ),
        class(
            23,
            "interleaving",
            "order in each stream, and no answer or item of another call",
            crowds::interleaved(),
        ),
        class(
            24,
            "slow readers",
            "the connection is not read while a reader is slow, unless a call waits for its answer",
            pressure::slow_reader(),
        ),
        class(
            25,
            "peers that do not read",
            "timeouts hold, and memory is bounded",
            pressure::deaf_peer(),
        ),
        class(
            26,
            "timeouts",
            "once each, and a late answer is dropped",
            timeouts::timeouts(),
        ),
        class(
            27,
            "cancellation",
            "the next call gets its own answer",
            cancels::cancels(),
        ),
        class(28, "many at once", "each gets its own answer", crowds::at_once()),
        class(
            29,
            "methods that fail",
            "a typed error, and the connection lives on",
            failures::failures(),
        ),
        class(
            30,
            "reconnecting and pools",
            "only when asked for, and nothing that was sent is sent again",
            [reconnects::reconnects(), pools::pools()].concat(),
        ),
        class(
            31,
            "tunnels",
            "exact both ways, and each direction ends by itself",
            tunnels::tunnels(),
        ),
        class(
            34,
            "decoded sizes",
            "what is too large in memory is refused before it is allocated; keys that collide cost no more than others",
            sizes::sizes(),
        ),
        class(
            35,
            "peers that call, keep silent, or close at once",
            "a call is refused at once, a quiet stream lives, and pauses between attempts grow",
            unasked::unasked(),
        ),
    ]
}

fn call(name: &str, method: &str, arguments: Value) -> Step {
    Step::Call(request(name, method, arguments))
}

fn stream(name: &str, method: &str, arguments: Value) -> Step {
    Step::Stream(request(name, method, arguments))
}

fn request(name: &str, method: &str, arguments: Value) -> Request {
    Request {
        name: name.into(),
        method: method.into(),
        arguments: arguments.as_array().cloned().unwrap_or_default(),
        timeout_ms: None,
    }
}

fn receive(call: &str, payload: &[u8]) -> Step {
    Step::Receive {
        call: call.into(),
        payload: Hex(payload.into()),
    }
}

fn frame(call: &str, flags: u32, payload: &[u8]) -> Sent {
    Sent::Frame {
        call: Some(call.into()),
        channel: None,
        flags,
        payload: Hex(payload.into()),
        garbage: Vec::new(),
        fragments: Vec::new(),
        between: None,
    }
}

fn send(frames: impl IntoIterator<Item = Sent>) -> Step {
    Step::Send {
        frames: frames.into_iter().collect(),
        pauses: Vec::new(),
    }
}

fn ends_with(call: &str, with: End) -> Step {
    Step::ends(call, with)
}

fn open(name: &str, method: &str, arguments: Value) -> Step {
    Step::Open(request(name, method, arguments))
}

fn tell(name: &str, command: Value) -> Step {
    Step::Tell {
        name: name.into(),
        command,
    }
}

/// The same call with a timeout.
fn timed(mut step: Step, timeout: u64) -> Step {
    if let Step::Call(request) | Step::Stream(request) | Step::Open(request) = &mut step {
        request.timeout_ms = Some(timeout);
    }
    step
}

/// The call took too long, as the client says by itself.
fn late() -> End {
    End::Error {
        items: None,
        kinds: vec!["status".into()],
        code: Some(2),
        message: None,
        remote: Some(false),
    }
}

/// A scenario whose connection has options.
fn over_options(name: impl Into<String>, options: Value, steps: Vec<Step>) -> Scenario {
    Scenario {
        options,
        ..Scenario::new(name, steps)
    }
}

/// At most so many milliseconds from the step before.
fn within(call: &str, with: End, milliseconds: u64) -> Step {
    Step::Ends {
        call: call.into(),
        with,
        after_ms: None,
        within_ms: Some(milliseconds),
    }
}

fn status(items: Option<Vec<Value>>, code: u32, message: Option<&str>) -> End {
    End::Error {
        items,
        kinds: vec!["status".into()],
        code: Some(code),
        message: message.map(str::to_owned),
        remote: None,
    }
}

/// A call in flight fails because the connection is of no more use.
fn lost(items: Option<Vec<Value>>) -> End {
    End::lost(items)
}

fn scenario(name: impl Into<String>, steps: impl IntoIterator<Item = Step>) -> Scenario {
    Scenario::new(name, steps)
}

/// `Calls.answer`, called and answered with 42.
fn answered(name: &str) -> [Step; 4] {
    [
        call(name, "Calls.answer", json!([])),
        receive(name, &[]),
        send([frame(name, ANSWER, &[42])]),
        ends_with(name, End::Value(json!(42))),
    ]
}

fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}
