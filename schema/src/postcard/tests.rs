use serde_json::{Value, json};

use super::{Codec, Limits, Reason};
use crate::fixtures::{api, boxed, enumeration, named, structure};
use crate::model::{Api, TypeDef, TypeRef, TypeRef::*};

fn list(item: TypeRef) -> TypeRef {
    List(boxed(item))
}

fn shop() -> Api {
    api([
        structure("Empty", &[]),
        structure("Node", &[("name", String), ("children", list(named("Node")))]),
        structure("Point", &[("x", I32), ("y", I32)]),
        enumeration(
            "Shape",
            &[("Dot", &[]), ("Circle", &[("at", Named("Point".into())), ("r", U8)])],
        ),
    ])
}

/// Checks that the value has these bytes, and they that value.
#[track_caller]
fn check(ty: &TypeRef, value: Value, bytes: &[u8]) {
    let api = shop();
    let codec = Codec::new(&api, Limits::default());
    assert_eq!(codec.encode(ty, &value).expect("a value of the type"), bytes);
    assert_eq!(codec.decode(ty, bytes).expect("bytes of the type"), value);
}

#[track_caller]
fn check_refused(ty: &TypeRef, bytes: &[u8], expected: (Reason, &str, usize)) {
    let api = shop();
    let error = Codec::new(&api, Limits::default())
        .decode(ty, bytes)
        .expect_err("no value");
    assert_eq!(
        (error.reason, error.path.as_str(), error.offset),
        (expected.0, expected.1, Some(expected.2)),
        "{error}"
    );
}

#[track_caller]
fn check_unfit(ty: &TypeRef, value: Value, expected: (Reason, &str)) {
    let api = shop();
    let error = Codec::new(&api, Limits::default())
        .encode(ty, &value)
        .expect_err("no value");
    assert_eq!((error.reason, error.path.as_str()), expected, "{error}");
}

#[test]
fn scalars() {
    check(&Unit, json!(null), &[]);
    check(&Bool, json!(true), &[1]);
    check(&U8, json!(255), &[255]);
    check(&I8, json!(-1), &[255]);
    check(&U16, json!(300), &[0xac, 2]);
    check(&I32, json!(-65), &[0x81, 1]);
    check(
        &U64,
        json!("18446744073709551615"),
        &[255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
    );
    check(
        &I64,
        json!("-9223372036854775808"),
        &[255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
    );
    check(&I128, json!("-1"), &[1]);
    check(&F32, json!(1.5), &[0, 0, 0xc0, 0x3f]);
    check(&F64, json!("-0"), &[0, 0, 0, 0, 0, 0, 0, 0x80]);
    check(&Char, json!("é"), &[2, 0xc3, 0xa9]);
    check(&String, json!("hi"), &[2, b'h', b'i']);
    check(&Bytes, json!("AP8="), &[2, 0, 255]);
}

#[test]
fn containers() {
    check(&Option(boxed(Option(boxed(Bool)))), json!({"some": null}), &[1, 0]);
    check(&list(U16), json!([1, 300]), &[2, 1, 0xac, 2]);
    check(&Tuple(vec![U8, String]), json!([7, ""]), &[7, 0]);
    let map = Map {
        key: boxed(String),
        value: boxed(U8),
    };
    check(&map, json!([["a", 1], ["b", 2]]), &[2, 1, b'a', 1, 1, b'b', 2]);
    check(
        &Array {
            item: boxed(U8),
            len: 2,
        },
        json!([1, 2]),
        &[1, 2],
    );
    check(&list(named("Empty")), json!([null, null]), &[2]);
}

#[test]
fn named_types() {
    check(&named("Point"), json!({"x": 1, "y": -1}), &[2, 1]);
    check(
        &named("Shape"),
        json!({"Circle": {"at": {"x": 0, "y": 0}, "r": 9}}),
        &[1, 0, 0, 9],
    );
    check(
        &named("Node"),
        json!({"name": "a", "children": [{"name": "", "children": []}]}),
        &[1, b'a', 1, 0, 0],
    );
}

#[test]
fn refused_bytes_say_where() {
    check_refused(&list(named("Point")), &[1, 2], (Reason::UnexpectedEnd, "0.y", 2));
    check_refused(&U16, &[0x80, 0x80, 0x80, 0], (Reason::Varint, "", 0));
    check_refused(&U16, &[0xff, 0xff, 4], (Reason::Varint, "", 0));
    check_refused(&U64, &[0x80; 11], (Reason::Varint, "", 0));
    check_refused(&Bool, &[2], (Reason::Tag, "", 0));
    check_refused(&named("Shape"), &[2], (Reason::Variant, "", 0));
    check_refused(&String, &[3, b'a', 0xff, b'b'], (Reason::Utf8, "", 2));
    check_refused(&Char, &[2, b'a', b'b'], (Reason::Char, "", 0));
    check_refused(&Unit, &[0], (Reason::TrailingBytes, "", 0));
    check_refused(&String, &[0xff; 10], (Reason::Varint, "", 0));
    check_refused(&list(U8), &[0xff, 0xff, 0xff, 0x7f], (Reason::UnexpectedEnd, "", 0));
    check_refused(&list(Unit), &[0x81, 0x80, 4], (Reason::ZeroSizedItems, "", 0));
}

/// A node is 16 bytes as an item and 128 as a body; a point is 64.
#[test]
fn decoded_sizes_are_bounded() {
    let api = shop();
    let check = |ty: &TypeRef, bytes: &[u8], size: u64, refused_at: usize| {
        let codec = |max_decoded_bytes| {
            let limits = Limits {
                max_decoded_bytes,
                ..Limits::default()
            };
            Codec::new(&api, limits).decode(ty, bytes)
        };
        codec(size).expect("as large as the limit");
        let error = codec(size - 1).expect_err("a byte larger than the limit");
        assert_eq!((error.reason, error.offset), (Reason::DecodedSize, Some(refused_at)));
        assert_eq!(
            error.what,
            format!("decoded size exceeds the limit of {} bytes", size - 1)
        );
    };
    check(&list(named("Point")), &[2, 0, 0, 0, 0], 128, 0);
    check(&named("Node"), &[0, 2, 0, 0, 0, 0], 3 * 128 + 2 * 16, 4);
    check(&list(list(Unit)), &[2, 1, 1], 2 * 64 + 2 * 16, 2);
}

#[test]
fn varints_need_not_be_short() {
    let api = shop();
    let codec = Codec::new(&api, Limits::default());
    assert_eq!(
        codec.decode(&U16, &[0x81, 0x80, 0]).expect("as long as a u16 can be"),
        json!(1)
    );
}

#[test]
fn unfit_values_say_where() {
    check_unfit(&U8, json!(256), (Reason::Range, ""));
    check_unfit(&I64, json!("9223372036854775808"), (Reason::Range, ""));
    check_unfit(&F32, json!(1e300), (Reason::Range, ""));
    check_unfit(
        &list(named("Point")),
        json!([{"x": 1, "y": 2}, {"x": 1}]),
        (Reason::Form, "1"),
    );
    check_unfit(&named("Point"), json!({"x": 1, "y": 2, "z": 3}), (Reason::Form, ""));
    check_unfit(&named("Shape"), json!({"Square": null}), (Reason::Variant, ""));
    check_unfit(
        &named("Shape"),
        json!({"Circle": {"at": {"x": 1, "y": "2"}, "r": 1}}),
        (Reason::Form, "Circle.at.y"),
    );
    check_unfit(&Char, json!("ab"), (Reason::Char, ""));
    check_unfit(&Bytes, json!("%"), (Reason::Form, ""));
    check_unfit(
        &Array {
            item: boxed(U8),
            len: 2,
        },
        json!([1]),
        (Reason::Form, ""),
    );
    check_unfit(&Option(boxed(U8)), json!(1), (Reason::Form, ""));
}

#[test]
fn depth_has_a_limit_both_ways() {
    let api = shop();
    let codec = Codec::new(
        &api,
        Limits {
            max_depth: 3,
            ..Limits::default()
        },
    );
    let nested = |levels| {
        (1..levels).fold(
            json!({"name": "", "children": []}),
            |inner, _| json!({"name": "", "children": [inner]}),
        )
    };
    let bytes = codec.encode(&named("Node"), &nested(3)).expect("as deep as may be");
    assert!(codec.decode(&named("Node"), &bytes).is_ok());
    let error = codec.encode(&named("Node"), &nested(4)).expect_err("too deep");
    assert_eq!(error.reason, Reason::Depth);
    let bytes = [0, 1, 0, 1, 0, 1, 0, 0];
    assert_eq!(
        codec.decode(&named("Node"), &bytes).expect_err("too deep").reason,
        Reason::Depth
    );
}

#[test]
fn order_and_repetition_mean_nothing_in_sets_and_maps() {
    let api = shop();
    let codec = Codec::new(&api, Limits::default());
    let set = Set(boxed(Set(boxed(U8))));
    let one = codec.canonical(&set, &json!([[2, 1], [3]])).expect("a value");
    assert_eq!(one, codec.canonical(&set, &json!([[3], [1, 2, 1]])).expect("a value"));
    let map = Map {
        key: boxed(String),
        value: boxed(U8),
    };
    let last = codec
        .canonical(&map, &json!([["b", 1], ["a", 2], ["b", 3]]))
        .expect("a value");
    assert_eq!(last, json!([["a", 2], ["b", 3]]));
}

#[test]
fn an_open_enum_keeps_the_index_of_a_variant_that_it_does_not_know() {
    let enum_of = |name, open| TypeDef {
        open,
        ..enumeration(name, &[("Paper", &[]), ("Ebook", &[])])
    };
    let api = api([enum_of("Open", true), enum_of("Closed", false)]);
    let codec = Codec::new(&api, Limits::default());
    let (open, closed) = (named("Open"), named("Closed"));
    let largest: &[u8] = &[255, 255, 255, 255, 15];
    for (value, bytes) in [
        (json!({"Ebook": null}), &[1][..]),
        (json!(2), &[2]),
        (json!(300), &[0xac, 2]),
        (json!(u32::MAX), largest),
    ] {
        assert_eq!(codec.decode(&open, bytes).expect("a value"), value);
        assert_eq!(codec.encode(&open, &value).expect("bytes"), bytes);
        assert_eq!(codec.canonical(&open, &value).expect("a value"), value);
        assert_eq!(codec.decode(&closed, bytes).is_ok(), bytes == [1]);
    }
    let unread = codec.decode(&open, &[128, 128, 128, 128, 16]).expect_err("beyond u32");
    assert_eq!(unread.reason, Reason::Variant);
    let keys = Map {
        key: boxed(open.clone()),
        value: boxed(U8),
    };
    assert_eq!(codec.decode(&keys, &[1, 9, 4]).expect("a value"), json!([[9, 4]]));
    for (ty, value, reason) in [
        (&open, json!(1), Reason::Variant),
        (&open, json!(4_294_967_296_u64), Reason::Range),
        (&open, json!(-1), Reason::Range),
        (&open, json!(2.5), Reason::Range),
        (&open, json!("2"), Reason::Form),
        (&closed, json!(2), Reason::Form),
    ] {
        assert_eq!(
            codec.encode(ty, &value).expect_err("no value").reason,
            reason,
            "{value}"
        );
    }
}
