//! Class 26: timeouts.

use serde_json::{Value, json};

use super::{
    ANSWER, call, ends_with, frame, late, open, over_options, receive, scenario, send, status, stream, tell, timed,
};
use crate::frame::{DATA, EOS, ERROR};
use crate::recorded::End;
use crate::scenario::{Many, Order, Scenario, Step};

/// Long enough for a request to be seen before it is late.
const SHORT: u64 = 150;
/// Late calls may be later than they say on a busy machine, but not by this.
const LATEST: u64 = 2_000;

/// Before, during and after the answer.
pub(super) fn timeouts() -> Vec<Scenario> {
    let mut cases = Vec::new();
    let is_late = |name: &str, end: End, timeout: u64| Step::Ends {
        call: name.into(),
        with: end,
        after_ms: None,
        within_ms: Some(timeout + LATEST),
    };
    for timeout in [1, 20, SHORT, 400] {
        cases.push(scenario(
            format!("n_no_answer_in_{timeout}"),
            [
                timed(call("a", "Calls.nothing", json!([])), timeout),
                is_late("a", late(), timeout),
                Step::Lives,
            ],
        ));
    }
    cases.push(scenario(
        "n_not_before_its_time",
        [
            timed(call("a", "Calls.answer", json!([])), 400),
            receive("a", &[]),
            Step::Ends {
                call: "a".into(),
                with: late(),
                after_ms: Some(350),
                within_ms: None,
            },
            Step::Lives,
        ],
    ));
    for (name, flags, payload) in [
        ("answer", ANSWER, &[7][..]),
        ("error", ERROR | EOS, &[3, 0, 0, 0, 0, 0, 0, 0]),
        ("item", DATA, &[7]),
        ("end", EOS, &[]),
    ] {
        let begin = || {
            vec![
                timed(call("a", "Calls.answer", json!([])), SHORT),
                receive("a", &[]),
                ends_with("a", late()),
            ]
        };
        let mut steps = begin();
        steps.extend([send([frame("a", flags, payload)]), Step::Lives]);
        cases.push(scenario(format!("n_late_{name}_is_nobodys"), steps));
        let mut steps = begin();
        steps.extend([
            call("b", "Calls.answer", json!([])),
            receive("b", &[]),
            send([frame("a", flags, payload), frame("b", ANSWER, &[42])]),
            ends_with("b", End::Value(json!(42))),
        ]);
        cases.push(scenario(format!("n_late_{name}_before_the_next_calls_answer"), steps));
    }
    cases.push(scenario(
        "n_the_peer_is_told",
        [
            timed(call("a", "Calls.answer", json!([])), SHORT),
            receive("a", &[]),
            ends_with("a", late()),
            Step::ReceiveCancel { call: "a".into() },
            Step::Lives,
        ],
    ));
    cases.push(scenario(
        "n_a_late_answer_is_counted",
        [
            timed(call("a", "Calls.answer", json!([])), SHORT),
            receive("a", &[]),
            ends_with("a", late()),
            send([frame("a", ANSWER, &[7])]),
            Step::Lives,
            Step::Dropped(1),
        ],
    ));
    cases.push(scenario(
        "y_the_answer_in_time",
        [
            timed(call("a", "Calls.answer", json!([])), 5_000),
            receive("a", &[]),
            Step::Passes(20),
            send([frame("a", ANSWER, &[42])]),
            ends_with("a", End::Value(json!(42))),
            Step::Lives,
        ],
    ));
    cases.push(scenario(
        "y_a_remote_one_is_told_from_a_local_one",
        [
            timed(call("a", "Calls.answer", json!([])), 5_000),
            receive("a", &[]),
            send([frame(
                "a",
                ERROR | EOS,
                &[2, 0, 0, 0, 4, 0, 0, 0, b's', b'l', b'o', b'w'],
            )]),
            ends_with("a", remote(status(None, 2, Some("slow")))),
        ],
    ));
    // The answer and the timeout, about the same time: one or the other, once.
    for pause in [SHORT - 20, SHORT - 5, SHORT, SHORT + 10] {
        cases.push(scenario(
            format!("y_the_answer_after_{pause}_of_{SHORT}"),
            [
                timed(call("a", "Calls.answer", json!([])), SHORT),
                receive("a", &[]),
                Step::Passes(pause),
                send([frame("a", ANSWER, &[42])]),
                ends_with("a", End::OneOf(vec![End::Value(json!(42)), late()])),
                Step::Lives,
            ],
        ));
    }
    streams(&mut cases);
    let mut by_default = over_options(
        "n_the_clients_own_default",
        json!({"timeout_ms": SHORT}),
        vec![
            call("a", "Calls.answer", json!([])),
            receive("a", &[]),
            ends_with("a", late()),
        ],
    );
    by_default.steps.extend([
        timed(call("b", "Calls.answer", json!([])), 5_000),
        receive("b", &[]),
        Step::Passes(SHORT * 2),
        send([frame("b", ANSWER, &[42])]),
        ends_with("b", End::Value(json!(42))),
    ]);
    cases.push(by_default);
    for count in [100, 10_000] {
        cases.push(over_options(
            format!("n_{count}_at_once"),
            json!({"timeout_ms": 1_000}),
            vec![
                tell("m", json!({"many": count, "call": "Values.u32"})),
                ends_with(
                    "m",
                    End::Says(json!({"right": 0, "wrong": 0, "errors": {"status": count}})),
                ),
            ],
        ));
    }
    cases.push(over_options(
        "n_half_of_1000_at_once",
        json!({"timeout_ms": 2_000}),
        vec![
            tell("m", json!({"many": 1_000, "call": "Values.u32"})),
            Step::Many(Many::Echoes {
                count: 500,
                order: Order::AsTheyCome,
            }),
            ends_with(
                "m",
                End::Says(json!({"right": 500, "wrong": 0, "errors": {"status": 500}})),
            ),
        ],
    ));
    cases
}

/// A stream's timeout, before its first item and between items.
fn streams(cases: &mut Vec<Scenario>) {
    let slow = |items: Vec<Value>| match late() {
        End::Error {
            kinds, code, remote, ..
        } => End::Error {
            items: Some(items),
            kinds,
            code,
            message: None,
            remote,
        },
        end => end,
    };
    cases.push(scenario(
        "n_no_first_item",
        [
            timed(stream("a", "Calls.count", json!([3])), SHORT),
            receive("a", &[3]),
            ends_with("a", slow(vec![])),
            send([frame("a", DATA, &[0]), frame("a", EOS, &[])]),
            Step::Lives,
        ],
    ));
    cases.push(scenario(
        "n_no_second_item",
        [
            timed(stream("a", "Calls.count", json!([3])), SHORT * 2),
            receive("a", &[3]),
            send([frame("a", DATA, &[0])]),
            ends_with("a", slow(vec![json!(0)])),
            Step::Lives,
        ],
    ));
    cases.push(scenario(
        "n_no_item_by_hand",
        [
            timed(open("a", "Calls.count", json!([3])), SHORT),
            tell("n", json!({"next": "@a", "count": 1})),
            ends_with("n", late()),
            Step::Lives,
        ],
    ));
}

fn remote(mut end: End) -> End {
    if let End::Error { remote, .. } = &mut end {
        *remote = Some(true);
    }
    end
}
