//! Packet captures of recorded sessions.

use serde_json::{Value, json};

use super::pcap::{Link, Order, Segment, connection, message, pcap, pcapng};
use super::{decode, frames, lines, session};

const UPGRADE: &[u8] = b"GET /rpc HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
const SWITCH: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

/// What each frame says, without its place.
fn said(frames: &[Value]) -> Vec<Value> {
    let said = |frame: &Value| {
        json!([
            frame["from"],
            frame["kind"],
            frame["method"],
            frame["value"],
            frame["error"]
        ])
    };
    frames.iter().map(said).collect()
}

/// A stream of twenty items.
fn recorded() -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    session("20-ends-of-streams.json", "20_numbers")
}

fn plain() -> (Vec<u8>, Vec<u8>) {
    let (requests, answers) = recorded();
    (requests.concat(), answers.concat())
}

/// The frames of the recorded session, from a capture of it.
fn check(capture: &[u8]) -> Vec<Value> {
    let outcome = decode(capture, &["--json"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (0, ""));
    let all = frames(&outcome);
    let mut expected = vec![json!(["client", "request", "Calls.count", {"count": 20}, null])];
    expected.extend((0..20).map(|item| json!(["server", "item", "Calls.count", item, null])));
    expected.push(json!(["server", "end", "Calls.count", null, null]));
    assert_eq!(said(&all), expected);
    lines(&outcome)
}

#[test]
fn every_kind_of_link_and_file_is_read() {
    let (client, server) = plain();
    let segments = connection(&client, &server, 100);
    for link in [Link::Ethernet, Link::Loopback, Link::Raw, Link::Cooked, Link::Cooked2] {
        for v6 in [false, true] {
            let lines = check(&pcap(link, v6, &segments));
            let name = if v6 {
                "[::1]:40000 → [::2]:9000"
            } else {
                "10.0.0.1:40000 → 10.0.0.2:9000"
            };
            assert_eq!(lines[0]["name"], name, "{link:?}");
            assert!(
                lines[2]["after"].as_f64().is_some_and(|after| after > 0.0),
                "{}",
                lines[2]
            );
        }
        for order in [Order::Little, Order::Big] {
            let lines = check(&pcapng(order, link, &segments));
            // The halves of the time are in the right order: 0x60000 times 2^32 microseconds.
            assert_eq!(
                lines[1]["time"].as_f64().map(f64::trunc),
                Some(1_688_849_860.0),
                "{order:?}"
            );
        }
    }
}

#[test]
fn segments_may_come_twice_late_and_in_any_order() {
    let (client, server) = plain();
    let mut segments = connection(&client, &server, 30);
    // The first two open the connection; the request stays before the answers.
    let first = segments
        .iter()
        .position(|(client, _, _, bytes)| !client && !bytes.is_empty())
        .unwrap();
    let answers = &mut segments[first..];
    answers[..20].reverse();
    answers[25..40].rotate_left(7);
    let again = segments[first + 3].clone();
    segments.insert(first + 30, again);
    let (is_client, sequence, flags, bytes) = segments[first + 10].clone();
    let longer: Segment = (
        is_client,
        sequence.wrapping_sub(5),
        flags,
        [&server[..0], &bytes[..]].concat(),
    );
    assert_eq!(longer.3.len(), bytes.len());
    check(&pcap(Link::Ethernet, false, &segments));
}

#[test]
fn a_websocket_session_is_read() {
    let (requests, answers) = recorded();
    for fragment in [usize::MAX, 40] {
        let messages = |frames: &[Vec<u8>], client: bool| {
            let mut bytes = Vec::new();
            for frame in frames {
                // The length before a frame is left out.
                let pieces: Vec<&[u8]> = frame[4..].chunks(fragment.min(frame.len())).collect();
                for (index, piece) in pieces.iter().enumerate() {
                    let opcode = if index == 0 { 2 } else { 0 };
                    let last = if index + 1 == pieces.len() { 0x80 } else { 0 };
                    bytes.extend(message(opcode | last, client, piece));
                    bytes.extend(message(0x89, client, b"?"));
                }
            }
            bytes.extend(message(0x88, client, &[3, 232]));
            bytes
        };
        let client = [UPGRADE, &messages(&requests, true)].concat();
        let server = [SWITCH, &messages(&answers, false)].concat();
        for piece in [11, 1000] {
            let lines = check(&pcap(Link::Ethernet, false, &connection(&client, &server, piece)));
            assert_eq!(lines[1]["text"], "WebSocket: GET /rpc HTTP/1.1");
            let close = lines.iter().find(|line| line["text"] == "close 1000");
            assert_eq!(close.map(|line| &line["event"]), Some(&json!("note")));
        }
    }
}

#[test]
fn compressed_messages_are_refused_by_name() {
    let compressed = message(0xc2, true, &[1; 70]);
    let outcome = decode(&[UPGRADE, &compressed].concat(), &[]);
    assert_eq!(outcome.status, 1);
    let said = "cannot be read from here on: the message is compressed (permessage-deflate)";
    assert!(outcome.stdout.contains(said), "{}", outcome.stdout);
    let agreed =
        String::from_utf8_lossy(SWITCH).replace("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
    let outcome = decode(agreed.as_bytes(), &[]);
    assert!(
        outcome.stdout.contains("the server agrees to permessage-deflate"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn missing_bytes_are_named_with_their_place() {
    let (client, server) = plain();
    let mut segments = connection(&client, &server, 69);
    // The third item of the answers.
    let first = segments
        .iter()
        .position(|(client, _, _, bytes)| !client && !bytes.is_empty())
        .unwrap();
    segments.remove(first + 2);
    let outcome = decode(&pcap(Link::Raw, false, &segments), &["--json"]);
    assert_eq!((outcome.status, frames(&outcome).len()), (1, 3), "{}", outcome.stderr);
    let broken = lines(&outcome).pop().unwrap();
    assert_eq!(
        (&broken["event"], &broken["offset"], &broken["text"]),
        (
            &json!("broken"),
            &json!(138),
            &json!("69 bytes are missing from the capture, starting at byte 138")
        )
    );
}

#[test]
fn what_a_capture_has_beside_rapace_is_passed_over() {
    let (client, server) = plain();
    let capture = pcap(
        Link::Ethernet,
        false,
        &connection(b"SSH-2.0-OpenSSH_9", b"SSH-2.0-OpenSSH_9", 100),
    );
    let outcome = decode(&capture, &[]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (1, ""));
    insta::assert_snapshot!(outcome.stderr, @"
    note: 10.0.0.1:40000 → 10.0.0.2:9000 is not a rapace connection: neither a frame (its length would be 759714643) nor a WebSocket
    error: input: no rapace frames in 6 packets
    ");
    // Cut anywhere, what is there is shown and the end is said.
    let whole = pcap(Link::Ethernet, false, &connection(&client, &server, 100));
    for end in [20, 30, 400, whole.len() - 3] {
        let outcome = decode(&whole[..end], &[]);
        assert_eq!(outcome.status, 1, "{end}");
        let said = outcome.said().to_owned();
        assert!(
            said.starts_with("error: input: the capture ends inside a block, at byte "),
            "{end}: {said}"
        );
    }
    let outcome = decode(&whole[..400], &["--json"]);
    assert_eq!(frames(&outcome).len(), 1, "{}", outcome.stdout);
}
