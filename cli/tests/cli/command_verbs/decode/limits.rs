//! Limits: what is too long is refused before it is read, and inputs without an end take no more memory than short ones.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};

use rapace_wire::Frame;
use serde_json::json;

use super::{decode, frames, lines};

/// How much address space a decoder may have, in KiB: what the longest frame and the longest recording need.
const ADDRESS_SPACE: u32 = 384 * 1024;
/// How many bytes a long input has: more than that.
const LONG: usize = 448 << 20;

/// A decoder of stdin that cannot take more memory than that.
fn bounded(arguments: &[&str]) -> Child {
    Command::new("sh")
        .args(["-c", &format!("ulimit -v {ADDRESS_SPACE}; exec \"$0\" decode \"$@\" -")])
        .arg(env!("CARGO_BIN_EXE_rapace"))
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Feeds a piece again and again, so many bytes or as many as are wanted. Returns status, lines of stdout and stderr.
fn feed(arguments: &[&str], first: &[u8], piece: &[u8], bytes: usize) -> (i32, usize, String) {
    let mut child = bounded(arguments);
    let mut input = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut left = bytes;
            if input.write_all(first).is_err() {
                return;
            }
            while left > 0 && input.write_all(piece).is_ok() {
                left = left.saturating_sub(piece.len());
            }
        });
        child.wait_with_output().unwrap()
    });
    let printed = output.stdout.iter().filter(|byte| **byte == b'\n').count();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap_or(-1), printed, said)
}

#[test]
fn a_long_input_takes_no_more_memory_than_a_short_one() {
    let frame = Frame::answer(1, &vec![7; 1 << 20]).to_bytes();
    let (status, printed, said) = feed(&["--json"], &[], &frame, LONG);
    // A line for the connection and one for each frame.
    assert_eq!((status, printed), (0, LONG.div_ceil(frame.len()) + 1), "{said}");
}

#[test]
fn what_cannot_be_read_ends_an_input_that_has_no_end() {
    let check = |arguments: &[&str], first: &[u8], piece: &[u8], message: &str| {
        let (status, _, said) = feed(arguments, first, piece, usize::MAX);
        assert_eq!(status, 1, "{said}");
        assert!(said.contains(message), "{said}");
    };
    check(&[], &[], &[0xff; 4096], "the input has no frames");
    check(
        &["--input", "recording"],
        b"{",
        &[b' '; 65536],
        "a recording exceeds the limit of 67108864 bytes",
    );
    // A block of a capture that says that it is longer than any packet.
    let head = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1, 0, 0, u32::MAX, u32::MAX];
    check(
        &[],
        &head.map(u32::to_le_bytes).concat(),
        &[0; 65536],
        "at byte 24 of the file, after 0 packets",
    );
}

#[test]
fn what_is_too_long_is_refused_by_its_length_alone() {
    let good = Frame::answer(1, &[9]).to_bytes();
    let limit = 64 << 20;
    let mut bytes = good.clone();
    bytes.extend((limit as u32 + 1).to_le_bytes());
    let outcome = decode(&bytes, &["--json"]);
    let broken = lines(&outcome).pop().unwrap();
    assert_eq!((outcome.status, frames(&outcome).len()), (1, 1));
    assert_eq!(
        (&broken["offset"], &broken["text"]),
        (
            &json!(69),
            &json!("frame length 67108865 exceeds the limit of 67108864")
        )
    );
    // The longest frame is one that has only begun.
    let mut begun = good;
    begun.extend((limit as u32).to_le_bytes());
    let outcome = decode(&begun, &["--json"]);
    let text = lines(&outcome).pop().unwrap()["text"].clone();
    assert_eq!(text, json!("the input ends after 4 of the 67108868 bytes of a frame"));
    // The same of a WebSocket, whose lengths have eight bytes.
    let mut message = b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n".to_vec();
    message.extend([0x82, 127]);
    message.extend((limit as u64 + 1).to_be_bytes());
    let outcome = decode(&message, &["--json"]);
    let text = lines(&outcome).pop().unwrap()["text"].clone();
    assert_eq!(
        text,
        json!("WebSocket frame length 67108865 exceeds the limit of 67108864")
    );
}

#[test]
fn a_payload_is_bounded_as_a_frame_is() {
    let mut text = String::new();
    let _ = write!(text, "[{}x00]", (64 << 20) + 1);
    let outcome = decode(text.as_bytes(), &["--input", "hex", "--type", "Point"]);
    assert_eq!(outcome.status, 1);
    assert!(
        outcome.said().contains("is not a run such as [100x61]"),
        "{}",
        outcome.said()
    );
    let twice = "[67108864x00]".repeat(2);
    let outcome = decode(twice.as_bytes(), &["--input", "hex", "--type", "Point"]);
    assert_eq!(outcome.status, 1);
    assert!(
        outcome.said().contains("exceeds the limit of 67108864"),
        "{}",
        outcome.said()
    );
}
