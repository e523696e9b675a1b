//! Makes an input smaller, as long as it still does what it did.

use rapace_schema::TypeRef;
use rapace_schema::postcard::Codec;
use serde_json::Value;

/// How often it is tried in all.
const TRIES: usize = 400;

/// The smallest bytes that were found for which `still` is true: of smaller values where the bytes are one, and with
/// pieces cut out.
///
/// # Errors
/// As `still` fails.
pub fn shrink(
    codec: &Codec<'_>,
    ty: &TypeRef,
    bytes: &[u8],
    mut still: impl FnMut(&[u8]) -> Result<bool, String>,
) -> Result<Vec<u8>, String> {
    let mut best = bytes.to_vec();
    let mut tries = TRIES;
    'again: loop {
        let values = codec
            .decode(ty, &best)
            .map_or_else(|_| Vec::new(), |value| smaller(&value));
        let encoded = values.iter().filter_map(|value| codec.encode(ty, value).ok());
        let candidates: Vec<Vec<u8>> = encoded.chain(cuts(&best)).collect();
        for candidate in candidates {
            if weight(&candidate) >= weight(&best) {
                continue;
            }
            if tries == 0 {
                return Ok(best);
            }
            tries -= 1;
            if still(&candidate)? {
                best = candidate;
                continue 'again;
            }
        }
        return Ok(best);
    }
}

/// What is to become less: the length, then what is not zero.
fn weight(bytes: &[u8]) -> (usize, u64) {
    (bytes.len(), bytes.iter().map(|byte| u64::from(*byte)).sum())
}

/// Pieces cut out, long ones first; then single bytes made zero.
fn cuts(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let lengths = std::iter::successors(Some(bytes.len()), |length| (*length > 1).then_some(length / 2));
    let pieces = lengths.filter(|length| *length > 0).flat_map(move |length| {
        let starts = (0..=bytes.len() - length).step_by(length.max(1));
        starts.map(move |start| [&bytes[..start], &bytes[start + length..]].concat())
    });
    let zeroed = (0..bytes.len()).map(|place| {
        let mut bytes = bytes.to_vec();
        bytes[place] = 0;
        bytes
    });
    pieces.chain(zeroed)
}

/// The value with one of its parts made smaller. Those that are none of the type have no encoding.
fn smaller(value: &Value) -> Vec<Value> {
    match value {
        Value::Null | Value::Bool(false) => Vec::new(),
        Value::Bool(true) => vec![false.into()],
        Value::Number(_) => vec![0.into()],
        Value::String(text) => {
            let half = text.chars().count() / 2;
            let text = text.chars().take(half).collect::<String>();
            vec!["".into(), "0".into(), "a".into(), text.into()]
        }
        Value::Array(items) => {
            let mut all = vec![Value::Array(Vec::new())];
            for (index, item) in items.iter().enumerate() {
                let mut without = items.clone();
                without.remove(index);
                all.push(without.into());
                all.extend(smaller(item).into_iter().map(|item| {
                    let mut items = items.clone();
                    items[index] = item;
                    Value::Array(items)
                }));
            }
            all
        }
        Value::Object(entries) => {
            let mut all = Vec::new();
            if entries.contains_key("some") {
                all.push(Value::Null);
            }
            for (name, inside) in entries {
                all.extend(smaller(inside).into_iter().map(|inside| {
                    let mut entries = entries.clone();
                    entries.insert(name.clone(), inside);
                    Value::Object(entries)
                }));
            }
            all
        }
    }
}

#[cfg(test)]
mod tests {
    use rapace_schema::postcard::Limits;

    use super::*;

    /// The smallest bytes with this one in them that are a value, or are none.
    fn shrunk(ty: &TypeRef, bytes: &[u8], byte: u8, valid: bool) -> Vec<u8> {
        let api = crate::fixtures::api().expect("the fixtures");
        let codec = Codec::new(&api, Limits::default());
        let still = |bytes: &[u8]| bytes.contains(&byte) && codec.decode(ty, bytes).is_ok() == valid;
        shrink(&codec, ty, bytes, |bytes| Ok(still(bytes))).expect("it does not fail")
    }

    #[test]
    fn values_get_smaller_and_stay_values() {
        let list = TypeRef::List(Box::new(TypeRef::String));
        let bytes = b"\x03\x02ab\x05hello\x01z";
        assert_eq!(shrunk(&list, bytes, b'z', true), b"\x01\x01z");
    }

    #[test]
    fn bytes_that_are_no_value_are_cut() {
        let bytes = [9, 9, 2, 9, 9, 9, 9];
        assert_eq!(shrunk(&TypeRef::Bool, &bytes, 2, false), [2]);
    }
}
