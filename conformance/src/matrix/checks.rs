//! What every cell checks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::relay::relay;
use super::side::{Side, same};

/// How many calls run at once, each way.
const AT_ONCE: u64 = 200;

/// A check of a cell.
pub(super) struct Check {
    pub(super) name: &'static str,
    /// Whether both sides dial and serve. Otherwise the one is a host.
    pub(super) both_dial: bool,
    pub(super) play: fn(&mut Cell<'_>) -> Result<(), String>,
}

/// All of them.
pub(super) const CHECKS: [Check; 7] = [
    check("unary", unary),
    check("stream", stream),
    check("error", error),
    check("cancel", cancel),
    check("tunnel", tunnel),
    Check {
        both_dial: true,
        ..check("call-back", call_back)
    },
    Check {
        both_dial: true,
        ..check("both-ways", both_ways)
    },
];

/// The name of a check.
///
/// # Errors
/// When there is none of this name.
pub(super) fn known(name: &str) -> Result<&'static str, String> {
    let mut names = CHECKS.iter().map(|check| check.name);
    let found = names.find(|known| *known == name);
    found.ok_or_else(|| format!("the checks are {}", CHECKS.map(|check| check.name).join(", ")))
}

const fn check(name: &'static str, play: fn(&mut Cell<'_>) -> Result<(), String>) -> Check {
    Check {
        name,
        both_dial: false,
        play,
    }
}

/// A caller and a testee that serves.
pub(super) struct Cell<'a> {
    caller: &'a mut Side,
    handler: &'a mut Side,
    calls: u64,
}

impl<'a> Cell<'a> {
    pub(super) fn new(caller: &'a mut Side, handler: &'a mut Side) -> Self {
        caller.forget();
        handler.forget();
        Self {
            caller,
            handler,
            calls: 0,
        }
    }

    /// How many calls were made.
    pub(super) fn calls(&self) -> u64 {
        self.calls
    }

    /// The handler is a host at such an address, and the caller dials it.
    pub(super) fn connect(&mut self, address: &str) -> Result<(), String> {
        let id = self.handler.tell(json!({"serve": address}))?;
        let listening = self.handler.answer(id)?;
        let Some(address) = listening["listening"].as_str() else {
            return Err(format!("it does not listen: {listening}"));
        };
        let connect = json!({"connect": address});
        self.caller.expect(connect, json!({"connected": true})).map(drop)
    }

    /// Both dial, serve, and echo what can be echoed. The caller opens odd channels, the handler even ones.
    pub(super) fn meet(&mut self) -> Result<(), String> {
        let address = relay().map_err(|error| error.to_string())?;
        for (side, first_channel) in [(&mut *self.caller, 1), (&mut *self.handler, 2)] {
            let options = json!({"echo": true, "first_channel": first_channel});
            let connect = json!({"connect": address, "serve": true, "options": options});
            side.expect(connect, json!({"connected": true}))?;
        }
        Ok(())
    }

    /// Lets the caller make a call; returns the number of the command.
    fn call(&mut self, command: Value) -> Result<u64, String> {
        self.calls += 1;
        self.caller.tell(command)
    }

    /// Waits until a handler runs for this call; returns its number.
    fn called(&mut self, method: &str, arguments: &Value) -> Result<Value, String> {
        let what = format!("no handler of {method} runs");
        let called = self.handler.wait(&what, |said| said.get("called").is_some())?;
        let expected = json!({"method": method, "arguments": arguments});
        let called = same(&json!({"call": method}), &expected, called)?;
        Ok(called["called"].clone())
    }

    /// A call that a handler answers.
    fn answered(&mut self, method: &str, arguments: Value, answer: Value) -> Result<(), String> {
        let command = json!({"call": method, "arguments": arguments});
        let id = self.call(command.clone())?;
        let called = self.called(method, &arguments)?;
        self.handler
            .expect(json!({"answer": called, "value": answer}), json!({"answered": true}))?;
        same(&command, &json!({"value": answer}), self.caller.answer(id)?).map(drop)
    }

    /// A call whose handler fails as the runner says, and the error that the caller must get.
    fn failed(&mut self, command: Value, how: Value, error: Value) -> Result<(), String> {
        let method = command["call"]
            .as_str()
            .or(command["stream"].as_str())
            .unwrap_or_default();
        let method = method.to_owned();
        let id = self.call(command.clone())?;
        let called = self.called(&method, &command["arguments"].clone())?;
        if command.get("stream").is_some() {
            self.handler
                .expect(json!({"item": called, "value": 7}), json!({"sent": true}))?;
        }
        let mut how = how;
        let done = match how.get("fail").is_some() {
            true => json!({"failed": true}),
            false => json!({"raised": true}),
        };
        for entry in ["fail", "raise"] {
            if how.get(entry).is_some() {
                how[entry] = called.clone();
            }
        }
        self.handler.expect(how, done)?;
        same(&command, &error, self.caller.answer(id)?).map(drop)
    }
}

fn unary(cell: &mut Cell<'_>) -> Result<(), String> {
    cell.answered("Calls.nothing", json!([]), Value::Null)?;
    cell.answered("Calls.second", json!([1, "two"]), json!("zwei"))?;
    let arguments = json!([1, null, "c", "AAE=", {"x": -1, "y": 1}]);
    cell.answered("Calls.fifth", arguments, json!({"x": 3, "y": -4}))?;
    let long = "ü".repeat(100_000);
    cell.answered("Values.string", json!([long]), json!(long))
}

fn stream(cell: &mut Cell<'_>) -> Result<(), String> {
    for items in [json!([]), json!(["a"]), json!(["", "b", "ü"])] {
        let command = json!({"stream": "Calls.texts", "arguments": [items]});
        let id = cell.call(command.clone())?;
        let called = cell.called("Calls.texts", &json!([items]))?;
        for item in items.as_array().into_iter().flatten() {
            cell.handler
                .expect(json!({"item": called, "value": item}), json!({"sent": true}))?;
        }
        cell.handler.expect(json!({"end": called}), json!({"ended": true}))?;
        let expected = json!({"items": items, "end": true});
        same(&command, &expected, cell.caller.answer(id)?)?;
    }
    Ok(())
}

fn error(cell: &mut Cell<'_>) -> Result<(), String> {
    let no = json!({"fail": null, "code": 5, "message": "no ü"});
    let failed = json!({"kind": "status", "code": 5, "message": "no ü"});
    let secret = json!({"raise": null, "message": "secret"});
    let raised = |method| json!({"kind": "status", "code": 12, "message": format!("{method} failed")});
    let call = json!({"call": "Calls.answer", "arguments": []});
    cell.failed(call.clone(), no.clone(), json!({"error": failed}))?;
    cell.failed(call, secret.clone(), json!({"error": raised("Calls.answer")}))?;
    let stream = json!({"stream": "Calls.count", "arguments": [9]});
    cell.failed(stream.clone(), no, json!({"items": [7], "error": failed}))?;
    cell.failed(stream, secret, json!({"items": [7], "error": raised("Calls.count")}))?;
    cell.answered("Calls.answer", json!([]), json!(42))
}

fn cancel(cell: &mut Cell<'_>) -> Result<(), String> {
    let id = cell.call(json!({"call": "Work.hang", "arguments": [1]}))?;
    let called = cell.called("Work.hang", &json!([1]))?;
    match cell.caller.cancels() {
        true => {
            let cancel = json!({"cancel": id});
            cell.caller.expect(cancel.clone(), json!({"cancelled": true}))?;
            let error = json!({"error": {"kind": "cancelled"}});
            same(&cancel, &error, cell.caller.answer(id)?)?;
        }
        // Its connection's end is all that tells.
        false => drop(cell.caller.expect(json!({"close": true}), json!({"closed": true}))?),
    }
    cell.handler.wait("no cancellation reaches the handler", |said| {
        said["cancelled"] == called
    })?;
    if cell.caller.cancels() {
        cell.answered("Calls.answer", json!([]), json!(42))?;
    }
    let stop = json!({"shutdown": true, "grace_ms": 5000});
    cell.handler.expect(stop, json!({"shut": true})).map(drop)
}

fn tunnel(cell: &mut Cell<'_>) -> Result<(), String> {
    let command = json!({"call": "Work.echo_tunnel", "arguments": []});
    let id = cell.call(command.clone())?;
    let called = cell.called("Work.echo_tunnel", &json!([]))?;
    let opened = cell.handler.tell(json!({"open_tunnel": called}))?;
    let channel = cell.handler.answer(opened)?["channel"].clone();
    let even = channel.as_u64().is_some_and(|channel| channel != 0 && channel % 2 == 0);
    if !even {
        return Err(format!("a host's tunnel has channel {channel}, which is not even"));
    }
    let handle = json!({"channel_id": channel});
    cell.handler
        .expect(json!({"answer": called, "value": handle}), json!({"answered": true}))?;
    same(&command, &json!({"value": handle}), cell.caller.answer(id)?)?;
    let tunnel = cell.caller.tell(json!({"tunnel": channel}))?;
    same(
        &json!({"tunnel": channel}),
        &json!({"opened": true}),
        cell.caller.answer(tunnel)?,
    )?;
    carry(
        (&mut *cell.caller, tunnel),
        (&mut *cell.handler, opened),
        &bytes(100_000),
    )?;
    carry(
        (&mut *cell.handler, opened),
        (&mut *cell.caller, tunnel),
        &bytes(77_777),
    )
}

/// Carries these bytes through a tunnel to its end, from one side to the other.
fn carry((writer, writes): (&mut Side, u64), (reader, reads): (&mut Side, u64), bytes: &[u8]) -> Result<(), String> {
    let text = STANDARD.encode(bytes);
    let write = writer.tell(json!({"write": writes, "bytes": text}))?;
    let read = reader.tell(json!({"read": reads, "count": bytes.len()}))?;
    same(&json!("write"), &json!({"written": true}), writer.answer(write)?)?;
    same(&json!("read"), &json!({"bytes": text}), reader.answer(read)?)?;
    writer.expect(json!({"finish": writes}), json!({"finished": true}))?;
    let end = json!({"bytes": "", "end": true});
    reader.expect(json!({"read": reads, "count": 1}), end).map(drop)
}

/// So many bytes that differ.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|at| (at * 31 + at / 256) as u8).collect()
}

/// A handler that calls its caller back before it answers.
fn call_back(cell: &mut Cell<'_>) -> Result<(), String> {
    let command = json!({"call": "Calls.answer", "arguments": []});
    let id = cell.call(command.clone())?;
    let called = cell.called("Calls.answer", &json!([]))?;
    cell.calls += 1;
    let back = json!({"call": "Values.string", "arguments": ["back"]});
    cell.handler.expect(back, json!({"value": "back"}))?;
    cell.handler
        .expect(json!({"answer": called, "value": 42}), json!({"answered": true}))?;
    same(&command, &json!({"value": 42}), cell.caller.answer(id)?).map(drop)
}

fn both_ways(cell: &mut Cell<'_>) -> Result<(), String> {
    let many = json!({"many": AT_ONCE, "call": "Values.u32"});
    let (there, back) = (cell.caller.tell(many.clone())?, cell.handler.tell(many.clone())?);
    cell.calls += 2 * AT_ONCE;
    let right = json!({"right": AT_ONCE, "wrong": 0});
    same(&many, &right, cell.caller.answer(there)?)?;
    same(&many, &right, cell.handler.answer(back)?).map(drop)
}
