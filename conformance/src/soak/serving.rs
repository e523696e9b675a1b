//! The soak of a testee that serves: several raw peers call it through the proxy, and the soak has its handlers answer.

mod handlers;

use std::collections::BTreeMap;
use std::time::Duration;

use conformance_draw::Random;
use rapace_schema::method_id;
use rapace_wire::frame::{CONTROL, DATA, EOS, ERROR, Frame, NO_REPLY};
use serde_json::{Value, json};

use self::handlers::{Handlers, Script};
use super::proxy::Proxy;
use super::{Plan, Stats};
use crate::bytes::varint;
use crate::message::{Message, hex, shown};
use crate::peer::Transport;
use crate::request::check_error;
use crate::testee::{Event, Program, Testee};

/// How many calls are in flight, at most.
const AT_ONCE: usize = 60;
/// How many connections there are.
const CONNECTIONS: usize = 4;
/// A peer that does not read goes on to read when nothing else happens for so long.
const STILL: Duration = Duration::from_millis(30);
/// How long what the testee counts may take to come to rest.
const SETTLING: Duration = Duration::from_secs(10);
/// The most bytes of a text.
const TEXT: usize = 3_000;
/// The most items of a stream.
const ITEMS: u32 = 12;

/// Runs it, and prints what came of it. Says whether all is as it should be.
///
/// # Errors
/// When proxy or testee cannot be started.
pub fn run(program: &Program, plan: &Plan) -> Result<bool, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let start = std::time::Instant::now();
    let mut testee = Testee::start(program)?;
    testee.hang_up();
    let address = testee.serve_over(plan.over, &json!({"echo": true}));
    let address = address.map_err(|failure| failure.to_string())?;
    let (scheme, place) = address.split_once("://").unwrap_or_default();
    let (port, path) = place.split_once('/').unwrap_or((place, ""));
    let server = port.parse().map_err(|error| format!("{address}: {error}"))?;
    let proxy = runtime.block_on(Proxy::start(server, plan.seed));
    let proxy = proxy.map_err(|error| error.to_string())?;
    let mut soak = Soak {
        address: format!("{scheme}://{}/{path}", proxy.address()),
        testee,
        proxy,
        over: plan.over,
        random: Random(plan.seed),
        connections: Vec::new(),
        deaf: None,
        calls: BTreeMap::new(),
        handlers: Handlers::default(),
        told: 0,
        ended: Ended::default(),
        patience: plan.patience,
    };
    let done = soak.run(plan.calls);
    let name = &program.name;
    let took = start.elapsed().as_secs_f64();
    println!(
        "{name}: {} served calls over {} in {took:.1} s: {}; {} cuts",
        soak.told,
        plan.over,
        soak.ended,
        soak.proxy.cuts()
    );
    runtime.shutdown_background();
    match done {
        Ok(stats) => println!("{name}: {stats}"),
        Err(problem) => {
            println!("{name}: {}", problem.replace('\n', "\n    "));
            println!(
                "again        cargo run -p conformance -- soak --serving {} --calls {} --seed {} --over {}",
                program.options, plan.calls, plan.seed, plan.over
            );
            return Ok(false);
        }
    }
    Ok(true)
}

struct Soak {
    testee: Testee,
    /// The proxy's.
    address: String,
    proxy: Proxy,
    over: Transport,
    random: Random,
    connections: Vec<Connected>,
    /// The connection that is not read.
    deaf: Option<u32>,
    /// The calls in flight, by connection and channel.
    calls: BTreeMap<(u32, u32), Call>,
    handlers: Handlers,
    told: u64,
    ended: Ended,
    patience: Duration,
}

/// A connection of a raw peer.
struct Connected {
    number: u32,
    next_channel: u32,
}

/// A call in flight.
struct Call {
    expected: Expected,
    /// Whether it was taken back.
    cancelled: bool,
}

/// What must answer a call.
enum Expected {
    /// This payload.
    Value(Vec<u8>),
    /// So many numbers from the first, and then an error, or the end.
    Items {
        first: u32,
        count: u32,
        came: u32,
        fails: bool,
    },
    /// That there is no such method.
    Unknown,
}

/// How calls ended.
#[derive(Default)]
struct Ended {
    right: u64,
    lost: u64,
    cancelled: u64,
    notifications: u64,
    stalls: u64,
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            right,
            lost,
            cancelled,
            notifications,
            stalls,
        } = self;
        write!(
            f,
            "{right} right, {lost} lost with their connection, {cancelled} cancelled, {notifications} notifications, {stalls} \
             times a peer that did not read"
        )
    }
}

impl Soak {
    /// All of it; returns what the testee counted after the first tenth, and in the end.
    fn run(&mut self, calls: u64) -> Result<String, String> {
        self.until(calls / 10)?;
        let before = self.settled(None)?;
        self.until(calls)?;
        let after = self.settled(Some(&before))?;
        Ok(format!("{before} after a tenth, {after} in the end"))
    }

    /// Makes calls until there were so many, and waits for the end of all.
    fn until(&mut self, calls: u64) -> Result<(), String> {
        self.proxy.set_calm(false);
        loop {
            while self.told < calls && self.calls.len() < AT_ONCE {
                self.call()?;
            }
            if self.told == calls {
                // The rest is to end, and not with its connections.
                self.proxy.set_calm(true);
                self.hear_on();
            }
            if self.calls.is_empty() && self.handlers.are_done() && self.told == calls {
                return self.handlers.check();
            }
            self.step()?;
        }
    }

    /// Dials the testee, through the proxy, until there are enough connections.
    fn dial(&mut self) -> Result<(), String> {
        while self.connections.len() < CONNECTIONS {
            let dialled = self.testee.dial(self.over, &self.address);
            self.connections.push(Connected {
                number: dialled.map_err(|failure| failure.to_string())?,
                next_channel: 1,
            });
        }
        Ok(())
    }

    /// Makes a call, and now and then takes it back at once or stops reading.
    fn call(&mut self) -> Result<(), String> {
        self.dial()?;
        let own = self.told as u32;
        self.told += 1;
        let at = self.random.below(self.connections.len());
        let connection = &mut self.connections[at];
        let (on, channel) = (connection.number, connection.next_channel);
        connection.next_channel += 2;
        let text = format!("{own}-{}", "x".repeat(self.random.below(TEXT)));
        let text_bytes = [varint(text.len() as u64), text.clone().into_bytes()].concat();
        let second = [varint(own), vec![1, b'x']].concat();
        let count = self.random.below(ITEMS as usize) as u32;
        let (name, flags, payload, expected) = match self.random.below(16) {
            0..4 => ("Values.u32", DATA | EOS, varint(own), Expected::Value(varint(own))),
            4..7 => (
                "Values.string",
                DATA | EOS,
                text_bytes.clone(),
                Expected::Value(text_bytes),
            ),
            7..10 => {
                self.handlers.expect(own, (on, channel), Script::Text(text));
                ("Calls.second", DATA | EOS, second, Expected::Value(text_bytes))
            }
            10..14 => {
                let fails = self.random.one_in(4);
                self.handlers.expect(own, (on, channel), Script::Items { count, fails });
                let expected = Expected::Items {
                    first: own,
                    count,
                    came: 0,
                    fails,
                };
                ("Calls.count", DATA | EOS | NO_REPLY, varint(own), expected)
            }
            14 => {
                self.handlers.expect(own, (on, 0), Script::Text(String::new()));
                self.ended.notifications += 1;
                let frame = Frame::of(0, DATA | EOS | NO_REPLY, &second).calling(method_id("Calls.second"));
                return self.send(on, &frame);
            }
            _ => ("Calls.nowhere", DATA | EOS, Vec::new(), Expected::Unknown),
        };
        let cancelled = !matches!(expected, Expected::Unknown) && self.random.one_in(8);
        self.calls.insert((on, channel), Call { expected, cancelled });
        self.send(on, &Frame::of(channel, flags, &payload).calling(method_id(name)))?;
        if cancelled {
            let payload = [&[2][..], &varint(channel), &[0]].concat();
            self.send(on, &Frame::of(0, CONTROL, &payload).calling(3))?;
        }
        if self.deaf.is_none() && self.random.one_in(150) {
            if let Some(connection) = self.testee.connection_of(on) {
                connection.stop_reading();
            }
            self.ended.stalls += 1;
            self.deaf = Some(on);
        }
        Ok(())
    }

    /// Sends a frame. A connection that is cut is noticed when its end is heard.
    fn send(&mut self, on: u32, frame: &Frame) -> Result<(), String> {
        if let Some(connection) = self.testee.connection_of(on) {
            let bytes = connection.encode(frame);
            let _ = connection.send_bytes(&bytes);
            return Ok(());
        }
        Err("the soak has no connection".into())
    }

    /// Reads on where it did not.
    fn hear_on(&mut self) {
        if let Some(on) = self.deaf.take()
            && let Some(connection) = self.testee.connection_of(on)
        {
            connection.read_on();
        }
    }

    /// Takes the next thing that happens.
    fn step(&mut self) -> Result<(), String> {
        let patience = if self.deaf.is_some() { STILL } else { self.patience };
        let event = self
            .testee
            .next_within(patience)
            .map_err(|failure| failure.to_string())?;
        match event {
            None if self.deaf.is_some() => {
                self.hear_on();
                Ok(())
            }
            None => {
                let message = Message::new(format_args!("nothing happened for {} s", self.patience.as_secs()));
                let waits: Vec<String> = self.calls.keys().take(10).map(|key| format!("{key:?}")).collect();
                let missing = format!("{} answers, on {} …", self.calls.len(), waits.join(" "));
                Err(message
                    .line("missing", missing)
                    .line("handlers", self.handlers.told())
                    .into())
            }
            Some(Event::Said(said)) => {
                let testee = &mut self.testee;
                self.handlers.said(&said, &mut |command| {
                    testee.tell(command).map_err(|failure| failure.to_string())
                })
            }
            Some(Event::Sent(frame)) => {
                let on = self.testee.heard_on();
                self.frame(on, &frame)
            }
            Some(Event::Closed(_)) => {
                self.lost(self.testee.heard_on());
                Ok(())
            }
            Some(Event::Wrong(what)) => Err(format!("it sent what it must not: {what}")),
            Some(Event::Control { .. }) => Ok(()),
        }
    }

    /// A connection was cut.
    fn lost(&mut self, on: u32) {
        self.connections.retain(|connection| connection.number != on);
        if self.deaf == Some(on) {
            self.deaf = None;
        }
        let before = self.calls.len();
        self.calls.retain(|(connection, _), _| *connection != on);
        self.ended.lost += (before - self.calls.len()) as u64;
        self.handlers.lost(on);
    }

    /// Holds a frame against what must come on its channel.
    fn frame(&mut self, on: u32, frame: &Frame) -> Result<(), String> {
        if frame.flags() & CONTROL != 0 {
            // An empty one acknowledges a part of a frame, for peers that wait for that.
            return Ok(());
        }
        let key = (on, frame.channel());
        let Some(call) = self.calls.get_mut(&key) else {
            let what = format!("flags {:#x} with {}", frame.flags(), hex(&frame.payload));
            return Err(format!("a frame on channel {} of no call: {what}", frame.channel()));
        };
        let failed = frame.flags() & ERROR != 0;
        let ends = match &mut call.expected {
            _ if failed && call.cancelled && check_error(frame, (key.1, 1), Some("cancelled"), &[]).is_ok() => {
                self.ended.cancelled += 1;
                self.handlers.may_be_cancelled(key);
                self.calls.remove(&key);
                return Ok(());
            }
            Expected::Value(payload) if *frame == Frame::answer(key.1, payload) => true,
            Expected::Items { first, count, came, .. } if !failed && frame.payload == varint(*first + *came) => {
                *came += 1;
                if *came > *count || frame.flags() != DATA {
                    return Err(format!("item {came} of {count} with flags {:#x}", frame.flags()));
                }
                false
            }
            Expected::Items { count, came, fails, .. } if *count == *came => match *fails {
                true => check_error(frame, (key.1, 9), Some("enough"), &[]).map(|()| true)?,
                false if *frame == Frame::of(key.1, EOS, &[]) => true,
                false => return Err("no end of a stream".into()),
            },
            Expected::Unknown => {
                check_error(frame, (key.1, 11), None, &["no method has the id".into()]).map(|()| true)?
            }
            _ => {
                let came = format!("flags {:#x} with {}", frame.flags(), hex(&frame.payload));
                return Err(Message::new("an answer that is another's")
                    .line("came", shown(&came))
                    .into());
            }
        };
        if ends {
            self.ended.right += 1;
            self.handlers.may_be_cancelled(key);
            self.calls.remove(&key);
        }
        Ok(())
    }

    /// What it counts without a connection, once it is no more than before.
    fn settled(&mut self, before: Option<&Stats>) -> Result<Stats, String> {
        for connection in std::mem::take(&mut self.connections) {
            self.lost(connection.number);
        }
        self.testee.hang_up();
        let start = std::time::Instant::now();
        loop {
            let id = self
                .testee
                .tell(json!({"stats": true}))
                .map_err(|failure| failure.to_string())?;
            let said = loop {
                match self
                    .testee
                    .next_within(self.patience)
                    .map_err(|failure| failure.to_string())?
                {
                    Some(Event::Said(said)) if said["id"] == json!(id) => break said,
                    Some(Event::Said(said)) => return Err(format!("an answer to no command: {said}")),
                    Some(_) => {}
                    None => return Err("no answer to stats".into()),
                }
            };
            let stats = Stats::of(&said["stats"]);
            let idle = said["stats"]["serving"] == json!(0) && said["stats"]["connections"] == json!(0);
            let settled = idle && before.is_none_or(|before| stats.is_no_more_than(before));
            let early = before.is_none() && start.elapsed() < SETTLING / 10;
            if settled && !early {
                return Ok(stats);
            }
            if start.elapsed() > SETTLING {
                let before = before.map_or_else(String::new, Stats::to_string);
                let message = Message::new("something is left").line("before", before);
                let calls = json!([said["stats"]["serving"], said["stats"]["connections"]]);
                return Err(message
                    .line("came", stats)
                    .line("calls", Value::to_string(&calls))
                    .into());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
