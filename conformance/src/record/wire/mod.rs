//! Scenarios of frames and sessions: a file for each class, and what they are made of.

mod chunks;
mod cuts;
mod descriptors;
mod ends;
mod errors;
mod lengths;
mod strays;
mod websocket;

use serde_json::{Value, json};

use crate::frame::{DATA, EOS};
use crate::scenario::{End, Request, Scenario, Scenarios, Sent, Step};
use crate::vector::Hex;

/// A unary answer, the last item of a stream.
const ANSWER: u32 = DATA | EOS;

/// All classes.
pub fn record() -> Vec<Scenarios> {
    let class = |class, title: &str, rule: &str, cases| Scenarios {
        class,
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
