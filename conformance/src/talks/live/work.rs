//! What takes time or goes both ways: cancellation, timeouts, notifications, streams by hand, tunnels.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::places::Served;
use crate::class::Class;
use crate::serving::Way;
use crate::talks::talk::{CHANNEL, Check, Expected, OPENED, Turn};

/// How much is pumped through a tunnel: more than any buffer on its way.
const PUMPED: u32 = 4 << 20;

/// A check, its name, and the class that a testee must be ready for, whose business it is.
pub(super) struct Work {
    pub(super) name: &'static str,
    pub(super) class: Class,
    pub(super) check: Check,
}

/// Checks that leave traces under this key and the next ones.
pub(super) fn checks(served: Served, key: u32) -> Vec<Work> {
    let work = |name, class, check| Work { name, class, check };
    let mut checks = vec![
        work("cancel_by_timeout", Class::Timeouts, late(served)),
        work("unary_notification", Class::Cancellation, notification(key)),
        work("cancel_a_stream_by_leaving_it", Class::Cancellation, left(served, key)),
    ];
    // A plain server does one thing after another: who gives up a call still waits for its end.
    if served == Served::Plain(Way::Serve) {
        checks.push(work(
            "cancel_a_call",
            Class::Cancellation,
            cancelled_before_its_answer(),
        ));
        return checks;
    }
    checks.push(work(
        "cancel_a_call",
        Class::Cancellation,
        cancelled(served, "call", "hang", &json!([key + 1]), key + 1),
    ));
    checks.push(work(
        "cancel_a_stream",
        Class::Cancellation,
        cancelled(served, "stream", "endless", &json!([key + 2, 1]), key + 2),
    ));
    checks.push(work("stream_tunnel_echoes", Class::Tunnels, echo()));
    checks.push(work("stream_tunnel_pumps", Class::Tunnels, pump()));
    checks.push(work("stream_tunnel_one_way", Class::Tunnels, one_way()));
    checks.push(work("error_in_a_tunnel", Class::Tunnels, failing()));
    checks
}

/// A call that is answered while another one keeps its connection busy.
pub(super) fn pooled() -> Check {
    vec![
        Turn::Start(call("slow", &json!([1, 60_000]))),
        lives(),
        lives(),
        Turn::Cancel,
    ]
}

fn call(method: &str, arguments: &Value) -> Value {
    json!({"call": format!("Work.{method}"), "arguments": arguments})
}

fn entries(entries: Value) -> Expected {
    Expected::Entries(entries)
}

/// The next call gets its own answer.
fn lives() -> Turn {
    Turn::Tell(call("slow", &json!([42, 0])), entries(json!({"value": 42})))
}

fn running(key: u32, count: u32) -> Turn {
    Turn::Until(call("running", &json!([key])), entries(json!({"value": count})))
}

fn late(served: Served) -> Check {
    // Where it holds up the next call, it does not for long.
    let after = if served == Served::Plain(Way::Serve) {
        300
    } else {
        60_000
    };
    let mut slow = call("slow", &json!([1, after]));
    slow["timeout_ms"] = json!(30);
    let late = json!({"error": {"kind": "status", "code": 2, "remote": false}});
    vec![Turn::Tell(slow, entries(late)), lives()]
}

fn notification(key: u32) -> Check {
    let note = json!({"notify": "Work.note", "arguments": [key, "ü"]});
    vec![
        Turn::Tell(note, entries(json!({"notified": true}))),
        Turn::Until(call("noted", &json!([key])), entries(json!({"value": ["ü"]}))),
        lives(),
    ]
}

fn left(served: Served, key: u32) -> Check {
    let (open, items) = match served {
        Served::Plain(Way::Serve) => (
            json!({"open": "Work.blocks", "arguments": [1000, 1]}),
            json!(["AA==", "AQ==", "Ag=="]),
        ),
        _ => (json!({"open": "Work.endless", "arguments": [key, 1]}), json!([0, 1, 2])),
    };
    let mut check = vec![
        Turn::Tell(open, entries(json!({"opened": true}))),
        Turn::Tell(json!({"next": OPENED, "count": 3}), entries(json!({"items": items}))),
        Turn::Tell(json!({"break": OPENED}), entries(json!({"broken": true}))),
        lives(),
    ];
    if served == Served::Host {
        check.push(running(key, 0));
    }
    check
}

fn cancelled_before_its_answer() -> Check {
    vec![Turn::Start(call("slow", &json!([1, 300]))), Turn::Cancel, lives()]
}

/// Something that would go on for ever. Our host stops it, a plain session leaves it running.
fn cancelled(served: Served, form: &str, method: &str, arguments: &Value, key: u32) -> Check {
    let command = json!({form: format!("Work.{method}"), "arguments": arguments});
    let mut check = vec![Turn::Start(command), running(key, 1), Turn::Cancel, lives()];
    if served == Served::Host {
        check.push(running(key, 0));
    }
    check
}

/// Opens a tunnel by this method.
fn opened(method: &str, arguments: &Value) -> Check {
    vec![
        Turn::Tell(call(method, arguments), entries(json!({"value": {}}))),
        Turn::Tell(json!({"tunnel": CHANNEL}), entries(json!({"opened": true}))),
    ]
}

fn written(bytes: &[u8]) -> Turn {
    let command = json!({"write": OPENED, "bytes": BASE64_STANDARD.encode(bytes)});
    Turn::Tell(command, entries(json!({"written": true})))
}

fn read(bytes: &[u8]) -> Turn {
    let command = json!({"read": OPENED, "count": bytes.len()});
    Turn::Tell(command, entries(json!({"bytes": BASE64_STANDARD.encode(bytes)})))
}

fn finished() -> Turn {
    Turn::Tell(json!({"finish": OPENED}), entries(json!({"finished": true})))
}

fn ended() -> Turn {
    let command = json!({"read": OPENED, "count": 1});
    Turn::Tell(command, entries(json!({"bytes": "", "end": true})))
}

fn pattern(count: u32) -> Vec<u8> {
    (0..count).map(|place| (place * 31 + place / 256) as u8).collect()
}

fn echo() -> Check {
    let mut check = opened("echo_tunnel", &json!([]));
    for bytes in [&b"a"[..], &[0; 16], &[255; 17], &pattern(100_000)] {
        check.extend([written(bytes), read(bytes)]);
    }
    check.extend([finished(), ended(), lives()]);
    check
}

fn pump() -> Check {
    let mut check = opened("echo_tunnel", &json!([]));
    let command = json!({"pump": OPENED, "bytes": PUMPED});
    check.push(Turn::Tell(command, entries(json!({"pumped": PUMPED}))));
    check.extend([finished(), ended(), lives()]);
    check
}

fn one_way() -> Check {
    let mut check = opened("source_tunnel", &json!([70_000]));
    check.extend([written(b"go"), read(&pattern(70_000)), ended(), finished(), lives()]);
    check
}

fn failing() -> Check {
    let mut check = opened("failing_tunnel", &json!([10, 5, "enough"]));
    let failed = json!({"error": {"kind": "status", "code": 5, "message": "enough", "remote": true}});
    check.extend([written(b"go"), read(&pattern(10))]);
    check.push(Turn::Tell(json!({"read": OPENED, "count": 1}), entries(failed)));
    check.push(lives());
    check
}
