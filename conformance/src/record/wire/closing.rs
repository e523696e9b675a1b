//! Class 22: connections that the client closes.

use serde_json::json;

use super::{ANSWER, call, ends_with, frame, over_options, receive, scenario, send, stream, tell, within};
use crate::frame::DATA;
use crate::recorded::End;
use crate::scenario::{Scenario, Sent, Step};

/// How long a close may take where nobody answers it, in milliseconds.
const CLOSED: u64 = 3_000;

/// Closing with this and that in flight, twice, and calls afterwards.
pub(super) fn closing() -> Vec<Scenario> {
    let close = |name: &str| tell(name, json!({"close": true}));
    let closed = |name: &str| within(name, End::Says(json!({"closed": true})), CLOSED);
    let fails = |name: &str, items| ends_with(name, End::error("connection", items));
    let mut cases = vec![
        scenario("y_idle", [close("c"), closed("c"), Step::Closes]),
        scenario("y_after_a_call", [Step::Lives, close("c"), closed("c"), Step::Closes]),
        scenario(
            "y_twice",
            [close("c"), closed("c"), close("d"), closed("d"), Step::Closes],
        ),
        scenario(
            "y_twice_at_once",
            [close("c"), close("d"), closed("c"), closed("d"), Step::Closes],
        ),
        scenario(
            "n_a_call_afterwards",
            [
                close("c"),
                closed("c"),
                Step::Closes,
                call("a", "Calls.answer", json!([])),
                within("a", End::error("connection", None), 1_000),
            ],
        ),
        scenario(
            "n_a_stream_afterwards",
            [
                close("c"),
                closed("c"),
                Step::Closes,
                stream("a", "Calls.count", json!([3])),
                within("a", End::error("connection", Some(vec![])), 1_000),
            ],
        ),
        scenario(
            "n_with_a_stream_in_flight",
            [
                stream("a", "Calls.count", json!([9])),
                receive("a", &[9]),
                send([frame("a", DATA, &[5])]),
                Step::Passes(5),
                close("c"),
                closed("c"),
                fails("a", Some(vec![json!(5)])),
                Step::Closes,
            ],
        ),
        scenario(
            "n_after_the_peer_did",
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                Step::Close,
                fails("a", None),
                close("c"),
                closed("c"),
                Step::Closes,
            ],
        ),
        scenario(
            "n_while_the_peer_does",
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                Step::Close,
                close("c"),
                closed("c"),
                fails("a", None),
                Step::Closes,
            ],
        ),
        scenario(
            "y_after_the_answer_at_once",
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                send([frame("a", ANSWER, &[42])]),
                ends_with("a", End::Value(json!(42))),
                close("c"),
                closed("c"),
                Step::Closes,
            ],
        ),
        scenario(
            "n_with_a_peer_that_does_not_read",
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                Step::Deaf,
                close("c"),
                closed("c"),
                fails("a", None),
                Step::Hears,
                Step::Closes,
            ],
        ),
        scenario(
            "n_with_half_an_answer",
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                send([Sent::Bytes(crate::vector::Hex(vec![0x45]))]),
                close("c"),
                closed("c"),
                fails("a", None),
                Step::Closes,
            ],
        ),
    ];
    for count in [1, 2, 10, 100] {
        let names: Vec<String> = (0..count).map(|number| format!("c{number}")).collect();
        let mut steps: Vec<Step> = names.iter().map(|name| call(name, "Calls.answer", json!([]))).collect();
        steps.extend(names.iter().map(|name| receive(name, &[])));
        steps.extend([close("close"), closed("close")]);
        steps.extend(names.iter().map(|name| fails(name, None)));
        steps.push(Step::Closes);
        cases.push(scenario(format!("n_with_{count}_calls_in_flight"), steps));
    }
    for (name, streams) in [("streams", 2), ("many_streams", 50)] {
        let names: Vec<String> = (0..streams).map(|number| format!("s{number}")).collect();
        let mut steps: Vec<Step> = names
            .iter()
            .map(|name| stream(name, "Calls.count", json!([9])))
            .collect();
        steps.extend(names.iter().map(|name| receive(name, &[9])));
        steps.extend([close("close"), closed("close")]);
        steps.extend(names.iter().map(|name| fails(name, Some(vec![]))));
        steps.push(Step::Closes);
        cases.push(scenario(format!("n_with_{name}_in_flight"), steps));
    }
    // Anew, often: nothing is left of the connections before.
    for count in [1, 5, 20] {
        let mut steps = vec![close("c"), closed("c"), Step::Closes];
        for number in 0..count {
            let name = format!("again{number}");
            steps.extend([
                tell(&name, json!({"connect": "@address"})),
                Step::Accept,
                ends_with(&name, End::Says(json!({"connected": true}))),
                Step::Lives,
            ]);
        }
        steps.push(Step::Settles { memory: 8 << 20 });
        cases.push(scenario(format!("y_connected_anew_{count}_times"), steps));
    }
    cases.push(over_options(
        "n_connecting_where_nobody_listens",
        json!(null),
        vec![
            Step::Refuse,
            tell("c", json!({"connect": "@address"})),
            within("c", End::error("connection", None), 5_000),
            Step::Listen,
        ],
    ));
    let last = cases.last_mut().expect("it was just put there");
    last.unconnected = true;
    cases
}
