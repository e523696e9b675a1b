//! Values of `rapace.toml` that are more than text.

use std::fmt;

use schemars::JsonSchema;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Where a package's version comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub enum VersionSource {
    /// `from-cargo`: the version of the exported crate.
    #[default]
    FromCargo,
    /// This semantic version.
    Exact(String),
}

impl<'de> Deserialize<'de> for VersionSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "from-cargo" {
            return Ok(Self::FromCargo);
        }
        match semver::Version::parse(&text) {
            Ok(_) => Ok(Self::Exact(text)),
            Err(why) => Err(D::Error::custom(format!(
                "version `{text}` is neither `from-cargo` nor a semantic version as `1.4.0`: {why}"
            ))),
        }
    }
}

/// The value of an option of one language, as text: `true` and `8` may be written without quotes.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "AnyOf")]
pub struct OptionValue(pub String);

/// What [`OptionValue`] is in the JSON Schema.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "it is read by the derive alone")]
enum AnyOf {
    Text(String),
    Flag(bool),
    Number(i64),
}

impl<'de> Deserialize<'de> for OptionValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = OptionValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, a whole number, true or false")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<OptionValue, E> {
                Ok(OptionValue(text.to_owned()))
            }

            fn visit_bool<E: Error>(self, flag: bool) -> Result<OptionValue, E> {
                Ok(OptionValue(flag.to_string()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<OptionValue, E> {
                Ok(OptionValue(number.to_string()))
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}

/// Which enums are open.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub enum OpenEnums {
    /// All whose variants have no fields, or none.
    All(bool),
    /// Those of these paths, with or without generic arguments.
    Listed(Vec<String>),
}

impl Default for OpenEnums {
    fn default() -> Self {
        Self::All(false)
    }
}

impl<'de> Deserialize<'de> for OpenEnums {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Which;
        impl<'de> Visitor<'de> for Which {
            type Value = OpenEnums;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, or a list of paths of enums")
            }

            fn visit_bool<E: Error>(self, all: bool) -> Result<OpenEnums, E> {
                Ok(OpenEnums::All(all))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<OpenEnums, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(list)).map(OpenEnums::Listed)
            }
        }
        deserializer.deserialize_any(Which)
    }
}
