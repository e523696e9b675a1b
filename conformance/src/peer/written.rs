//! WebSocket frames as people write them in scenarios.

use rapace_wire::websocket::{Message, OPCODES};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::bytes;
use conformance_oracle::Hex;

/// A WebSocket frame, right or wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Written(#[serde(with = "Form")] pub Message);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Message", deny_unknown_fields)]
struct Form {
    #[serde(deserialize_with = "opcode")]
    opcode: u8,
    #[serde(default, serialize_with = "hex", deserialize_with = "payload")]
    payload: Vec<u8>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    more: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    reserved: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    masked: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
}

fn hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    Hex(bytes.into()).serialize(serializer)
}

fn payload<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    bytes::deserialize(deserializer).map(|hex| hex.0)
}

/// For fields that are opcodes: a name or a number.
///
/// # Errors
/// When it is neither.
pub fn opcode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let number = value.as_u64().and_then(|number| u8::try_from(number).ok());
    let named = || {
        OPCODES
            .iter()
            .find(|(name, _)| value == *name)
            .map(|(_, opcode)| *opcode)
    };
    number.or_else(named).ok_or_else(|| {
        let names = OPCODES.map(|(name, _)| name).join(", ");
        serde::de::Error::custom(format!("no opcode {value}; opcodes are {names} and numbers"))
    })
}
