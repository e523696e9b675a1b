//! Class 30 too: pools of connections, for servers that answer one request after another.

use serde_json::{Value, json};

use super::{ANSWER, call, ends_with, frame, over_options, receive, send, stream, tell, within};
use crate::frame::{DATA, EOS};
use crate::recorded::End;
use crate::scenario::{Many, Order, Scenario, Step};

/// What is in flight fails at once, in milliseconds.
const AT_ONCE: u64 = 100;

/// Connections that are opened when they are needed, lost and closed.
pub(super) fn pools() -> Vec<Scenario> {
    let mut cases = Vec::new();
    opened(&mut cases);
    lost(&mut cases);
    ended(&mut cases);
    cases
}

fn pool(size: usize) -> Value {
    json!({"pool": size})
}

/// A call that is told apart from others by its argument, up to its request.
fn asked(name: &str) -> [Step; 2] {
    let mut payload = vec![1, name.len() as u8];
    payload.extend(name.as_bytes());
    [call(name, "Calls.second", json!([1, name])), receive(name, &payload)]
}

/// Its answer.
fn answered(name: &str) -> [Step; 2] {
    let mut payload = vec![name.len() as u8];
    payload.extend(name.as_bytes());
    [
        send([frame(name, ANSWER, &payload)]),
        ends_with(name, End::Value(json!(name))),
    ]
}

fn carried(calls: &[&str], connections: usize) -> Step {
    Step::Carried {
        calls: calls.iter().map(|&call| call.into()).collect(),
        connections,
    }
}

fn close_under(call: &str) -> Step {
    Step::CloseUnder { call: call.into() }
}

fn fails(name: &str) -> Step {
    within(name, End::error("connection", None), AT_ONCE)
}

fn asked_all(names: &[&str]) -> Vec<Step> {
    names.iter().flat_map(|name| asked(name)).collect()
}

fn answered_all(names: &[&str]) -> Vec<Step> {
    names.iter().flat_map(|name| answered(name)).collect()
}

fn opened(cases: &mut Vec<Scenario>) {
    let mut add = |name: &str, options: Value, parts: &[Vec<Step>]| {
        cases.push(over_options(format!("y_pool_{name}"), options, parts.concat()));
    };
    add(
        "calls_at_once_have_a_connection_each",
        pool(3),
        &[
            asked_all(&["a", "b", "c"]),
            vec![carried(&["a", "b", "c"], 3)],
            answered_all(&["c", "a", "b"]),
            vec![Step::Connections(3), Step::Lives],
        ],
    );
    add(
        "more_calls_share_them",
        pool(2),
        &[
            asked_all(&["a", "b", "c", "d"]),
            vec![
                carried(&["a", "b"], 2),
                carried(&["c", "d"], 2),
                carried(&["a", "b", "c", "d"], 2),
            ],
            answered_all(&["d", "c", "b", "a"]),
            vec![Step::Connections(2)],
        ],
    );
    add(
        "calls_one_after_another_have_one",
        pool(3),
        &[vec![Step::Lives; 5], vec![Step::Connections(1)]],
    );
    add(
        "a_free_one_is_used_again",
        pool(3),
        &[
            asked_all(&["a", "b"]),
            answered_all(&["a"]),
            asked_all(&["c"]),
            vec![carried(&["a", "c"], 1), carried(&["b", "c"], 2)],
            answered_all(&["b", "c"]),
            vec![Step::Connections(2)],
        ],
    );
    add(
        "calls_beside_a_stream",
        pool(2),
        &[
            vec![
                stream("s", "Calls.count", json!([9])),
                receive("s", &[9]),
                send([frame("s", DATA, &[5])]),
            ],
            asked_all(&["a"]),
            answered_all(&["a"]),
            asked_all(&["b"]),
            answered_all(&["b"]),
            vec![
                carried(&["s", "a"], 2),
                carried(&["a", "b"], 1),
                send([frame("s", EOS, &[])]),
                ends_with("s", End::Items(vec![json!(5)])),
            ],
        ],
    );
    add(
        "of_one_is_a_connection",
        pool(1),
        &[
            asked_all(&["a", "b"]),
            vec![carried(&["a", "b"], 1)],
            answered_all(&["b", "a"]),
            vec![Step::Connections(1)],
        ],
    );
    add(
        "another_cannot_be_opened",
        pool(2),
        &[
            asked_all(&["a"]),
            vec![Step::Refuse],
            asked_all(&["b"]),
            vec![carried(&["a", "b"], 1)],
            answered_all(&["b", "a"]),
            vec![Step::Listen],
        ],
    );
    let many = Many::Echoes {
        count: 1_000,
        order: Order::Shuffled,
    };
    add(
        "1000_at_once",
        pool(4),
        &[vec![
            tell("m", json!({"many": 1_000, "call": "Values.u32"})),
            Step::Many(many),
            ends_with("m", End::Says(json!({"right": 1_000, "wrong": 0, "errors": {}}))),
            Step::Connections(4),
        ]],
    );
}

fn lost(cases: &mut Vec<Scenario>) {
    let reconnecting = json!({"pool": 2, "reconnect": {"initial_ms": 20, "max_ms": 100}});
    let mut add = |name: &str, options: &Value, parts: &[Vec<Step>]| {
        cases.push(over_options(name, options.clone(), parts.concat()));
    };
    add(
        "n_pool_one_of_three_is_lost",
        &pool(3),
        &[
            asked_all(&["a", "b", "c"]),
            vec![close_under("b"), fails("b"), Step::Connections(2)],
            answered_all(&["a", "c"]),
            vec![Step::Lives],
        ],
    );
    add(
        "y_pool_a_lost_one_is_replaced_when_it_is_needed",
        &pool(2),
        &[
            asked_all(&["a", "b"]),
            vec![close_under("a"), fails("a"), Step::Passes(50), Step::Connections(1)],
            asked_all(&["c"]),
            vec![carried(&["b", "c"], 2)],
            answered_all(&["b", "c"]),
            vec![Step::Connections(2)],
        ],
    );
    add(
        "n_pool_all_are_lost",
        &pool(2),
        &[
            asked_all(&["a", "b"]),
            vec![close_under("a"), fails("a"), close_under("b"), fails("b"), Step::Closes],
            vec![
                call("c", "Calls.answer", json!([])),
                within("c", End::error("connection", None), 1_000),
                Step::Connections(0),
            ],
        ],
    );
    add(
        "y_pool_an_idempotent_call_is_sent_again",
        &reconnecting,
        &[
            asked_all(&["b"]),
            vec![
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                carried(&["a", "b"], 2),
                close_under("a"),
                receive("a", &[]),
                carried(&["a", "b"], 2),
                send([frame("a", ANSWER, &[42])]),
                ends_with("a", End::Value(json!(42))),
            ],
            answered_all(&["b"]),
            vec![Step::Lives, Step::NoRequests],
        ],
    );
    add(
        "n_pool_any_other_call_is_not",
        &reconnecting,
        &[
            asked_all(&["a", "b"]),
            vec![close_under("a"), fails("a"), Step::Passes(200)],
            answered_all(&["b"]),
            vec![Step::Lives, Step::NoRequests],
        ],
    );
    add(
        "y_pool_all_are_lost_and_made_anew",
        &reconnecting,
        &[
            asked_all(&["a", "b"]),
            vec![close_under("a"), fails("a"), close_under("b"), fails("b")],
            asked_all(&["c", "d"]),
            answered_all(&["d", "c"]),
            vec![Step::NoRequests],
        ],
    );
}

fn ended(cases: &mut Vec<Scenario>) {
    let close = || tell("close", json!({"close": true}));
    let closed = || within("close", End::Says(json!({"closed": true})), 3_000);
    let fails = |name: &str| ends_with(name, End::error("connection", None));
    cases.push(over_options(
        "n_pool_closing_ends_all",
        pool(3),
        [
            asked_all(&["a", "b", "c"]),
            vec![
                close(),
                closed(),
                fails("a"),
                fails("b"),
                fails("c"),
                Step::Closes,
                Step::Settles { memory: 8 << 20 },
            ],
        ]
        .concat(),
    ));
    let becomes = |state: &str| Step::Becomes(state.into());
    cases.push(over_options(
        "y_pool_has_one_state",
        json!({"pool": 2, "states": true}),
        [
            vec![becomes("connecting"), becomes("connected")],
            asked_all(&["a", "b"]),
            vec![close_under("a"), self::fails("a")],
            answered_all(&["b"]),
            vec![close(), becomes("closed"), closed(), Step::Closes],
        ]
        .concat(),
    ));
}
