//! The commands that the testee gets.

use conformance_draw::Random;
use serde_json::{Value, json};

use super::expect::{Expected, Stream};

/// How many items a stream that is read by hand has.
const BY_HAND: u32 = 400;

/// A command, and what must come of it.
pub(super) struct Told {
    pub(super) command: Value,
    pub(super) expected: Expected,
}

/// The next command. No other has its arguments, so that another's answer is recognized.
pub(super) fn command(random: &mut Random, number: u64) -> Told {
    let own = number as u32;
    let (mut command, expected) = match random.below(16) {
        0..4 => (
            json!({"call": "Values.u32", "arguments": [own]}),
            Expected::Value(json!(own)),
        ),
        4..7 => {
            let text = format!("{own}-{}", "x".repeat(random.below(3_000)));
            (
                json!({"call": "Values.string", "arguments": [text]}),
                Expected::Value(json!(text)),
            )
        }
        7..10 => (
            json!({"call": "Work.slow", "arguments": [own, random.below(20)]}),
            Expected::Value(json!(own)),
        ),
        10..13 => {
            let count = random.below(150) as u32;
            (
                json!({"stream": "Calls.count", "arguments": [count]}),
                Expected::Items(count),
            )
        }
        13 => {
            let texts: Vec<String> = (0..random.below(10)).map(|item| format!("{own}-{item}")).collect();
            let expected = Expected::Texts(texts.clone());
            (json!({"stream": "Calls.texts", "arguments": [texts]}), expected)
        }
        14 => (json!({"open": "Calls.count", "arguments": [BY_HAND]}), Expected::Opened),
        _ => (
            json!({"notify": "Calls.nothing", "arguments": []}),
            Expected::Says(json!({"notified": true})),
        ),
    };
    if !expected.can_be_cancelled() || !random.one_in(6) {
        return Told { command, expected };
    }
    command["timeout_ms"] = (1 + random.below(40)).into();
    let expected = expected.late();
    Told { command, expected }
}

/// The next command of an open stream: more of it is read, or it is left.
pub(super) fn on_stream(random: &mut Random, stream: Stream) -> Told {
    let Stream { id, read } = stream;
    if read > 0 && random.one_in(4) {
        return Told {
            command: json!({"break": id}),
            expected: Expected::Says(json!({"broken": true})),
        };
    }
    let count = 1 + random.below(120) as u32;
    Told {
        command: json!({"next": id, "count": count}),
        expected: Expected::Next {
            stream,
            count,
            of: BY_HAND,
        },
    }
}
