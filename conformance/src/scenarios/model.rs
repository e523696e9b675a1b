//! Scenarios: what testee and raw peer do, step by step. `source` reads them from the files that people write.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::many::Many;
use super::sent::{Request, Sending};
use crate::bytes;
use crate::class::Class;
use crate::json::cases_to_json;
use crate::peer::{self, Transport};
use crate::recorded::{End, Recorded};
use conformance_oracle::Hex;

/// The scenarios of one class, which are one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenarios {
    /// The class.
    pub class: Class,
    /// What it is about.
    pub title: String,
    /// What is right.
    pub rule: String,
    /// The scenarios.
    pub cases: Vec<Scenario>,
}

/// A scenario. It begins with a connected testee, and it ends when every command is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Unique in its class.
    pub name: String,
    /// The transports that it is played over; all when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub over: Vec<Transport>,
    /// The options that the testee connects with, if any. With a pool among them the raw peer takes every connection.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub options: Value,
    /// The testee has closed its connection when it begins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unconnected: bool,
    /// In a class in which the testee serves: it dials the raw peer and serves on that connection. Otherwise the raw peer dials
    /// the testee's host.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dials: bool,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// Byte `at` of the pattern: bytes for steps in which only their number matters.
pub fn pattern(at: usize) -> u8 {
    (at * 31 + at / 256) as u8
}

/// A step. In arguments and commands `@pattern LENGTH` is replaced by so many bytes of the pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// The testee makes a unary call.
    Call(Request),
    /// The testee calls a stream and reads it to its end.
    Stream(Request),
    /// The testee calls a stream that is read by hand.
    Open(Request),
    /// The testee sends a notification.
    Notify(Request),
    /// The testee gets a command of the contract. `@NAME` is replaced by the number of the command of that name, and `@address`
    /// by the raw peer's address.
    Tell {
        /// The name by which other steps refer to it.
        name: String,
        /// The command, without its number.
        command: Value,
    },
    /// The raw peer receives the request of this call, and checks its descriptor and its payload.
    Receive {
        /// The call's name.
        call: String,
        /// What its payload must be.
        #[serde(default = "bytes::none", deserialize_with = "bytes::deserialize")]
        payload: Hex,
    },
    /// The raw peer receives the request of this call, and checks only its descriptor.
    ReceiveAny {
        /// The call's name.
        call: String,
    },
    /// The raw peer receives the request of this call. It must equal that of Rust's own client, except for `msg_id` and
    /// `channel_id`, which a session chooses.
    ReceiveRecorded {
        /// The call's name.
        call: String,
        /// What Rust's own client sent.
        frame: Recorded,
    },
    /// The raw peer receives the control frame that cancels this call.
    ReceiveCancel {
        /// The call's name.
        call: String,
    },
    /// The raw peer receives these bytes on a tunnel, in frames of any allowed size.
    ReceiveBytes {
        /// The tunnel's channel.
        channel: u32,
        /// What is received.
        #[serde(deserialize_with = "bytes::deserialize")]
        bytes: Hex,
    },
    /// The raw peer receives so many bytes of the pattern on a tunnel.
    ReceivePattern {
        /// The tunnel's channel.
        channel: u32,
        /// How many.
        length: usize,
    },
    /// The raw peer receives the end of the testee's direction of a tunnel.
    ReceiveEnd {
        /// The tunnel's channel.
        channel: u32,
    },
    /// The raw peer receives the error that answers its own call.
    ReceiveRefusal {
        /// The channel of that call.
        channel: u32,
        /// The error's code.
        code: u32,
        /// Its message.
        message: String,
        /// At most so many milliseconds from the step before, in one of several tries.
        within_ms: u64,
    },
    /// The raw peer receives this control frame of rapace, one that takes back no call.
    ReceiveSession {
        /// What it is: 2 is CloseChannel, 6 is Pong.
        method: u32,
        /// Its payload.
        #[serde(deserialize_with = "bytes::deserialize")]
        payload: Hex,
    },
    /// The raw peer receives a WebSocket control frame.
    ReceiveControl {
        /// The kind of frame.
        #[serde(deserialize_with = "peer::opcode")]
        opcode: u8,
        /// What it begins with.
        #[serde(deserialize_with = "bytes::deserialize")]
        begins: Hex,
    },
    /// The raw peer sends these bytes.
    Send(Sending),
    /// The testee answers a call or another command.
    Ends {
        /// The call's name.
        call: String,
        /// In this way.
        with: End,
        /// Not before so many milliseconds from the step before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_ms: Option<u64>,
        /// At most so many milliseconds from the step before, in one of several tries.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        within_ms: Option<u64>,
    },
    /// The testee reports this state of the connection.
    Becomes(String),
    /// The testee closes its connection, or all of its connections.
    Closes,
    /// The raw peer closes the connection.
    Close,
    /// Of several connections, the raw peer closes the one that the request of this call came on.
    CloseUnder {
        /// The call's name.
        call: String,
    },
    /// The requests of these calls must have come on so many connections.
    Carried {
        /// The calls' names.
        calls: Vec<String>,
        /// How many.
        connections: usize,
    },
    /// The testee must have so many connections, now or within seconds.
    Connections(usize),
    /// The raw peer sends a FIN and reads on.
    HalfClose,
    /// The raw peer sends an RST.
    Reset,
    /// The raw peer stops reading.
    Deaf,
    /// The raw peer reads on.
    Hears,
    /// The raw peer refuses connections from now on.
    Refuse,
    /// The raw peer accepts connections again.
    Listen,
    /// The testee connects anew, and the raw peer accepts the connection.
    Accept,
    /// For so many milliseconds the raw peer closes each connection as soon as it has accepted it.
    Flaps {
        /// How long.
        for_ms: u64,
        /// The testee must make at most so many.
        most: usize,
    },
    /// The testee must not connect for so many milliseconds.
    Lonely(u64),
    /// The runner waits for so many milliseconds.
    Passes(u64),
    /// The raw peer must have received no request besides those of earlier steps.
    NoRequests,
    /// A further call must succeed: the connection can be used.
    Lives,
    /// Within seconds, the testee's `stats` must be what they were when the scenario began: no call in flight, no more tasks, no
    /// more handles, and at most so much more memory.
    Settles {
        /// How much more memory may be in use, in bytes.
        memory: u64,
    },
    /// The testee must have dropped so many frames since the scenario began.
    Dropped(u64),
    /// A handler of the testee must run.
    Called {
        /// The name by which other steps refer to it.
        name: String,
        /// `Service.method`.
        method: String,
        /// The arguments that it must have; any when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arguments: Option<Vec<Value>>,
    },
    /// Cancellation must reach the handler of this name.
    Cancelled(String),
    /// No handler may run besides those of earlier steps.
    NotCalled,
    /// The raw peer receives this answer to its unary call, byte for byte.
    ReceiveAnswer {
        /// The call's channel.
        channel: u32,
        /// The answer's payload.
        #[serde(default = "bytes::none", deserialize_with = "bytes::deserialize")]
        payload: Hex,
    },
    /// The raw peer receives this item of a stream, byte for byte.
    ReceiveItem {
        /// The stream's channel.
        channel: u32,
        /// The item's payload.
        #[serde(default = "bytes::none", deserialize_with = "bytes::deserialize")]
        payload: Hex,
    },
    /// The raw peer receives the frame that ends a stream.
    ReceiveEos {
        /// The stream's channel.
        channel: u32,
    },
    /// The raw peer receives an error, byte for byte, or with a message that has these texts in it.
    ReceiveError {
        /// The call's channel.
        channel: u32,
        /// The error's code.
        code: u32,
        /// Its message, where it is the same in every language.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// Texts that its message has in it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        contains: Vec<String>,
    },
    /// The raw peer receives an answer that is so many bytes of the pattern.
    ReceivePatternAnswer {
        /// The call's channel.
        channel: u32,
        /// How many bytes.
        length: usize,
    },
    /// The raw peer receives this frame as a server in Rust sent it.
    ReceiveFrame(Recorded),
    /// The raw peer calls the testee's host from another connection, which is the one that later steps use.
    Dial,
    /// The raw peer makes another connection to the testee's host and sends these bytes, if any. The host must close it.
    TurnedAway {
        /// What is sent.
        #[serde(default = "bytes::none", deserialize_with = "bytes::deserialize")]
        bytes: Hex,
    },
    /// The testee must have so many served calls that run, now or within seconds.
    Serving(u64),
    /// The handler of this name yields items of so many bytes until one of them waits for room. That must be one of the first
    /// `most`.
    Fills {
        /// The handler's name.
        handler: String,
        /// How many bytes an item has.
        bytes: usize,
        /// The most items that the testee and the system may take.
        most: usize,
    },
    /// The items of `fills` must arrive, and the one that waited must have been sent.
    Drained {
        /// The stream's channel.
        channel: u32,
    },
    /// Some of the items of `fills` may arrive, and then this error. The one that waited must not have been sent.
    DrainedUntilError {
        /// The stream's channel.
        channel: u32,
        /// The error's code.
        code: u32,
        /// Its message.
        message: String,
    },
    /// Handlers that ran or were cancelled and were not asked for are of no interest.
    Forgets,
    /// The raw peer sends requests of a method that does not exist, and reads nothing, until the testee closes the connection.
    FloodsRequests {
        /// The most requests that the testee may take.
        most: usize,
    },
    /// The raw peer calls until one call is refused with this error. Those before it must be served.
    RefusesNew {
        /// The error's code.
        code: u32,
        /// Its message.
        message: String,
    },
    /// The command of this name was to serve, and is answered. The testee has another host now.
    ServesAgain(String),
    /// Many calls of one kind, from their requests to the testee's answers.
    Many(Many),
    /// The raw peer sends so many items of a stream from another thread. Each is its number and dots.
    Flood {
        /// The stream's name.
        call: String,
        /// How many items.
        items: u32,
        /// How many bytes an item's text has.
        bytes: usize,
    },
    /// The flood must stop before this item, because the testee does not read the connection.
    Stalls {
        /// The item.
        before: u32,
    },
    /// The testee must have read the whole flood from the connection.
    Flooded,
    /// The testee reads so many of the flood's items, a few hundred at a time. Each must be the item that was sent.
    Drains {
        /// The stream's name.
        call: String,
        /// The first.
        from: u32,
        /// How many.
        items: u32,
    },
}

impl Scenario {
    /// Over every transport, on a connection that is like any other.
    pub fn new(name: impl Into<String>, steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            name: name.into(),
            over: Vec::new(),
            options: Value::Null,
            unconnected: false,
            dials: false,
            steps: steps.into_iter().collect(),
        }
    }
}

impl Step {
    /// A call ends in this way, whenever that is.
    pub fn ends(call: &str, with: End) -> Self {
        Self::Ends {
            call: call.into(),
            with,
            after_ms: None,
            within_ms: None,
        }
    }
}

impl Scenarios {
    /// The file: a line for each case.
    pub fn to_json(&self) -> String {
        let text = |value: &str| serde_json::to_string(value).expect("text is JSON");
        format!(
            "{{\n\"class\": {},\n\"title\": {},\n\"rule\": {},\n\"cases\": [\n{}\n]\n}}\n",
            self.class.number(),
            text(&self.title),
            text(&self.rule),
            cases_to_json(&self.cases)
        )
    }
}
