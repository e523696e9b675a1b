//! Values that are none of their type.

use serde_json::{Value, json};

use super::recorder::Recorder;

/// Out of range, of another type, of another length, too deep.
pub(super) fn values(r: &mut Recorder<'_>) -> Result<(), String> {
    let unsigned: [(&str, u128); 3] = [
        ("u8", u8::MAX as u128),
        ("u16", u16::MAX as u128),
        ("u32", u32::MAX as u128),
    ];
    for (method, top) in unsigned {
        r.unfit(method, "beyond", json!((top + 1) as u64))?;
        r.unfit(method, "far_beyond", json!(1_u64 << 53))?;
        r.unfit(method, "minus_one", json!(-1))?;
        r.unfit(method, "fraction", json!(1.5))?;
        others(r, method, &["text", "bool", "null", "list"])?;
    }
    let signed: [(&str, i64, i64); 3] = [
        ("i8", i8::MIN.into(), i8::MAX.into()),
        ("i16", i16::MIN.into(), i16::MAX.into()),
        ("i32", i32::MIN.into(), i32::MAX.into()),
    ];
    for (method, lowest, highest) in signed {
        r.unfit(method, "below", json!(lowest - 1))?;
        r.unfit(method, "beyond", json!(highest + 1))?;
        r.unfit(method, "fraction", json!(-0.5))?;
        others(r, method, &["text", "bool", "null", "list"])?;
    }
    for (method, below, beyond) in [
        ("u64", "-1", "18446744073709551616"),
        ("usize", "-1", "18446744073709551616"),
        ("u128", "-1", "340282366920938463463374607431768211456"),
        ("i64", "-9223372036854775809", "9223372036854775808"),
        ("isize", "-9223372036854775809", "9223372036854775808"),
        (
            "i128",
            "-170141183460469231731687303715884105729",
            "170141183460469231731687303715884105728",
        ),
    ] {
        r.unfit(method, "below", json!(below))?;
        r.unfit(method, "beyond", json!(beyond))?;
        r.unfit(method, "far_beyond", json!("9".repeat(60)))?;
        others(r, method, &["bool", "null", "list"])?;
    }
    r.unfit("f32", "beyond", json!(1e39))?;
    r.unfit("f32", "below", json!(-1e39))?;
    r.unfit("list_f32", "beyond", json!([0.0, 1e300]))?;
    texts(r)?;
    parts(r)?;
    deep(r)
}

/// Values of other types, and characters that are none or several.
fn texts(r: &mut Recorder<'_>) -> Result<(), String> {
    for method in ["f32", "f64"] {
        others(r, method, &["text", "bool", "null", "list"])?;
    }
    others(r, "bool", &["text", "one", "null", "list"])?;
    others(r, "string", &["one", "bool", "null", "list"])?;
    others(r, "char", &["one", "bool", "null", "list"])?;
    others(r, "bytes", &["one", "bool", "null"])?;
    r.unfit("char", "none", json!(""))?;
    r.unfit("char", "two", json!("ab"))?;
    r.unfit("char", "combining", json!("e\u{301}"))?;
    r.unfit("list_char", "two_within", json!(["a", "bc"]))?;
    r.unfit("map_char_unit", "two_as_key", json!([["ab", null]]))?;
    for method in [
        "list_u16",
        "list_string",
        "array_u32",
        "set_u32",
        "map_string_u32",
        "tuple_2",
        "point",
        "containers",
    ] {
        others(r, method, &["text", "one", "bool", "null"])?;
    }
    Ok(())
}

/// Values with a part that does not fit, or with too few or too many.
fn parts(r: &mut Recorder<'_>) -> Result<(), String> {
    r.unfit("array_u32", "short", json!([1, 2]))?;
    r.unfit("array_u32", "long", json!([1, 2, 3, 4]))?;
    r.unfit("array_u8", "short", json!([1, 2, 3]))?;
    r.unfit("array_u8", "long", json!([1, 2, 3, 4, 5]))?;
    r.unfit("array_string", "short", json!(["a"]))?;
    r.unfit("array_none", "long", json!([1]))?;
    r.unfit("tuple_2", "short", json!([1]))?;
    r.unfit("tuple_2", "long", json!([1, "a", 2]))?;
    r.unfit("tuple_3", "wrong_second", json!([true, "1", 1.0]))?;
    r.unfit("list_u16", "beyond_within", json!([1, 65_536]))?;
    r.unfit("list_i8", "beyond_within", json!([1, 128]))?;
    r.unfit("list_u32", "beyond_within", json!([4_294_967_296_u64]))?;
    r.unfit("list_u64", "beyond_within", json!(["1", "18446744073709551616"]))?;
    r.unfit("list_list", "beyond_within", json!([[1], [2, -1]]))?;
    r.unfit("option_u32", "beyond_within", json!({"some": 4_294_967_296_u64}))?;
    r.unfit("set_u32", "beyond_within", json!([4_294_967_296_u64]))?;
    r.unfit("map_string_u32", "beyond_within", json!([["a", 1], ["b", -1]]))?;
    r.unfit("map_u32_string", "key_beyond", json!([[-1, "a"]]))?;
    r.unfit("map_u32_string", "wrong_value", json!([[1, 2]]))?;
    r.unfit("point", "beyond_within", json!({"x": 1, "y": 2_147_483_648_u64}))?;
    r.unfit("point", "wrong_field", json!({"x": 1, "y": "2"}))?;
    r.unfit("pair", "beyond_within", json!([256, "a"]))?;
    r.unfit("meters", "beyond_within", json!(-1))?;
    r.unfit("label", "number", json!(1))?;
    r.unfit(
        "page_of_point",
        "beyond_within",
        json!({"items": [{"x": 0, "y": -2_147_483_649_i64}], "next": null}),
    )?;
    r.unfit(
        "figure",
        "beyond_within",
        json!({"Dot": {"x": 2_147_483_648_u64, "y": 0}}),
    )?;
    r.unfit("figure", "wrong_within", json!({"Named": 5}))?;
    r.unfit("figure", "no_variant", json!({"Square": null}))?;
    r.unfit("colour", "no_variant", json!({"Purple": null}))?;
    r.unfit(
        "term",
        "beyond_within",
        json!({"Negative": {"Number": "9223372036854775808"}}),
    )?;
    r.unfit(
        "folder",
        "beyond_within",
        json!({"name": "", "entries": [{"File": {"size": "-1"}}]}),
    )
}

/// Values that are deeper than the limit, or have more items.
fn deep(r: &mut Recorder<'_>) -> Result<(), String> {
    for levels in [129, 130, 200] {
        let chain = (1..levels).fold(
            json!({"value": 0, "next": null}),
            |inner, _| json!({"value": 0, "next": {"some": inner}}),
        );
        r.unfit("chain", &format!("levels_{levels}"), chain)?;
        let tree = (1..levels).fold(
            json!({"name": "", "children": []}),
            |inner, _| json!({"name": "", "children": [inner]}),
        );
        r.unfit("tree", &format!("levels_{levels}"), tree)?;
        let term = (1..levels).fold(json!({"Number": "0"}), |inner, _| json!({"Negative": inner}));
        r.unfit("term", &format!("levels_{levels}"), term)?;
    }
    r.unfit("list_unit", "too_many", json!(vec![Value::Null; 65_537]))
}

/// Values of other types.
fn others(r: &mut Recorder<'_>, method: &str, names: &[&str]) -> Result<(), String> {
    for name in names {
        let value = match *name {
            "text" => json!("1"),
            "bool" => json!(true),
            "null" => Value::Null,
            "list" => json!([1]),
            _ => json!(1),
        };
        r.unfit(method, &format!("as_{name}"), value)?;
    }
    Ok(())
}
