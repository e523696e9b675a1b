//! Class 16: chunks.

use serde_json::{Value, json};

use super::{ANSWER, call, ends_with, frame, receive, scenario, send, stream, varint};
use crate::frame::{DATA, EOS};
use crate::recorded::End;
use crate::scenario::{Scenario, Sent, Step};

/// A transcript, cut at every byte, in steps of each size, and in one piece with another.
pub(super) fn chunks() -> Vec<Scenario> {
    let mut cases = Vec::new();
    let text = "a text of more than sixteen bytes";
    let unary = |pauses: Vec<usize>| {
        vec![
            call("a", "Calls.second", json!([1, text])),
            receive("a", &[&[1, text.len() as u8], text.as_bytes()].concat()),
            Step::Send {
                frames: vec![frame("a", ANSWER, &[&[text.len() as u8], text.as_bytes()].concat())],
                pauses,
            },
            ends_with("a", End::Value(json!(text))),
        ]
    };
    let length = 4 + 64 + 1 + text.len();
    for place in 1..length {
        cases.push(scenario(format!("y_unary_cut_at_{place}"), unary(vec![place])));
    }
    let streamed = |pauses: Vec<usize>| {
        vec![
            stream("a", "Calls.count", json!([3])),
            receive("a", &[3]),
            Step::Send {
                frames: vec![frame("a", DATA, &[0]), frame("a", DATA, &[1]), frame("a", EOS, &[])],
                pauses,
            },
            ends_with("a", End::Items(vec![json!(0), json!(1)])),
        ]
    };
    let length = 69 + 69 + 68;
    for place in (1..length).step_by(2) {
        cases.push(scenario(format!("y_stream_cut_at_{place}"), streamed(vec![place])));
    }
    for size in [1, 2, 3, 4, 7, 16, 31, 63, 64, 65, 67, 68, 69, 70, 100, 137, 138, 139] {
        let every = |length: usize| vec![size; length / size];
        cases.push(scenario(format!("y_unary_by_{size}"), unary(every(102))));
        cases.push(scenario(format!("y_stream_by_{size}"), streamed(every(length))));
    }
    cases.push(scenario("y_stream_in_one_piece", streamed(Vec::new())));
    for count in [2, 10, 100, 300] {
        let items: Vec<Value> = (0..count).map(|number| json!(number % 100)).collect();
        let mut frames: Vec<Sent> = (0..count)
            .map(|number| frame("a", DATA, &[(number % 100) as u8]))
            .collect();
        frames.push(frame("a", EOS, &[]));
        cases.push(scenario(
            format!("y_{count}_items_in_one_piece"),
            [
                stream("a", "Calls.count", json!([count])),
                receive("a", &varint(count)),
                send(frames),
                ends_with("a", End::Items(items)),
            ],
        ));
    }
    cases
}
