//! Bytes that are no values, or not quite.

use std::collections::BTreeSet;

use rapace_schema::postcard::Limits;
use rapace_schema::{DecodedSizes, TypeRef};
use serde_json::json;

use super::recorder::Recorder;
use crate::bytes::varint;
use crate::vectors::Case;

/// Valid bytes that are longer are not cut.
const LONGEST_CUT: usize = 40;

/// Every valid vector, cut at every byte.
pub(super) fn cuts(r: &mut Recorder<'_>, valid: &[Case]) -> Result<(), String> {
    for case in valid {
        let Some(bytes) = case.bytes.as_ref().map(|hex| &hex.0) else {
            continue;
        };
        // The name without the verdict and the method.
        let detail = case.name[2..].strip_prefix(&case.method).unwrap_or_default();
        if bytes.len() <= LONGEST_CUT {
            for length in 0..bytes.len() {
                r.judged(
                    &case.method,
                    &format!("{}_cut_{length}", &detail[1..]),
                    &bytes[..length],
                )?;
            }
        }
    }
    Ok(())
}

/// A varint of these seven-bit groups, least significant first, with the continuation bits set.
fn groups(groups: &[u8]) -> Vec<u8> {
    let last = groups.len().saturating_sub(1);
    let bits = |(index, &group): (usize, &u8)| if index < last { group | 0x80 } else { group };
    groups.iter().enumerate().map(bits).collect()
}

/// Overlong, too long, overflowing; of each width and in each place that has varints.
pub(super) fn varints(r: &mut Recorder<'_>) -> Result<(), String> {
    let widths = [
        ("u16", 16_u32),
        ("u32", 32),
        ("u64", 64),
        ("usize", 64),
        ("u128", 128),
        ("i16", 16),
        ("i32", 32),
        ("i64", 64),
        ("i128", 128),
    ];
    for (method, bits) in widths {
        let longest = bits.div_ceil(7) as usize;
        for (name, first) in [("zero", 0), ("one", 1), ("most", 0x7f)] {
            for length in 2..=longest + 2 {
                let mut padded = vec![0; length];
                padded[0] = first;
                r.judged(method, &format!("{name}_in_{length}"), &groups(&padded))?;
            }
        }
        // The last byte has room for fewer than seven bits.
        let room = bits - 7 * (longest as u32 - 1);
        for bit in 0..7 {
            let mut full = vec![0x7f; longest];
            full[longest - 1] = 1 << bit;
            let verdict = if bit < room { "fits" } else { "overflows" };
            r.judged(method, &format!("bit_{bit}_{verdict}"), &groups(&full))?;
        }
        r.judged(method, "all_ones", &vec![0xff; longest])?;
        r.judged(method, "endless", &[0x80; 64])?;
        r.judged(method, "only_continued", &[0x80])?;
    }
    // A length, a count and a variant's index of one, in more bytes than it needs.
    for (method, rest) in [
        ("string", &b"a"[..]),
        ("bytes", b"a"),
        ("char", b"a"),
        ("list_bool", &[1]),
        ("set_u32", &[9]),
        ("map_bool_map", &[0, 0]),
        ("list_unit", &[]),
        ("colour", &[]),
        ("figure", &[2, 4]),
        ("many", &[]),
    ] {
        for length in 2..=12 {
            let mut padded = vec![0; length];
            padded[0] = 1;
            r.judged(method, &format!("one_in_{length}"), &[&groups(&padded), rest].concat())?;
        }
    }
    Ok(())
}

/// Tags of bools and options, indexes of enums.
pub(super) fn tags(r: &mut Recorder<'_>) -> Result<(), String> {
    let tags = [
        2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 100, 126, 127, 128, 129, 170, 200, 254, 255,
    ];
    for tag in tags {
        for (method, before, after) in [
            ("bool", &[][..], &[][..]),
            ("option_u32", &[], &[1]),
            ("option_unit", &[], &[]),
            ("option_option_bool", &[], &[1, 1]),
            ("option_option_bool", &[1], &[1]),
            ("option_option_bool", &[1, 1], &[]),
            ("list_bool", &[2, 1], &[]),
            ("list_option", &[2, 0], &[5]),
            ("tuple_3", &[], &[0, 0, 0, 0, 0, 0, 0, 0, 0]),
            ("map_bool_map", &[1], &[0]),
            ("option_point", &[], &[2, 2]),
        ] {
            let detail = format!("tag_{tag}_after_{}", before.len());
            r.judged(method, &detail, &[before, &[tag], after].concat())?;
        }
    }
    let beyond = [
        ("colour", 3_u64),
        ("level", 2),
        ("figure", 6),
        ("only", 1),
        ("many", 200),
        ("option_figure", 6),
        ("list_figure", 6),
        ("term", 4),
        ("map_colour_u8", 3),
    ];
    for (method, count) in beyond {
        let beyond = [
            count,
            count + 1,
            10,
            127,
            128,
            200,
            255,
            256,
            300,
            16_383,
            16_384,
            1 << 32,
            1 << 63,
            u64::MAX,
        ];
        for index in BTreeSet::from(beyond) {
            if index < count {
                continue;
            }
            let before: &[u8] = match method {
                "option_figure" | "list_figure" | "map_colour_u8" => &[1],
                _ => &[],
            };
            let bytes = [before, &varint(index)].concat();
            r.judged(method, &format!("index_{index}"), &bytes)?;
            r.judged(
                method,
                &format!("index_{index}_then_more"),
                &[&bytes[..], &[0, 0, 0, 0]].concat(),
            )?;
        }
    }
    Ok(())
}

/// Bytes that are not UTF-8, and chars of none or several characters.
pub(super) fn texts(r: &mut Recorder<'_>) -> Result<(), String> {
    let wrong: [(&str, &[u8]); 24] = [
        ("lone_continuation", &[0x80]),
        ("last_continuation", &[0xbf]),
        ("two_continuations", &[0x80, 0xbf]),
        ("overlong_slash", &[0xc0, 0xaf]),
        ("overlong_nul", &[0xc0, 0x80]),
        ("overlong_c1", &[0xc1, 0xbf]),
        ("overlong_three", &[0xe0, 0x80, 0xaf]),
        ("overlong_three_last", &[0xe0, 0x9f, 0xbf]),
        ("overlong_four", &[0xf0, 0x80, 0x80, 0xaf]),
        ("overlong_four_last", &[0xf0, 0x8f, 0xbf, 0xbf]),
        ("surrogate_first", &[0xed, 0xa0, 0x80]),
        ("surrogate_last", &[0xed, 0xbf, 0xbf]),
        ("surrogate_pair", &[0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]),
        ("beyond_unicode", &[0xf4, 0x90, 0x80, 0x80]),
        ("f5", &[0xf5, 0x80, 0x80, 0x80]),
        ("five_bytes", &[0xf8, 0x88, 0x80, 0x80, 0x80]),
        ("six_bytes", &[0xfc, 0x84, 0x80, 0x80, 0x80, 0x80]),
        ("fe", &[0xfe]),
        ("ff", &[0xff]),
        ("cut_two", &[0xc3]),
        ("cut_three", &[0xe2, 0x82]),
        ("cut_four", &[0xf0, 0x9f, 0x98]),
        ("cut_then_ascii", &[0xe2, 0x82, 0x41]),
        ("utf16", &[0xff, 0xfe, 0x41, 0x00]),
    ];
    for (name, bytes) in wrong {
        let short = [&[bytes.len() as u8], bytes].concat();
        let long = [&b"a"[..].repeat(40), bytes, &b"z"[..].repeat(40)].concat();
        let longer = [&b"a"[..].repeat(200), bytes, &b"z"[..].repeat(200)].concat();
        r.judged("string", name, &short)?;
        let prefixed = |text: &[u8]| [&varint(text.len() as u64), text].concat();
        r.judged("string", &format!("{name}_within"), &prefixed(&long))?;
        r.judged("string", &format!("{name}_within_much"), &prefixed(&longer))?;
        r.judged("label", name, &short)?;
        r.judged("list_string", name, &[&[2, 1, b'a'], &short[..]].concat())?;
        r.judged("map_string_u32", name, &[&[1], &short[..], &[1]].concat())?;
        r.judged("set_string", name, &[&[1], &short[..]].concat())?;
        r.judged("char", name, &short)?;
    }
    for (name, text) in [
        ("none", ""),
        ("two", "ab"),
        ("two_wide", "éé"),
        ("combining", "e\u{301}"),
        ("many", "hello"),
    ] {
        let bytes = [&[text.len() as u8], text.as_bytes()].concat();
        r.judged("char", name, &bytes)?;
        r.judged("list_char", name, &[&[1], &bytes[..]].concat())?;
        r.judged("map_char_unit", name, &[&[1], &bytes[..]].concat())?;
    }
    Ok(())
}

/// Lengths and counts that are more than the bytes that follow.
pub(super) fn lengths(r: &mut Recorder<'_>) -> Result<(), String> {
    let lengths = [
        2,
        127,
        128,
        65_536,
        65_537,
        1 << 24,
        1 << 31,
        u64::from(u32::MAX),
        1 << 32,
        1 << 53,
        1 << 63,
        u64::MAX,
    ];
    for length in lengths {
        for (method, rest) in [
            ("string", &b"a"[..]),
            ("bytes", b"a"),
            ("char", b"a"),
            ("label", b"a"),
            ("list_u16", &[1]),
            ("list_i64", &[1]),
            ("list_f64", &[0; 8]),
            ("list_bool", &[1]),
            ("list_string", &[0]),
            ("list_list", &[0]),
            ("list_point", &[0, 0]),
            ("set_u32", &[1]),
            ("map_string_u32", &[0, 1]),
            ("hash_map", &[0, 1]),
            ("hash_set", &[1]),
            ("page_of_point", &[0]),
        ] {
            r.judged(method, &format!("length_{length}"), &[&varint(length), rest].concat())?;
        }
        if length > 65_536 {
            r.judged("list_unit", &format!("length_{length}"), &varint(length))?;
            r.judged("list_nothing", &format!("length_{length}"), &varint(length))?;
        }
    }
    r.judged("list_unit", "length_65536", &varint(65_536_u64))?;
    decoded_sizes(r)
}

/// Counts of what is small on the wire and large in memory: as many as the limit on decoded sizes allows, one more, and
/// all that a frame has room for. All of the bytes are there.
fn decoded_sizes(r: &mut Recorder<'_>) -> Result<(), String> {
    const METHOD: &str = "list_option_grid";
    let TypeRef::List(item) = r.ty(METHOD)? else {
        return Err(format!("{METHOD} takes no list"));
    };
    let most = Limits::default().max_decoded_bytes / DecodedSizes::of(r.api).item(item);
    let absent = |count: u64| [varint(count), vec![0; count as usize]].concat();
    r.judged(METHOD, "as_many_as_the_limit_allows", &absent(most))?;
    r.judged(METHOD, "one_more_than_the_limit_allows", &absent(most + 1))?;
    for times in [2, 4] {
        r.judged(
            METHOD,
            &format!("{times}_times_what_the_limit_allows"),
            &absent(times * most),
        )?;
    }
    Ok(())
}

/// Recursive types at the limit, one beyond, and far beyond.
pub(super) fn depth(r: &mut Recorder<'_>) -> Result<(), String> {
    for levels in [1, 2, 64, 127, 128, 129, 130, 256, 500, 100_000] {
        // A value is 1, and so is the tag of an option that has one: a chain is a run of ones.
        let chain = [vec![1; 2 * levels - 1], vec![0]].concat();
        r.judged("chain", &format!("levels_{levels}"), &chain)?;
        let negatives = [vec![1; levels - 1], vec![0, 0]].concat();
        r.judged("term", &format!("levels_{levels}"), &negatives)?;
        // A name of no bytes and one child each.
        if levels <= 500 {
            let tree = [[0, 1].repeat(levels - 1), vec![0, 0]].concat();
            r.judged("tree", &format!("levels_{levels}"), &tree)?;
            // A folder and an entry are a level each.
            let folder = [[0, 1, 1].repeat(levels - 1), vec![0, 0]].concat();
            r.judged("folder", &format!("levels_{levels}"), &folder)?;
        }
    }
    Ok(())
}

/// Bytes after a value; keys and items that are there twice.
pub(super) fn leftovers(r: &mut Recorder<'_>) -> Result<(), String> {
    for (method, value) in [
        ("unit", json!(null)),
        ("bool", json!(true)),
        ("u8", json!(1)),
        ("u32", json!(300)),
        ("i64", json!("-1")),
        ("f64", json!(1.5)),
        ("char", json!("a")),
        ("string", json!("text")),
        ("bytes", json!("AAE=")),
        ("option_u32", json!(null)),
        ("list_u16", json!([1, 2])),
        ("array_u8", json!([1, 2, 3, 4])),
        ("array_none", json!([])),
        ("map_string_u32", json!([["a", 1]])),
        ("point", json!({"x": 1, "y": 2})),
        ("empty", json!({})),
        ("colour", json!({"Red": null})),
        ("figure", json!({"Named": "x"})),
    ] {
        let bytes = r.codec.encode(r.ty(method)?, &value);
        let bytes = bytes.map_err(|error| format!("{method}: {error}"))?;
        for (name, rest) in [("nul", &[0][..]), ("ff", &[0xff]), ("many", &[1, 2, 3, 4, 5, 6, 7, 8])] {
            r.judged(method, &format!("then_{name}"), &[&bytes, rest].concat())?;
        }
    }
    r.judged("map_string_u32", "same_key", &[2, 1, b'a', 1, 1, b'a', 2])?;
    r.judged(
        "map_string_u32",
        "same_key_thrice",
        &[3, 1, b'a', 1, 1, b'b', 9, 1, b'a', 2],
    )?;
    r.judged("map_u32_string", "same_key", &[2, 5, 1, b'a', 5, 1, b'b'])?;
    r.judged(
        "map_u32_string",
        "same_key_overlong",
        &[2, 5, 1, b'a', 0x85, 0, 1, b'b'],
    )?;
    r.judged("map_colour_u8", "same_key", &[2, 1, 7, 1, 8])?;
    r.judged("hash_map", "same_key", &[2, 1, b'a', 1, 1, b'a', 2])?;
    r.judged("set_u32", "same_item", &[3, 7, 7, 1])?;
    r.judged("set_string", "same_item", &[2, 1, b'a', 1, b'a'])?;
    r.judged("set_meters", "same_item", &[2, 3, 3])?;
    r.judged("hash_set", "same_item", &[2, 3, 3])?;
    r.judged("set_u32", "unsorted", &[3, 9, 5, 7])?;
    r.judged("map_u32_string", "unsorted", &[2, 9, 1, b'a', 5, 1, b'b'])
}
