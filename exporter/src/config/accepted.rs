//! A table `[[accepted]]`.

use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// A change that breaks clients and is made all the same. `rapace breaking` prints the fingerprint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptedTable {
    /// The change: 12 hexadecimal digits.
    pub fingerprint: String,
    /// Why it harms nobody, or whom it may harm.
    #[serde(deserialize_with = "reason")]
    pub reason: String,
    /// The day on which it was accepted, as `2026-11-30`.
    #[serde(deserialize_with = "date")]
    #[schemars(with = "String")]
    pub date: String,
}

fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.trim().is_empty() {
        true => Err(D::Error::custom("`reason` is empty: say why the change is accepted")),
        false => Ok(text),
    }
}

/// TOML has dates; in quotes they are text.
fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = match toml::Value::deserialize(deserializer)? {
        toml::Value::String(text) => text,
        toml::Value::Datetime(date) => date.to_string(),
        other => {
            return Err(D::Error::custom(format!(
                "`date` is {other}, not a day as `2026-11-30`"
            )));
        }
    };
    let is_day = text
        .parse::<toml::value::Datetime>()
        .is_ok_and(|date| date.date.is_some() && date.time.is_none());
    match is_day {
        true => Ok(text),
        false => Err(D::Error::custom(format!(
            "`date` is `{text}`, not a day as `2026-11-30`"
        ))),
    }
}
