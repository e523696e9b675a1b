//! What both recordings and scenarios have: whole frames, and how calls end.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use conformance_oracle::Hex;
use rapace_wire::frame::{DESCRIPTOR, FIELDS, Frame};

/// How a call ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum End {
    /// With this value.
    Value(Value),
    /// With these items and the end of the stream.
    Items(Vec<Value>),
    /// With these items, of a stream that is read by hand, and no end.
    Some(Vec<Value>),
    /// With an answer that has these entries.
    Says(Value),
    /// In one of these ways.
    OneOf(Vec<End>),
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
        /// Whether the peer sent it, of a status.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remote: Option<bool>,
    },
}

impl End {
    /// The call was in flight when the connection turned out to be of no more use.
    pub fn lost(items: Option<Vec<Value>>) -> Self {
        Self::Error {
            items,
            kinds: vec!["connection".into(), "protocol".into()],
            code: None,
            message: None,
            remote: None,
        }
    }
}

/// A whole frame as it travelled. In JSON it is hex: the length, the descriptor field by field and the payload, apart by
/// spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded(pub Frame);

impl Serialize for Recorded {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = self.0.to_bytes();
        let (length, rest) = bytes.split_at(4);
        let (descriptor, payload) = rest.split_at(DESCRIPTOR);
        let mut parts = vec![Hex(length.into()).to_string()];
        for (_, at, length) in FIELDS {
            parts.push(Hex(descriptor[at..at + length].into()).to_string());
        }
        if !payload.is_empty() {
            parts.push(Hex(payload.into()).to_string());
        }
        serializer.serialize_str(&parts.join(" "))
    }
}

impl<'de> Deserialize<'de> for Recorded {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes: Option<Hex> = text.replace(' ', "").parse().ok();
        let frame = bytes.and_then(|bytes| {
            let mut rest = bytes.0.as_slice();
            let frame = Frame::read(&mut rest).ok()??;
            rest.is_empty().then_some(frame)
        });
        frame
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not one frame")))
    }
}
