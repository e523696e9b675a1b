//! Whether a call ended as it should.

use serde_json::{Value, json};

use crate::message::{Message, shown};
use crate::recorded::End;

/// Whether a call ended as it should. Values are compared by meaning.
///
/// # Errors
/// How it ended instead.
pub(super) fn judge(expected: &End, said: &Value, same: &dyn Fn(&Value, &Value) -> bool) -> Result<(), String> {
    if fits(expected, said, same) {
        return Ok(());
    }
    let expected = serde_json::to_string(expected).unwrap_or_default();
    let message = Message::new("the call ended in another way")
        .line("expected", shown(&expected))
        .line("came", shown(&said.to_string()));
    Err(message.into())
}

fn fits(expected: &End, said: &Value, same: &dyn Fn(&Value, &Value) -> bool) -> bool {
    let all_same = |items: &[Value]| {
        let said = said["items"].as_array();
        said.is_some_and(|said| said.len() == items.len() && said.iter().zip(items).all(|(a, b)| same(a, b)))
    };
    match expected {
        End::Value(value) => said.get("value").is_some_and(|said| same(said, value)),
        End::Items(items) => all_same(items) && said.get("end").is_some(),
        End::Some(items) => all_same(items) && said.get("end").is_none() && said.get("error").is_none(),
        End::Says(entries) => entries
            .as_object()
            .is_some_and(|entries| entries.iter().all(|(name, value)| said.get(name) == Some(value))),
        End::OneOf(ends) => ends.iter().any(|end| fits(end, said, same)),
        End::Error {
            items,
            kinds,
            code,
            message,
            remote,
        } => {
            let error = &said["error"];
            let kind = error["kind"].as_str().unwrap_or_default();
            kinds.iter().any(|expected| expected == kind)
                && items.as_ref().is_none_or(|items| all_same(items))
                && code.is_none_or(|code| error["code"] == json!(code))
                && remote.is_none_or(|remote| error["remote"] == json!(remote))
                && message
                    .as_ref()
                    .is_none_or(|message| error["message"] == json!(message))
        }
    }
}
