//! Class 27: cancellation, and that the next call gets its own answer.

use serde_json::{Value, json};

use super::{ANSWER, call, ends_with, frame, open, receive, scenario, send, stream, tell};
use crate::frame::{DATA, EOS, ERROR};
use crate::recorded::End;
use crate::scenario::{Scenario, Step};

/// At every point of a call and of a stream.
pub(super) fn cancels() -> Vec<Scenario> {
    let mut cases = Vec::new();
    unary(&mut cases);
    streams(&mut cases);
    by_hand(&mut cases);
    many(&mut cases);
    cases
}

fn cancel(name: &str) -> [Step; 2] {
    let told = format!("cancel {name}");
    [
        tell(&told, json!({"cancel": format!("@{name}")})),
        ends_with(&told, End::Says(json!({"cancelled": true}))),
    ]
}

fn cancelled(name: &str) -> Step {
    ends_with(name, End::error("cancelled", None))
}

/// `Calls.second`, which answers this text.
fn next(name: &str, text: &str) -> [Step; 2] {
    let payload = [&[1, text.len() as u8], text.as_bytes()].concat();
    [call(name, "Calls.second", json!([1, text])), receive(name, &payload)]
}

fn answer(name: &str, text: &str) -> Step {
    let payload = [&[text.len() as u8], text.as_bytes()].concat();
    send([frame(name, ANSWER, &payload)])
}

/// What still arrives for a call that nobody waits for.
const LATE: [(&str, u32, &[u8]); 5] = [
    ("answer", ANSWER, &[1, b'x']),
    ("error", ERROR | EOS, &[3, 0, 0, 0, 0, 0, 0, 0]),
    ("item", DATA, &[1, b'x']),
    ("end", EOS, &[]),
    ("garbage", ANSWER, &[0xff, 0xff, 0xff]),
];

fn unary(cases: &mut Vec<Scenario>) {
    let begin = || {
        let mut steps = next("a", "first").to_vec();
        steps.extend(cancel("a"));
        steps.push(cancelled("a"));
        steps
    };
    let mut steps = begin();
    steps.push(Step::Lives);
    cases.push(scenario("y_before_the_answer", steps));
    let mut steps = begin();
    steps.extend([Step::ReceiveCancel { call: "a".into() }, Step::Lives]);
    cases.push(scenario("y_the_peer_is_told", steps));
    for (name, flags, payload) in LATE {
        let mut steps = begin();
        steps.extend([send([frame("a", flags, payload)]), Step::Lives]);
        cases.push(scenario(format!("y_then_a_late_{name}"), steps));
        let mut steps = begin();
        steps.extend(next("b", "second"));
        steps.extend([
            send([frame("a", flags, payload)]),
            answer("b", "second"),
            ends_with("b", End::Value(json!("second"))),
            Step::Lives,
        ]);
        cases.push(scenario(format!("y_then_a_late_{name}_in_the_next_call"), steps));
    }
    let mut steps = begin();
    steps.extend([send([frame("a", ANSWER, &[1, b'x'])]), Step::Lives, Step::Dropped(1)]);
    cases.push(scenario("y_the_late_answer_is_counted", steps));
    // Told in one piece: where it is caught depends on the language.
    let mut steps = vec![call("a", "Calls.second", json!([1, "first"]))];
    steps.extend(cancel("a"));
    steps.extend([ends_with("a", End::error("cancelled", None)), Step::Lives]);
    cases.push(scenario("y_at_once", steps));
    for pause in [0, 1, 3, 10] {
        let [told, received] = next("a", "first");
        let mut steps = vec![told, received, answer("a", "first"), Step::Passes(pause)];
        steps.extend(cancel("a"));
        steps.push(ends_with(
            "a",
            End::OneOf(vec![End::Value(json!("first")), End::error("cancelled", None)]),
        ));
        steps.push(Step::Lives);
        cases.push(scenario(format!("y_{pause}_ms_after_the_answer"), steps));
    }
    let [told, received] = next("a", "first");
    let mut steps = vec![
        told,
        received,
        answer("a", "first"),
        ends_with("a", End::Value(json!("first"))),
    ];
    steps.extend(cancel("a"));
    steps.push(Step::Lives);
    cases.push(scenario("y_when_it_is_over", steps));
    let mut steps = begin();
    steps.extend([
        tell("again", json!({"cancel": "@a"})),
        ends_with("again", End::Says(json!({"cancelled": true}))),
        Step::Lives,
    ]);
    cases.push(scenario("y_twice", steps));
    // The other call's answer comes first, in between, and last.
    for (place, order) in [("before", ["b", "a"]), ("after", ["a", "b"])] {
        let mut steps = next("a", "first").to_vec();
        steps.extend(next("b", "second"));
        steps.extend(cancel("a"));
        steps.push(cancelled("a"));
        steps.extend(order.map(|name| answer(name, if name == "a" { "first" } else { "second" })));
        steps.extend([ends_with("b", End::Value(json!("second"))), Step::Lives]);
        cases.push(scenario(format!("y_the_other_calls_answer_{place}"), steps));
    }
    let mut steps = begin();
    steps.extend([Step::Close, Step::Closes]);
    cases.push(scenario("y_then_the_connection_is_lost", steps));
}

fn streams(cases: &mut Vec<Scenario>) {
    for received in [0, 1, 5] {
        let mut steps = vec![stream("a", "Calls.count", json!([9])), receive("a", &[9])];
        steps.extend((0..received).map(|item| send([frame("a", DATA, &[item])])));
        steps.extend(cancel("a"));
        steps.push(cancelled("a"));
        steps.extend([
            send([frame("a", DATA, &[7]), frame("a", DATA, &[8]), frame("a", EOS, &[])]),
            Step::Lives,
        ]);
        cases.push(scenario(format!("y_a_stream_after_{received}_items"), steps));
    }
    let mut steps = vec![stream("a", "Calls.count", json!([9])), receive("a", &[9])];
    steps.extend(cancel("a"));
    steps.extend([
        cancelled("a"),
        Step::ReceiveCancel { call: "a".into() },
        stream("b", "Calls.count", json!([2])),
        receive("b", &[2]),
        send([
            frame("a", DATA, &[7]),
            frame("b", DATA, &[0]),
            frame("a", EOS, &[]),
            frame("b", DATA, &[1]),
            frame("b", EOS, &[]),
        ]),
        ends_with("b", End::Items(vec![json!(0), json!(1)])),
        Step::Lives,
    ]);
    cases.push(scenario("y_a_stream_then_another", steps));
}

/// Streams that are read by hand: while nobody reads, while somebody waits, and left.
fn by_hand(cases: &mut Vec<Scenario>) {
    let begin = || {
        vec![
            open("a", "Calls.count", json!([9])),
            tell("n", json!({"next": "@a", "count": 1})),
            receive("a", &[9]),
            send([frame("a", DATA, &[0])]),
            ends_with("n", End::Some(vec![json!(0)])),
        ]
    };
    let broken = || {
        [
            tell("broken", json!({"break": "@a"})),
            ends_with("broken", End::Says(json!({"broken": true}))),
        ]
    };
    let mut steps = begin();
    steps.extend(broken());
    steps.extend([
        Step::ReceiveCancel { call: "a".into() },
        send([frame("a", DATA, &[1]), frame("a", EOS, &[])]),
        Step::Lives,
    ]);
    cases.push(scenario("y_left_by_break", steps));
    let mut steps = begin();
    steps.push(send((1..100).map(|item| frame("a", DATA, &[item]))));
    steps.extend(broken());
    steps.extend([Step::Lives, send([frame("a", EOS, &[])]), Step::Lives]);
    cases.push(scenario("y_left_by_break_with_items_to_read", steps));
    let mut steps = begin();
    steps.extend([
        send([frame("a", EOS, &[])]),
        tell("m", json!({"next": "@a", "count": 1})),
        ends_with("m", End::Items(vec![])),
    ]);
    steps.extend(broken());
    steps.push(Step::Lives);
    cases.push(scenario("y_left_by_break_after_its_end", steps));
    let mut steps = begin();
    steps.push(tell("w", json!({"next": "@a", "count": 1})));
    steps.push(Step::Passes(20));
    steps.extend(cancel("w"));
    steps.push(ends_with("w", End::error("cancelled", None)));
    // Whether the stream goes on is the language's choice.
    steps.extend(broken());
    steps.push(Step::Lives);
    cases.push(scenario("y_a_waiting_next", steps));
    let mut steps = vec![open("a", "Calls.count", json!([9]))];
    steps.extend(broken());
    steps.push(Step::Lives);
    cases.push(scenario("y_left_before_it_is_read", steps));
    let mut steps = begin();
    steps.extend(broken());
    steps.extend([
        open("b", "Calls.count", json!([2])),
        tell("m", json!({"next": "@b", "count": 3})),
        receive("b", &[2]),
        send([frame("a", DATA, &[5]), frame("b", DATA, &[0]), frame("b", ANSWER, &[1])]),
        ends_with("m", End::Items(vec![json!(0), json!(1)])),
    ]);
    cases.push(scenario("y_left_and_another_opened", steps));
}

fn many(cases: &mut Vec<Scenario>) {
    for count in [10, 100] {
        let names: Vec<String> = (0..count).map(|number| format!("c{number}")).collect();
        let texts: Vec<String> = (0..count).map(|number| format!("text {number}")).collect();
        let mut steps = Vec::new();
        for (name, text) in names.iter().zip(&texts) {
            steps.extend(next(name, text));
        }
        for name in names.iter().step_by(2) {
            steps.extend(cancel(name));
            steps.push(cancelled(name));
        }
        for (name, text) in names.iter().zip(&texts).rev() {
            steps.push(answer(name, text));
        }
        for (name, text) in names.iter().zip(&texts).skip(1).step_by(2) {
            steps.push(ends_with(name, End::Value(Value::from(text.as_str()))));
        }
        steps.push(Step::Lives);
        let mut settled = steps.clone();
        settled.push(Step::Settles { memory: 16 << 20 });
        cases.push(scenario(format!("y_every_second_of_{count}"), steps));
        cases.push(scenario(format!("y_every_second_of_{count}_leaves_nothing"), settled));
    }
}
