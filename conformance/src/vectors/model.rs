//! Vectors: what travels, what it means, and what must be refused. They are data; only the recorder writes them.

use conformance_oracle::Hex;
use rapace_schema::postcard::Reason;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::class::Class;
use crate::json::cases_to_json;

/// The vectors of one class, which are one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vectors {
    /// The class.
    pub class: Class,
    /// What it is about.
    pub title: String,
    /// What is right.
    pub rule: String,
    /// Where the bytes and the verdicts come from.
    pub provenance: String,
    /// The cases, by name.
    pub cases: Vec<Case>,
}

/// A case. Its name begins with the verdict: `y_` accepted, `n_` refused, `i_` Rust differs and our own rule holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Unique in its class.
    pub name: String,
    /// The method of `Values` whose argument and answer have the type.
    pub method: String,
    /// The bytes, in hex; absent when a value must be refused before there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Hex>,
    /// What the bytes mean, or the value that must be refused, in the JSON form of `rapace-schema`.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Absent when the value's encoding is exactly these bytes; present when its bytes are others: overlong varints,
    /// orders and repetitions that mean nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub decode_only: bool,
    /// Why it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// What facet-postcard says, where that is not our verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rust: Option<String>,
}

/// `null` is a value too.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Kinds of refusals, as in `rapace_schema::postcard::Reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Refusal {
    UnexpectedEnd,
    Varint,
    Tag,
    Variant,
    Utf8,
    Char,
    Depth,
    ZeroSizedItems,
    DecodedSize,
    TrailingBytes,
    Form,
    Range,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::UnexpectedEnd => Self::UnexpectedEnd,
            Reason::Varint => Self::Varint,
            Reason::Tag => Self::Tag,
            Reason::Variant => Self::Variant,
            Reason::Utf8 => Self::Utf8,
            Reason::Char => Self::Char,
            Reason::Depth => Self::Depth,
            Reason::ZeroSizedItems => Self::ZeroSizedItems,
            Reason::DecodedSize => Self::DecodedSize,
            Reason::TrailingBytes => Self::TrailingBytes,
            Reason::Form => Self::Form,
            Reason::Range => Self::Range,
        }
    }
}

impl Vectors {
    /// The file: a line for each case, so that a change can be read.
    pub fn to_json(&self) -> String {
        let text = |value: &str| serde_json::to_string(value).expect("text is JSON");
        format!(
            "{{\n\"class\": {},\n\"title\": {},\n\"rule\": {},\n\"provenance\": {},\n\"cases\": [\n{}\n]\n}}\n",
            self.class.number(),
            text(&self.title),
            text(&self.rule),
            text(&self.provenance),
            cases_to_json(&self.cases)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_comes_back_a_line_for_each_case() {
        let class = Vectors {
            class: Class::Integers,
            title: "a \"title\"".into(),
            rule: "exact".into(),
            provenance: "made up".into(),
            cases: vec![
                Case {
                    name: "y_u8_1".into(),
                    method: "u8".into(),
                    bytes: Some(Hex(vec![1])),
                    value: Some(1.into()),
                    decode_only: false,
                    refused: None,
                    rust: None,
                };
                2
            ],
        };
        let text = class.to_json();
        assert_eq!(text.lines().count(), 10);
        assert_eq!(serde_json::from_str::<Vectors>(&text).expect("a class"), class);
    }
}
