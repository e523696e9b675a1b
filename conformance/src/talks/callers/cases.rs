//! What rapace's own client calls, and what the handlers do.

use std::sync::mpsc::channel;

use conformance_fixtures::CallsClient;
use futures::StreamExt;
use rapace::rapace_core::parse_error_payload;
use serde_json::{Value, json};

use super::caller::{Caller, Problem};

/// A case: what is called after connecting, and with which options of the testee.
pub struct Case {
    pub name: &'static str,
    pub options: fn() -> Value,
    /// Whether the testee dials rapace's own session, which also serves.
    pub dials: bool,
    pub play: fn(&mut Caller<'_>) -> Result<(), Problem>,
}

/// How many calls are made at once.
const AT_ONCE: u32 = 50;
/// `Internal`.
const INTERNAL: u32 = 12;

const fn case(name: &'static str, play: fn(&mut Caller<'_>) -> Result<(), Problem>) -> Case {
    Case {
        name,
        options: plain,
        dials: false,
        play,
    }
}

pub(super) const ALL: [Case; 13] = [
    Case {
        options: echo,
        ..case("y_a_value_of_every_method", values)
    },
    case("y_calls", calls),
    case("y_streams", streams),
    case("y_errors", errors),
    case("y_streams_that_fail", failing_streams),
    case("y_a_stream_that_is_dropped", dropped),
    case("y_many_at_once", at_once),
    case("y_a_notification", notification),
    case("n_an_unknown_method", unknown),
    case("n_a_stream_without_no_reply", as_a_call),
    case("y_a_tunnel", tunnel),
    case("y_the_client_goes", goes),
    Case {
        dials: true,
        ..case("y_a_host_of_plug_ins", both_ways)
    },
];

fn values(caller: &mut Caller<'_>) -> Result<(), Problem> {
    for sample in caller.samples.clone() {
        let value = sample.value.clone().unwrap_or_default();
        let said = caller.call(&format!("Values.{}", sample.method), &json!([value]))?;
        caller.same(&said, sample)?;
    }
    Ok(())
}

/// A call that is answered with this value.
fn answered(caller: &mut Caller<'_>, method: &str, arguments: &Value, value: &Value) -> Result<(), Problem> {
    let said = caller.call(method, arguments)?;
    let handler = caller.called(method, arguments)?;
    caller.does(json!({"answer": handler, "value": value}), "answered")?;
    caller.ends(&said, method, std::slice::from_ref(value), None)
}

fn lives(caller: &mut Caller<'_>) -> Result<(), Problem> {
    answered(caller, "Calls.answer", &json!([]), &json!(42))
}

fn calls(caller: &mut Caller<'_>) -> Result<(), Problem> {
    answered(caller, "Calls.nothing", &json!([]), &Value::Null)?;
    answered(
        caller,
        "Calls.second",
        &json!([300, "ü"]),
        &json!("of more than sixteen bytes"),
    )?;
    let point = json!({"x": -1, "y": 70_000});
    answered(
        caller,
        "Calls.fifth",
        &json!([1, null, "c", "AAE=", point]),
        &json!({"x": 5, "y": -6}),
    )?;
    lives(caller)
}

fn streams(caller: &mut Caller<'_>) -> Result<(), Problem> {
    let figures = json!([{"Nowhere": null}, {"Dot": {"x": 1, "y": 2}}]);
    for (method, arguments, items) in [
        ("Calls.count", json!([0]), json!([])),
        ("Calls.count", json!([9]), json!([0, 300, 70_000])),
        ("Calls.ticks", json!([2]), json!([null, null])),
        (
            "Calls.texts",
            json!([["a"]]),
            json!(["", "b", "of more than sixteen bytes"]),
        ),
        ("Calls.figures", json!([figures]), figures.clone()),
    ] {
        let said = caller.call(method, &arguments)?;
        let handler = caller.called(method, &arguments)?;
        let items = items.as_array().cloned().unwrap_or_default();
        for item in &items {
            caller.does(json!({"item": handler, "value": item}), "sent")?;
        }
        caller.does(json!({"end": handler}), "ended")?;
        caller.ends(&said, method, &items, None)?;
    }
    lives(caller)
}

fn errors(caller: &mut Caller<'_>) -> Result<(), Problem> {
    for (command, done, code, message) in [
        (json!({"code": 5, "message": "no ü"}), "failed", 5, "no ü"),
        (json!({"code": 103, "message": ""}), "failed", 103, ""),
        (json!({"message": "secret"}), "raised", INTERNAL, "Calls.answer failed"),
    ] {
        let said = caller.call("Calls.answer", &json!([]))?;
        let mut command = command;
        let name = if done == "failed" { "fail" } else { "raise" };
        command[name] = caller.called("Calls.answer", &json!([]))?;
        caller.does(command, done)?;
        caller.ends(&said, "Calls.answer", &[], Some((code, message)))?;
    }
    lives(caller)
}

fn failing_streams(caller: &mut Caller<'_>) -> Result<(), Problem> {
    for count in [0, 1, 3] {
        let said = caller.call("Calls.count", &json!([9]))?;
        let handler = caller.called("Calls.count", &json!([9]))?;
        let items: Vec<Value> = (0..count).map(Value::from).collect();
        for item in &items {
            caller.does(json!({"item": handler, "value": item}), "sent")?;
        }
        caller.does(json!({"fail": handler, "code": 9, "message": "enough"}), "failed")?;
        caller.ends(&said, "Calls.count", &items, Some((9, "enough")))?;
    }
    lives(caller)
}

/// Rust's own client never says that it left a stream. Its items go on to arrive there.
fn dropped(caller: &mut Caller<'_>) -> Result<(), Problem> {
    let client = CallsClient::new(caller.session());
    let (sender, first) = channel();
    caller.runtime.spawn(async move {
        let Ok(mut stream) = client.count(9).await else { return };
        let item = stream.next().await;
        drop(stream);
        let _ = sender.send(item.map(|item| item.map_err(|error| error.to_string())));
    });
    let handler = caller.called("Calls.count", &json!([9]))?;
    caller.does(json!({"item": handler, "value": 7}), "sent")?;
    let first = first.recv_timeout(caller.testee().patience());
    if first != Ok(Some(Ok(7))) {
        return Err(format!("rapace's own client got {first:?} as the first item, not 7"));
    }
    for item in 0..100 {
        caller.does(json!({"item": handler, "value": item}), "sent")?;
    }
    lives(caller)?;
    caller.does(json!({"end": handler}), "ended")?;
    lives(caller)
}

fn at_once(caller: &mut Caller<'_>) -> Result<(), Problem> {
    let mut waiting = Vec::new();
    for number in 0..AT_ONCE {
        let arguments = json!([number, "x"]);
        let said = caller.call("Calls.second", &arguments)?;
        waiting.push((
            caller.called("Calls.second", &arguments)?,
            said,
            json!(format!("own {number}")),
        ));
    }
    for (handler, said, value) in waiting.iter().rev() {
        caller.does(json!({"answer": handler, "value": value}), "answered")?;
        caller.ends(said, "Calls.second", std::slice::from_ref(value), None)?;
    }
    Ok(())
}

fn method_id(name: &str) -> u32 {
    rapace_schema::method_id(name)
}

fn notification(caller: &mut Caller<'_>) -> Result<(), Problem> {
    let payload = caller.arguments("Calls.second", &json!([1, "x"]))?;
    let session = caller.session();
    let sent = caller
        .runtime
        .block_on(session.notify(method_id("Calls.second"), payload));
    sent.map_err(|error| error.to_string())?;
    let handler = caller.called("Calls.second", &json!([1, "x"]))?;
    caller.does(json!({"answer": handler, "value": "y"}), "answered")?;
    lives(caller)
}

/// What an answer that is an error says.
fn refusal(caller: &Caller<'_>, method: u32) -> Result<String, Problem> {
    let session = caller.session();
    let channel = session.next_channel_id();
    let answer = caller.runtime.block_on(session.call(channel, method, vec![3]));
    let answer = answer.map_err(|error| format!("rapace's own session got no answer: {error}"))?;
    Ok(parse_error_payload(answer.payload_bytes()).to_string())
}

fn unknown(caller: &mut Caller<'_>) -> Result<(), Problem> {
    let text = refusal(caller, 0x00c0_ffee)?;
    if !text.contains("no method has the id 0x00c0ffee; services here: Calls, Values, Work") {
        return Err(format!("rapace's own session got another refusal: {text}"));
    }
    lives(caller)
}

fn as_a_call(caller: &mut Caller<'_>) -> Result<(), Problem> {
    let text = refusal(caller, method_id("Calls.count"))?;
    if !text.contains("streaming request missing NO_REPLY flag") {
        return Err(format!("rapace's own session got another refusal: {text}"));
    }
    lives(caller)
}

fn tunnel(caller: &mut Caller<'_>) -> Result<(), Problem> {
    let session = caller.session();
    let channel = session.next_channel_id();
    let asked = caller.runtime.spawn({
        let session = session.clone();
        async move { session.call(channel, method_id("Work.echo_tunnel"), Vec::new()).await }
    });
    let handler = caller.called("Work.echo_tunnel", &json!([]))?;
    let tunnel = caller.tell(json!({"open_tunnel": handler}))?;
    let opened = caller.answer_to(tunnel)?;
    let number = opened["channel"].as_u64().and_then(|number| u32::try_from(number).ok());
    let number = number.ok_or_else(|| format!("it opened no tunnel: {opened}"))?;
    caller.does(json!({"answer": handler, "value": {"channel_id": number}}), "answered")?;
    let answer = caller.runtime.block_on(asked).map_err(|error| error.to_string())?;
    answer.map_err(|error| error.to_string())?;
    let mut chunks = session.register_tunnel(number);
    let sent = caller
        .runtime
        .block_on(session.send_chunk(number, b"to the handler".to_vec()));
    sent.map_err(|error| error.to_string())?;
    let id = caller.tell(json!({"read": tunnel, "count": 14}))?;
    let read = caller.answer_to(id)?;
    if read["bytes"] != "dG8gdGhlIGhhbmRsZXI=" {
        return Err(format!("the handler's tunnel read {read}"));
    }
    caller.does(json!({"write": tunnel, "bytes": "AQID"}), "written")?;
    caller.does(json!({"finish": tunnel}), "finished")?;
    let mut came = Vec::new();
    while let Some(chunk) = caller.runtime.block_on(chunks.recv()) {
        came.extend_from_slice(chunk.payload_bytes());
        if chunk.is_eos() {
            break;
        }
    }
    if came != [1, 2, 3] {
        return Err(format!("rapace's own session got {came:?} from the tunnel"));
    }
    let closed = caller.runtime.block_on(session.close_tunnel(number));
    closed.map_err(|error| error.to_string())?;
    lives(caller)
}

/// The connection ends while handlers run.
fn goes(caller: &mut Caller<'_>) -> Result<(), Problem> {
    let _call = caller.call("Calls.answer", &json!([]))?;
    let unary = caller.called("Calls.answer", &json!([]))?;
    let _stream = caller.call("Calls.count", &json!([9]))?;
    let stream = caller.called("Calls.count", &json!([9]))?;
    caller.hang_up();
    caller.cancelled(&unary)?;
    caller.cancelled(&stream)
}

/// The testee is a plug-in: its handler calls its host, and is called while it does.
fn both_ways(caller: &mut Caller<'_>) -> Result<(), Problem> {
    let said = caller.call("Calls.second", &json!([1, "template"]))?;
    let handler = caller.called("Calls.second", &json!([1, "template"]))?;
    let id = caller.tell(json!({"call": "Calls.second", "arguments": [2, "a value of the host"]}))?;
    let value = caller.answer_to(id)?;
    if value["value"] != "a value of the host" {
        return Err(format!("the handler's call of its host was answered with {value}"));
    }
    let id = caller.tell(json!({"stream": "Calls.count", "arguments": [3]}))?;
    let items = caller.answer_to(id)?;
    if items["items"] != json!([0, 1, 2]) {
        return Err(format!("the handler's stream from its host was {items}"));
    }
    lives(caller)?;
    caller.does(json!({"answer": handler, "value": "rendered"}), "answered")?;
    caller.ends(&said, "Calls.second", &[json!("rendered")], None)
}

/// No options.
fn plain() -> Value {
    Value::Null
}

/// Handlers return what they are called with.
fn echo() -> Value {
    json!({"echo": true})
}
