//! Types with attributes of serde: compiled, and read as a source.

use facet::Facet;
use serde::{Deserialize, Serialize};

#[derive(Facet, Serialize, Deserialize)]
pub struct Odd {
    #[serde(skip)]
    pub secret: String,
    #[serde(rename = "first-name", default)]
    pub first: String,
    #[serde(default = "seven")]
    pub seven: u8,
    #[serde(flatten)]
    pub inner: Inner,
    #[serde(skip_serializing_if = "is_zero", default)]
    #[facet(default)]
    pub zero: u8,
    #[serde(with = "text")]
    pub pages: Page<u8>,
    pub others: Page<u16>,
    pub kind: Kind,
    pub same: Same,
    pub tuple: Tuple,
    pub both: Both,
    #[serde(skip_serializing_if = "Option::is_none", alias = "old")]
    pub r#type: Option<Named>,
}

/// Of a generic type, one warning for all instantiations.
#[derive(Facet, Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct Page<T: 'static> {
    pub total_items: T,
}

#[derive(Facet, Serialize, Deserialize)]
#[repr(u8)]
#[serde(tag = "t", content = "c")]
pub enum Kind {
    #[serde(skip)]
    Secret,
    #[serde(rename(serialize = "open", deserialize = "opened"))]
    Open {
        #[serde(skip_serializing)]
        id: u8,
    },
    #[serde(other)]
    Other,
}

/// facet's own attributes say the same, or serde's change nothing.
#[derive(Facet, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename = "Same", deny_unknown_fields)]
#[facet(rename_all = "camelCase")]
pub struct Same {
    #[serde(skip)]
    #[facet(skip)]
    pub secret: String,
    #[serde(rename = "firstName")]
    pub first_name: String,
    #[serde(rename = "x", default)]
    #[facet(rename = "x", default)]
    pub y: u8,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub list: Vec<u8>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// The other value is another name.
#[derive(Facet, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename = "Either", default)]
#[facet(rename_all = "kebab-case")]
pub struct Both {
    #[cfg_attr(all(), serde(rename = "x"))]
    #[facet(rename = "y")]
    pub z: u8,
}

#[derive(Facet, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tuple(pub u8);

#[derive(Facet, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Named {
    pub only: u8,
}

#[derive(Facet, Serialize, Deserialize)]
#[serde(from = "u8")]
pub struct Inner {
    pub a: u8,
}

/// Not exported.
#[derive(Facet, Serialize, Deserialize)]
pub struct Elsewhere {
    #[serde(skip)]
    pub secret: String,
}

fn seven() -> u8 {
    7
}

fn is_zero(number: &u8) -> bool {
    *number == 0
}

impl From<u8> for Inner {
    fn from(a: u8) -> Self {
        Self { a }
    }
}

impl Default for Both {
    fn default() -> Self {
        Self { z: seven() }
    }
}

mod text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Page;

    pub fn serialize<S: Serializer>(page: &Page<u8>, serializer: S) -> Result<S::Ok, S::Error> {
        page.total_items.to_string().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Page<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let total_items = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Page { total_items })
    }
}
