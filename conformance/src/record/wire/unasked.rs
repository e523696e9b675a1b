//! Class 35: peers that call, keep silent, or close at once.

use serde_json::json;

use super::{ANSWER, call, ends_with, frame, open, over_options, receive, scenario, send, stream, tell};
use crate::frame::{CONTROL, DATA, EOS, NO_REPLY};
use crate::peer::Transport;
use crate::recorded::End;
use crate::scenario::{Scenario, Sent, Step};
use crate::vector::Hex;

/// A method that no client serves.
const METHOD: u32 = 0x00c0_ffee;
/// Where a descriptor has its method.
const METHOD_AT: usize = 12;
/// `Unimplemented`.
const CODE: u32 = 11;
/// What the refusal says.
const TEXT: &str = "this client serves no methods";
/// At once, in milliseconds.
const AT_ONCE: u64 = 500;

pub(super) fn unasked() -> Vec<Scenario> {
    let mut cases = Vec::new();
    calls(&mut cases);
    silence(&mut cases);
    closing(&mut cases);
    cases
}

/// A frame of the peer's own, for a method.
fn peers(channel: u32, flags: u32, method: u32, payload: &[u8]) -> Sent {
    Sent::Frame {
        call: None,
        channel: Some(channel),
        flags,
        payload: Hex(payload.into()),
        garbage: vec![(METHOD_AT, Hex(method.to_le_bytes().to_vec()))],
        fragments: Vec::new(),
        between: None,
    }
}

fn refused(channel: u32) -> Step {
    Step::ReceiveRefusal {
        channel,
        code: CODE,
        message: TEXT.into(),
        within_ms: AT_ONCE,
    }
}

fn calls(cases: &mut Vec<Scenario>) {
    for (name, flags) in [
        ("call", DATA | EOS),
        ("stream", DATA | EOS | NO_REPLY),
        ("call_without_end", DATA),
    ] {
        let mut steps = vec![send([peers(2, flags, METHOD, &[7])]), refused(2)];
        if flags & EOS == 0 {
            // The rest of a request is no other one.
            steps.push(send([peers(2, DATA | EOS, METHOD, &[8])]));
        }
        steps.extend([Step::Lives, Step::NoRequests]);
        cases.push(scenario(format!("n_a_{name}_of_the_peer"), steps));
    }
    cases.push(scenario(
        "n_a_call_of_the_peer_while_a_call_waits",
        [
            call("a", "Calls.answer", json!([])),
            receive("a", &[]),
            send([peers(2, DATA | EOS, METHOD, &[])]),
            refused(2),
            send([frame("a", ANSWER, &[42])]),
            ends_with("a", End::Value(json!(42))),
            Step::Lives,
        ],
    ));
    cases.push(scenario(
        "n_a_call_of_the_peer_while_a_stream_is_read",
        [
            stream("a", "Calls.count", json!([2])),
            receive("a", &[2]),
            send([frame("a", DATA, &[0]), peers(4, DATA | EOS, METHOD, &[1, 2, 3])]),
            refused(4),
            send([frame("a", DATA, &[1]), frame("a", EOS, &[])]),
            ends_with("a", End::Items(vec![json!(0), json!(1)])),
            Step::Lives,
        ],
    ));
    cases.push(scenario(
        "n_many_calls_of_the_peer_at_once",
        [
            send((1..=20).map(|n| peers(2 * n, DATA | EOS, METHOD + n, &[n as u8]))),
            refused(40),
            refused(2),
            refused(20),
            Step::Lives,
        ],
    ));
    cases.push(scenario(
        "n_the_same_channel_again",
        [
            send([peers(2, DATA | EOS, METHOD, &[])]),
            refused(2),
            send([peers(2, DATA | EOS, METHOD, &[])]),
            refused(2),
            Step::Lives,
        ],
    ));
    // What is no call is not answered: on channels of the testee's, on none, of a tunnel, for the session.
    cases.push(scenario(
        "y_what_is_no_call",
        [
            send([
                peers(99, DATA | EOS, METHOD, &[1]),
                peers(0, DATA | EOS | NO_REPLY, METHOD, &[1]),
                peers(6, DATA, 0, &[1]),
                peers(8, EOS, METHOD, &[]),
                peers(10, CONTROL | DATA, METHOD, &[]),
            ]),
            Step::Passes(100),
            Step::Lives,
            Step::NoRequests,
        ],
    ));
}

/// Streams that are quiet for longer than a call may take.
fn silence(cases: &mut Vec<Scenario>) {
    const TIMEOUT: u64 = 150;
    let options = || json!({"timeout_ms": TIMEOUT});
    cases.push(over_options(
        "y_a_stream_is_quiet_before_its_first_item_and_after_it",
        options(),
        vec![
            stream("a", "Calls.count", json!([2])),
            receive("a", &[2]),
            Step::Passes(4 * TIMEOUT),
            send([frame("a", DATA, &[0])]),
            Step::Passes(4 * TIMEOUT),
            send([frame("a", DATA, &[1]), frame("a", EOS, &[])]),
            ends_with("a", End::Items(vec![json!(0), json!(1)])),
            Step::Lives,
        ],
    ));
    cases.push(over_options(
        "y_a_quiet_stream_that_is_read_by_hand",
        options(),
        vec![
            open("a", "Calls.count", json!([1])),
            tell("n", json!({"next": "@a", "count": 1})),
            receive("a", &[1]),
            Step::Passes(4 * TIMEOUT),
            send([frame("a", DATA, &[7])]),
            ends_with("n", End::Some(vec![json!(7)])),
            send([frame("a", EOS, &[])]),
            Step::Lives,
        ],
    ));
}

/// A server that accepts and closes is not dialled more and more often, and is of use once it does not.
fn closing(cases: &mut Vec<Scenario>) {
    let mut closing = over_options(
        "y_a_peer_that_accepts_and_closes",
        json!({"reconnect": {"initial_ms": 20, "max_ms": 1_000}}),
        vec![
            Step::Flaps {
                for_ms: 1_500,
                most: 20,
            },
            Step::Accept,
            Step::Lives,
        ],
    );
    closing.over = vec![Transport::Tcp, Transport::Ws];
    cases.push(closing);
}
