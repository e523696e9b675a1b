//! Class 20: ends of streams.

use serde_json::{Value, json};

use super::{ANSWER, call, ends_with, frame, lost, receive, scenario, send, status, stream, varint};
use crate::frame::{DATA, EOS, ERROR, NO_REPLY};
use crate::recorded::End;
use crate::scenario::{Scenario, Sent, Step};
use crate::vector::Hex;

/// Every way in which a stream can end, and in which a call can be cut.
pub(super) fn ends() -> Vec<Scenario> {
    let count = |name: &str, frames: Vec<Sent>, end: End| {
        scenario(
            name,
            [
                stream("a", "Calls.count", json!([5])),
                receive("a", &[5]),
                send(frames),
                ends_with("a", end),
                Step::Lives,
            ],
        )
    };
    let item = |value: u8| frame("a", DATA, &[value]);
    let mut cases = vec![
        count("y_at_once", vec![frame("a", EOS, &[])], End::Items(vec![])),
        count(
            "y_with_its_only_item",
            vec![frame("a", ANSWER, &[1])],
            End::Items(vec![json!(1)]),
        ),
        count(
            "y_after_an_item",
            vec![item(1), frame("a", EOS, &[])],
            End::Items(vec![json!(1)]),
        ),
        count(
            "y_with_the_last_item",
            vec![item(1), frame("a", ANSWER, &[2])],
            End::Items(vec![json!(1), json!(2)]),
        ),
        count(
            "y_twice",
            vec![item(1), frame("a", EOS, &[]), frame("a", EOS, &[])],
            End::Items(vec![json!(1)]),
        ),
        count(
            "y_items_after_the_end",
            vec![item(1), frame("a", EOS, &[]), item(2), item(3)],
            End::Items(vec![json!(1)]),
        ),
        count(
            "y_error_after_the_end",
            vec![
                item(1),
                frame("a", EOS, &[]),
                frame("a", ERROR | EOS, &[3, 0, 0, 0, 0, 0, 0, 0]),
            ],
            End::Items(vec![json!(1)]),
        ),
        count(
            "y_error_at_once",
            vec![frame("a", ERROR | EOS, &[3, 0, 0, 0, 0, 0, 0, 0])],
            status(Some(vec![]), 3, Some("")),
        ),
        count(
            "y_items_after_an_error",
            vec![item(1), frame("a", ERROR | EOS, &[3, 0, 0, 0, 0, 0, 0, 0]), item(2)],
            status(Some(vec![json!(1)]), 3, Some("")),
        ),
        count(
            "n_bad_item",
            vec![item(1), frame("a", DATA, &[0x80]), item(2), frame("a", EOS, &[])],
            End::Error {
                items: Some(vec![json!(1)]),
                kinds: vec!["decode".into()],
                code: None,
                message: None,
                remote: None,
            },
        ),
        count(
            "n_trailing_bytes_in_an_item",
            vec![frame("a", DATA, &[1, 2]), frame("a", EOS, &[])],
            End::Error {
                items: Some(vec![]),
                kinds: vec!["decode".into()],
                code: None,
                message: None,
                remote: None,
            },
        ),
        count(
            "n_empty_item",
            vec![frame("a", DATA, &[]), frame("a", EOS, &[])],
            End::Error {
                items: Some(vec![]),
                kinds: vec!["decode".into()],
                code: None,
                message: None,
                remote: None,
            },
        ),
    ];
    cases.push(count(
        "y_error_without_the_end",
        vec![item(1), frame("a", ERROR, &[3, 0, 0, 0, 0, 0, 0, 0]), item(2)],
        status(Some(vec![json!(1)]), 3, Some("")),
    ));
    cases.push(count(
        "n_bad_item_with_the_end",
        vec![item(1), frame("a", ANSWER, &[0x80])],
        End::Error {
            items: Some(vec![json!(1)]),
            kinds: vec!["decode".into()],
            code: None,
            message: None,
            remote: None,
        },
    ));
    let text = "a".repeat(100);
    let long = [&[100], text.as_bytes()].concat();
    cases.push(scenario(
        "y_with_a_long_last_item",
        [
            stream("a", "Calls.texts", json!([[text]])),
            receive("a", &[&[1], long.as_slice()].concat()),
            send([frame("a", DATA, &long), frame("a", ANSWER, &long)]),
            ends_with("a", End::Items(vec![json!(text), json!(text)])),
            Step::Lives,
        ],
    ));
    for ticks in [0, 1, 2, 100] {
        let mut frames = vec![frame("a", DATA, &[]); ticks];
        frames.push(frame("a", EOS, &[]));
        cases.push(scenario(
            format!("y_{ticks}_empty_items"),
            [
                stream("a", "Calls.ticks", json!([ticks])),
                receive("a", &varint(ticks)),
                send(frames),
                ends_with("a", End::Items(vec![Value::Null; ticks])),
                Step::Lives,
            ],
        ));
    }
    cases.push(scenario(
        "y_empty_item_with_the_end",
        [
            stream("a", "Calls.ticks", json!([2])),
            receive("a", &[2]),
            send([frame("a", DATA, &[]), frame("a", ANSWER, &[])]),
            ends_with("a", End::Items(vec![Value::Null; 2])),
            Step::Lives,
        ],
    ));
    for items in 0..3_u8 {
        let before: Vec<Value> = (0..items).map(|number| json!(number)).collect();
        let frames = || (0..items).map(|number| frame("a", DATA, &[number]));
        cases.push(scenario(
            format!("n_closed_after_{items}_items"),
            [
                stream("a", "Calls.count", json!([5])),
                receive("a", &[5]),
                send(frames()),
                Step::Close,
                ends_with("a", lost(Some(before.clone()))),
                Step::Closes,
            ],
        ));
        cases.push(scenario(
            format!("n_closed_within_item_{items}"),
            [
                stream("a", "Calls.count", json!([5])),
                receive("a", &[5]),
                send(frames().chain([Sent::Bytes(Hex(vec![69, 0, 0, 0, 1, 2, 3]))])),
                Step::Close,
                ends_with("a", lost(Some(before))),
                Step::Closes,
            ],
        ));
    }
    cases.push(scenario(
        "n_call_closed",
        [
            call("a", "Calls.answer", json!([])),
            receive("a", &[]),
            Step::Close,
            ends_with("a", lost(None)),
            Step::Closes,
        ],
    ));
    // An error ends its own stream alone.
    cases.push(scenario(
        "y_error_beside_a_stream",
        [
            stream("a", "Calls.count", json!([2])),
            receive("a", &[2]),
            stream("b", "Calls.count", json!([3])),
            receive("b", &[3]),
            send([
                frame("a", DATA, &[0]),
                frame("b", ERROR | EOS, &[5, 0, 0, 0, 0, 0, 0, 0]),
                frame("a", DATA, &[1]),
                frame("a", EOS, &[]),
            ]),
            ends_with("b", status(Some(vec![]), 5, Some(""))),
            ends_with("a", End::Items(vec![json!(0), json!(1)])),
            Step::Lives,
        ],
    ));
    for (name, second) in [
        ("y_beside_a_call", ANSWER),
        ("y_beside_a_call_item", DATA | EOS | NO_REPLY),
    ] {
        cases.push(scenario(
            name,
            [
                stream("a", "Calls.texts", json!([["x"]])),
                receive("a", &[1, 1, b'x']),
                call("b", "Calls.answer", json!([])),
                receive("b", &[]),
                send([
                    frame("a", DATA, &[1, b'x']),
                    frame("b", second, &[42]),
                    frame("a", EOS, &[]),
                ]),
                ends_with("b", End::Value(json!(42))),
                ends_with("a", End::Items(vec![json!("x")])),
                Step::Lives,
            ],
        ));
    }
    cases.push(scenario(
        "y_two_streams_interleaved",
        [
            stream("a", "Calls.count", json!([2])),
            receive("a", &[2]),
            stream("b", "Calls.count", json!([3])),
            receive("b", &[3]),
            send([
                frame("b", DATA, &[10]),
                frame("a", DATA, &[0]),
                frame("b", DATA, &[11]),
                frame("b", EOS, &[]),
                frame("a", DATA, &[1]),
                frame("a", EOS, &[]),
            ]),
            ends_with("b", End::Items(vec![json!(10), json!(11)])),
            ends_with("a", End::Items(vec![json!(0), json!(1)])),
        ],
    ));
    cases.push(scenario(
        "y_an_item_of_every_figure",
        [
            stream("a", "Calls.figures", json!([[{"Nowhere": null}]])),
            receive("a", &[1, 0]),
            send([
                frame("a", DATA, &[0]),
                frame("a", DATA, &[1, 2, 4]),
                frame("a", DATA, &[4, 1, b'n']),
                frame("a", EOS, &[]),
            ]),
            ends_with(
                "a",
                End::Items(vec![
                    json!({"Nowhere": null}),
                    json!({"Dot": {"x": 1, "y": 2}}),
                    json!({"Named": "n"}),
                ]),
            ),
        ],
    ));
    cases
}
