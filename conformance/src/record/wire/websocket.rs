//! Class 17: what only WebSocket has.

use serde_json::json;

use super::{ANSWER, answered, call, ends_with, frame, lost, receive, scenario, send, stream, tell};
use crate::frame::{DATA, EOS, Frame};
use crate::peer::{BINARY, CLOSE, CONTINUATION, Message, PING, PONG, TEXT, Transport};
use crate::recorded::End;
use crate::scenario::{Scenario, Sent, Step};
use crate::vector::Hex;

/// Why a WebSocket is closed.
const NORMAL: u16 = 1000;
const UNSUPPORTED: u16 = 1003;
const TOO_LONG: u16 = 1009;

/// Pings, fragments, close codes, and what is no frame of rapace's.
pub(super) fn websocket() -> Vec<Scenario> {
    let mut cases = Vec::new();
    controls(&mut cases);
    fragments(&mut cases);
    not_ours(&mut cases);
    not_websocket(&mut cases);
    closing(&mut cases);
    for case in &mut cases {
        case.over = vec![Transport::Ws];
    }
    cases
}

/// Pings are answered, whenever they come; pongs are nobody's business.
fn controls(cases: &mut Vec<Scenario>) {
    let pinged = |payload: &[u8]| {
        [
            send([Sent::Message(Message::new(PING, payload))]),
            control(PONG, payload),
        ]
    };
    for (name, payload) in [("empty", &[][..]), ("short", b"hello"), ("longest", &[7; 125])] {
        cases.push(scenario(
            format!("y_ping_{name}"),
            pinged(payload).into_iter().chain([Step::Lives]),
        ));
    }
    let [told, received, sent, end] = answered("a");
    let [ping, pong] = pinged(b"in a call");
    cases.push(scenario("y_ping_in_a_call", [told, received, ping, pong, sent, end]));
    let [ping, pong] = pinged(b"in a stream");
    cases.push(scenario(
        "y_ping_in_a_stream",
        [
            stream("a", "Calls.count", json!([2])),
            receive("a", &[2]),
            send([frame("a", DATA, &[0])]),
            ping,
            pong,
            send([frame("a", DATA, &[1]), frame("a", EOS, &[])]),
            ends_with("a", End::Items(vec![json!(0), json!(1)])),
        ],
    ));
    let three = ["1", "2", "3"];
    let pings = three.map(|text| Sent::Message(Message::new(PING, text.as_bytes())));
    // A client may answer only the last of several.
    cases.push(scenario(
        "y_pings_with_an_answer_in_one_piece",
        [
            call("a", "Calls.answer", json!([])),
            receive("a", &[]),
            send(pings.into_iter().chain([frame("a", ANSWER, &[42])])),
            ends_with("a", End::Value(json!(42))),
        ],
    ));
    cases.push(scenario(
        "y_pong_to_nothing",
        [send([Sent::Message(Message::new(PONG, *b"unasked"))]), Step::Lives],
    ));
}

/// One frame of rapace's, however the message is cut.
fn fragments(cases: &mut Vec<Scenario>) {
    let ping = || Some(Message::new(PING, *b"between"));
    for (name, sizes, between) in [
        ("two", vec![30], None),
        ("at_the_descriptors_end", vec![64], None),
        ("three", vec![1, 63], None),
        ("every_byte", vec![1; 64], None),
        ("empty_first", vec![0], None),
        ("empty_ones", vec![0, 10, 0, 0, 20, 0], None),
        ("empty_last", vec![65], None),
        ("two_with_a_ping_between", vec![30], ping()),
        ("ten_with_pings_between", vec![6; 10], ping()),
    ] {
        let mut steps = vec![
            call("a", "Calls.answer", json!([])),
            receive("a", &[]),
            send([fragmented(frame("a", ANSWER, &[42]), sizes, between)]),
            ends_with("a", End::Value(json!(42))),
        ];
        steps.push(Step::Lives);
        cases.push(scenario(format!("y_fragments_{name}"), steps));
    }
    cases.push(scenario(
        "y_fragments_of_items",
        [
            stream("a", "Calls.count", json!([2])),
            receive("a", &[2]),
            send([
                fragmented(frame("a", DATA, &[0]), vec![10, 20, 30], None),
                fragmented(frame("a", DATA, &[1]), vec![64], None),
                fragmented(frame("a", EOS, &[]), vec![63], None),
            ]),
            ends_with("a", End::Items(vec![json!(0), json!(1)])),
        ],
    ));
    cases.push(scenario(
        "y_fragments_with_a_pause_in_each",
        [
            call("a", "Calls.answer", json!([])),
            receive("a", &[]),
            Step::Send {
                frames: vec![fragmented(frame("a", ANSWER, &[42]), vec![20, 20, 20], None)],
                pauses: vec![11, 22, 22],
            },
            ends_with("a", End::Value(json!(42))),
        ],
    ));
}

/// Messages that are no frames of rapace's.
fn not_ours(cases: &mut Vec<Scenario>) {
    let whole = Frame::answer(1, &[42]).to_bytes()[4..].to_vec();
    for (name, message, code) in [
        ("text", Message::new(TEXT, *b"hello"), Some(UNSUPPORTED)),
        ("text_empty", Message::new(TEXT, []), Some(UNSUPPORTED)),
        (
            "text_as_long_as_a_frame",
            Message::new(TEXT, [b'a'; 65]),
            Some(UNSUPPORTED),
        ),
        ("empty", Message::new(BINARY, []), None),
        ("of_1_byte", Message::new(BINARY, [0]), None),
        ("of_63_bytes", Message::new(BINARY, &whole[..63]), None),
    ] {
        let bad = || send([Sent::Message(message.clone())]);
        let closed = || code.map(|code| control(CLOSE, &code.to_be_bytes()));
        let after = || closed().into_iter().chain([Step::Closes]);
        cases.push(scenario(
            format!("n_message_{name}_idle"),
            [bad()].into_iter().chain(after()),
        ));
        cases.push(scenario(
            format!("n_message_{name}_in_a_call"),
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                bad(),
                ends_with("a", lost(None)),
            ]
            .into_iter()
            .chain(after()),
        ));
        cases.push(scenario(
            format!("n_message_{name}_in_a_stream"),
            [
                stream("a", "Calls.count", json!([9])),
                receive("a", &[9]),
                send([frame("a", DATA, &[5])]),
                bad(),
                ends_with("a", lost(Some(vec![json!(5)]))),
            ]
            .into_iter()
            .chain(after()),
        ));
    }
    let cap = 1024;
    let limited = |name: &str, steps: Vec<Step>| {
        let mut case = scenario(name, steps);
        case.options = json!({"limits": {"max_frame_bytes": cap}});
        case
    };
    let text = "a".repeat(cap - 64 - 2);
    let fits = [&super::varint(text.len())[..], text.as_bytes()].concat();
    cases.push(limited(
        "y_message_as_long_as_the_limit",
        vec![
            call("a", "Calls.second", json!([1, "a"])),
            receive("a", &[1, 1, b'a']),
            send([frame("a", ANSWER, &fits)]),
            ends_with("a", End::Value(json!(text))),
            Step::Lives,
        ],
    ));
    let long = |message: Message| {
        vec![
            call("a", "Calls.answer", json!([])),
            receive("a", &[]),
            send([Sent::Message(message)]),
            ends_with("a", lost(None)),
            control(CLOSE, &TOO_LONG.to_be_bytes()),
            Step::Closes,
        ]
    };
    let too_long = Message::new(BINARY, vec![0; cap + 1]);
    cases.push(limited("n_message_over_the_limit", long(too_long)));
    let announced = |payload| Message {
        length: Some(1 << 40),
        ..Message::new(BINARY, payload)
    };
    // Some libraries refuse it for what it announces, others once there is more of it than may be.
    let more = announced(vec![0; 20 * cap]);
    cases.push(limited("n_message_of_a_tebibyte_announced", long(more)));
    // Nothing of it follows, and nothing may be allocated for it.
    cases.push(scenario(
        "n_message_of_a_tebibyte_announced_and_cut",
        [
            call("a", "Calls.answer", json!([])),
            receive("a", &[]),
            send([Sent::Message(announced(vec![0; 64]))]),
            Step::Passes(20),
            Step::Close,
            ends_with("a", lost(None)),
            Step::Closes,
        ],
    ));
    cases.push(limited(
        "n_message_over_the_limit_in_fragments",
        vec![
            call("a", "Calls.answer", json!([])),
            receive("a", &[]),
            send([fragmented(frame("a", ANSWER, &vec![0; cap]), vec![512, 512], None)]),
            ends_with("a", lost(None)),
            control(CLOSE, &TOO_LONG.to_be_bytes()),
            Step::Closes,
        ],
    ));
}

/// What is no WebSocket. How such a connection is ended is the WebSocket library's choice.
fn not_websocket(cases: &mut Vec<Scenario>) {
    let binary = || Message::new(BINARY, [0; 64]);
    for (name, messages) in [
        ("reserved_opcode_3", vec![Message::new(3, [0; 64])]),
        ("reserved_opcode_11", vec![Message::new(11, [])]),
        (
            "reserved_bit",
            vec![Message {
                reserved: true,
                ..binary()
            }],
        ),
        ("continuation_of_nothing", vec![Message::new(CONTINUATION, [0; 64])]),
        (
            "message_inside_a_message",
            vec![Message { more: true, ..binary() }, binary()],
        ),
        (
            "ping_in_fragments",
            vec![Message {
                more: true,
                ..Message::new(PING, [])
            }],
        ),
        ("ping_of_126_bytes", vec![Message::new(PING, [0; 126])]),
        ("close_of_1_byte", vec![Message::new(CLOSE, [3])]),
    ] {
        cases.push(scenario(
            format!("n_{name}"),
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                send(messages.into_iter().map(Sent::Message)),
                ends_with("a", lost(None)),
                Step::Closes,
            ],
        ));
    }
}

/// However a server says that it closes: what is in flight fails.
fn closing(cases: &mut Vec<Scenario>) {
    for code in [NORMAL, 1001, 1002, 1011, 1013, 3000, 4999] {
        let closed = [&code.to_be_bytes()[..], b"why"].concat();
        cases.push(scenario(
            format!("n_close_{code}"),
            [
                call("a", "Calls.answer", json!([])),
                receive("a", &[]),
                send([Sent::Message(Message::new(CLOSE, closed))]),
                ends_with("a", End::error("connection", None)),
                Step::Closes,
            ],
        ));
    }
    cases.push(scenario(
        "n_close_without_a_code",
        [
            call("a", "Calls.answer", json!([])),
            receive("a", &[]),
            send([Sent::Message(Message::new(CLOSE, []))]),
            ends_with("a", End::error("connection", None)),
            Step::Closes,
        ],
    ));
    cases.push(scenario(
        "n_close_in_a_stream",
        [
            stream("a", "Calls.count", json!([9])),
            receive("a", &[9]),
            send([
                frame("a", DATA, &[5]),
                Sent::Message(Message::new(CLOSE, NORMAL.to_be_bytes())),
            ]),
            ends_with("a", End::error("connection", Some(vec![json!(5)]))),
            Step::Closes,
        ],
    ));
    cases.push(scenario(
        "y_close_after_the_answer_in_one_piece",
        [
            call("a", "Calls.answer", json!([])),
            receive("a", &[]),
            send([
                frame("a", ANSWER, &[42]),
                Sent::Message(Message::new(CLOSE, NORMAL.to_be_bytes())),
            ]),
            ends_with("a", End::Value(json!(42))),
            Step::Closes,
        ],
    ));
    cases.push(scenario(
        "y_closed_by_the_client",
        [
            tell("c", json!({"close": true})),
            control(CLOSE, &NORMAL.to_be_bytes()),
            ends_with("c", End::Says(json!({"closed": true}))),
            Step::Closes,
        ],
    ));
    // rapace's own server never answers a close.
    cases.push(scenario(
        "y_closed_by_the_client_and_never_answered",
        [
            Step::Lives,
            Step::Deaf,
            tell("c", json!({"close": true})),
            Step::Ends {
                call: "c".into(),
                with: End::Says(json!({"closed": true})),
                after_ms: None,
                within_ms: Some(3_000),
            },
            Step::Hears,
            Step::Closes,
        ],
    ));
}

fn control(opcode: u8, begins: &[u8]) -> Step {
    Step::ReceiveControl {
        opcode,
        begins: Hex(begins.into()),
    }
}

/// The frame in fragments of these sizes, and one more with the rest.
fn fragmented(mut sent: Sent, sizes: Vec<usize>, message: Option<Message>) -> Sent {
    if let Sent::Frame { fragments, between, .. } = &mut sent {
        *fragments = sizes;
        *between = message;
    }
    sent
}
