//! Class 18: answers to nothing.

use serde_json::json;

use super::{ANSWER, answered, call, ends_with, frame, receive, scenario, send, stream};
use crate::frame::{DATA, EOS, ERROR};
use crate::recorded::End;
use crate::scenario::{Scenario, Sent, Step};
use crate::vector::Hex;

/// Frames on channels that nobody waits on.
pub(super) fn strays() -> Vec<Scenario> {
    let mut cases = Vec::new();
    let stray = |channel, flags, payload: &[u8]| Sent::Frame {
        call: None,
        channel: Some(channel),
        flags,
        payload: Hex(payload.into()),
        garbage: Vec::new(),
        fragments: Vec::new(),
        between: None,
    };
    for (name, flags, payload) in [
        ("answer", ANSWER, &[1][..]),
        ("item", DATA, &[1]),
        ("end", EOS, &[]),
        ("error", ERROR | EOS, &[12, 0, 0, 0, 0, 0, 0, 0]),
    ] {
        for (place, channel) in [("zero", 0), ("never_used", 99_999), ("largest", u32::MAX), ("even", 2)] {
            let [told, received, sent, end] = answered("a");
            cases.push(scenario(
                format!("y_{name}_on_channel_{place}"),
                [
                    told,
                    received,
                    send([stray(channel, flags, payload)]),
                    sent,
                    end,
                    Step::Lives,
                ],
            ));
        }
        let [told, received, sent, end] = answered("a");
        cases.push(scenario(
            format!("y_{name}_after_the_answer"),
            [
                told,
                received,
                sent,
                end,
                send([frame("a", flags, payload)]),
                Step::Lives,
            ],
        ));
        cases.push(scenario(
            format!("y_{name}_after_the_answer_in_one_piece"),
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                call("b", "Calls.answer", json!([])),
                receive("b", &[]),
                send([
                    frame("a", ANSWER, &[42]),
                    frame("a", flags, payload),
                    frame("b", ANSWER, &[43]),
                ]),
                ends_with("a", End::Value(json!(42))),
                ends_with("b", End::Value(json!(43))),
            ],
        ));
        cases.push(scenario(
            format!("y_{name}_after_the_end_of_a_stream"),
            [
                stream("a", "Calls.count", json!([1])),
                receive("a", &[1]),
                send([frame("a", DATA, &[7]), frame("a", EOS, &[]), frame("a", flags, payload)]),
                ends_with("a", End::Items(vec![json!(7)])),
                Step::Lives,
            ],
        ));
    }
    cases
}
