//! All that the conformance suite has recorded is read, and means what it meant to Rust's own peers.

use std::collections::BTreeMap;
use std::fs;

use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, Method, TypeRef};
use serde_json::{Map, Value, json};

use super::{api, api_json, conformance, lines};
use crate::support::{Outcome, rapace};

/// Decodes a recorded file, and the texts of the cases that are in it, of which each has a line.
fn decoded(folder: &str, file: &str) -> (Outcome, Vec<String>) {
    let path = conformance().join("recorded").join(folder).join(file);
    let text = fs::read_to_string(&path).unwrap();
    let cases = text
        .lines()
        .filter(|line| line.starts_with("{\"name\""))
        .map(|line| line.trim_end_matches(',').to_owned());
    let arguments = ["decode", "--json", "--api", &api_json(), path.to_str().unwrap()];
    let outcome = rapace(&conformance(), &arguments);
    (outcome, cases.collect())
}

fn files(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(conformance().join("recorded").join(folder)).unwrap();
    let mut files: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    files
}

fn method<'a>(api: &'a Api, name: &str) -> &'a Method {
    let (service, name) = name.split_once('.').unwrap_or(("Values", name));
    let service = api.services.iter().find(|known| known.name == service).unwrap();
    service.methods.iter().find(|known| known.name == name).unwrap()
}

#[test]
fn all_vectors_decode() {
    let api = api();
    let codec = Codec::new(&api, Limits::default());
    let (mut accepted, mut refused) = (0, 0);
    for file in files("vectors") {
        let (outcome, cases) = decoded("vectors", &file);
        let mut printed = outcome.stdout.lines();
        for text in cases.iter().filter(|case| case.contains("\"bytes\":")) {
            let printed_line = printed.next().unwrap();
            let Ok(case) = serde_json::from_str::<Value>(text) else {
                deep(text, printed_line);
                accepted += 1;
                continue;
            };
            let line: Value = serde_json::from_str(printed_line).unwrap();
            assert_eq!(
                (&line["event"], &line["name"]),
                (&json!("payload"), &case["name"]),
                "{file}"
            );
            if case["refused"].is_string() {
                assert_eq!(line["problems"][0]["reason"], case["refused"], "{file}: {line}");
                assert!(
                    line["problems"][0]["offset"].is_u64() && line["value"].is_null(),
                    "{line}"
                );
                refused += 1;
            } else {
                let ty = &method(&api, case["method"].as_str().unwrap()).response;
                assert_eq!(
                    meaning(&codec, ty, &line["value"]),
                    meaning(&codec, ty, &case["value"]),
                    "{file}: {line}"
                );
                accepted += 1;
            }
        }
        assert_eq!(printed.next(), None, "{file}");
        let bad = outcome.stdout.contains("\"problems\":");
        assert_eq!(outcome.status, i32::from(bad), "{file}: {}", outcome.stderr);
    }
    assert!(
        accepted > 1500 && refused > 9000,
        "{accepted} accepted, {refused} refused"
    );
    println!("figure: decode: {accepted} values read, {refused} refused as Rust or the runtimes refuse them");
}

/// A value that is nested deeper than a JSON parser goes is compared as text.
fn deep(case: &str, printed: &str) {
    let value = |text: &str| text[text.find("\"value\":").unwrap()..].to_owned();
    assert_eq!(value(printed), value(case));
}

/// What a connection said, by channel.
#[derive(Default)]
struct Channel {
    method: Value,
    arguments: Value,
    items: Vec<Value>,
    value: Option<Value>,
    error: Option<Value>,
}

#[test]
fn all_recorded_frames_decode() {
    let api = api();
    let mut count = 0;
    for file in files("frames") {
        let (outcome, cases) = decoded("frames", &file);
        let mut connections: BTreeMap<u64, (String, Vec<Value>)> = BTreeMap::new();
        for line in lines(&outcome) {
            let number = line["connection"].as_u64().unwrap();
            match line["event"].as_str() {
                Some("connection") => {
                    connections.insert(number, (line["name"].as_str().unwrap().to_owned(), Vec::new()));
                }
                Some("frame") => connections.get_mut(&number).unwrap().1.push(line),
                _ => panic!("{file}: {line}"),
            }
        }
        for (name, frames) in connections.into_values() {
            let (case, ways) = name.split_once(" (").unwrap();
            let start = format!("{{\"name\":\"{case}\",");
            let case: Value =
                serde_json::from_str(cases.iter().find(|known| known.starts_with(&start)).unwrap()).unwrap();
            let way = ways.split([',', ')']).next().unwrap();
            count += frames.len();
            connection(
                &api,
                &case,
                way,
                &channels(frames, case["calls"][0]["forged"].is_string()),
            );
        }
    }
    assert!(count > 500, "{count} frames");
    println!("figure: decode: {count} recorded frames read, 0 failures");
}

/// The channels of a connection. Only forged requests may be wrong.
fn channels(frames: Vec<Value>, forged: bool) -> BTreeMap<u64, Channel> {
    let mut channels: BTreeMap<u64, Channel> = BTreeMap::new();
    for frame in frames {
        let channel = channels.entry(frame["channel"].as_u64().unwrap()).or_default();
        assert!(
            frame["problems"].is_null() || (forged && frame["kind"] == "request"),
            "{frame}"
        );
        match frame["kind"].as_str().unwrap() {
            "request" => (channel.method, channel.arguments) = (frame["method"].clone(), frame["value"].clone()),
            "answer" => channel.value = Some(frame["value"].clone()),
            "item" => channel.items.push(frame["value"].clone()),
            "error" => channel.error = Some(frame["error"].clone()),
            "end" => {}
            "data" => assert!(forged, "{frame}"),
            kind => panic!("{kind}: {frame}"),
        }
    }
    channels
}

/// Compares a connection with what Rust's own client said of it.
fn connection(api: &Api, case: &Value, way: &str, channels: &BTreeMap<u64, Channel>) {
    let codec = Codec::new(api, Limits::default());
    let recorded = case["calls"].as_array().unwrap();
    assert_eq!(channels.len(), recorded.len(), "{}", case["name"]);
    for (call, channel) in recorded.iter().zip(channels.values()) {
        if call["request"].is_null() {
            continue;
        }
        let method = method(api, call["method"].as_str().unwrap());
        assert_eq!(channel.method, call["method"]);
        let names = method.arguments.iter().map(|argument| argument.name.clone());
        let values = call["arguments"].as_array().unwrap().iter().cloned();
        let sent = Value::Object(Map::from_iter(names.zip(values)));
        for argument in &method.arguments {
            let meaning = |value: &Value| meaning(&codec, &argument.ty, &value[&argument.name]);
            assert_eq!(meaning(&channel.arguments), meaning(&sent), "{}", case["name"]);
        }
        let answers = call["answers"].as_array().unwrap();
        let by = |answer: &&Value| answer["by"].as_array().unwrap().contains(&json!(way));
        let ends = &answers.iter().find(by).unwrap()["ends"];
        if !ends["value"].is_null() {
            let value = meaning(&codec, &method.response, channel.value.as_ref().unwrap());
            assert_eq!(
                value,
                meaning(&codec, &method.response, &ends["value"]),
                "{}",
                case["name"]
            );
        }
        let items = [&ends["items"], &ends["error"]["items"]]
            .into_iter()
            .find(|items| items.is_array());
        if let Some(items) = items {
            assert_eq!(&json!(channel.items), items, "{}", case["name"]);
        }
        if ends["error"]["code"].is_u64() {
            let error = channel.error.as_ref().unwrap();
            let both = |error: &Value| (error["code"].clone(), error["message"].clone());
            assert_eq!(both(error), both(&ends["error"]), "{}", case["name"]);
        }
    }
}

fn meaning(codec: &Codec<'_>, ty: &TypeRef, value: &Value) -> Value {
    codec.canonical(ty, value).unwrap()
}
