//! What scenarios send: calls of the testee, and bytes of the raw peer.

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::bytes;
use crate::peer::Written;
use crate::recorded::Recorded;
use conformance_oracle::Hex;

/// A call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The name by which other steps refer to it.
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
        /// `Service.method`, where it is a request: its message id is 1 then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        method: Option<String>,
        /// The flags.
        #[serde(deserialize_with = "bytes::flags")]
        flags: u32,
        /// The payload.
        #[serde(default = "bytes::none", deserialize_with = "bytes::deserialize")]
        payload: Hex,
        /// Bytes that replace those of the descriptor, by offset. In files they have the names of fields.
        #[serde(default, deserialize_with = "bytes::fields", skip_serializing_if = "Vec::is_empty")]
        descriptor: Vec<(usize, Hex)>,
        /// The sizes of a WebSocket message's fragments, except for the last one. Without any it is one frame.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fragments: Vec<usize>,
        /// A WebSocket control frame that is sent between the fragments.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        between: Option<Written>,
    },
    /// A frame that a server in Rust sent.
    Recorded {
        /// The call on whose channel it is sent; without one it is sent unchanged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<String>,
        /// The frame.
        frame: Recorded,
    },
    /// A WebSocket frame.
    Message(Written),
    /// Bytes that are no frame.
    Bytes(#[serde(deserialize_with = "bytes::deserialize")] Hex),
}
