//! Class 15: frame lengths.

use serde_json::json;

use super::{call, ends_with, frame, lost, receive, scenario, send, stream};
use crate::frame::DATA;
use crate::peer::Transport;
use crate::scenario::{Scenario, Sent, Step};
use crate::vector::Hex;

/// Lengths below 64 and above the cap, with nothing, a call and a stream in flight.
pub(super) fn lengths() -> Vec<Scenario> {
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
    // A WebSocket's messages have lengths of their own.
    for case in &mut cases {
        case.over = vec![Transport::Tcp, Transport::Unix];
    }
    cases
}
