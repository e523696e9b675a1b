//! What is called, and what must come of it.

use serde_json::{Value, json};

use super::places::Served;
use crate::serving::Way;
use crate::talks::talk::{Check, Expected, Turn};

/// Calls of every form, where what comes of them depends on how they are served.
pub(super) fn of_every_form(served: Served, web: bool) -> Vec<(String, Check)> {
    let call = |method: &str, arguments: Value| json!({"call": format!("Calls.{method}"), "arguments": arguments});
    let stream = |method: &str, arguments: Value| json!({"stream": format!("Calls.{method}"), "arguments": arguments});
    let value = |value: Value| Expected::Entries(json!({"value": value}));
    let items = |items: Value| Expected::Entries(json!({"items": items, "end": true}));
    let lives = (call("answer", json!([])), value(json!(42)));
    let counted = |count: u32| json!((0..count).collect::<Vec<u32>>());
    let checks = vec![
        (
            "unary_arguments".to_owned(),
            vec![
                (call("nothing", json!([])), value(Value::Null)),
                lives.clone(),
                (call("second", json!([1, "two"])), value(json!("two"))),
                (
                    call("fifth", json!([1, null, "c", "AAE=", {"x": -1, "y": 1}])),
                    value(json!({"x": -1, "y": 1})),
                ),
            ],
        ),
        (
            "stream_items".into(),
            vec![
                (stream("count", json!([0])), items(json!([]))),
                (stream("count", json!([1000])), items(counted(1000))),
                (stream("ticks", json!([3])), items(json!([null, null, null]))),
                (stream("texts", json!([["a", "", "ü"]])), items(json!(["a", "", "ü"]))),
                (
                    stream("figures", json!([[{"Nowhere": null}, {"Dot": {"x": 1, "y": 2}}]])),
                    items(json!([{"Nowhere": null}, {"Dot": {"x": 1, "y": 2}}])),
                ),
                lives.clone(),
            ],
        ),
        (
            "error_in_a_stream".into(),
            vec![
                (
                    stream("fail_after", json!([2, 5, "enough"])),
                    Expected::Entries(json!({
                        "items": [0, 1],
                        "error": {"kind": "status", "code": 5, "message": "enough", "remote": true},
                    })),
                ),
                (
                    stream("fail_after", json!([0, 3, "ü"])),
                    Expected::Error(&["status"], Some(3)),
                ),
                lives.clone(),
            ],
        ),
    ];
    let mut checks: Vec<(String, Check)> = checks.into_iter().map(|(name, told)| (name, tell(told))).collect();
    let mut panicked = tell(panicked(served, web, lives));
    panicked.push(Turn::Leave);
    checks.push(("error_panic".into(), panicked));
    checks
}

/// A panic ends a plain server's connection, or leaves a WebSocket open and silent. The others answer it.
fn panicked(served: Served, web: bool, lives: (Value, Expected)) -> Vec<(Value, Expected)> {
    let mut call = json!({"call": "Calls.panic", "arguments": ["ouch"]});
    match served {
        Served::Plain(Way::Serve) if web => {
            call["timeout_ms"] = json!(300);
            vec![(call, Expected::Late)]
        }
        Served::Plain(Way::Serve) => vec![(call, Expected::Error(&["connection"], None))],
        Served::Plain(Way::Session) | Served::Host => vec![(call, Expected::Error(&["status"], Some(12))), lives],
    }
}

/// One after another.
fn tell(told: Vec<(Value, Expected)>) -> Check {
    told.into_iter()
        .map(|(command, expected)| Turn::Tell(command, expected))
        .collect()
}

/// Calls to a service that is not there, and one to the service that is.
pub(super) fn to_another_service(served: Served) -> Check {
    let unknown = || Expected::Error(&["status"], Some(11));
    let mut check = vec![(json!({"call": "Calls.answer", "arguments": []}), unknown())];
    // rapace's own session never answers a stream of a method that its process does not know.
    if served != Served::Plain(Way::Session) {
        check.push((json!({"stream": "Calls.count", "arguments": [2]}), unknown()));
    }
    check.push((
        json!({"call": "Values.u8", "arguments": [7]}),
        Expected::Entries(json!({"value": 7})),
    ));
    tell(check)
}
