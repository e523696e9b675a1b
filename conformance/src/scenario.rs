//! Scenarios: what testee and raw peer do, step by step. They are data, like vectors.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::recording::Recorded;
use crate::vector::Hex;

/// The scenarios of one class, a file of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenarios {
    /// The class's number.
    pub class: u32,
    /// What it is about.
    pub title: String,
    /// What is right.
    pub rule: String,
    /// The scenarios.
    pub cases: Vec<Scenario>,
}

/// A scenario. It begins with a connected testee, and ends with every call answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Unique in its class.
    pub name: String,
    /// What happens, in this order.
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// The testee is told to make a unary call.
    Call(Request),
    /// The testee is told to call a stream and to read it to its end.
    Stream(Request),
    /// The raw peer receives the request of this call. Its descriptor and its payload are checked.
    Receive {
        /// The call's name.
        call: String,
        /// What its payload must be.
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
    /// The raw peer sends these bytes.
    Send {
        /// What is sent.
        frames: Vec<Sent>,
        /// After how many bytes to pause, each time; no pauses when there are none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pauses: Vec<usize>,
    },
    /// The testee says how a call ended.
    Ends {
        /// The call's name.
        call: String,
        /// In this way.
        with: End,
    },
    /// The testee closes the connection.
    Closes,
    /// The raw peer closes the connection.
    Close,
    /// A further call shows that the connection is of use.
    Lives,
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
    pub arguments: Vec<Value>,
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
        flags: u32,
        /// The payload.
        payload: Hex,
        /// Bytes put over the descriptor, by offset.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        garbage: Vec<(usize, Hex)>,
    },
    /// A frame that a server of Rust's sent.
    Recorded {
        /// The call on whose channel it is; without one it is sent as it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<String>,
        /// The frame.
        frame: Recorded,
    },
    /// No frame.
    Bytes(Hex),
}

/// How a call ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum End {
    /// With this value.
    Value(Value),
    /// With these items and the end of the stream.
    Items(Vec<Value>),
    /// With an error.
    Error {
        /// The items before it, of a stream.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        items: Option<Vec<Value>>,
        /// One of these kinds.
        kinds: Vec<String>,
        /// The code, of a status.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u32>,
        /// The message, of a status; anything when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
}

impl Scenarios {
    /// The file: a line for each case.
    pub fn to_json(&self) -> String {
        let text = |value: &str| serde_json::to_string(value).expect("text is JSON");
        format!(
            "{{\n\"class\": {},\n\"title\": {},\n\"rule\": {},\n\"cases\": [\n{}\n]\n}}\n",
            self.class,
            text(&self.title),
            text(&self.rule),
            cases_to_json(&self.cases)
        )
    }
}

/// A line for each case.
pub fn cases_to_json(cases: &[impl Serialize]) -> String {
    let lines = cases
        .iter()
        .map(|case| serde_json::to_string(case).expect("plain data is JSON"));
    lines.collect::<Vec<_>>().join(",\n")
}
