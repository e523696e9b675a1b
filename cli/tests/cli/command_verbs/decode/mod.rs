//! `rapace decode` and `rapace tap`.

mod broken;
mod captures;
mod inputs;
mod limits;
mod pcap;
mod recorded;
mod tap;

use std::fs;
use std::path::PathBuf;

use rapace_schema::Api;
use serde_json::Value;

use crate::support::{Outcome, rapace, workspace};

/// The folder of the conformance suite.
fn conformance() -> PathBuf {
    workspace().join("conformance")
}

/// The path of the description of the fixtures.
fn api_json() -> String {
    conformance().join("fixtures/api.json").display().to_string()
}

/// The description of the fixtures.
fn api() -> Api {
    rapace_schema::read(&fs::read_to_string(api_json()).unwrap()).unwrap()
}

/// Decodes an input by the description of the fixtures, with more arguments.
fn decode(input: &[u8], more: &[&str]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("input"), input).unwrap();
    let api = api_json();
    rapace(folder.path(), &[&["decode", "--api", &api], more, &["input"]].concat())
}

/// The JSON objects that a run printed.
fn lines(outcome: &Outcome) -> Vec<Value> {
    outcome
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The frames among them.
fn frames(outcome: &Outcome) -> Vec<Value> {
    lines(outcome)
        .into_iter()
        .filter(|line| line["event"] == "frame")
        .collect()
}

/// The bytes of the hex of a recording.
fn unhex(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text.replace(' ', ""));
    while !rest.is_empty() {
        if let Some(run) = rest.strip_prefix('[') {
            let (run, after) = run.split_once(']').unwrap();
            let (count, byte) = run.split_once('x').unwrap();
            let byte = u8::from_str_radix(byte, 16).unwrap();
            bytes.extend(std::iter::repeat_n(byte, count.parse().unwrap()));
            rest = after.to_owned();
        } else {
            bytes.push(u8::from_str_radix(&rest[..2], 16).unwrap());
            rest = rest[2..].to_owned();
        }
    }
    bytes
}

/// A file of recorded frames.
fn recording(file: &str) -> Value {
    let text = fs::read_to_string(conformance().join("recorded/frames").join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// What the client and the server sent on a recorded connection, frame by frame. The first way of answering counts.
fn session(file: &str, name: &str) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let recording = recording(file);
    let case = recording["cases"]
        .as_array()
        .unwrap()
        .iter()
        .find(|case| case["name"] == name)
        .unwrap();
    let hex = |value: &Value| unhex(value.as_str().unwrap());
    let calls = case["calls"].as_array().unwrap();
    let requests = calls.iter().map(|call| hex(&call["request"])).collect();
    let answers = calls
        .iter()
        .flat_map(|call| call["answers"][0]["frames"].as_array().unwrap())
        .map(hex)
        .collect();
    (requests, answers)
}
