//! Scenarios: what testee and raw peer do, step by step. `source` reads them from the files that people write.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::bytes;
use crate::class::Class;
use crate::json::cases_to_json;
use crate::peer::{self, Message, Transport};
use crate::recorded::{End, Recorded};
use conformance_oracle::Hex;

/// The scenarios of one class, a file of their own.
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

/// A scenario. It begins with a connected testee, and ends with every command answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Unique in its class.
    pub name: String,
    /// The transports that it is about; all when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub over: Vec<Transport>,
    /// The options that the testee connects with, if any. With a pool among them the raw peer takes every connection.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub options: Value,
    /// The testee has closed its connection when it begins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unconnected: bool,
    /// What happens, in this order.
    pub steps: Vec<Step>,
}

/// Byte `at` of the pattern that is written where only the number of bytes matters.
pub fn pattern(at: usize) -> u8 {
    (at * 31 + at / 256) as u8
}

/// A step. In arguments and commands `@pattern LENGTH` stands for so many bytes of the pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// The testee is told to make a unary call.
    Call(Request),
    /// The testee is told to call a stream and to read it to its end.
    Stream(Request),
    /// The testee is told to call a stream that is read by hand.
    Open(Request),
    /// The testee is told to notify.
    Notify(Request),
    /// The testee is told this command of the contract. `@NAME` stands for the number of the command of that name, and
    /// `@address` for where the raw peer listens.
    Tell {
        /// What the other steps call it.
        name: String,
        /// The command, without its number.
        command: Value,
    },
    /// The raw peer receives the request of this call. Its descriptor and its payload are checked.
    Receive {
        /// The call's name.
        call: String,
        /// What its payload must be.
        #[serde(default = "bytes::none", deserialize_with = "bytes::deserialize")]
        payload: Hex,
    },
    /// The raw peer receives the request of this call. Its descriptor is checked, its payload is not.
    ReceiveAny {
        /// The call's name.
        call: String,
    },
    /// The raw peer receives the request of this call, which must be the one of Rust's own client: every byte, but for
    /// `msg_id` and `channel_id`, which a session chooses.
    ReceiveRecorded {
        /// The call's name.
        call: String,
        /// What Rust's own client sent.
        frame: Recorded,
    },
    /// The raw peer receives the control frame that takes back this call.
    ReceiveCancel {
        /// The call's name.
        call: String,
    },
    /// The raw peer receives these bytes on a tunnel, in frames of any size that is allowed.
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
    /// The raw peer receives the end of a tunnel's one direction.
    ReceiveEnd {
        /// The tunnel's channel.
        channel: u32,
    },
    /// The raw peer receives the error that answers a call of its own.
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
    /// The raw peer receives a WebSocket's control frame.
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
    /// The testee says how a call or another command ended.
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
    /// The testee says that the connection's state is this now.
    Becomes(String),
    /// The testee closes the connection, or all of several.
    Closes,
    /// The raw peer closes the connection.
    Close,
    /// The raw peer closes the connection, one of several, that the request of this call came on.
    CloseUnder {
        /// The call's name.
        call: String,
    },
    /// The requests of these calls came on so many connections.
    Carried {
        /// The calls' names.
        calls: Vec<String>,
        /// How many.
        connections: usize,
    },
    /// The testee has so many connections, or will at once.
    Connections(usize),
    /// The raw peer sends nothing more, and reads on.
    HalfClose,
    /// The raw peer resets the connection: an RST.
    Reset,
    /// The raw peer reads no more.
    Deaf,
    /// The raw peer reads on.
    Hears,
    /// Connections are refused from now on.
    Refuse,
    /// Connections are taken again.
    Listen,
    /// The testee connects anew, and the raw peer takes it.
    Accept,
    /// For so many milliseconds the raw peer closes each connection as soon as it is there.
    Flaps {
        /// How long.
        for_ms: u64,
        /// The testee makes at most so many.
        most: usize,
    },
    /// For so many milliseconds the testee does not connect.
    Lonely(u64),
    /// So many milliseconds pass.
    Passes(u64),
    /// The raw peer has received no request that no step was about.
    NoRequests,
    /// A further call shows that the connection is of use.
    Lives,
    /// What the testee counts comes back, within seconds, to what it was when the scenario began: no call in flight, no task
    /// and no handle more, and no more than these bytes of memory more.
    Settles {
        /// How much more memory may be in use.
        memory: u64,
    },
    /// The testee has dropped so many frames since the scenario began.
    Dropped(u64),
    /// Many calls of one kind, from their requests to what the testee says of them.
    Many(Many),
    /// The raw peer sends this text, numbered, as so many items of a stream, from a thread of its own.
    Flood {
        /// The stream's name.
        call: String,
        /// How many items.
        items: u32,
        /// How many bytes an item's text has.
        bytes: usize,
    },
    /// The flood stands still, because the testee does not read the connection, before so many items were sent.
    Stalls {
        /// Before this item.
        before: u32,
    },
    /// The whole flood was taken.
    Flooded,
    /// The testee is told to read so many of the flood's items, a few hundred at a time; each is what was sent.
    Drains {
        /// The stream's name.
        call: String,
        /// The first.
        from: u32,
        /// How many.
        items: u32,
    },
}

/// Many calls at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Many {
    /// The raw peer receives so many requests of `Values.u32` and sends each one's argument back, in this order.
    Echoes {
        /// How many.
        count: usize,
        /// In which order.
        order: Order,
    },
    /// The testee is told to read so many streams and to make as many calls, each with arguments of its own. All answers and
    /// items are sent in an order that only keeps that of each stream.
    Interleaved {
        /// How many streams.
        streams: usize,
        /// How many calls.
        calls: usize,
        /// How many items each stream has.
        items: usize,
        /// What the order is drawn from.
        seed: u64,
    },
    /// The testee is told to take maps of so many keys: random ones, and ones that collide in hash tables without a seed.
    Keys {
        /// How many keys.
        count: u32,
        /// How many times as long as random ones colliding ones may take, in one of several tries.
        factor: u32,
    },
    /// The raw peer sends back what it receives on a tunnel, so many bytes, and then its end after the testee's.
    Pumped {
        /// The tunnel's channel.
        channel: u32,
        /// How many bytes.
        bytes: u64,
        /// How much more memory may be in use meanwhile, in bytes.
        memory: u64,
    },
}

/// In which order requests are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Each at once.
    AsTheyCome,
    /// The last first.
    Reversed,
    /// At random, the same for the same number of requests.
    Shuffled,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What the other steps call it.
    pub name: String,
    /// `Service.method`.
    pub method: String,
    /// The arguments, in JSON form.
    #[serde(default)]
    pub arguments: Vec<Value>,
    /// How long it may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// What the raw peer sends at once. It may be written as the list of its frames.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sending {
    /// What is sent.
    pub frames: Vec<Sent>,
    /// After how many bytes to pause, each time; no pauses when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<usize>,
}

impl<'de> Deserialize<'de> for Sending {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FramesOrMore)
    }
}

/// Reads a list of frames, or frames and pauses.
struct FramesOrMore;

impl<'de> Visitor<'de> for FramesOrMore {
    type Value = Sending;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of frames, or frames and pauses")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, frames: A) -> Result<Sending, A::Error> {
        let frames = Vec::deserialize(SeqAccessDeserializer::new(frames))?;
        Ok(Sending {
            frames,
            pauses: Vec::new(),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Sending, A::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Both {
            frames: Vec<Sent>,
            pauses: Vec<usize>,
        }
        let Both { frames, pauses } = Both::deserialize(MapAccessDeserializer::new(entries))?;
        Ok(Sending { frames, pauses })
    }
}

/// Bytes that the raw peer sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sent {
    /// A frame.
    Frame {
        /// The call on whose channel it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<String>,
        /// The channel, where it is no call's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<u32>,
        /// The flags.
        #[serde(deserialize_with = "bytes::flags")]
        flags: u32,
        /// The payload.
        #[serde(default = "bytes::none", deserialize_with = "bytes::deserialize")]
        payload: Hex,
        /// Bytes put over the descriptor, by offset; written by the names of fields.
        #[serde(default, deserialize_with = "bytes::fields", skip_serializing_if = "Vec::is_empty")]
        descriptor: Vec<(usize, Hex)>,
        /// How many bytes each of a WebSocket message's fragments has, but for the last one; it is whole when there are none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fragments: Vec<usize>,
        /// A WebSocket's control frame between the fragments.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        between: Option<Message>,
    },
    /// A frame that a server of Rust's sent.
    Recorded {
        /// The call on whose channel it is; without one it is sent as it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<String>,
        /// The frame.
        frame: Recorded,
    },
    /// A WebSocket's frame.
    Message(Message),
    /// No frame.
    Bytes(#[serde(deserialize_with = "bytes::deserialize")] Hex),
}

impl Scenario {
    /// Over every transport, on a connection that is like any other.
    pub fn new(name: impl Into<String>, steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            name: name.into(),
            over: Vec::new(),
            options: Value::Null,
            unconnected: false,
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
