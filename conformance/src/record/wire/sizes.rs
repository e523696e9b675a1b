//! Class 34: what values take in memory once they are decoded, and keys that collide.

use serde_json::{Value, json};

use super::{ANSWER, call, ends_with, frame, over_options, receive};
use crate::peer::Transport;
use crate::recorded::End;
use crate::scenario::{Many, Scenario, Step};

/// A method of `Values`, the bytes of a value, the value, and its decoded size.
type Sized = (&'static str, &'static [u8], Value, u64);

/// Values of each kind of collection and recursion. A scalar has 16 bytes, a text 32, a collection 64, an object 32 and its
/// fields; a test holds the sums against the interpreter's.
fn values() -> Vec<Sized> {
    vec![
        ("list_u16", &[2, 7, 8], json!([7, 8]), 32),
        ("list_u32", &[2, 7, 8], json!([7, 8]), 32),
        ("list_i64", &[1, 2], json!(["1"]), 16),
        ("list_f64", &[1, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f], json!([1.5]), 16),
        ("list_bool", &[2, 0, 1], json!([false, true]), 32),
        ("list_string", &[2, 0, 0], json!(["", ""]), 64),
        ("list_bytes", &[2, 0, 0], json!(["", ""]), 64),
        ("list_unit", &[3], json!([null, null, null]), 48),
        ("list_list", &[3, 0, 0, 0], json!([[], [], []]), 192),
        ("list_list", &[1, 2, 1, 2], json!([[1, 2]]), 96),
        ("list_option", &[2, 0, 0], json!([null, null]), 32),
        ("list_point", &[1, 0, 0], json!([{"x": 0, "y": 0}]), 64),
        ("list_tuple", &[1, 0, 0], json!([[0, ""]]), 80),
        ("set_u32", &[3, 1, 2, 3], json!([1, 2, 3]), 48),
        ("set_string", &[1, 1, b'a'], json!(["a"]), 32),
        ("map_string_u32", &[1, 1, b'a', 1], json!([["a", 1]]), 48),
        ("map_u32_string", &[1, 1, 1, b'a'], json!([[1, "a"]]), 48),
        ("map_u128_u8", &[1, 5, 1], json!([["5", 1]]), 32),
        ("map_bool_map", &[2, 0, 0, 1, 0], json!([[false, []], [true, []]]), 160),
        ("tree", &[0, 0], json!({"name": "", "children": []}), 128),
        (
            "tree",
            &[0, 1, 0, 0],
            json!({"name": "", "children": [{"name": "", "children": []}]}),
            272,
        ),
        (
            "chain",
            &[1, 1, 2, 0],
            json!({"value": 1, "next": {"some": {"value": 2, "next": null}}}),
            128,
        ),
    ]
}

/// At the limit and a byte below it; then colliding keys.
pub(super) fn sizes() -> Vec<Scenario> {
    let mut cases = Vec::new();
    for (number, (method, bytes, value, size)) in values().into_iter().enumerate() {
        let called = format!("Values.{method}");
        let least = least_of(method);
        let steps = |end: End| {
            vec![
                call("a", &called, json!([least.0])),
                receive("a", least.1),
                super::send([frame("a", ANSWER, bytes)]),
                ends_with("a", end),
                Step::Lives,
            ]
        };
        let options = |limit: u64| json!({"limits": {"max_decoded_bytes": limit}});
        let accepted = over_options(
            format!("y_{method}_{number}_of_{size}"),
            options(size),
            steps(End::Value(value)),
        );
        let refused = over_options(
            format!("n_{method}_{number}_of_{size}"),
            options(size - 1),
            steps(End::error("decode", None)),
        );
        cases.extend([accepted, refused].map(|case| Scenario {
            over: vec![Transport::Unix],
            ..case
        }));
    }
    let mut keys = super::scenario(
        "y_keys_that_collide",
        [
            Step::Many(Many::Keys {
                count: 20_000,
                factor: 5,
            }),
            Step::Lives,
        ],
    );
    keys.over = vec![Transport::Unix];
    cases.push(keys);
    cases
}

/// The argument that a method is called with, and its bytes.
fn least_of(method: &str) -> (Value, &'static [u8]) {
    match method {
        "tree" => (json!({"name": "", "children": []}), &[0, 0]),
        "chain" => (json!({"value": 0, "next": null}), &[0, 0]),
        _ => (json!([]), &[0]),
    }
}

#[cfg(test)]
mod tests {
    use rapace_schema::postcard::{Codec, Limits, Reason};

    use super::*;

    #[test]
    fn the_interpreter_counts_alike() {
        let api = std::fs::read_to_string(crate::folder().join("fixtures/api.json")).expect("it is there");
        let api = rapace_schema::read(&api).expect("it is sound");
        let service = api.services.iter().find(|service| service.name == "Values");
        let methods = &service.expect("it is there").methods;
        for (name, bytes, value, size) in values() {
            let method = methods.iter().find(|method| method.name == name).expect("it is there");
            let decoded = |max_decoded_bytes| {
                let limits = Limits {
                    max_decoded_bytes,
                    ..Limits::default()
                };
                Codec::new(&api, limits).decode(&method.response, bytes)
            };
            assert_eq!(decoded(size), Ok(value), "{name}");
            let refused = decoded(size - 1).expect_err(name);
            assert_eq!(refused.reason, Reason::DecodedSize, "{name}");
        }
    }
}
