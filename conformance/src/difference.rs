//! Our rules, held against what Rust makes of the same bytes. Where they differ, there is a reason, listed here.

use conformance_oracle::Verdict;
use rapace_schema::TypeRef;
use rapace_schema::postcard::{Codec, Reason, ValueError};
use serde_json::Value;

/// A difference that is meant.
struct Known {
    /// Why we refuse the bytes.
    ours: Reason,
    /// Whether Rust does this instead.
    rust: fn(&Verdict) -> bool,
    /// How a vector tells it; without it in the verdict's own words.
    told: Option<&'static str>,
}

/// All of them. Beside each is what Rust does, and why we do not.
const KNOWN: &[Known] = &[
    // Bytes after a value are left: they are a sign that both sides read different types.
    Known {
        ours: Reason::TrailingBytes,
        rust: is_accepted,
        told: None,
    },
    // Ten bytes are read whatever the type, and bits that do not fit are dropped: another number than was written. One that
    // is a length is added to an offset, which may be too much; one that is a count may be of items without bytes.
    Known {
        ours: Reason::Varint,
        rust: |verdict| !matches!(verdict, Verdict::Refused(_)),
        told: None,
    },
    // A char is the first of several characters: the others are lost.
    Known {
        ours: Reason::Char,
        rust: is_accepted,
        told: None,
    },
    // There is no limit but the stack's end, which ends the process.
    Known {
        ours: Reason::Depth,
        rust: |verdict| !matches!(verdict, Verdict::Refused(_)),
        told: None,
    },
    // Items without bytes are not counted. Whether Rust is done in the oracle's time depends on the machine.
    Known {
        ours: Reason::ZeroSizedItems,
        rust: |verdict| !matches!(verdict, Verdict::Refused(_)),
        told: Some("accepts it, however long that takes"),
    },
    // Memory is not counted: what a value takes once it is decoded is bounded by the machine alone.
    Known {
        ours: Reason::DecodedSize,
        rust: |verdict| !matches!(verdict, Verdict::Refused(_)),
        told: None,
    },
    // A length is added to an offset before it is compared, and a count allocated for.
    Known {
        ours: Reason::UnexpectedEnd,
        rust: |verdict| matches!(verdict, Verdict::Crashed(_) | Verdict::Busy),
        told: None,
    },
];

fn is_accepted(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Accepted(_))
}

/// How Rust's verdict differs from ours, if it does; `meaning` tells that of the bytes that Rust writes again.
///
/// # Errors
/// When the difference is none of those that are known.
pub fn difference(
    ours: &Result<Value, ValueError>,
    rust: &Verdict,
    meaning: impl FnOnce(&[u8]) -> Result<Value, ValueError>,
) -> Result<Option<String>, String> {
    let told = match (ours, rust) {
        (Ok(value), Verdict::Accepted(again)) => {
            return match meaning(&again.0) {
                Ok(theirs) if theirs == *value => Ok(None),
                Ok(theirs) => Err(format!("we take it for {value}, Rust for {theirs}")),
                Err(error) => Err(format!("we take it for {value}, Rust for what we refuse: {error}")),
            };
        }
        (Err(_), Verdict::Refused(_)) => return Ok(None),
        (_, Verdict::Accepted(_)) => "accepts it".to_owned(),
        (_, Verdict::Refused(why)) => format!("refuses it: {why}"),
        (_, Verdict::Crashed(how)) => format!("crashes: {how}"),
        (_, Verdict::Busy) => "is busy for seconds".to_owned(),
    };
    let known = match ours {
        Ok(_) => None,
        Err(error) => KNOWN
            .iter()
            .find(|known| known.ours == error.reason && (known.rust)(rust)),
    };
    match (known, ours) {
        (Some(known), _) => Ok(Some(known.told.map_or(told, str::to_owned))),
        (None, Ok(value)) => Err(format!("we take it for {value}, Rust {told}")),
        (None, Err(error)) => Err(format!("we refuse it: {error}; Rust {told}")),
    }
}

/// The same of what postcard says, which is asked for a second opinion.
///
/// # Errors
/// When the difference is none of those that are known.
pub fn second_opinion(
    ours: &Result<Value, ValueError>,
    postcard: &Verdict,
    meaning: impl FnOnce(&[u8]) -> Result<Value, ValueError>,
) -> Result<Option<String>, String> {
    match postcard {
        // It reads the index of a variant as a u32, in five bytes at most; facet-postcard, which decides, reads ten.
        Verdict::Refused(why) if ours.is_ok() && why.contains("varint that didn't terminate") => Ok(None),
        verdict => difference(ours, verdict, meaning),
    }
}

/// Whether these are bytes that clients write for the value. Orders that mean nothing are no reason to say no;
/// repetitions and overlong varints are.
pub fn is_own(codec: &Codec<'_>, ty: &TypeRef, value: &Value, bytes: &[u8]) -> bool {
    match codec.encode(ty, value) {
        Ok(own) if codec.has_one_encoding(ty) => own == bytes,
        Ok(own) => own.len() == bytes.len(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use conformance_oracle::Hex;

    use super::*;

    fn refused(reason: Reason) -> Result<Value, ValueError> {
        Err(ValueError {
            reason,
            what: "wrong".into(),
            path: String::new(),
            offset: None,
        })
    }

    fn judged(ours: &Result<Value, ValueError>, rust: &Verdict) -> Result<Option<String>, String> {
        difference(ours, rust, |bytes| Ok(json!(bytes[0])))
    }

    #[test]
    fn agreement_is_no_difference() {
        let accepted = Verdict::Accepted(Hex(vec![7]));
        assert_eq!(judged(&Ok(json!(7)), &accepted), Ok(None));
        assert_eq!(judged(&refused(Reason::Tag), &Verdict::Refused("tag".into())), Ok(None));
    }

    #[test]
    fn known_differences_are_told() {
        let accepted = Verdict::Accepted(Hex(vec![7]));
        let told = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(judged(&refused(Reason::Char), &accepted), told("accepts it"));
        let endless = "accepts it, however long that takes";
        assert_eq!(judged(&refused(Reason::ZeroSizedItems), &Verdict::Busy), told(endless));
    }

    #[test]
    fn any_other_difference_is_an_error() {
        let accepted = Verdict::Accepted(Hex(vec![7]));
        for (ours, rust) in [
            (Ok(json!(8)), accepted.clone()),
            (Ok(json!(8)), Verdict::Refused("no".into())),
            (Ok(json!(8)), Verdict::Crashed("no".into())),
            (refused(Reason::Tag), accepted),
            (refused(Reason::Utf8), Verdict::Busy),
        ] {
            assert!(judged(&ours, &rust).is_err(), "{ours:?} {rust:?}");
        }
    }
}
