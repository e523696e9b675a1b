//! Classes 24 and 25: readers that are slow, on either side.

use serde_json::json;

use super::{ANSWER, call, ends_with, frame, late, open, over_options, receive, send, tell, timed};
use crate::frame::EOS;
use crate::recorded::End;
use crate::scenario::{Scenario, Step};

/// The bytes of an item's text, most of what it weighs.
const ITEM: usize = 10_000;
/// What a slow reader's stream may hold before the connection is not read, in bytes.
const MARK: usize = 100_000;
/// Room for what sockets hold on both sides, in items: loopback's buffers grow to several MiB each.
const SOCKETS: u32 = 2_000;

/// Class 24: the connection is not read while a stream's reader is slow, unless a call waits for its answer.
pub(super) fn slow_reader() -> Vec<Scenario> {
    let options = || json!({"limits": {"stream_high_water_bytes": MARK}});
    let items = 4_000;
    let flood = |items: u32| Step::Flood {
        call: "a".into(),
        items,
        bytes: ITEM,
    };
    let begin = |items: u32| {
        vec![
            open("a", "Calls.texts", json!([[]])),
            tell("n", json!({"next": "@a", "count": 1})),
            receive("a", &[0]),
            flood(items),
            ends_with("n", End::Some(vec![json!(first())])),
        ]
    };
    let stalls = || Step::Stalls { before: SOCKETS + 500 };
    let drains = |from: u32, items: u32| Step::Drains {
        call: "a".into(),
        from,
        items,
    };
    let end = || {
        [
            send([frame("a", EOS, &[])]),
            tell("end", json!({"next": "@a", "count": 1})),
            ends_with("end", End::Items(vec![])),
        ]
    };
    let all = |parts: Vec<Vec<Step>>| parts.concat();
    let mut cases = vec![
        over_options(
            "y_the_connection_is_not_read",
            options(),
            all(vec![
                begin(items),
                vec![stalls(), drains(1, items - 1), Step::Flooded],
                end().into(),
                vec![Step::Lives],
            ]),
        ),
        over_options(
            "y_it_is_read_again_after_a_while",
            options(),
            all(vec![
                begin(items),
                vec![
                    stalls(),
                    drains(1, 1_000),
                    Step::Passes(50),
                    drains(1_001, items - 1_001),
                    Step::Flooded,
                ],
                end().into(),
                vec![Step::Lives],
            ]),
        ),
        over_options(
            "y_a_call_in_the_loop_goes_through",
            options(),
            all(vec![
                begin(items),
                vec![
                    stalls(),
                    call("b", "Calls.answer", json!([])),
                    receive("b", &[]),
                    Step::Flooded,
                    send([frame("b", ANSWER, &[42])]),
                    ends_with("b", End::Value(json!(42))),
                    drains(1, items - 1),
                ],
                end().into(),
                vec![Step::Lives],
            ]),
        ),
        over_options(
            "y_a_broken_stream_holds_nothing_up",
            options(),
            all(vec![
                begin(items),
                vec![
                    stalls(),
                    tell("broken", json!({"break": "@a"})),
                    ends_with("broken", End::Says(json!({"broken": true}))),
                    Step::Flooded,
                    Step::Lives,
                ],
            ]),
        ),
        over_options(
            "y_nothing_is_left_of_it",
            options(),
            all(vec![
                begin(items),
                vec![stalls(), drains(1, items - 1), Step::Flooded],
                end().into(),
                vec![Step::Lives, Step::Settles { memory: 16 << 20 }],
            ]),
        ),
        over_options(
            "n_closing_it_holds_nothing_up",
            options(),
            all(vec![
                begin(items),
                vec![
                    stalls(),
                    tell("c", json!({"close": true})),
                    ends_with("c", End::Says(json!({"closed": true}))),
                ],
            ]),
        ),
    ];
    // With a call that waits for its answer the connection is read on: the cap alone bounds the stream then.
    cases.push(over_options(
        "n_the_cap_fails_that_stream_alone",
        json!({"limits": {"stream_high_water_bytes": MARK, "max_stream_bytes": 2_000_000}}),
        all(vec![
            vec![call("b", "Calls.answer", json!([])), receive("b", &[])],
            begin(1_000),
            vec![
                Step::Flooded,
                tell("rest", json!({"next": "@a", "count": 1_000})),
                ends_with("rest", failed_locally(7)),
                send([frame("b", ANSWER, &[42])]),
                ends_with("b", End::Value(json!(42))),
                Step::Lives,
            ],
        ]),
    ));
    // Beside it another stream whose reader waits is given what is its own.
    cases.push(over_options(
        "y_another_streams_reader_waits",
        options(),
        all(vec![
            begin(items),
            vec![
                stalls(),
                open("b", "Calls.count", json!([1])),
                tell("m", json!({"next": "@b", "count": 2})),
                receive("b", &[1]),
                Step::Flooded,
                send([frame("b", ANSWER, &[0])]),
                ends_with("m", End::Items(vec![json!(0)])),
                drains(1, items - 1),
            ],
            end().into(),
        ]),
    ));
    for count in [10, 100, 1_000, 10_000_u32] {
        // A call for every so many items, in a loop over all of them.
        let loops = 5;
        let mut steps = begin(count);
        let mut from = 1;
        for number in 0..loops {
            let name = format!("b{number}");
            steps.extend([call(&name, "Calls.answer", json!([])), receive(&name, &[])]);
            if number == 0 {
                steps.push(Step::Flooded);
            }
            steps.extend([
                send([frame(&name, ANSWER, &[42])]),
                ends_with(&name, End::Value(json!(42))),
            ]);
            let part = (count - from) / (loops - number);
            steps.push(drains(from, part));
            from += part;
        }
        steps.extend(end());
        for step in &mut steps {
            if let Step::Flood { bytes, .. } = step {
                *bytes = 100;
            }
            if let Step::Ends {
                with: End::Some(items), ..
            } = step
            {
                *items = vec![json!(format!("{:.<100}", 0))];
            }
        }
        cases.push(over_options(
            format!("y_calls_inside_a_loop_of_{count}_items"),
            options(),
            steps,
        ));
    }
    cases
}

/// The text of the first item of a flood.
fn first() -> String {
    format!("{:.<ITEM$}", 0)
}

/// A status of the client's own.
fn failed_locally(code: u32) -> End {
    End::Error {
        items: None,
        kinds: vec!["status".into()],
        code: Some(code),
        message: None,
        remote: Some(false),
    }
}

/// Class 25: a peer that does not read.
pub(super) fn deaf_peer() -> Vec<Scenario> {
    let mut cases = Vec::new();
    let bytes = |name: &str, timeout| timed(call(name, "Values.bytes", json!(["@pattern 1048576"])), timeout);
    for count in [1, 4, 10] {
        let names: Vec<String> = (0..count).map(|number| format!("b{number}")).collect();
        let mut steps = vec![Step::Lives, Step::Deaf];
        steps.extend(names.iter().map(|name| bytes(name, 300)));
        // The first may fit what sockets hold; nobody answers it either.
        steps.extend(names.iter().map(|name| ends_with(name, late())));
        cases.push(super::scenario(
            format!("n_{count}_calls_of_a_mebibyte_are_late"),
            steps.iter().cloned().chain([Step::Hears, Step::Lives]),
        ));
        steps.extend([Step::Settles { memory: 48 << 20 }, Step::Hears, Step::Lives]);
        cases.push(super::scenario(
            format!("n_{count}_calls_of_a_mebibyte_leave_nothing"),
            steps,
        ));
    }
    cases.push(super::scenario(
        "n_a_small_call_behind_large_ones_is_late",
        [
            Step::Lives,
            Step::Deaf,
            bytes("b0", 500),
            bytes("b1", 500),
            bytes("b2", 500),
            bytes("b3", 500),
            bytes("b4", 500),
            bytes("b5", 500),
            bytes("b6", 500),
            bytes("b7", 500),
            timed(call("s", "Calls.nothing", json!([])), 300),
            ends_with("s", late()),
        ]
        .into_iter()
        .chain((0..8).map(|number| ends_with(&format!("b{number}"), late())))
        .chain([Step::Hears, Step::Lives]),
    ));
    cases.push(super::scenario(
        "n_it_is_closed_meanwhile",
        [
            Step::Lives,
            Step::Deaf,
            bytes("b0", 5_000),
            bytes("b1", 5_000),
            bytes("b2", 5_000),
            bytes("b3", 5_000),
            tell("c", json!({"close": true})),
            super::within("c", End::Says(json!({"closed": true})), 3_000),
        ]
        .into_iter()
        .chain((0..4).map(|number| ends_with(&format!("b{number}"), End::error("connection", None))))
        .chain([Step::Hears, Step::Closes]),
    ));
    cases
}
