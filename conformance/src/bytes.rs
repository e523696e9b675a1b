//! Bytes and flags as people write them in scenarios. AUTHORING.md lists the forms.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use conformance_oracle::Hex;
use rapace_wire::Status;
use rapace_wire::frame::{DESCRIPTOR, FIELDS, FLAGS, Frame};

/// A number as postcard writes it: seven bits in each byte, the lowest first.
pub fn varint(number: impl Into<u128>) -> Vec<u8> {
    let mut number = number.into();
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// The bytes of a value: a text of hex digits, or a list of parts, one after another.
///
/// # Errors
/// When it is neither.
pub fn of(value: &Value) -> Result<Vec<u8>, String> {
    match value {
        Value::String(text) => hex(text),
        Value::Array(parts) => {
            let mut bytes = Vec::new();
            for each in parts {
                bytes.append(&mut part(each)?);
            }
            Ok(bytes)
        }
        other => Err(format!(
            "expected bytes, a list of parts or a text of hex digits, came {other}"
        )),
    }
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    text.replace(' ', "").parse::<Hex>().map(|hex| hex.0)
}

/// A byte, hex digits, or a form with a name.
fn part(value: &Value) -> Result<Vec<u8>, String> {
    match value {
        Value::Number(number) => match number.as_u64().and_then(|number| u8::try_from(number).ok()) {
            Some(byte) => Ok(vec![byte]),
            None => Err(format!("{number} is not a byte")),
        },
        Value::String(text) => hex(text),
        Value::Object(form) => named(form),
        other => Err(format!("{other} is not a part of bytes")),
    }
}

fn named(form: &Map<String, Value>) -> Result<Vec<u8>, String> {
    let mut names: Vec<&str> = form.keys().map(String::as_str).collect();
    names.sort_unstable();
    let text = |name: &str| {
        form[name]
            .as_str()
            .ok_or_else(|| format!("{name} is not a text: {}", form[name]))
    };
    match names.as_slice() {
        ["varint"] => number(form, "varint").map(varint),
        ["text"] => Ok(text("text")?.into()),
        ["string"] => Ok(with_length(text("string")?.into())),
        ["bytes"] => of(&form["bytes"]).map(with_length),
        ["count", "fill"] => {
            let byte: u8 = narrow(form, "fill")?;
            Ok(vec![byte; narrow(form, "count")?])
        }
        ["u16be"] => narrow(form, "u16be").map(|number: u16| number.to_be_bytes().into()),
        ["u32"] => narrow(form, "u32").map(|number: u32| number.to_le_bytes().into()),
        ["u64"] => number(form, "u64").map(|number| number.to_le_bytes().into()),
        ["error"] => Ok(error(narrow(form, "error")?, "")),
        ["error", "message"] => Ok(error(narrow(form, "error")?, text("message")?)),
        ["first", "of"] => cut(form, "first").map(|(bytes, at)| bytes[..at].into()),
        ["after", "of"] => cut(form, "after").map(|(bytes, at)| bytes[at..].into()),
        ["frame"] => whole_frame(&form["frame"]),
        other => Err(format!("no form of bytes has the names {}", other.join(", "))),
    }
}

fn number(form: &Map<String, Value>, name: &str) -> Result<u64, String> {
    let number = form[name].as_u64();
    number.ok_or_else(|| format!("{name} is not a number from 0: {}", form[name]))
}

fn narrow<T: TryFrom<u64>>(form: &Map<String, Value>, name: &str) -> Result<T, String> {
    let number = number(form, name)?;
    T::try_from(number).map_err(|_| format!("{name} is too large: {number}"))
}

/// As postcard writes texts and lists of bytes.
fn with_length(bytes: Vec<u8>) -> Vec<u8> {
    [varint(bytes.len() as u64), bytes].concat()
}

/// The payload of an error frame.
fn error(code: u32, message: &str) -> Vec<u8> {
    let message = message.to_owned();
    Status { code, message }.to_bytes()
}

/// The bytes of `of`, and where they are cut.
fn cut(form: &Map<String, Value>, name: &str) -> Result<(Vec<u8>, usize), String> {
    let (bytes, at) = (of(&form["of"])?, narrow(form, name)?);
    match at <= bytes.len() {
        true => Ok((bytes, at)),
        false => Err(format!("{name} is {at}, and there are {} bytes", bytes.len())),
    }
}

/// A frame with its length, as a server sends it.
fn whole_frame(value: &Value) -> Result<Vec<u8>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Parts {
        channel: u32,
        #[serde(deserialize_with = "flags")]
        flags: u32,
        #[serde(deserialize_with = "deserialize")]
        payload: Hex,
    }
    let parts = Parts::deserialize(value).map_err(|error| format!("frame: {error}"))?;
    Ok(Frame::of(parts.channel, parts.flags, &parts.payload.0).to_bytes())
}

/// For fields that are bytes.
///
/// # Errors
/// When the value is no form of bytes.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hex, D::Error> {
    let value = Value::deserialize(deserializer)?;
    of(&value).map(Hex).map_err(serde::de::Error::custom)
}

/// For fields that are bytes and may be absent.
pub fn none() -> Hex {
    Hex(Vec::new())
}

/// For fields that are flags of frames: names and numbers, apart by spaces.
///
/// # Errors
/// When one is unknown.
pub fn flags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let words = String::deserialize(deserializer)?;
    let mut flags = 0;
    for word in words.split_whitespace() {
        flags |= flag(word).map_err(serde::de::Error::custom)?;
    }
    Ok(flags)
}

fn flag(word: &str) -> Result<u32, String> {
    if let Some((_, flag)) = FLAGS.iter().find(|(name, _)| name.to_ascii_lowercase() == word) {
        return Ok(*flag);
    }
    let digits = word.strip_prefix("0x").unwrap_or("none");
    u32::from_str_radix(digits, 16).map_err(|_| {
        let names = FLAGS.map(|(name, _)| name.to_ascii_lowercase()).join(", ");
        format!("no flag {word}; flags are {names} and hexadecimal numbers")
    })
}

/// For the fields of a descriptor that are not as a server writes them: the offset of each and its bytes, which may run over
/// the fields after it.
///
/// # Errors
/// When a field is unknown, or its bytes do not fit the descriptor.
pub fn fields<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(usize, Hex)>, D::Error> {
    let named: Map<String, Value> = Map::deserialize(deserializer)?;
    named
        .iter()
        .map(|(name, value)| field(name, value).map_err(serde::de::Error::custom))
        .collect()
}

fn field(name: &str, value: &Value) -> Result<(usize, Hex), String> {
    let Some((_, at, _)) = FIELDS.iter().find(|(field, ..)| field.replace(' ', "_") == name) else {
        let names = FIELDS.map(|(field, ..)| field.replace(' ', "_")).join(", ");
        return Err(format!("a descriptor has no field {name}; its fields are {names}"));
    };
    let bytes = of(value).map_err(|error| format!("{name}: {error}"))?;
    match at + bytes.len() <= DESCRIPTOR {
        true => Ok((*at, Hex(bytes))),
        false => Err(format!("{name}: {} bytes run over the descriptor's end", bytes.len())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_has_its_bytes() {
        for (value, bytes) in [
            (json!("01 02ff"), &[1, 2, 255][..]),
            (json!([]), &[]),
            (json!([1, "0203", {"varint": 300}]), &[1, 2, 3, 0xac, 2]),
            (json!([{"text": "ab"}, {"string": "ab"}]), b"ab\x02ab"),
            (json!([{"bytes": [{"fill": 7, "count": 3}]}]), &[3, 7, 7, 7]),
            (json!([{"u16be": 1000}, {"u32": 1}]), &[3, 0xe8, 1, 0, 0, 0]),
            (json!([{"u64": 258}]), &[2, 1, 0, 0, 0, 0, 0, 0]),
            (json!([{"error": 3}]), &[3, 0, 0, 0, 0, 0, 0, 0]),
            (json!([{"error": 3, "message": "x"}]), &[3, 0, 0, 0, 1, 0, 0, 0, b'x']),
            (
                json!([{"first": 1, "of": [1, 2, 3]}, {"after": 1, "of": [4, 5]}]),
                &[1, 5],
            ),
        ] {
            assert_eq!(of(&value).as_deref(), Ok(bytes), "{value}");
        }
        let frame = json!([{"frame": {"channel": 5, "flags": "data eos", "payload": [42]}}]);
        assert_eq!(of(&frame), Ok(Frame::answer(5, &[42]).to_bytes()));
    }

    #[test]
    fn what_stands_for_no_bytes_is_refused() {
        for (value, why) in [
            (json!(5), "expected bytes"),
            (json!("0"), "not hex"),
            (json!([256]), "256 is not a byte"),
            (json!([-1]), "-1 is not a byte"),
            (json!([[1]]), "not a part"),
            (json!([{"fill": 1}]), "no form of bytes has the names fill"),
            (json!([{"fill": 256, "count": 1}]), "fill is too large"),
            (json!([{"text": 1}]), "text is not a text: 1"),
            (json!([{"u16be": 65_536}]), "u16be is too large"),
            (json!([{"varint": -1}]), "varint is not a number"),
            (json!([{"first": 2, "of": [1]}]), "first is 2, and there are 1 bytes"),
            (
                json!([{"frame": {"channel": 1, "flags": "data", "payload": [], "extra": 1}}]),
                "unknown field",
            ),
        ] {
            let error = of(&value).expect_err(why);
            assert!(error.contains(why), "{value}: {error}");
        }
        for (word, known) in [
            ("data", true),
            ("0x20", true),
            ("0x", false),
            ("DATA", false),
            ("32", false),
        ] {
            assert_eq!(flag(word).is_ok(), known, "{word}");
        }
    }

    #[test]
    fn fields_are_known_by_name_and_fit_the_descriptor() {
        assert_eq!(field("payload_len", &json!([1, 2])), Ok((28, Hex(vec![1, 2]))));
        assert_eq!(field("inline_payload", &json!([])), Ok((48, Hex(vec![]))));
        let long = json!([{"fill": 0, "count": 17}]);
        assert!(field("inline_payload", &long).is_err_and(|error| error.contains("over the descriptor's end")));
        assert!(field("payload", &json!([])).is_err_and(|error| error.contains("its fields are msg_id, channel_id")));
    }
}
