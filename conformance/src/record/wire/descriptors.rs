//! Class 14: descriptors.

use serde_json::{Value, json};

use super::{ANSWER, call, ends_with, frame, receive, scenario, send, stream, varint};
use crate::frame::{DATA, EOS};
use crate::recorded::End;
use crate::scenario::{Scenario, Sent, Step};
use crate::vector::Hex;

/// Requests of many sizes, whose layout is checked; answers with garbage where a receiver does not look.
pub(super) fn descriptors() -> Vec<Scenario> {
    let mut cases = Vec::new();
    let base64 = |length: usize| {
        use base64::Engine;
        base64::prelude::BASE64_STANDARD.encode(vec![7; length])
    };
    for length in [
        0, 1, 2, 13, 14, 15, 16, 17, 31, 32, 63, 64, 100, 126, 127, 128, 255, 256, 1_000, 4_096, 16_384, 70_000,
    ] {
        let payload = [&varint(length)[..], &vec![7; length]].concat();
        cases.push(scenario(
            format!("y_request_of_{length}"),
            [
                call("a", "Values.bytes", json!([base64(length)])),
                receive("a", &payload),
                send([frame("a", ANSWER, &payload)]),
                ends_with("a", End::Value(json!(base64(length)))),
            ],
        ));
    }
    for (name, method, arguments, payload) in [
        ("nothing", "Calls.nothing", json!([]), &[][..]),
        ("one", "Values.u8", json!([5]), &[5]),
        ("two", "Calls.second", json!([1, "ab"]), &[1, 2, b'a', b'b']),
        (
            "five",
            "Calls.fifth",
            json!([9, {"some": 300}, "", "AQI=", {"x": 1, "y": -1}]),
            &[9, 1, 0xac, 2, 0, 2, 1, 2, 2, 1],
        ),
    ] {
        let (answer, value) = match method {
            "Calls.nothing" => (&[][..], Value::Null),
            "Values.u8" => (&[5][..], json!(5)),
            "Calls.second" => (&[1, b'b'][..], json!("b")),
            _ => (&[2, 1][..], json!({"x": 1, "y": -1})),
        };
        cases.push(scenario(
            format!("y_arguments_{name}"),
            [
                call("a", method, arguments),
                receive("a", payload),
                send([frame("a", ANSWER, answer)]),
                ends_with("a", End::Value(value)),
            ],
        ));
    }
    for count in [0, 1, 127, 128, 300] {
        cases.push(scenario(
            format!("y_stream_request_{count}"),
            [
                stream("a", "Calls.count", json!([count])),
                receive("a", &varint(count)),
                send([frame("a", EOS, &[])]),
                ends_with("a", End::Items(vec![])),
            ],
        ));
    }
    for calls in [2, 3, 10, 50] {
        let names: Vec<String> = (0..calls).map(|number| format!("c{number}")).collect();
        let numbered = || names.iter().enumerate();
        let argument = |number: usize| json!([number]);
        let mut steps: Vec<Step> = numbered()
            .map(|(number, name)| call(name, "Values.u8", argument(number)))
            .collect();
        steps.extend(numbered().map(|(number, name)| receive(name, &[number as u8])));
        // In reverse: each answer must find its own call.
        let sent = names.iter().enumerate().rev();
        steps.push(send(sent.map(|(number, name)| frame(name, ANSWER, &[number as u8]))));
        steps.extend(
            names
                .iter()
                .enumerate()
                .map(|(number, name)| ends_with(name, End::Value(json!(number)))),
        );
        cases.push(scenario(format!("y_{calls}_at_once"), steps));
    }
    // Offset and bytes of each field that a receiver of an answer has no use for.
    let fields: [(&str, usize, &[u8]); 16] = [
        ("msg_id", 0, &[1, 2, 3, 4, 5, 6, 7, 8]),
        ("msg_id_full", 0, &[0xff; 8]),
        ("payload_slot_zero", 16, &[0; 4]),
        ("payload_slot_full", 16, &[0xff; 4]),
        ("payload_slot", 16, &[9, 0, 0, 0]),
        ("payload_generation", 20, &[5, 0, 0, 0]),
        ("payload_offset", 24, &[0xff; 4]),
        ("payload_len_zero", 28, &[0; 4]),
        ("payload_len_full", 28, &[0xff; 4]),
        ("payload_len_one_more", 28, &[2, 0, 0, 0]),
        ("credit_grant", 36, &[0xff; 4]),
        ("deadline_zero", 40, &[0; 8]),
        ("deadline_past", 40, &[1, 0, 0, 0, 0, 0, 0, 0]),
        ("inline", 48, &[0xee; 16]),
        ("inline_zero", 48, &[0; 16]),
        ("everything_behind", 36, &[0x5a; 28]),
    ];
    for (name, offset, bytes) in fields {
        let garbage = |sent| with(sent, offset, bytes);
        cases.push(scenario(
            format!("y_answer_with_{name}"),
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                send([garbage(frame("a", ANSWER, &[42]))]),
                ends_with("a", End::Value(json!(42))),
                Step::Lives,
            ],
        ));
        cases.push(scenario(
            format!("y_items_with_{name}"),
            [
                stream("a", "Calls.count", json!([2])),
                receive("a", &[2]),
                send([
                    garbage(frame("a", DATA, &[1])),
                    garbage(frame("a", DATA, &[2])),
                    garbage(frame("a", EOS, &[])),
                ]),
                ends_with("a", End::Items(vec![json!(1), json!(2)])),
                Step::Lives,
            ],
        ));
    }
    // A payload that does not fit a descriptor, whose descriptor says that it does, or that it is elsewhere.
    let text = "a text of more than sixteen bytes";
    let payload = [&[text.len() as u8], text.as_bytes()].concat();
    let elsewhere: [(&str, usize, &[u8]); 8] = [
        ("payload_slot_full", 16, &[0xff; 4]),
        ("payload_slot", 16, &[9, 0, 0, 0]),
        ("payload_generation", 20, &[5, 0, 0, 0]),
        ("payload_offset", 24, &[0xff; 4]),
        ("payload_len_zero", 28, &[0; 4]),
        ("payload_len_16", 28, &[16, 0, 0, 0]),
        ("payload_len_full", 28, &[0xff; 4]),
        ("inline", 48, &[1; 16]),
    ];
    for (name, offset, bytes) in elsewhere {
        let garbage = |sent| with(sent, offset, bytes);
        cases.push(scenario(
            format!("y_long_answer_with_{name}"),
            [
                call("a", "Calls.second", json!([1, text])),
                receive("a", &[&[1], payload.as_slice()].concat()),
                send([garbage(frame("a", ANSWER, &payload))]),
                ends_with("a", End::Value(json!(text))),
                Step::Lives,
            ],
        ));
        cases.push(scenario(
            format!("y_long_items_with_{name}"),
            [
                stream("a", "Calls.texts", json!([[text]])),
                receive("a", &[&[1], payload.as_slice()].concat()),
                send([
                    garbage(frame("a", DATA, &payload)),
                    garbage(frame("a", ANSWER, &payload)),
                ]),
                ends_with("a", End::Items(vec![json!(text), json!(text)])),
                Step::Lives,
            ],
        ));
    }
    for (name, flags) in [
        ("high_priority", 0x20),
        ("credits", 0x40),
        ("unknown_9", 1 << 9),
        ("unknown_15", 1 << 15),
        ("unknown_30", 1 << 30),
        ("unknown_31", 1 << 31),
    ] {
        cases.push(scenario(
            format!("y_answer_with_flag_{name}"),
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                send([frame("a", ANSWER | flags, &[42])]),
                ends_with("a", End::Value(json!(42))),
                Step::Lives,
            ],
        ));
    }
    cases
}

/// The frame with these bytes over its descriptor.
fn with(mut sent: Sent, offset: usize, bytes: &[u8]) -> Sent {
    if let Sent::Frame { garbage, .. } = &mut sent {
        garbage.push((offset, Hex(bytes.into())));
    }
    sent
}
