//! What is served: methods, calls that run, and what the runner has their handlers do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, MethodKind, TypeRef};
use serde_json::{Value, json};

use crate::connection::{Connection, DATA, EOS, ERROR, NO_REPLY};
use crate::socket::Socket;
use crate::talk::say;

/// A code and a text.
pub type Refused = (u32, String);

/// A method, and its arguments as one type.
struct Known {
    name: &'static str,
    kind: MethodKind,
    arguments: TypeRef,
    names: Vec<&'static str>,
    response: &'static TypeRef,
}

/// A call that runs.
struct Call {
    connection: Arc<Connection>,
    channel: u32,
    method: u32,
    /// A notification is not answered.
    answers: bool,
    bytes: usize,
}

#[derive(Clone)]
pub struct Options {
    pub first_channel: u32,
    pub max_frame: usize,
    pub max_unsent: usize,
    pub idle: Option<Duration>,
    max_calls: usize,
    max_bytes: usize,
    max_connections: usize,
    max_decoded: u64,
    error_texts: bool,
    echo: bool,
}

pub struct Serving {
    api: &'static Api,
    methods: BTreeMap<u32, Known>,
    options: Mutex<Options>,
    pub connections: Mutex<Vec<Arc<Connection>>>,
    calls: Mutex<(u64, BTreeMap<u64, Call>)>,
    tunnels: Mutex<BTreeMap<u64, (Arc<Connection>, u32)>>,
    /// Whether it takes connections, and whether it takes calls.
    open: Mutex<(bool, bool)>,
    pub defect: &'static str,
}

impl Serving {
    pub fn new(defect: &'static str) -> Arc<Self> {
        let text = include_str!("../../../fixtures/api.json");
        let api: &'static Api = Box::leak(Box::new(rapace_schema::read(text).expect("the fixtures")));
        let mut methods = BTreeMap::new();
        for method in api.services.iter().flat_map(|service| &service.methods) {
            let types: Vec<TypeRef> = method.arguments.iter().map(|argument| argument.ty.clone()).collect();
            let known = Known {
                name: &method.wire_name,
                kind: method.kind,
                arguments: match types.as_slice() {
                    [] => TypeRef::Unit,
                    [one] => one.clone(),
                    _ => TypeRef::Tuple(types),
                },
                names: method.arguments.iter().map(|argument| argument.name.as_str()).collect(),
                response: &method.response,
            };
            methods.insert(method.id, known);
        }
        let serving = Self {
            api,
            methods,
            options: Mutex::new(options(&Value::Null, 2)),
            connections: Mutex::default(),
            calls: Mutex::default(),
            tunnels: Mutex::default(),
            open: Mutex::new((true, true)),
            defect,
        };
        Arc::new(serving)
    }

    pub fn set_options(&self, given: &Value, first_channel: u32) {
        *self.options.lock().expect("no panic") = options(given, first_channel);
        self.open();
    }

    pub fn options(&self) -> Options {
        self.options.lock().expect("no panic").clone()
    }

    pub fn open(&self) {
        *self.open.lock().expect("no panic") = (true, true);
    }

    pub fn is_open(&self) -> bool {
        self.open.lock().expect("no panic").0
    }

    /// Takes a connection, unless there are too many.
    pub fn take(self: &Arc<Self>, socket: Socket) -> bool {
        let few = self.connections.lock().expect("no panic").len() < self.options().max_connections;
        if few {
            Connection::start(self, socket);
        }
        few
    }

    pub fn close_all(&self) {
        self.open.lock().expect("no panic").0 = false;
        for connection in self.connections.lock().expect("no panic").iter() {
            connection.close();
        }
        let start = Instant::now();
        while !self.connections.lock().expect("no panic").is_empty() && start.elapsed() < Duration::from_secs(2) {
            thread::sleep(Duration::from_millis(1));
        }
    }

    pub fn shut_down(&self, grace_ms: u64) {
        self.open.lock().expect("no panic").1 = false;
        let start = Instant::now();
        while !self.calls.lock().expect("no panic").1.is_empty() && start.elapsed() < Duration::from_millis(grace_ms) {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(20));
        self.close_all();
    }

    /// A frame with its length.
    pub fn frame(&self, channel: u32, flags: u32, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![0; 68];
        let mut put = |at: usize, bytes: &[u8]| frame[4 + at..4 + at + bytes.len()].copy_from_slice(bytes);
        put(8, &channel.to_le_bytes());
        if payload.len() <= 16 && flags & ERROR == 0 {
            put(16, &[0xff; 4]);
            put(48, payload);
        }
        if self.defect == "numbers" {
            put(0, &[1]);
        }
        put(28, &(payload.len() as u32).to_le_bytes());
        put(32, &flags.to_le_bytes());
        put(40, &[0xff; 8]);
        frame.extend(payload);
        let length = (frame.len() - 4) as u32;
        frame[..4].copy_from_slice(&length.to_le_bytes());
        frame
    }

    /// Runs a request, or says why not.
    pub fn request(
        self: &Arc<Self>,
        connection: &Arc<Connection>,
        (channel, method, flags): (u32, u32, u32),
        payload: &[u8],
    ) -> Result<(), Refused> {
        let options = self.options();
        if channel != 0 && channel % 2 == options.first_channel % 2 {
            let parity = if channel.is_multiple_of(2) { "odd" } else { "even" };
            let text = format!("channel {channel} belongs to this side: the peer must open {parity} channels");
            return Err((8, text));
        }
        let there = connection.running.lock().expect("no panic").remove(&channel);
        if let Some(number) = there {
            self.cancel(number);
            return Err((8, format!("channel {channel} carries a call already")));
        }
        if !self.open.lock().expect("no panic").1 {
            return Err((13, "the host is shutting down".into()));
        }
        let (running, bytes) = self.load(connection);
        if running >= options.max_calls {
            return Err((7, format!("{running} calls run on this connection already")));
        }
        if bytes > 0 && bytes + payload.len() > options.max_bytes {
            let limit = options.max_bytes;
            let text = format!("requests of {bytes} bytes run on this connection already, the limit is {limit}");
            return Err((7, text));
        }
        let Some(known) = self.methods.get(&method) else {
            let text = format!("no method has the id 0x{method:08x}; services here: Calls, Values, Work");
            return Err((11, text));
        };
        match (known.kind, flags & NO_REPLY != 0) {
            (MethodKind::ServerStreaming, false) => {
                return Err((3, "streaming request missing NO_REPLY flag".into()));
            }
            (MethodKind::Unary, true) if channel != 0 => {
                return Err((3, format!("{} answers once; it was called as a stream", known.name)));
            }
            (MethodKind::ServerStreaming, true) if channel == 0 => return Ok(()),
            _ => {}
        }
        let arguments = self.arguments(known, payload, options.max_decoded)?;
        let echoes = options.echo && arguments.len() == 1 && known.arguments == *known.response;
        if echoes && known.kind == MethodKind::Unary {
            let answer = self.codec().encode(known.response, &arguments[0]);
            let answer = answer.map_err(|_| (12, format!("the answer of {} cannot be sent", known.name)))?;
            return connection.send(self, channel, DATA | EOS, &answer);
        }
        let mut calls = self.calls.lock().expect("no panic");
        calls.0 += 1;
        let number = calls.0;
        let call = Call {
            connection: Arc::clone(connection),
            channel,
            method,
            answers: channel != 0 || flags & NO_REPLY == 0,
            bytes: payload.len(),
        };
        calls.1.insert(number, call);
        if channel != 0 {
            connection.running.lock().expect("no panic").insert(channel, number);
        }
        say(&json!({"called": number, "method": known.name, "arguments": arguments}));
        Ok(())
    }

    fn codec(&self) -> Codec<'static> {
        Codec::new(self.api, Limits::default())
    }

    fn arguments(&self, known: &Known, payload: &[u8], max_decoded_bytes: u64) -> Result<Vec<Value>, Refused> {
        let limits = Limits {
            max_decoded_bytes,
            trailing_bytes: self.defect == "trailing",
            ..Limits::default()
        };
        let decoded = Codec::new(self.api, limits).decode(&known.arguments, payload);
        let value = decoded.map_err(|mut error| {
            let path = match known.names.as_slice() {
                [one] if error.path.is_empty() => (*one).to_owned(),
                [one] => format!("{one}.{}", error.path),
                names => format!("{}.{}", names.join("|"), error.path),
            };
            error.path = indexed(&path);
            (3, format!("cannot read the arguments of {}: {error}", known.name))
        })?;
        Ok(match (known.names.len(), value) {
            (0, _) => Vec::new(),
            (1, value) => vec![value],
            (_, Value::Array(values)) => values,
            (_, other) => vec![other],
        })
    }

    /// How many calls run on a connection, and how many bytes their requests have.
    fn load(&self, connection: &Arc<Connection>) -> (usize, usize) {
        let calls = self.calls.lock().expect("no panic");
        let own = calls
            .1
            .values()
            .filter(|call| Arc::ptr_eq(&call.connection, connection));
        own.fold((0, 0), |(count, bytes), call| (count + 1, bytes + call.bytes))
    }

    pub fn runs_on(&self, connection: &Connection) -> bool {
        let calls = self.calls.lock().expect("no panic");
        calls.1.values().any(|call| std::ptr::eq(&*call.connection, connection))
    }

    /// Ends a call whose handler is cancelled.
    fn cancel(&self, number: u64) -> Option<Call> {
        let call = self.calls.lock().expect("no panic").1.remove(&number)?;
        if self.defect != "deaf-to-cancels" {
            say(&json!({"cancelled": number}));
        }
        Some(call)
    }

    pub fn take_back(&self, connection: &Arc<Connection>, channel: u32) {
        let there = connection.running.lock().expect("no panic").remove(&channel);
        if let Some(number) = there
            && self.cancel(number).is_some()
        {
            connection.fail(self, channel, 1, "cancelled");
        }
    }

    /// A connection has ended.
    pub fn lost(&self, connection: &Arc<Connection>) {
        let calls = self.calls.lock().expect("no panic");
        let own = calls
            .1
            .iter()
            .filter(|(_, call)| Arc::ptr_eq(&call.connection, connection));
        let numbers: Vec<u64> = own.map(|(number, _)| *number).collect();
        drop(calls);
        for number in numbers {
            self.cancel(number);
        }
        let mut connections = self.connections.lock().expect("no panic");
        connections.retain(|other| !Arc::ptr_eq(other, connection));
    }

    /// What comes of a command that is about a handler or a tunnel, or about nothing.
    pub fn obey(&self, command: &Value) -> Value {
        let number = |name: &str| command[name].as_u64();
        if let Some(call) = number("item") {
            return json!({"sent": self.item(call, &command["value"])});
        }
        for (name, done) in [
            ("answer", "answered"),
            ("end", "ended"),
            ("fail", "failed"),
            ("raise", "raised"),
        ] {
            if let Some(call) = number(name) {
                self.end(call, name, command);
                return json!({done: true});
            }
        }
        if let Some(call) = number("open_tunnel") {
            let calls = self.calls.lock().expect("no panic");
            let Some(call) = calls.1.get(&call) else {
                return json!({"error": {"kind": "cancelled"}});
            };
            let channel = call.connection.open_tunnel();
            let id = command["id"].as_u64().unwrap_or_default();
            let mut tunnels = self.tunnels.lock().expect("no panic");
            tunnels.insert(id, (Arc::clone(&call.connection), channel));
            return json!({"channel": channel});
        }
        if let Some(tunnel) = number("write") {
            let bytes = BASE64_STANDARD.decode(command["bytes"].as_str().unwrap_or_default());
            let tunnels = self.tunnels.lock().expect("no panic");
            let (connection, channel) = &tunnels[&tunnel];
            for piece in bytes.expect("base64").chunks(65_536) {
                connection.outbox.push(self.frame(*channel, DATA, piece));
            }
            return json!({"written": true});
        }
        json!({"stats": {
            "in_flight": 0, "dropped_frames": 0, "tasks": 1, "handles": 1, "memory": 1,
            "serving": self.calls.lock().expect("no panic").1.len(),
            "connections": self.connections.lock().expect("no panic").len(),
        }, "closed": true})
    }

    /// Yields an item, once there is room; whether the call still runs.
    fn item(&self, number: u64, value: &Value) -> bool {
        let running = |number: &u64| self.calls.lock().expect("no panic").1.contains_key(number);
        let calls = self.calls.lock().expect("no panic");
        let Some(call) = calls.1.get(&number) else { return false };
        let (connection, channel, method) = (Arc::clone(&call.connection), call.channel, call.method);
        drop(calls);
        let known = &self.methods[&method];
        let sent = match self.codec().encode(known.response, value) {
            Ok(payload) => connection.send(self, channel, DATA, &payload),
            Err(_) => Err((12, format!("the answer of {} cannot be sent", known.name))),
        };
        if let Err((code, text)) = sent {
            connection.running.lock().expect("no panic").remove(&channel);
            self.calls.lock().expect("no panic").1.remove(&number);
            connection.fail(self, channel, code, &text);
            return false;
        }
        let most = match self.defect {
            "hoards" => usize::MAX,
            _ => self.options().max_unsent,
        };
        connection.outbox.room(most, || running(&number)) && running(&number)
    }

    /// Ends a call as its handler does.
    fn end(&self, number: u64, how: &str, command: &Value) {
        let Some(call) = self.calls.lock().expect("no panic").1.remove(&number) else {
            return;
        };
        let mut there = call.connection.running.lock().expect("no panic");
        if there.get(&call.channel) == Some(&number) {
            there.remove(&call.channel);
        }
        drop(there);
        if !call.answers {
            return;
        }
        let known = &self.methods[&call.method];
        let message = command["message"].as_str().unwrap_or_default();
        let ended = match how {
            "answer" => match self.codec().encode(known.response, &command["value"]) {
                Ok(payload) => call.connection.send(self, call.channel, DATA | EOS, &payload),
                Err(_) => Err((12, format!("the answer of {} cannot be sent", known.name))),
            },
            "end" if self.defect == "ends-with-data" => call.connection.send(self, call.channel, DATA | EOS, &[]),
            "end" => call.connection.send(self, call.channel, EOS, &[]),
            "fail" => Err((command["code"].as_u64().unwrap_or_default() as u32, message.to_owned())),
            _ if self.options().error_texts || self.defect == "tells-secrets" => {
                Err((12, format!("{} failed: {message}", known.name)))
            }
            _ => Err((12, format!("{} failed", known.name))),
        };
        if let Err((code, text)) = ended {
            call.connection.fail(self, call.channel, code, &text);
        }
    }
}

/// `a.1.b` as `a[1].b`.
fn indexed(path: &str) -> String {
    let mut parts = path.split('.');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |path, part| match part.parse::<usize>() {
        Ok(index) => format!("{path}[{index}]"),
        Err(_) => format!("{path}.{part}"),
    })
}

fn options(given: &Value, first_channel: u32) -> Options {
    let number = |value: &Value, default: u64| value.as_u64().unwrap_or(default) as usize;
    Options {
        first_channel: number(&given["first_channel"], first_channel.into()) as u32,
        max_frame: number(&given["limits"]["max_frame_bytes"], 16 << 20),
        max_unsent: number(&given["limits"]["max_unsent_bytes"], 4 << 20),
        max_decoded: given["limits"]["max_decoded_bytes"].as_u64().unwrap_or(256 << 20),
        idle: given["idle_timeout_ms"].as_u64().map(Duration::from_millis),
        max_calls: number(&given["max_served_calls"], 1024),
        max_bytes: number(&given["max_served_bytes"], 64 << 20),
        max_connections: number(&given["max_connections"], 4096),
        error_texts: given["error_texts"] == true,
        echo: given["echo"] == true,
    }
}
