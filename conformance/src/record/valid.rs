//! Values that are values.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use conformance_draw::{Random, Values};
use serde_json::{Value, json};

use super::recorder::Recorder;

/// How many values are drawn for each composed type.
const DRAWN: usize = 9;
/// How deep drawn values go.
const DEPTH: u32 = 5;

/// Every width at 0, ±1, its ends, and around each boundary of 7 bits.
pub(super) fn integers(r: &mut Recorder<'_>) -> Result<(), String> {
    let widths = [
        ("u8", 8),
        ("u16", 16),
        ("u32", 32),
        ("u64", 64),
        ("usize", 64),
        ("u128", 128),
    ];
    for (method, bits) in widths {
        let top = if bits == 128 { u128::MAX } else { (1 << bits) - 1 };
        let mut numbers = vec![0, 1, 2, top - 1, top];
        for shift in (7..bits).step_by(7) {
            let boundary = 1_u128 << shift;
            numbers.extend([boundary - 1, boundary, boundary + 1].into_iter().filter(|&n| n <= top));
        }
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers {
            let value = if bits < 64 {
                json!(number as u64)
            } else {
                json!(number.to_string())
            };
            r.valid(method, &number.to_string(), value)?;
        }
    }
    let widths = [
        ("i8", 8),
        ("i16", 16),
        ("i32", 32),
        ("i64", 64),
        ("isize", 64),
        ("i128", 128),
    ];
    for (method, bits) in widths {
        let (lowest, highest) = (i128::MIN >> (128 - bits), i128::MAX >> (128 - bits));
        let mut numbers = vec![0, 1, -1, lowest, lowest + 1, highest - 1, highest];
        // Zigzag halves what a varint holds.
        for shift in (6..bits - 1).step_by(7) {
            let boundary = 1_i128 << shift;
            for number in [boundary - 1, boundary, boundary + 1] {
                numbers.extend([number, -number].into_iter().filter(|n| (lowest..=highest).contains(n)));
            }
        }
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers {
            let value = if bits < 64 {
                json!(number as i64)
            } else {
                json!(number.to_string())
            };
            let sign = if number < 0 { "minus_" } else { "" };
            r.valid(method, &format!("{sign}{}", number.unsigned_abs()), value)?;
        }
    }
    Ok(())
}

/// Zeros, ends, subnormals, infinities and NaNs, alone and in lists.
pub(super) fn floats(r: &mut Recorder<'_>) -> Result<(), String> {
    let narrow: [(&str, f32); 18] = [
        ("zero", 0.0),
        ("minus_zero", -0.0),
        ("one", 1.0),
        ("minus_one", -1.0),
        ("tenth", 0.1),
        ("third", 1.0 / 3.0),
        ("pi", std::f32::consts::PI),
        ("epsilon", f32::EPSILON),
        ("least", f32::from_bits(1)),
        ("greatest_subnormal", f32::from_bits(0x007f_ffff)),
        ("least_normal", f32::MIN_POSITIVE),
        ("greatest", f32::MAX),
        ("lowest", f32::MIN),
        ("all_digits", 16_777_215.0),
        ("next_even", 16_777_216.0),
        ("infinity", f32::INFINITY),
        ("minus_infinity", f32::NEG_INFINITY),
        ("nan", f32::NAN),
    ];
    for (name, value) in narrow {
        r.judged("f32", name, &value.to_le_bytes())?;
        r.judged("list_f32", name, &[&[1][..], &value.to_le_bytes()].concat())?;
    }
    let wide: [(&str, f64); 20] = [
        ("zero", 0.0),
        ("minus_zero", -0.0),
        ("one", 1.0),
        ("minus_one", -1.0),
        ("tenth", 0.1),
        ("third", 1.0 / 3.0),
        ("pi", std::f64::consts::PI),
        ("epsilon", f64::EPSILON),
        ("least", f64::from_bits(1)),
        ("greatest_subnormal", f64::from_bits(0x000f_ffff_ffff_ffff)),
        ("least_normal", f64::MIN_POSITIVE),
        ("greatest", f64::MAX),
        ("lowest", f64::MIN),
        ("all_digits", 9_007_199_254_740_991.0),
        ("next_even", 9_007_199_254_740_992.0),
        ("large", 1e300),
        ("small", 1e-300),
        ("infinity", f64::INFINITY),
        ("minus_infinity", f64::NEG_INFINITY),
        ("nan", f64::NAN),
    ];
    for (name, value) in wide {
        r.judged("f64", name, &value.to_le_bytes())?;
        r.judged("list_f64", name, &[&[1][..], &value.to_le_bytes()].concat())?;
    }
    nans(r)?;
    for number in [json!(3), json!(-7), json!(0)] {
        r.valid(
            "f64",
            &format!("integer_{}", number.to_string().replace('-', "minus_")),
            number,
        )?;
    }
    Ok(())
}

/// NaNs of other bits than the usual one.
fn nans(r: &mut Recorder<'_>) -> Result<(), String> {
    let nans32 = [
        ("signalling_nan", 0x7f80_0001_u32),
        ("negative_nan", 0xffc0_0000),
        ("full_nan", 0x7fff_ffff),
    ];
    for (name, bits) in nans32 {
        r.judged("f32", name, &bits.to_le_bytes())?;
    }
    let nans64 = [
        ("signalling_nan", 0x7ff0_0000_0000_0001_u64),
        ("negative_nan", 0xfff8_0000_0000_0000),
        ("full_nan", 0x7fff_ffff_ffff_ffff),
    ];
    for (name, bits) in nans64 {
        r.judged("f64", name, &bits.to_le_bytes())?;
    }
    Ok(())
}

/// Characters at the ends of UTF-8's lengths, and texts and bytes around the ends of varints' lengths.
pub(super) fn texts(r: &mut Recorder<'_>) -> Result<(), String> {
    for value in [false, true] {
        r.valid("bool", &value.to_string(), json!(value))?;
    }
    r.valid("unit", "unit", Value::Null)?;
    r.valid("nothing", "unit", Value::Null)?;
    let ends = [
        0, 1, 0x09, 0x0a, 0x1f, 0x20, 0x22, 0x27, 0x5c, 0x7e, 0x7f, 0x80, 0xa0, 0xff, 0x100, 0x7ff, 0x800, 0x2028,
        0xd7ff, 0xe000, 0xfeff, 0xfffd, 0xfffe, 0xffff, 0x1_0000, 0x1_f600, 0xf_ffff, 0x10_0000, 0x10_ffff,
    ];
    for code in ends {
        let character = char::from_u32(code).ok_or("a scalar value")?;
        r.valid("char", &format!("u{code:04x}"), json!(character))?;
        r.valid("string", &format!("u{code:04x}"), json!(format!("{character}")))?;
        r.valid(
            "string",
            &format!("u{code:04x}_within"),
            json!(format!("a{character}é{character}")),
        )?;
        r.valid("list_char", &format!("u{code:04x}"), json!([character, "a", character]))?;
    }
    for length in [
        0, 1, 2, 7, 8, 15, 16, 17, 23, 24, 25, 31, 32, 33, 47, 48, 49, 63, 64, 65, 127, 128, 129, 255, 256, 300,
    ] {
        r.valid("string", &format!("ascii_{length}"), json!("a".repeat(length)))?;
        r.valid("string", &format!("latin_{length}"), json!("é".repeat(length)))?;
        r.valid(
            "bytes",
            &format!("length_{length}"),
            json!(BASE64_STANDARD.encode(vec![0xa5; length])),
        )?;
    }
    for length in [16_383, 16_384, 70_000] {
        r.valid("string", &format!("ascii_{length}"), json!("a".repeat(length)))?;
        r.valid(
            "bytes",
            &format!("length_{length}"),
            json!(BASE64_STANDARD.encode(vec![0; length])),
        )?;
    }
    for (name, text) in [
        ("combining", "e\u{301}"),
        ("family", "👩\u{200d}👩\u{200d}👧"),
        ("right_to_left", "שלום"),
        ("han", "你好，世界"),
        ("mixed", "aé你😀"),
        ("quotes", "\"'`\\"),
        ("byte_order_mark_first", "\u{feff}text"),
        ("nul_within", "a\0b"),
    ] {
        r.valid("string", name, json!(text))?;
        r.valid("label", name, json!(text))?;
        r.valid("map_string_u32", name, json!([[text, 1]]))?;
        r.valid("set_string", name, json!([text, "a"]))?;
    }
    Ok(())
}

/// The method whose drawn values would be thousands of numbers. Its type is about sizes in memory.
const LARGE: &str = "list_option_grid";

/// Every composed type: as little as it can be, and drawn.
pub(super) fn composed(r: &mut Recorder<'_>) -> Result<(), String> {
    let first = r
        .methods()
        .position(|method| method == "option_u32")
        .unwrap_or_default();
    let values = Values::new(r.api);
    for (number, method) in r.methods().enumerate().skip(first) {
        let ty = r.ty(method)?;
        let mut random = Random(number as u64);
        let least = values.draw(&mut random, ty, 0);
        r.valid(method, "as_little_as_can_be", least)?;
        if method == LARGE {
            r.valid(method, "of_3", json!([null, null, null]))?;
            continue;
        }
        for drawn in 1..=DRAWN {
            let value = values.draw(&mut random, ty, DEPTH);
            r.valid(method, &format!("drawn_{drawn}"), value)?;
        }
    }
    for variant in 0..200 {
        r.valid("many", &format!("v{variant}"), json!({format!("V{variant}"): null}))?;
    }
    for count in [127, 128, 300] {
        r.valid(
            "list_u16",
            &format!("of_{count}"),
            json!((0..count).collect::<Vec<u32>>()),
        )?;
        r.valid("list_unit", &format!("of_{count}"), json!(vec![(); count as usize]))?;
        r.valid("list_bool", &format!("of_{count}"), json!(vec![true; count as usize]))?;
        let entries: Vec<Value> = (0..count).map(|n| json!([n, format!("{n}")])).collect();
        r.valid("map_u32_string", &format!("of_{count}"), json!(entries))?;
    }
    Ok(())
}
