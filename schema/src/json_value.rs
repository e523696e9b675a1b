//! The JSON form of a value of a type: what `api.json` says of types, said of values.
//!
//! | type | JSON |
//! |---|---|
//! | unit | `null` |
//! | bool | `true`, `false` |
//! | u8, u16, u32, i8, i16, i32 | a number |
//! | u64, usize, u128, i64, isize, i128 | a string with the decimal number: JSON's numbers lose bits in most languages |
//! | f32, f64 | a number, or one of the strings `"NaN"`, `"Infinity"`, `"-Infinity"`, `"-0"` |
//! | char, string | a string |
//! | bytes | a string: base64 with padding |
//! | option | `null`, or `{"some": …}`: so `Some(None)` is not `None` |
//! | list, array, tuple, set | an array |
//! | map | an array of arrays `[key, value]` |
//! | struct | an object, with the fields' names as `api.json` has them |
//! | tuple struct | an array; of one field: that field's value; without fields: `null` |
//! | enum | an object with one entry: the variant's name, and its fields in the form of a struct |
//! | a variant of an open enum that is not known | a number: its index |
//!
//! An f32 is the number that it is, with all its digits, not the shortest one that rounds to it.

use serde_json::{Number, Value};

/// A float in JSON form.
pub(crate) fn float(value: f64) -> Value {
    match Number::from_f64(value) {
        Some(_) if value == 0.0 && value.is_sign_negative() => "-0".into(),
        Some(number) => Value::Number(number),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

/// The float of a JSON form, if it is one.
pub(crate) fn as_float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            "-0" => Some(-0.0),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{as_float, float};

    #[test]
    fn every_float_comes_back() {
        for value in [
            0.0,
            -0.0,
            1.5,
            -1e300,
            5e-324,
            f64::MAX,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ] {
            let back = as_float(&float(value)).expect("the form of a float");
            assert_eq!(back.to_bits(), value.to_bits());
        }
        assert!(as_float(&float(f64::NAN)).is_some_and(f64::is_nan));
    }
}
