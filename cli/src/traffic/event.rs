//! What is reported of traffic: plain data, which `show` prints.

use std::time::Duration;

use rapace_schema::postcard::Part;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;

/// Takes what is reported, in order.
pub(crate) trait Sink {
    /// Takes the next.
    ///
    /// # Errors
    /// When it cannot be passed on.
    fn report(&mut self, event: &Event) -> Result<(), Failure>;
}

/// Which peer sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Direction {
    /// The peer that opened the connection.
    Client,
    /// The peer that accepted it.
    Server,
    /// The input does not say.
    Unknown,
}

/// One thing that is reported.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// A connection is first seen.
    Connection(Connection),
    /// A frame.
    Frame(Box<FrameEvent>),
    /// A payload without its frame.
    Payload(PayloadEvent),
    /// Something else that is worth knowing.
    Note(Note),
    /// Bytes after which nothing of this direction can be read.
    Broken(Note),
}

/// A connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Connection {
    /// Its number in the output, from 1.
    pub(crate) connection: u32,
    /// `127.0.0.1:40000 → 127.0.0.1:9000`, or another name.
    pub(crate) name: String,
}

/// Something about a direction of a connection.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Note {
    /// The number of the connection.
    pub(crate) connection: u32,
    /// Who sent the bytes.
    pub(crate) from: Direction,
    /// The first byte that it is about, among the bytes of this direction.
    pub(crate) offset: u64,
    /// What is to be said.
    pub(crate) text: String,
}

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// It calls a method.
    Request,
    /// The answer to a unary call.
    Answer,
    /// An item of a stream.
    Item,
    /// The end of a stream.
    End,
    /// The call failed.
    Error,
    /// For the session.
    Control,
    /// Bytes on a channel whose request is not in the input: of a tunnel, or an answer.
    Data,
}

/// A frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct FrameEvent {
    /// The number of the connection.
    pub(crate) connection: u32,
    /// Who sent it.
    pub(crate) from: Direction,
    /// Its first byte, among the bytes of this direction.
    pub(crate) offset: u64,
    /// How many bytes it has, its length and descriptor among them.
    pub(crate) bytes: u64,
    /// When it was sent, in seconds, where the input says so.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds")]
    pub(crate) time: Option<Duration>,
    /// How many seconds after the request it was sent.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds")]
    pub(crate) after: Option<Duration>,
    /// What it is for.
    pub(crate) kind: Kind,
    /// `Service.method`, or the name of a control frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<String>,
    /// The id of the method: its own, or that of the request that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method_id: Option<u32>,
    /// The channel.
    pub(crate) channel: u32,
    /// The number of the message; 0 in answers.
    pub(crate) message: u64,
    /// The flags, as rapace names them.
    pub(crate) flags: Vec<String>,
    /// What it carries.
    #[serde(flatten)]
    pub(crate) payload: PayloadEvent,
}

/// A payload, read or not.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct PayloadEvent {
    /// The name of a payload without a frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// What a payload without a frame was read as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) read_as: Option<String>,
    /// The first byte of the payload, among the bytes of this direction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payload_offset: Option<u64>,
    /// The JSON form, when it can be read. Of a request: an object with the arguments by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Value>,
    /// The description that it was read with, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api: Option<String>,
    /// The error that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Status>,
    /// The bytes, in hex, when they cannot be read. Of many the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payload: Option<String>,
    /// Why they cannot be read, or not with every description.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) problems: Vec<Problem>,
    /// Where its parts are.
    #[serde(skip)]
    pub(crate) parts: Vec<Part>,
}

/// An error that a peer sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Status {
    /// Its code.
    pub(crate) code: u32,
    /// The code's name, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'static str>,
    /// The message.
    pub(crate) message: String,
}

/// Why something cannot be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Problem {
    /// The description that it was read with, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api: Option<String>,
    /// The wrong byte, among the bytes of this direction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) offset: Option<u64>,
    /// Where in the value: names, indexes and variants, joined by dots.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) path: String,
    /// The kind of the error: `unexpected_end`, `tag`, `utf8` and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The error in words.
    pub(crate) text: String,
    /// True when another description reads the bytes, or when they are read all the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) harmless: bool,
}

impl Event {
    /// True when something could not be read.
    pub(crate) fn is_bad(&self) -> bool {
        let bad = |payload: &PayloadEvent| payload.problems.iter().any(|problem| !problem.harmless);
        match self {
            Self::Frame(frame) => bad(&frame.payload),
            Self::Payload(payload) => bad(payload),
            Self::Broken(_) => true,
            Self::Connection(_) | Self::Note(_) => false,
        }
    }
}

fn seconds<S: serde::Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.map_or(0.0, |time| time.as_secs_f64()))
}
