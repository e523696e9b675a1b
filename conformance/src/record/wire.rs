//! Scenarios of frames and sessions.

use serde_json::{Value, json};

use crate::frame::{DATA, EOS};
use crate::scenario::{End, Request, Scenario, Scenarios, Sent, Step};
use crate::vector::Hex;

const ERROR: u32 = 0x10;
const NO_REPLY: u32 = 0x100;
/// A unary answer, the last item of a stream.
const ANSWER: u32 = DATA | EOS;

/// All classes.
pub fn record() -> Vec<Scenarios> {
    let class = |class, title: &str, rule: &str, cases| Scenarios {
        class,
        title: title.into(),
        rule: rule.into(),
        cases,
    };
    vec![
        class(
            14,
            "descriptors",
            "exact layout; what a receiver does not need is ignored",
            descriptors(),
        ),
        class(
            15,
            "frame lengths",
            "a protocol error before anything is allocated",
            lengths(),
        ),
        class(16, "chunks", "the same result however the bytes arrive", chunks()),
        class(
            18,
            "answers to nothing",
            "dropped; never another call's answer",
            strays(),
        ),
        class(
            19,
            "error frames",
            "the status, or Internal where the payload is malformed",
            errors(),
        ),
        class(20, "ends of streams", "the items, then the end, in every form", ends()),
    ]
}

fn call(name: &str, method: &str, arguments: Value) -> Step {
    Step::Call(request(name, method, arguments))
}

fn stream(name: &str, method: &str, arguments: Value) -> Step {
    Step::Stream(request(name, method, arguments))
}

fn request(name: &str, method: &str, arguments: Value) -> Request {
    Request {
        name: name.into(),
        method: method.into(),
        arguments: arguments.as_array().cloned().unwrap_or_default(),
    }
}

fn receive(call: &str, payload: &[u8]) -> Step {
    Step::Receive {
        call: call.into(),
        payload: Hex(payload.into()),
    }
}

fn frame(call: &str, flags: u32, payload: &[u8]) -> Sent {
    Sent::Frame {
        call: Some(call.into()),
        channel: None,
        flags,
        payload: Hex(payload.into()),
        garbage: Vec::new(),
    }
}

fn send(frames: impl IntoIterator<Item = Sent>) -> Step {
    Step::Send {
        frames: frames.into_iter().collect(),
        pauses: Vec::new(),
    }
}

fn ends_with(call: &str, with: End) -> Step {
    Step::Ends {
        call: call.into(),
        with,
    }
}

fn status(items: Option<Vec<Value>>, code: u32, message: Option<&str>) -> End {
    End::Error {
        items,
        kinds: vec!["status".into()],
        code: Some(code),
        message: message.map(str::to_owned),
    }
}

/// A call in flight fails because the connection is of no more use.
fn lost(items: Option<Vec<Value>>) -> End {
    End::Error {
        items,
        kinds: vec!["connection".into(), "protocol".into()],
        code: None,
        message: None,
    }
}

fn scenario(name: impl Into<String>, steps: impl IntoIterator<Item = Step>) -> Scenario {
    Scenario {
        name: name.into(),
        steps: steps.into_iter().collect(),
    }
}

/// `Calls.answer`, called and answered with 42.
fn answered(name: &str) -> [Step; 4] {
    [
        call(name, "Calls.answer", json!([])),
        receive(name, &[]),
        send([frame(name, ANSWER, &[42])]),
        ends_with(name, End::Value(json!(42))),
    ]
}

/// Requests of many sizes, whose layout is checked; answers with garbage where a receiver does not look.
fn descriptors() -> Vec<Scenario> {
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
        let garbage = |mut sent: Sent| {
            if let Sent::Frame { garbage, .. } = &mut sent {
                garbage.push((offset, Hex(bytes.into())));
            }
            sent
        };
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

/// Lengths below 64 and above the cap, with nothing, a call and a stream in flight.
fn lengths() -> Vec<Scenario> {
    let mut cases = Vec::new();
    for length in [0_u32, 1, 32, 63, 0x0110_0000, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
        let bad = || send([Sent::Bytes(Hex(length.to_le_bytes().into()))]);
        let descriptor = [&length.to_le_bytes()[..], &[0; 64]].concat();
        cases.push(scenario(
            format!("n_length_{length}_with_a_descriptor"),
            [send([Sent::Bytes(Hex(descriptor))]), Step::Closes],
        ));
        cases.push(scenario(format!("n_length_{length}_idle"), [bad(), Step::Closes]));
        cases.push(scenario(
            format!("n_length_{length}_in_a_call"),
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                bad(),
                ends_with("a", lost(None)),
                Step::Closes,
            ],
        ));
        cases.push(scenario(
            format!("n_length_{length}_in_a_stream"),
            [
                stream("a", "Calls.count", json!([9])),
                receive("a", &[9]),
                send([frame("a", DATA, &[5])]),
                bad(),
                ends_with("a", lost(Some(vec![json!(5)]))),
                Step::Closes,
            ],
        ));
    }
    cases
}

/// A transcript, cut at every byte, in steps of each size, and in one piece with another.
fn chunks() -> Vec<Scenario> {
    let mut cases = Vec::new();
    let text = "a text of more than sixteen bytes";
    let unary = |pauses: Vec<usize>| {
        vec![
            call("a", "Calls.second", json!([1, text])),
            receive("a", &[&[1, text.len() as u8], text.as_bytes()].concat()),
            Step::Send {
                frames: vec![frame("a", ANSWER, &[&[text.len() as u8], text.as_bytes()].concat())],
                pauses,
            },
            ends_with("a", End::Value(json!(text))),
        ]
    };
    let length = 4 + 64 + 1 + text.len();
    for place in 1..length {
        cases.push(scenario(format!("y_unary_cut_at_{place}"), unary(vec![place])));
    }
    let streamed = |pauses: Vec<usize>| {
        vec![
            stream("a", "Calls.count", json!([3])),
            receive("a", &[3]),
            Step::Send {
                frames: vec![frame("a", DATA, &[0]), frame("a", DATA, &[1]), frame("a", EOS, &[])],
                pauses,
            },
            ends_with("a", End::Items(vec![json!(0), json!(1)])),
        ]
    };
    let length = 69 + 69 + 68;
    for place in (1..length).step_by(2) {
        cases.push(scenario(format!("y_stream_cut_at_{place}"), streamed(vec![place])));
    }
    for size in [1, 2, 3, 4, 7, 16, 31, 63, 64, 65, 67, 68, 69, 70, 100, 137, 138, 139] {
        let every = |length: usize| vec![size; length / size];
        cases.push(scenario(format!("y_unary_by_{size}"), unary(every(102))));
        cases.push(scenario(format!("y_stream_by_{size}"), streamed(every(length))));
    }
    cases.push(scenario("y_stream_in_one_piece", streamed(Vec::new())));
    for count in [2, 10, 100, 300] {
        let items: Vec<Value> = (0..count).map(|number| json!(number % 100)).collect();
        let mut frames: Vec<Sent> = (0..count)
            .map(|number| frame("a", DATA, &[(number % 100) as u8]))
            .collect();
        frames.push(frame("a", EOS, &[]));
        cases.push(scenario(
            format!("y_{count}_items_in_one_piece"),
            [
                stream("a", "Calls.count", json!([count])),
                receive("a", &varint(count)),
                send(frames),
                ends_with("a", End::Items(items)),
            ],
        ));
    }
    cases
}

/// Frames on channels that nobody waits on.
fn strays() -> Vec<Scenario> {
    let mut cases = Vec::new();
    let stray = |channel, flags, payload: &[u8]| Sent::Frame {
        call: None,
        channel: Some(channel),
        flags,
        payload: Hex(payload.into()),
        garbage: Vec::new(),
    };
    for (name, flags, payload) in [
        ("answer", ANSWER, &[1][..]),
        ("item", DATA, &[1]),
        ("end", EOS, &[]),
        ("error", ERROR | EOS, &[12, 0, 0, 0, 0, 0, 0, 0]),
    ] {
        for (place, channel) in [("zero", 0), ("never_used", 99_999), ("largest", u32::MAX), ("even", 2)] {
            let [told, received, sent, end] = answered("a");
            cases.push(scenario(
                format!("y_{name}_on_channel_{place}"),
                [
                    told,
                    received,
                    send([stray(channel, flags, payload)]),
                    sent,
                    end,
                    Step::Lives,
                ],
            ));
        }
        let [told, received, sent, end] = answered("a");
        cases.push(scenario(
            format!("y_{name}_after_the_answer"),
            [
                told,
                received,
                sent,
                end,
                send([frame("a", flags, payload)]),
                Step::Lives,
            ],
        ));
        cases.push(scenario(
            format!("y_{name}_after_the_answer_in_one_piece"),
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                call("b", "Calls.answer", json!([])),
                receive("b", &[]),
                send([
                    frame("a", ANSWER, &[42]),
                    frame("a", flags, payload),
                    frame("b", ANSWER, &[43]),
                ]),
                ends_with("a", End::Value(json!(42))),
                ends_with("b", End::Value(json!(43))),
            ],
        ));
        cases.push(scenario(
            format!("y_{name}_after_the_end_of_a_stream"),
            [
                stream("a", "Calls.count", json!([1])),
                receive("a", &[1]),
                send([frame("a", DATA, &[7]), frame("a", EOS, &[]), frame("a", flags, payload)]),
                ends_with("a", End::Items(vec![json!(7)])),
                Step::Lives,
            ],
        ));
    }
    cases
}

/// Payloads of error frames, in calls and in streams.
fn errors() -> Vec<Scenario> {
    let mut cases = Vec::new();
    let payload = |code: u32, length: u32, text: &[u8]| [&code.to_le_bytes()[..], &length.to_le_bytes(), text].concat();
    let mut forms = vec![
        ("empty".to_owned(), vec![], 12, None),
        ("of_1_byte".into(), vec![5], 12, None),
        ("of_4_bytes".into(), vec![5, 0, 0, 0], 12, None),
        ("of_7_bytes".into(), vec![5, 0, 0, 0, 0, 0, 0], 12, None),
        ("without_text".into(), payload(4, 0, b""), 4, Some("")),
        ("with_length_beyond".into(), payload(4, 10, b"short"), 12, None),
        ("with_huge_length".into(), payload(4, u32::MAX, b"short"), 12, None),
        ("with_length_within".into(), payload(4, 2, b"no more"), 4, Some("no")),
        (
            "with_bad_utf8".into(),
            payload(4, 3, &[b'a', 0xff, b'b']),
            4,
            Some("a\u{fffd}b"),
        ),
        ("with_code_0".into(), payload(0, 2, b"ok"), 0, Some("ok")),
        ("with_code_250".into(), payload(250, 1, b"?"), 250, Some("?")),
        ("with_code_max".into(), payload(u32::MAX, 1, b"?"), u32::MAX, Some("?")),
        ("with_wide_text".into(), payload(9, 6, "é€a".as_bytes()), 9, Some("é€a")),
    ];
    for code in (1..=14).chain(100..=103) {
        forms.push((
            format!("with_code_{code}"),
            payload(code, 4, b"text"),
            code,
            Some("text"),
        ));
    }
    for (name, bytes, code, message) in forms {
        cases.push(scenario(
            format!("y_call_error_{name}"),
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                send([frame("a", ERROR | EOS, &bytes)]),
                ends_with("a", status(None, code, message)),
                Step::Lives,
            ],
        ));
        cases.push(scenario(
            format!("y_stream_error_{name}"),
            [
                stream("a", "Calls.count", json!([2])),
                receive("a", &[2]),
                send([frame("a", DATA, &[1]), frame("a", ERROR | EOS, &bytes)]),
                ends_with("a", status(Some(vec![json!(1)]), code, message)),
                Step::Lives,
            ],
        ));
    }
    cases
}

/// Every way in which a stream can end, and in which a call can be cut.
fn ends() -> Vec<Scenario> {
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
            },
        ),
    ];
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

fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}
