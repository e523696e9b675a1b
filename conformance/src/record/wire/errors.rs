//! Class 19: error frames.

use serde_json::json;

use super::{call, ends_with, frame, receive, scenario, send, status, stream};
use crate::frame::{DATA, EOS, ERROR};
use crate::scenario::{Scenario, Step};

/// Payloads of error frames, in calls and in streams.
pub(super) fn errors() -> Vec<Scenario> {
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
