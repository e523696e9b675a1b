//! What control frames say, as JSON. Secrets are left out.

use rapace_wire::control::{CloseReason, Entries, Payload, PayloadError};
use serde_json::{Map, Value, json};

use super::apis::hex;

/// The keys whose values are not shown.
const SECRET: [&str; 3] = ["token", "authorization", "cookie"];
/// What is shown in their place.
const HIDDEN: &str = "(hidden)";
/// Why a call is cancelled, by number.
const CANCELLED: [&str; 3] = ["ClientCancel", "DeadlineExceeded", "ResourceExhausted"];
/// How many entries of metadata are shown.
const ENTRIES: usize = 1000;

/// The payload of a control frame; nothing when it has none.
pub(super) fn control(bytes: &[u8]) -> Result<Option<Value>, PayloadError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    Ok(Some(match Payload::parse(bytes)? {
        Payload::OpenChannel {
            channel,
            service,
            method,
            metadata,
        } => json!({"OpenChannel": {
            "channel_id": channel,
            "service_name": service,
            "method_name": method,
            "metadata": entries(metadata),
        }}),
        Payload::CloseChannel { channel, reason } => {
            let reason = match reason {
                CloseReason::Normal => json!("Normal"),
                CloseReason::Error(text) => json!({"Error": text}),
            };
            json!({"CloseChannel": {"channel_id": channel, "reason": reason}})
        }
        Payload::CancelChannel { channel, reason } => {
            let reason = CANCELLED.get(usize::from(reason));
            json!({"CancelChannel": {"channel_id": channel, "reason": reason}})
        }
        Payload::GrantCredits { channel, bytes } => json!({"GrantCredits": {"channel_id": channel, "bytes": bytes}}),
        Payload::Ping(probe) => json!({"Ping": {"payload": hex(&probe)}}),
        Payload::Pong(probe) => json!({"Pong": {"payload": hex(&probe)}}),
    }))
}

/// By key. The value is text, or hex where it is none.
fn entries(metadata: Entries<'_>) -> Map<String, Value> {
    let shown = metadata.take(ENTRIES).map(|(key, value)| {
        let value = match str::from_utf8(value) {
            _ if SECRET.contains(&key.to_ascii_lowercase().as_str()) => HIDDEN.to_owned(),
            Ok(text) if !key.ends_with("-bin") => text.to_owned(),
            _ => hex(value),
        };
        (key.to_owned(), Value::String(value))
    });
    shown.collect()
}
