//! Class 31: tunnels.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;

use super::{answered, ends_with, frame, scenario, send, status, tell};
use crate::frame::{DATA, EOS, ERROR};
use crate::recorded::End;
use crate::scenario::{Many, Scenario, Sent, Step};
use crate::vector::Hex;

/// The channel that a call returned: those of the accepting side are even.
const CHANNEL: u32 = 2;
/// How much more memory may be in use than before while bytes pass, and afterwards.
const MEMORY: u64 = 16 << 20;

/// Bytes both ways, and every way to end.
pub(super) fn tunnels() -> Vec<Scenario> {
    let mut cases = Vec::new();
    let mut add = |name: &str, parts: &[Vec<Step>]| cases.push(scenario(name, [opened(), parts.concat()].concat()));
    let lives = || vec![Step::Lives];
    let received = |bytes: &[u8]| Step::ReceiveBytes {
        channel: CHANNEL,
        bytes: Hex(bytes.into()),
    };
    add("y_half_closed_by_both", &[over(), lives()]);
    add("y_half_closed_by_the_peer_first", &[read_end(), finish(), lives()]);
    add(
        "y_written_and_read",
        &[
            write("w", b"hello"),
            vec![received(b"hello"), data(b"world")],
            read(5, b"world", false),
            over(),
            lives(),
        ],
    );
    for length in [1, 64 * 1024, 64 * 1024 + 1, 300_000] {
        let written = vec![
            tell("w", json!({"write": "@t", "bytes": format!("@pattern {length}")})),
            Step::ReceivePattern {
                channel: CHANNEL,
                length,
            },
            ends_with("w", End::Says(json!({"written": true}))),
        ];
        add(&format!("y_write_of_{length}_bytes"), &[written, over()]);
    }
    add(
        "y_read_in_pieces",
        &[
            vec![data(b"abcdef")],
            read_as("r1", 2, b"ab", false),
            read_as("r2", 3, b"cde", false),
            vec![end()],
            read_as("r3", 9, b"f", true),
            finish(),
            lives(),
        ],
    );
    add(
        "y_read_over_frames",
        &[
            vec![data(b"ab"), data(b"cd"), data(b"ef")],
            read(6, b"abcdef", false),
            over(),
            lives(),
        ],
    );
    add(
        "y_data_with_the_end",
        &[
            vec![send([on_channel(DATA | EOS, b"last")])],
            read(9, b"last", true),
            finish(),
            lives(),
        ],
    );
    add(
        "y_reading_goes_on_after_finishing",
        &[
            finish(),
            vec![data(b"more")],
            read(4, b"more", false),
            read_end(),
            lives(),
        ],
    );
    add(
        "y_writing_goes_on_after_the_peers_end",
        &[
            read_end(),
            write("w", b"more"),
            vec![received(b"more")],
            finish(),
            lives(),
        ],
    );
    let error = [7, 0, 0, 0, 4, 0, 0, 0, b'f', b'u', b'l', b'l'];
    let failed = |name: &str| ends_with(name, status(None, 7, Some("full")));
    add(
        "n_error",
        &[
            vec![
                tell("r", json!({"read": "@t", "count": 1})),
                send([on_channel(ERROR | EOS, &error)]),
                failed("r"),
            ],
            lives(),
        ],
    );
    add(
        "n_error_after_bytes",
        &[
            vec![data(b"ab")],
            read(2, b"ab", false),
            vec![
                send([on_channel(ERROR | EOS, &error)]),
                tell("e", json!({"read": "@t", "count": 1})),
                failed("e"),
            ],
            lives(),
        ],
    );
    add(
        "n_the_connection_is_lost",
        &[vec![
            tell("r", json!({"read": "@t", "count": 1})),
            Step::Passes(10),
            Step::Close,
            ends_with("r", End::error("connection", None)),
            Step::Closes,
        ]],
    );
    let drop = || {
        vec![
            tell("d", json!({"drop": "@t"})),
            ends_with("d", End::Says(json!({"dropped": true}))),
        ]
    };
    // The channel is used again by the next scenario, as no server does: on another connection.
    let fresh = || vec![Step::Close, Step::Closes];
    add("y_dropped", &[drop(), vec![data(b"late"), end()], lives(), fresh()]);
    add(
        "y_dropped_with_bytes_to_read",
        &[vec![data(b"unread")], drop(), vec![end()], lives(), fresh()],
    );
    let [told, requested, sent, answer] = answered("a");
    add(
        "y_a_call_beside_it",
        &[
            vec![data(b"ab"), told, requested],
            write("w", b"xy"),
            vec![received(b"xy"), sent, answer],
            read(2, b"ab", false),
            over(),
            // What comes early is kept for a channel that was no tunnel before.
            fresh(),
        ],
    );
    let [told, requested, sent, answer] = answered("a");
    let early = [
        vec![told, requested, sent, data(b"early"), answer, Step::Passes(10)],
        opened(),
        read(5, b"early", false),
        over(),
        lives(),
    ];
    cases.push(scenario("y_bytes_before_it_is_opened", early.concat()));
    let again = [
        opened(),
        over(),
        vec![data(b"late"), Step::Passes(10)],
        opened(),
        vec![data(b"new")],
        read(3, b"new", false),
        over(),
        fresh(),
    ];
    cases.push(scenario(
        "y_bytes_behind_its_end_are_not_for_a_later_one",
        again.concat(),
    ));
    cases.push(pumped("y_1_mebibyte_both_ways", 1 << 20));
    cases.push(long(64 << 20));
    cases
}

/// As many bytes each way as are asked for.
pub(super) fn long(bytes: u64) -> Scenario {
    pumped("y_a_long_one_both_ways", bytes)
}

/// However many bytes pass, only those under way are held.
fn pumped(name: &str, bytes: u64) -> Scenario {
    let pumped = vec![
        tell("p", json!({"pump": "@t", "bytes": bytes})),
        Step::Many(Many::Pumped {
            channel: CHANNEL,
            bytes,
            memory: MEMORY,
        }),
        ends_with("p", End::Says(json!({"pumped": bytes}))),
    ];
    let settled = vec![Step::Settles { memory: MEMORY }];
    scenario(name, [opened(), pumped, over(), settled].concat())
}

fn opened() -> Vec<Step> {
    vec![
        tell("t", json!({"tunnel": CHANNEL})),
        ends_with("t", End::Says(json!({"opened": true}))),
    ]
}

/// The client writes no more, and says so.
fn finish() -> Vec<Step> {
    vec![
        tell("f", json!({"finish": "@t"})),
        Step::ReceiveEnd { channel: CHANNEL },
        ends_with("f", End::Says(json!({"finished": true}))),
    ]
}

fn on_channel(flags: u32, payload: &[u8]) -> Sent {
    match frame("", flags, payload) {
        Sent::Frame {
            flags,
            payload,
            garbage,
            fragments,
            between,
            ..
        } => Sent::Frame {
            call: None,
            channel: Some(CHANNEL),
            flags,
            payload,
            garbage,
            fragments,
            between,
        },
        other => other,
    }
}

fn data(bytes: &[u8]) -> Step {
    send([on_channel(DATA, bytes)])
}

/// The raw peer writes no more.
fn end() -> Step {
    send([on_channel(DATA | EOS, &[])])
}

/// The raw peer writes no more, which the client reads.
fn read_end() -> Vec<Step> {
    [vec![end()], read_as("z", 1, b"", true)].concat()
}

/// No more either way.
fn over() -> Vec<Step> {
    [finish(), read_end()].concat()
}

fn write(name: &str, bytes: &[u8]) -> Vec<Step> {
    vec![
        tell(name, json!({"write": "@t", "bytes": base64(bytes)})),
        ends_with(name, End::Says(json!({"written": true}))),
    ]
}

fn read(count: usize, bytes: &[u8], end: bool) -> Vec<Step> {
    read_as("r", count, bytes, end)
}

fn read_as(name: &str, count: usize, bytes: &[u8], end: bool) -> Vec<Step> {
    let said = json!({"bytes": base64(bytes), "end": end});
    vec![
        tell(name, json!({"read": "@t", "count": count})),
        ends_with(name, End::Says(said)),
    ]
}

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}
