//! Whether a testee did what a case asks for.

use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, TypeRef};
use serde_json::Value;

use crate::run::Outcome;
use crate::vector::Case;

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
        if said.get("inexpressible").is_some() {
            let wrong_value = case.refused.is_some() && case.bytes.is_none();
            return wrong_value
                .then_some(Outcome::Inexpressible)
                .ok_or_else(|| format!("it cannot express a valid value: {said}"));
        }
        let kind = said["error"]["kind"].as_str();
        match (&case.refused, kind) {
            (Some(_), Some("encode")) if case.bytes.is_none() => Ok(Outcome::Passed),
            (Some(_), Some("decode")) if case.bytes.is_some() => {
                let length = case.bytes.as_ref().map_or(0, |hex| hex.0.len());
                match said["error"]["offset"].as_u64() {
                    Some(offset) if offset <= length as u64 => Ok(Outcome::Passed),
                    _ => Err(format!("refused without an offset within the bytes: {said}")),
                }
            }
            (Some(refusal), _) => Err(format!("not refused ({refusal:?}) but {said}")),
            (None, _) => {
                let expected = case.value.as_ref().ok_or("the vector has no value")?;
                let value = said.get("value").ok_or_else(|| format!("refused: {said}"))?;
                let got = self
                    .codec
                    .canonical(ty, value)
                    .map_err(|error| format!("{said}: {error}"))?;
                if got == *expected {
                    Ok(Outcome::Passed)
                } else {
                    Err(format!("it means {expected}, not {got}"))
                }
            }
        }
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
        let different = || format!("it wrote {payload:02x?} instead of {expected:02x?}");
        // The bits of a NaN need not survive.
        let exact = self.codec.has_one_encoding(ty) && !case.value.as_ref().is_some_and(has_nan);
        if exact || payload.len() != expected.len() {
            return Err(different());
        }
        let meaning = self
            .codec
            .decode(ty, payload)
            .and_then(|value| self.codec.canonical(ty, &value));
        if meaning.ok().as_ref() == case.value.as_ref() {
            Ok(())
        } else {
            Err(different())
        }
    }
}

fn has_nan(value: &Value) -> bool {
    match value {
        Value::String(text) => text == "NaN",
        Value::Array(items) => items.iter().any(has_nan),
        Value::Object(entries) => entries.values().any(has_nan),
        _ => false,
    }
}
