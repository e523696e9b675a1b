//! Whether a testee did what a case asks for.

use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, TypeRef};
use serde_json::Value;

use crate::message::{Message, hex, shown};
use crate::report::Outcome;

use super::model::Case;

/// Compares what a testee sends and says with cases.
pub struct Check<'a> {
    codec: Codec<'a>,
}

impl<'a> Check<'a> {
    /// For cases over the types of this API.
    pub fn new(api: &'a Api) -> Self {
        Self {
            codec: Codec::new(api, Limits::default()),
        }
    }

    /// Whether the testee said what it should of the answer that it was given.
    ///
    /// # Errors
    /// How it did not.
    pub fn answer(&self, case: &Case, ty: &TypeRef, said: &Value) -> Result<Outcome, String> {
        if let Some(why) = said.get("inexpressible") {
            return match case.refused.is_some() && case.bytes.is_none() {
                true => Ok(Outcome::Inexpressible),
                false => Err(Message::new(format_args!("it cannot express a valid value: {why}")).into()),
            };
        }
        match (&case.refused, &case.bytes) {
            (Some(_), None) => encode_refusal(said).map_err(String::from),
            (Some(_), Some(bytes)) => decode_refusal(case, &bytes.0, said).map_err(String::from),
            (None, bytes) => {
                let bytes = bytes.as_ref().map_or(&[][..], |hex| &hex.0);
                self.value(case, ty, bytes, said).map_err(String::from)
            }
        }
    }

    fn value(&self, case: &Case, ty: &TypeRef, bytes: &[u8], said: &Value) -> Result<Outcome, Message> {
        let expected = case
            .value
            .as_ref()
            .ok_or_else(|| Message::new("the vector has no value"))?;
        let message = |summary: &str| {
            Message::new(summary)
                .line("answered", hex(bytes))
                .line("expected", told_value(expected))
        };
        let Some(value) = said.get("value") else {
            return Err(message("it did not take a valid answer").line("came", told(said)));
        };
        let got = self.codec.canonical(ty, value).map_err(|error| {
            message("its value is none of the type")
                .line("came", told_value(value))
                .line("because", error)
        })?;
        match got == *expected {
            true => Ok(Outcome::Passed),
            false => Err(message("it took the answer for another value").line("came", told_value(&got))),
        }
    }

    /// Whether these bytes mean the case's value.
    ///
    /// # Errors
    /// What they mean instead.
    pub fn meaning(&self, case: &Case, ty: &TypeRef, payload: &[u8]) -> Result<(), String> {
        let decoded = self.codec.decode(ty, payload);
        let meaning = decoded.and_then(|value| self.codec.canonical(ty, &value));
        if meaning.as_ref().ok() == case.value.as_ref() {
            return Ok(());
        }
        let expected = case.value.as_ref().map_or_else(String::new, told_value);
        let came = meaning.map_or_else(|error| error.to_string(), |value| told_value(&value));
        let message = Message::new("its answer means another value").line("expected", expected);
        Err(message
            .line("came", format_args!("{}, which means {came}", hex(payload)))
            .into())
    }

    /// Whether the argument has the bytes that it should: exactly, or in another order where order means nothing.
    ///
    /// # Errors
    /// How it has not.
    pub fn request(&self, case: &Case, ty: &TypeRef, payload: &[u8]) -> Result<(), String> {
        let expected = case.bytes.as_ref().map_or(&[][..], |hex| &hex.0);
        if payload == expected {
            return Ok(());
        }
        let meaning = self
            .codec
            .decode(ty, payload)
            .and_then(|value| self.codec.canonical(ty, &value));
        // The bits of a NaN need not survive.
        let exact = self.codec.has_one_encoding(ty) && !case.value.as_ref().is_some_and(has_nan);
        if !exact && payload.len() == expected.len() && meaning.as_ref().ok() == case.value.as_ref() {
            return Ok(());
        }
        let wanted = case.value.as_ref().map_or_else(String::new, |value| {
            let order = if exact { "" } else { ", in any order" };
            format!(", which means {}{order}", told_value(value))
        });
        let meant = match &meaning {
            Ok(value) => format!(", which means {}", told_value(value)),
            Err(error) => format!(", which mean nothing: {error}"),
        };
        let message = Message::new("its request has other bytes").bytes(expected, &wanted, payload, &meant);
        Err(message.into())
    }
}

fn encode_refusal(said: &Value) -> Result<Outcome, Message> {
    if said["error"]["kind"] == "encode" {
        return Ok(Outcome::Passed);
    }
    let message = Message::new("it did not refuse a value that is none of the type");
    Err(message
        .line("expected", "an error of kind \"encode\", before a byte is sent")
        .line("came", told(said)))
}

fn decode_refusal(case: &Case, bytes: &[u8], said: &Value) -> Result<Outcome, Message> {
    let refusal = case.refused.and_then(|refusal| serde_json::to_value(refusal).ok());
    let why = refusal.as_ref().and_then(Value::as_str).unwrap_or("refused");
    let expected = || {
        format!(
            "an error of kind \"decode\", with an offset of 0 to {} ({why})",
            bytes.len()
        )
    };
    let summary = match (said["error"]["kind"] == "decode", said["error"]["offset"].as_u64()) {
        (true, Some(offset)) if offset <= bytes.len() as u64 => return Ok(Outcome::Passed),
        (true, _) => "its refusal has no offset within the bytes",
        (false, _) if said.get("value").is_some() => "it accepted bytes that must be refused",
        (false, _) => "it refused the bytes in the wrong way",
    };
    let message = Message::new(summary)
        .line("answered", hex(bytes))
        .line("expected", expected())
        .line("came", told(said));
    Err(match &case.rust {
        Some(rust) => message.line("note", format_args!("Rust differs: it {rust}")),
        None => message,
    })
}

/// What a testee said, in words.
fn told(said: &Value) -> String {
    match (said.get("value"), said.get("error")) {
        (Some(value), _) => format!("the value {}", told_value(value)),
        (None, Some(error)) => format!("the error {}", told_value(error)),
        (None, None) => told_value(said),
    }
}

fn told_value(value: &Value) -> String {
    shown(&value.to_string())
}

fn has_nan(value: &Value) -> bool {
    match value {
        Value::String(text) => text == "NaN",
        Value::Array(items) => items.iter().any(has_nan),
        Value::Object(entries) => entries.values().any(has_nan),
        _ => false,
    }
}
