//! Class 21: connections that are cut.

use serde_json::json;

use super::{answered, call, frame, receive, scenario, send, stream, within};
use crate::frame::{DATA, DESCRIPTOR, Frame};
use crate::peer::{BINARY, Message, Transport};
use crate::recorded::End;
use crate::scenario::{Scenario, Sent, Step};
use crate::vector::Hex;

/// What is in flight fails at once, in milliseconds.
const AT_ONCE: u64 = 100;

/// A way of cutting a connection, and the transports that have it.
type Cut = (&'static str, fn() -> Step, &'static [Transport]);

const CUTS: [Cut; 3] = [
    ("closed", || Step::Close, &[]),
    ("half_closed", || Step::HalfClose, &[]),
    ("reset", || Step::Reset, &[Transport::Tcp, Transport::Ws]),
];

/// Every cut at every place.
pub(super) fn cuts() -> Vec<Scenario> {
    let mut cases = Vec::new();
    for (cut, step, over) in CUTS {
        let lost = |call: &str, items| within(call, End::error("connection", items), AT_ONCE);
        let mut add = |name: &str, over: &[Transport], steps: Vec<Step>| {
            let mut case = scenario(format!("n_{cut}_{name}"), steps);
            case.over = over.into();
            cases.push(case);
        };
        add("idle", over, vec![Step::Lives, step(), Step::Closes]);
        add(
            "before_the_answer",
            over,
            vec![
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                step(),
                lost("a", None),
                Step::Closes,
            ],
        );
        for count in [2, 10, 100] {
            let names: Vec<String> = (0..count).map(|number| format!("c{number}")).collect();
            let mut steps: Vec<Step> = names.iter().map(|name| call(name, "Calls.answer", json!([]))).collect();
            steps.extend(names.iter().map(|name| receive(name, &[])));
            steps.push(step());
            steps.extend(names.iter().map(|name| lost(name, None)));
            steps.push(Step::Closes);
            add(&format!("with_{count}_calls"), over, steps);
        }
        let [told, received, sent, end] = answered("a");
        add(
            "between_answers",
            over,
            vec![
                call("b", "Calls.nothing", json!([])),
                receive("b", &[]),
                told,
                received,
                sent,
                end,
                step(),
                lost("b", None),
                Step::Closes,
            ],
        );
        add(
            "before_the_first_item",
            over,
            vec![
                stream("a", "Calls.count", json!([9])),
                receive("a", &[9]),
                step(),
                lost("a", Some(vec![])),
                Step::Closes,
            ],
        );
        // What a reset finds unread may be lost with it.
        let items = (cut != "reset").then(|| vec![json!(5), json!(6)]);
        add(
            "between_items",
            over,
            vec![
                stream("a", "Calls.count", json!([9])),
                receive("a", &[9]),
                send([frame("a", DATA, &[5]), frame("a", DATA, &[6])]),
                Step::Passes(5),
                step(),
                lost("a", items),
                Step::Closes,
            ],
        );
        inside_frames(&mut cases, (cut, step, over));
    }
    cases
}

/// A part of an answer, then the cut.
fn inside_frames(cases: &mut Vec<Scenario>, (cut, step, over): Cut) {
    let whole = Frame::answer(1, &[1, 2, 3]).to_bytes();
    let message = Message::new(BINARY, &whole[4..]).to_bytes();
    let streams: Vec<Transport> = [Transport::Tcp, Transport::Unix]
        .into_iter()
        .filter(|transport| over.is_empty() || over.contains(transport))
        .collect();
    let mut add = |name: String, over: &[Transport], bytes: &[u8]| {
        let mut case = scenario(
            format!("n_{cut}_{name}"),
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                send([Sent::Bytes(Hex(bytes.into()))]),
                Step::Passes(5),
                step(),
                within("a", End::error("connection", None), AT_ONCE),
                Step::Closes,
            ],
        );
        case.over = over.into();
        cases.push(case);
    };
    for (place, end) in [
        ("inside_the_length", 2),
        ("after_the_length", 4),
        ("inside_the_descriptor", 4 + 30),
        ("after_the_descriptor", 4 + DESCRIPTOR),
        ("inside_the_payload", whole.len() - 1),
    ] {
        add(place.into(), &streams, &whole[..end]);
    }
    for (place, end) in [
        ("inside_the_header", 1),
        ("after_the_header", 2),
        ("inside_the_message", 20),
        ("before_the_messages_end", message.len() - 1),
    ] {
        add(place.into(), &[Transport::Ws], &message[..end]);
    }
}
