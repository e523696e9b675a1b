//! Ways of writing an input, and bare payloads.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use rapace_wire::control::{self, CLOSE_CHANNEL, CancelReason, OPEN_CHANNEL, PING, close_channel, open_channel, ping};
use rapace_wire::{Frame, Metadata};
use serde_json::json;

use super::{api_json, decode, frames, lines, session};
use crate::support::rapace;

/// One connection in one stream: requests, then answers.
fn stream() -> Vec<u8> {
    let (requests, answers) = session("14-descriptors.json", "five_arguments");
    [requests, answers].concat().concat()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[test]
fn an_input_may_be_written_in_many_ways() {
    let bytes = stream();
    let expected = decode(&bytes, &["--json"]);
    assert_eq!(
        (expected.status, frames(&expected).len()),
        (0, 2),
        "{}",
        expected.stderr
    );
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    for text in [
        hex(&bytes),
        format!("{}\n", digits.join(" ")),
        format!("0x{}", digits.join(", 0x")),
        format!("\"\\x{}\"", digits.join("\\x")),
        format!("{bytes:?}"),
    ] {
        let outcome = decode(text.as_bytes(), &["--json"]);
        assert_eq!((outcome.status, outcome.stdout), (0, expected.stdout.clone()), "{text}");
    }
}

#[test]
fn frames_are_shown_as_a_tree() {
    let outcome = decode(&stream(), &[]);
    insta::assert_snapshot!(outcome.stdout, @r#"
    connection 1: input
    · @0        request  Calls.fifth  channel 1  message 1  data+eos  78 bytes
        @68       a: 9
        @69       b: {"some":300}
        @72       c: ""
        @73       d: "AQI="
        @76       e
        @76         x: 1
        @77         y: -1
    · @78       answer   Calls.fifth  channel 1  data+eos  70 bytes
        @146      x: 1
        @147      y: -1
    "#);
}

#[test]
fn a_payload_needs_no_frame() {
    let check = |input: &str, arguments: &[&str], expected: serde_json::Value| {
        let outcome = decode(input.as_bytes(), &[arguments, &["--json"]].concat());
        assert_eq!(outcome.status, 0, "{}", outcome.stderr);
        assert_eq!(lines(&outcome)[0]["value"], expected);
    };
    check(
        "ac02026162",
        &["--method", "Calls.second"],
        json!({"first": 300, "second": "ab"}),
    );
    check("[2, 97, 98]", &["--method", "second", "--answer"], json!("ab"));
    check("BQ==", &["--method", "Calls.count", "--item"], json!(5));
    check("0201", &["--type", "Point"], json!({"x": 1, "y": -1}));
    let raw = decode(&[2, 1], &["--type", "Point", "--json"]);
    assert_eq!(lines(&raw)[0]["value"], json!({"x": 1, "y": -1}));
}

#[test]
fn control_frames_are_shown_without_secrets() {
    let mut metadata = Metadata::default();
    for (key, value) in [
        ("tenant", &b"blue"[..]),
        ("token", b"swordfish"),
        ("seal-bin", &[0xff, 0]),
    ] {
        metadata.insert(key, value).unwrap();
    }
    let cut = [&open_channel(1, "Catalog", "find", &metadata)[..30], b"swordfish"].concat();
    let frames: Vec<u8> = [
        control::frame(0, OPEN_CHANNEL, &open_channel(1, "Catalog", "find", &metadata)),
        control::frame(0, CLOSE_CHANNEL, &close_channel(0)),
        control::frame(0, PING, &ping([1, 2, 3, 4, 5, 6, 7, 8])),
        control::frame(0, PING, &[]),
        control::cancel(0, 5, CancelReason::Deadline),
        control::frame(0, OPEN_CHANNEL, &cut),
    ]
    .iter()
    .flat_map(Frame::to_bytes)
    .collect();
    let outcome = decode(&frames, &[]);
    assert_eq!(outcome.status, 1, "{}", outcome.stderr);
    insta::assert_snapshot!(outcome.stdout, @r#"
    connection 1: input
    · @0        control  OpenChannel  channel 0  control  124 bytes
        @68       {"OpenChannel":{"channel_id":1,"metadata":{"seal-bin":"ff00","tenant":"blue","token":"(hidden)"},"method_name":"find","service_name":"Catalog"}}
    · @124      control  CloseChannel  channel 0  control  71 bytes
        @192      {"CloseChannel":{"channel_id":0,"reason":"Normal"}}
    · @195      control  Ping  channel 0  control  77 bytes
        @263      {"Ping":{"payload":"0102030405060708"}}
    · @272      control  Ping  channel 0  control  68 bytes
    · @340      control  CancelChannel  channel 0  control  71 bytes
        @408      {"CancelChannel":{"channel_id":5,"reason":"DeadlineExceeded"}}
    · @411      control  OpenChannel  channel 0  control  107 bytes
        error: byte 479: malformed control frame of 39 bytes: the payload ends too early
    "#);
    let json = decode(&frames, &["--json"]).stdout;
    for shown in [outcome.stdout, json] {
        assert!(!shown.contains("swordfish") && !shown.contains("73776f7264"), "{shown}");
    }
}

#[test]
fn several_descriptions_are_tried() {
    let folder = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(api_json()).unwrap();
    let mut other: serde_json::Value = serde_json::from_str(&text).unwrap();
    for service in other["services"].as_array_mut().unwrap() {
        for method in service["methods"].as_array_mut().unwrap() {
            if method["wire_name"] == "Calls.second" {
                method["arguments"] = json!([{"name": "flag", "type": "bool"}]);
            }
        }
    }
    fs::write(folder.path().join("old.json"), other.to_string()).unwrap();
    let (requests, _) = session("14-descriptors.json", "two_arguments");
    fs::write(folder.path().join("input"), &requests[0]).unwrap();
    let both = ["decode", "--api", "old.json", "--api", &api_json(), "input", "--json"];
    let outcome = rapace(folder.path(), &both);
    let frame = &frames(&outcome)[0];
    assert_eq!(outcome.status, 0, "{}", outcome.stderr);
    assert_eq!(
        (&frame["api"], &frame["value"]["first"]),
        (&json!(api_json()), &json!(300))
    );
    let problem = &frame["problems"][0];
    assert_eq!(
        [
            &problem["api"],
            &problem["offset"],
            &problem["path"],
            &problem["harmless"]
        ],
        [&json!("old.json"), &json!(68), &json!("flag"), &json!(true)]
    );
    let tree = rapace(folder.path(), &both[..6]).stdout;
    assert!(
        tree.contains("does not fit old.json: byte 68: flag: bool tag is 172, neither 0 nor 1"),
        "{tree}"
    );
    let alone = rapace(folder.path(), &["decode", "--api", "old.json", "input"]);
    assert_eq!(
        (alone.status, alone.said()),
        (1, "error: input: 1 frame or payload could not be read")
    );
}

#[test]
fn stdin_is_an_input_and_a_closed_stdout_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rapace"))
        .args(["decode", "--api", &api_json(), "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let all = stream().repeat(3000);
    // It may end before it has read all.
    let _ = child.stdin.take().unwrap().write_all(&all);
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stderr).unwrap()),
        (Some(0), String::new())
    );
}

#[test]
fn without_a_description_payloads_are_bytes() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("input"), stream()).unwrap();
    let outcome = rapace(folder.path(), &["decode", "input"]);
    assert_eq!(
        (outcome.status, outcome.stderr.as_str()),
        (
            0,
            "note: payloads are shown as bytes, because no api.json was found; name one with --api\n"
        )
    );
    assert!(
        outcome.stdout.contains("request  method 0xd917274a"),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome.stdout.contains("@68       09 01 ac 02 00 02 01 02 02 01\n"),
        "{}",
        outcome.stdout
    );
    fs::write(folder.path().join("rapace.toml"), "[export]\nout = \"fixtures.json\"\n").unwrap();
    fs::copy(api_json(), folder.path().join("fixtures.json")).unwrap();
    let project = rapace(folder.path(), &["decode", "input"]);
    assert!(project.stdout.contains("Calls.fifth"), "{}", project.stderr);
}

#[test]
fn wrong_arguments_and_inputs_are_refused() {
    let check = |input: &[u8], arguments: &[&str], status: i32, message: &str| {
        let outcome = decode(input, arguments);
        assert_eq!(
            (outcome.status, outcome.said()),
            (status, format!("error: {message}").as_str())
        );
    };
    check(b"", &[], 1, "input: the input is empty");
    check(
        b"hello, world",
        &[],
        1,
        "input: the input has no frames; to read a payload without a frame, give --method or --type",
    );
    check(
        b"00",
        &["--method", "Calls.secnd"],
        1,
        "there is no method `Calls.secnd`: did you mean `Calls.second`?",
    );
    check(
        b"00",
        &["--method", "nothing"],
        1,
        "several services have a method `nothing`: write Service.nothing",
    );
    check(
        b"00",
        &["--type", "Pont"],
        1,
        "there is no type `Pont`: did you mean `Point`?",
    );
    check(
        b"4x",
        &["--input", "hex"],
        1,
        "input: character 1 of the input: `x` is not a hex digit",
    );
    check(
        b"[1, 999]",
        &[],
        1,
        "input: character 6 of the input: 999 is not a byte: the largest is 255",
    );
    check(
        b"{}",
        &[],
        1,
        "input: not a recording of rapace's conformance suite: missing field `cases` at line 1 column 2",
    );
    let capture = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
    check(
        &capture,
        &["--type", "Point"],
        2,
        "input is a packet capture, but --method and --type read a payload without a frame",
    );
    let folder = tempfile::tempdir().unwrap();
    let missing = rapace(folder.path(), &["decode", "none.bin"]);
    assert_eq!(
        (missing.status, missing.said()),
        (1, "error: none.bin: No such file or directory (os error 2)")
    );
    let no_api = rapace(folder.path(), &["decode", "--type", "Point", "none.bin"]);
    assert_eq!(no_api.status, 2, "{}", no_api.stderr);
    let both = rapace(
        folder.path(),
        &["decode", "--type", "Point", "--method", "m", "none.bin"],
    );
    assert_eq!(both.status, 2);
}
