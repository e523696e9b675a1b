//! Class 30: reconnecting.

use serde_json::{Value, json};

use super::{ANSWER, call, ends_with, frame, late, over_options, receive, scenario, send, stream, tell, timed, within};
use crate::frame::{DATA, EOS};
use crate::recorded::End;
use crate::scenario::{Scenario, Step};

/// What is in flight fails at once, in milliseconds.
const AT_ONCE: u64 = 100;

/// With the option and without it.
pub(super) fn reconnects() -> Vec<Scenario> {
    let mut cases = Vec::new();
    by_default(&mut cases);
    again(&mut cases);
    refused(&mut cases);
    states(&mut cases);
    cases
}

fn options() -> Value {
    json!({"reconnect": {"initial_ms": 20, "max_ms": 100}})
}

fn fails(name: &str) -> Step {
    within(name, End::error("connection", None), AT_ONCE)
}

/// `Calls.answer`, from its request to its end.
fn answer(name: &str) -> [Step; 3] {
    [
        receive(name, &[]),
        send([frame(name, ANSWER, &[42])]),
        ends_with(name, End::Value(json!(42))),
    ]
}

/// It is off by default.
fn by_default(cases: &mut Vec<Scenario>) {
    cases.push(scenario(
        "n_nobody_reconnects_by_default",
        [
            Step::Lives,
            Step::Close,
            Step::Closes,
            Step::Lonely(300),
            call("a", "Calls.answer", json!([])),
            within("a", End::error("connection", None), 1_000),
            Step::Lonely(100),
        ],
    ));
    cases.push(scenario(
        "n_a_call_on_a_lost_connection",
        [
            Step::Close,
            Step::Closes,
            call("a", "Calls.answer", json!([])),
            within("a", End::error("connection", None), 1_000),
            stream("b", "Calls.count", json!([1])),
            within("b", End::error("connection", Some(vec![])), 1_000),
        ],
    ));
}

fn again(cases: &mut Vec<Scenario>) {
    let mut add = |name: &str, steps: Vec<Step>| cases.push(over_options(name, options(), steps));
    for (name, cut) in [("closed", Step::Close), ("half_closed", Step::HalfClose)] {
        add(
            &format!("y_after_it_is_{name}"),
            vec![Step::Lives, cut, Step::Accept, Step::Lives],
        );
    }
    add(
        "y_while_nothing_is_called",
        vec![Step::Close, Step::Accept, Step::Lives],
    );
    add(
        "y_what_is_in_flight_fails_at_once",
        vec![
            call("a", "Calls.second", json!([1, "a"])),
            receive("a", &[1, 1, b'a']),
            stream("b", "Calls.count", json!([9])),
            receive("b", &[9]),
            Step::Close,
            fails("a"),
            within("b", End::error("connection", Some(vec![])), AT_ONCE),
            Step::Accept,
            Step::Lives,
        ],
    );
    add(
        "y_what_was_sent_is_not_sent_again",
        vec![
            call("a", "Calls.second", json!([1, "a"])),
            receive("a", &[1, 1, b'a']),
            Step::Close,
            fails("a"),
            Step::Accept,
            Step::Passes(100),
            Step::Lives,
            Step::NoRequests,
        ],
    );
    add(
        "y_a_stream_is_not_called_again",
        vec![
            stream("a", "Calls.count", json!([9])),
            receive("a", &[9]),
            send([frame("a", DATA, &[0])]),
            Step::Passes(20),
            Step::Close,
            within("a", End::error("connection", Some(vec![json!(0)])), AT_ONCE),
            Step::Accept,
            Step::Passes(100),
            Step::Lives,
            Step::NoRequests,
        ],
    );
    // `Calls.answer` is marked as idempotent.
    for losses in [1, 2] {
        let mut steps = vec![timed(call("a", "Calls.answer", json!([])), 10_000)];
        for _ in 0..losses {
            steps.extend([receive("a", &[]), Step::Close, Step::Accept]);
        }
        steps.extend(answer("a"));
        steps.extend([Step::Lives, Step::NoRequests]);
        add(
            &format!("y_an_idempotent_call_is_sent_again_after_{losses}_losses"),
            steps,
        );
    }
    let mut steps = vec![
        Step::Refuse,
        Step::Close,
        Step::Closes,
        // Until the client has seen it, too.
        Step::Passes(60),
        timed(call("a", "Calls.answer", json!([])), 10_000),
        Step::Passes(100),
        Step::Listen,
        Step::Accept,
    ];
    steps.extend(answer("a"));
    add("y_a_call_waits_for_the_connection", steps);
    add(
        "n_a_call_waits_no_longer_than_its_timeout",
        vec![
            Step::Refuse,
            Step::Close,
            Step::Closes,
            // Until the client has seen it, too.
            Step::Passes(60),
            timed(call("a", "Calls.answer", json!([])), 200),
            ends_with("a", late()),
            Step::Listen,
            Step::Accept,
            Step::Lives,
            Step::NoRequests,
        ],
    );
    add(
        "y_a_stream_waits_for_the_connection",
        vec![
            Step::Refuse,
            Step::Close,
            Step::Closes,
            // Until the client has seen it, too.
            Step::Passes(60),
            timed(stream("a", "Calls.count", json!([2])), 10_000),
            Step::Passes(60),
            Step::Listen,
            Step::Accept,
            receive("a", &[2]),
            send([frame("a", DATA, &[0]), frame("a", DATA, &[1]), frame("a", EOS, &[])]),
            ends_with("a", End::Items(vec![json!(0), json!(1)])),
        ],
    );
    for times in [2, 5, 10] {
        let mut steps = Vec::new();
        for _ in 0..times {
            steps.extend([Step::Lives, Step::Close, Step::Accept]);
        }
        steps.push(Step::Lives);
        add(&format!("y_{times}_times"), steps);
        let mut steps = Vec::new();
        for _ in 0..times {
            steps.extend([Step::Close, Step::Accept]);
        }
        steps.push(Step::Lives);
        add(&format!("y_flapping_{times}_times"), steps);
    }
    add(
        "y_nothing_is_left_of_it",
        vec![
            Step::Close,
            Step::Accept,
            Step::Lives,
            Step::Close,
            Step::Accept,
            Step::Lives,
            Step::Settles { memory: 8 << 20 },
        ],
    );
    add(
        "y_an_answer_from_before_is_nobodys",
        vec![
            // Answered late is the second, whose channel the call after it does not have: a client may count anew.
            call("first", "Calls.second", json!([1, "b"])),
            receive("first", &[1, 1, b'b']),
            call("a", "Calls.second", json!([1, "a"])),
            receive("a", &[1, 1, b'a']),
            Step::Close,
            fails("first"),
            fails("a"),
            Step::Accept,
            send([frame("a", ANSWER, &[1, b'a'])]),
            Step::Lives,
        ],
    );
    add(
        "y_closing_ends_it",
        vec![
            Step::Refuse,
            Step::Close,
            Step::Closes,
            Step::Passes(60),
            tell("c", json!({"close": true})),
            within("c", End::Says(json!({"closed": true})), 2_000),
            Step::Listen,
            Step::Lonely(300),
        ],
    );
}

fn refused(cases: &mut Vec<Scenario>) {
    let mut first = over_options(
        "n_the_first_connect_is_refused",
        Value::Null,
        vec![
            Step::Refuse,
            tell("c", json!({"connect": "@address", "options": options()})),
            within("c", End::error("connection", None), 5_000),
            Step::Listen,
            Step::Lonely(300),
        ],
    );
    first.unconnected = true;
    cases.push(first);
    cases.push(over_options(
        "n_no_more_attempts",
        json!({"reconnect": {"initial_ms": 10, "max_ms": 20, "attempts": 2}}),
        vec![
            Step::Refuse,
            Step::Close,
            Step::Closes,
            // Until the client has seen it, too.
            Step::Passes(60),
            timed(call("a", "Calls.answer", json!([])), 8_000),
            within("a", End::error("connection", None), 4_000),
            Step::Listen,
            Step::Lonely(300),
            call("b", "Calls.answer", json!([])),
            within("b", End::error("connection", None), 1_000),
        ],
    ));
}

fn states(cases: &mut Vec<Scenario>) {
    let watched = || {
        let mut options = options();
        options["states"] = true.into();
        options
    };
    let becomes = |state: &str| Step::Becomes(state.into());
    cases.push(over_options(
        "y_every_state_is_said_once",
        watched(),
        vec![
            becomes("connecting"),
            becomes("connected"),
            Step::Close,
            becomes("disconnected"),
            Step::Accept,
            becomes("connecting"),
            becomes("connected"),
            Step::Lives,
            tell("c", json!({"close": true})),
            becomes("closed"),
            ends_with("c", End::Says(json!({"closed": true}))),
        ],
    ));
    cases.push(over_options(
        "y_states_without_reconnecting",
        json!({"states": true}),
        vec![
            becomes("connecting"),
            becomes("connected"),
            Step::Close,
            becomes("closed"),
            Step::Closes,
        ],
    ));
}
