//! What users of the languages see in the place of types.

use std::collections::BTreeMap;
use std::fmt;

use rapace_schema::{Foreign, Known};
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::nearest::nearest;

/// What a type becomes in the languages: a preset for all of them, or somebody's type in some of them.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub enum TypeEntry {
    /// A preset for a newtype: `uuid`, `timestamp-ms`, `brand`.
    Preset(Known),
    /// By language, a type with the functions from and to what the generator would show.
    Foreign(BTreeMap<String, Foreign>),
}

/// The presets by their names.
pub(crate) const PRESETS: [(&str, Known); 12] = [
    ("timestamp-s", Known::TimestampS),
    ("timestamp-ms", Known::TimestampMs),
    ("timestamp-us", Known::TimestampUs),
    ("timestamp-ns", Known::TimestampNs),
    ("duration-s", Known::DurationS),
    ("duration-ms", Known::DurationMs),
    ("duration-us", Known::DurationUs),
    ("duration-ns", Known::DurationNs),
    ("uuid", Known::Uuid),
    ("decimal", Known::Decimal),
    ("url", Known::Url),
    ("brand", Known::Brand),
];

fn preset(name: &str) -> Result<Known, String> {
    if let Some((_, known)) = PRESETS.iter().find(|(known, _)| *known == name) {
        return Ok(*known);
    }
    let names = PRESETS.map(|(name, _)| name);
    let guess = nearest(name, names).map(|near| format!(": did you mean `{near}`?"));
    let guess = guess.unwrap_or_else(|| ".".into());
    Err(format!(
        "unknown preset `{name}`{guess} Presets: `{}`",
        names.join("`, `")
    ))
}

impl<'de> Deserialize<'de> for TypeEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entry;
        impl<'de> Visitor<'de> for Entry {
            type Value = TypeEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a preset, or a table of languages with `import`, `type`, `from` and `to`")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<TypeEntry, E> {
                preset(name).map(TypeEntry::Preset).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TypeEntry, A::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(TypeEntry::Foreign)
            }
        }
        deserializer.deserialize_any(Entry)
    }
}
