//! Class 29: methods that are not there, and handlers that panic.

use serde_json::json;

use super::{answered, call, ends_with, frame, lost, receive, request, scenario, send, status, stream};
use crate::frame::{DATA, EOS, ERROR, Frame};
use crate::recorded::End;
use crate::scenario::{Scenario, Sent, Step};
use crate::vector::Hex;

/// Unimplemented.
const UNIMPLEMENTED: u32 = 11;
/// Internal.
const INTERNAL: u32 = 12;

/// As servers of rapace 0.5.0 answer, and as they do not.
pub(super) fn failures() -> Vec<Scenario> {
    let mut cases = Vec::new();
    for (name, code, text) in [
        ("unknown_method", UNIMPLEMENTED, "unknown method_id: 7"),
        ("unknown_method_without_a_message", UNIMPLEMENTED, ""),
        ("panic", INTERNAL, "panic in dispatcher: ouch"),
        ("bad_arguments", 3, "decode: unexpected end"),
    ] {
        let payload = error(code, text);
        cases.push(scenario(
            format!("n_{name}"),
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                send([frame("a", ERROR | EOS, &payload)]),
                ends_with("a", status(None, code, Some(text))),
                Step::Lives,
            ],
        ));
        cases.push(scenario(
            format!("n_{name}_of_a_stream"),
            [
                stream("a", "Calls.count", json!([2])),
                receive("a", &[2]),
                send([frame("a", DATA, &[0]), frame("a", ERROR | EOS, &payload)]),
                ends_with("a", status(Some(vec![json!(0)]), code, Some(text))),
                Step::Lives,
            ],
        ));
        // Another call is in flight: it is none of its business.
        let [told, received, sent, end] = answered("b");
        cases.push(scenario(
            format!("n_{name}_beside_another_call"),
            [
                told,
                received,
                call("a", "Calls.nothing", json!([])),
                receive("a", &[]),
                send([frame("a", ERROR | EOS, &payload)]),
                ends_with("a", status(None, code, Some(text))),
                sent,
                end,
            ],
        ));
    }
    // A plain server's connection dies of a panic.
    cases.push(scenario(
        "n_panic_that_ends_the_connection",
        [
            call("a", "Calls.answer", json!([])),
            receive("a", &[]),
            call("b", "Calls.nothing", json!([])),
            receive("b", &[]),
            Step::Close,
            ends_with("a", lost(None)),
            ends_with("b", lost(None)),
            Step::Closes,
        ],
    ));
    // A foreign caller's request, which a client without services does not answer, and lives.
    let request = Frame::of(2, DATA | EOS, &[]).calling(0x1234_5678);
    cases.push(scenario(
        "y_a_request_to_the_client",
        [
            send([Sent::Frame {
                call: None,
                channel: Some(2),
                flags: DATA | EOS,
                payload: Hex(Vec::new()),
                garbage: vec![(0, Hex(request.descriptor[..16].into()))],
                fragments: Vec::new(),
                between: None,
            }]),
            Step::Lives,
        ],
    ));
    // A ping of rapace's, and control frames that nobody knows.
    for (name, method) in [("ping", 4_u32), ("pong", 5), ("goaway", 9), ("unknown", 77)] {
        cases.push(scenario(
            format!("y_control_frame_{name}"),
            [
                send([Sent::Frame {
                    call: None,
                    channel: Some(0),
                    flags: crate::frame::CONTROL,
                    payload: Hex(vec![0; 9]),
                    garbage: vec![(12, Hex(method.to_le_bytes().into()))],
                    fragments: Vec::new(),
                    between: None,
                }]),
                Step::Lives,
            ],
        ));
    }
    notifications(&mut cases);
    cases.push(scenario(
        "n_an_error_that_is_ok",
        [
            call("a", "Calls.answer", json!([])),
            receive("a", &[]),
            send([frame("a", ERROR | EOS, &error(0, "fine"))]),
            ends_with("a", status(None, 0, Some("fine"))),
            Step::Lives,
        ],
    ));
    cases
}

/// Nobody waits for what comes of them. A session answers nothing, a plain server answers on channel 0.
fn notifications(cases: &mut Vec<Scenario>) {
    let on_zero = |flags: u32, payload: &[u8]| {
        send([Sent::Frame {
            call: None,
            channel: Some(0),
            flags,
            payload: Hex(payload.into()),
            garbage: Vec::new(),
            fragments: Vec::new(),
            between: None,
        }])
    };
    for (name, answer) in [
        ("that_nobody_answers", None),
        ("that_a_plain_server_answers", Some(on_zero(DATA | EOS, &[]))),
        (
            "that_fails",
            Some(on_zero(ERROR | EOS, &error(UNIMPLEMENTED, "unknown method_id: 7"))),
        ),
    ] {
        let mut steps = vec![
            Step::Notify(request("n", "Calls.nothing", json!([]))),
            receive("n", &[]),
            ends_with("n", End::Says(json!({"notified": true}))),
        ];
        steps.extend(answer);
        steps.push(Step::Lives);
        cases.push(scenario(format!("y_a_notification_{name}"), steps));
    }
    let [told, received, sent, end] = answered("a");
    cases.push(scenario(
        "y_a_notification_beside_a_call",
        [
            told,
            received,
            Step::Notify(request("n", "Work.note", json!([7, "b"]))),
            receive("n", &[7, 1, b'b']),
            ends_with("n", End::Says(json!({"notified": true}))),
            on_zero(DATA | EOS, &[]),
            sent,
            end,
        ],
    ));
}

fn error(code: u32, text: &str) -> Vec<u8> {
    let length = text.len() as u32;
    [&code.to_le_bytes()[..], &length.to_le_bytes(), text.as_bytes()].concat()
}
