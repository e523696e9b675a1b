//! What is recorded: the calls, and frames that no client sends.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use conformance_fixtures::SHAPES;
use rapace_schema::Api;
use rapace_wire::frame::{DATA, EOS, Frame, NO_REPLY};
use serde_json::{Value, json};

use super::frames::{Call, Frames};
use crate::class::Class;
use crate::recordings::{Form, Provenance, Recordings};
use crate::vectors::{Case, Vectors};

/// Values whose bytes are longer are not called with.
const LONGEST: usize = 120;

/// All recordings. The same ones each time.
///
/// # Errors
/// When Rust's own client, its servers and our interpreter do not agree.
pub fn record(api: &Api, vectors: &[Vectors]) -> Result<Vec<Recordings>, String> {
    let provenance = provenance()?;
    // Handlers that panic are part of it, and what they say is recorded.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut frames = Frames::new(api)?;
    let mut recorded = |class, title: &str, make: &dyn Fn(&mut Frames<'_>) -> Result<(), String>| {
        make(&mut frames).map(|()| Recordings {
            class,
            title: title.into(),
            provenance: provenance.clone(),
            cases: frames.take(),
        })
    };
    let all = [
        recorded(Class::Descriptors, "descriptors", &|frames| {
            forms(frames)?;
            values(frames, vectors)
        }),
        recorded(Class::AnswersToNothing, "answers to nothing", &notifications),
        recorded(Class::ErrorFrames, "error frames", &errors),
        recorded(Class::EndsOfStreams, "ends of streams", &streams),
    ];
    std::panic::set_hook(hook);
    all.into_iter().collect()
}

fn call(method: &str, arguments: Value) -> Call {
    of_form(Form::Call, method, arguments)
}

fn stream(method: &str, arguments: Value) -> Call {
    of_form(Form::Stream, method, arguments)
}

fn of_form(form: Form, method: &str, arguments: Value) -> Call {
    Call {
        form,
        method: method.into(),
        arguments: arguments.as_array().cloned().unwrap_or_default(),
    }
}

/// Every number of arguments, payloads around the length that a descriptor holds and far beyond, several calls.
fn forms(frames: &mut Frames<'_>) -> Result<(), String> {
    let fifth = json!([9, {"some": 300}, "", "AQI=", {"x": 1, "y": -1}]);
    frames.calls("no_argument_no_answer", &[call("Calls.nothing", json!([]))])?;
    frames.calls("no_argument", &[call("Calls.answer", json!([]))])?;
    frames.calls("two_arguments", &[call("Calls.second", json!([300, "ab"]))])?;
    frames.calls("five_arguments", &[call("Calls.fifth", fifth)])?;
    for payload in [1, 2, 15, 16, 17, 127, 128, 129, 1_000, 4_096, 70_000] {
        let length = (0..payload)
            .rev()
            .find(|length| length + length_of_varint(*length) == payload);
        let Some(length) = length else { continue };
        let bytes = BASE64_STANDARD.encode(vec![0xa5; length]);
        frames.calls(
            &format!("payload_of_{payload}"),
            &[call("Values.bytes", json!([bytes]))],
        )?;
    }
    let several = [
        call("Calls.answer", json!([])),
        call("Calls.second", json!([1, "a text of more than sixteen bytes"])),
        stream("Calls.count", json!([2])),
        call("Calls.nothing", json!([])),
        stream("Calls.texts", json!([["a", "b"]])),
        call("Calls.second", json!([2, "b"])),
    ];
    frames.calls("six_in_turn", &several)?;
    frames.side_by_side("six_side_by_side", &several)
}

fn length_of_varint(number: usize) -> usize {
    (usize::BITS - number.leading_zeros()).div_ceil(7).max(1) as usize
}

/// Every method of `Values` with its shortest value and a long one. Of maps and sets, whose order means nothing and
/// differs from language to language, at most one entry.
fn values(frames: &mut Frames<'_>, vectors: &[Vectors]) -> Result<(), String> {
    let few = few();
    for shape in SHAPES {
        let method = format!("Values.{}", shape.method);
        if let Some((_, value)) = few.iter().find(|(name, _)| *name == shape.method) {
            frames.calls(&format!("{}_of_one", shape.method), &[call(&method, json!([value]))])?;
            continue;
        }
        let fit = vectors
            .iter()
            .filter(|class| class.class.is_of_valid_values())
            .flat_map(|class| &class.cases);
        let fit = fit.filter(|case| case.method == shape.method && fits(case));
        let fit: Vec<&Case> = fit.collect();
        let length = |case: &&&Case| case.bytes.as_ref().map_or(0, |hex| hex.0.len());
        let shortest = fit.iter().min_by_key(length);
        let longest = fit.iter().rev().max_by_key(length);
        let (Some(shortest), Some(longest)) = (shortest, longest) else {
            return Err(format!("{method} has no value to be called with"));
        };
        frames.calls(
            &format!("{}_short", shape.method),
            &[call(&method, json!([shortest.value]))],
        )?;
        if length(&shortest) < length(&longest) {
            frames.calls(
                &format!("{}_long", shape.method),
                &[call(&method, json!([longest.value]))],
            )?;
        }
    }
    Ok(())
}

/// Whether it is a value whose bytes every language writes alike, and not too long. A NaN has many.
fn fits(case: &Case) -> bool {
    let short = case.bytes.as_ref().is_some_and(|hex| hex.0.len() <= LONGEST);
    let exact = case.name.starts_with("y_") && !case.decode_only;
    short
        && exact
        && !case
            .value
            .as_ref()
            .is_some_and(|value| value.to_string().contains("\"NaN\""))
}

/// A value of each type that holds a map or a set.
fn few() -> Vec<(&'static str, Value)> {
    vec![
        ("set_u32", json!([300])),
        ("set_string", json!(["ü"])),
        ("set_i64", json!(["-300"])),
        ("set_meters", json!([300])),
        ("hash_set", json!([300])),
        ("map_string_u32", json!([["key", 300]])),
        ("map_u32_string", json!([[300, "value"]])),
        ("map_i64_point", json!([["-300", {"x": 1, "y": -1}]])),
        ("map_bool_map", json!([[true, [[7, "inner"]]]])),
        ("map_label_list", json!([["label", "AAEC"]])),
        ("map_colour_u8", json!([[{"Red": null}, 7]])),
        ("map_char_unit", json!([["é", null]])),
        ("hash_map", json!([["key", 300]])),
        ("map_u128_u8", json!([["300", 7]])),
        (
            "containers",
            json!({
                "maybe": {"some": {"x": 1, "y": 2}},
                "maybe_maybe": {"some": null},
                "list": [{"x": 3, "y": 4}, {"x": 5, "y": 6}],
                "set": [300],
                "map": [["key", {"x": -1, "y": -2}]],
                "array": [1, 200, 65535],
                "tuple": [9, "text", true],
                "bytes": "AAEC"
            }),
        ),
    ]
}

/// Requests that nobody waits for: a plain server answers them all the same.
fn notifications(frames: &mut Frames<'_>) -> Result<(), String> {
    let notify = |method, arguments| of_form(Form::Notify, method, arguments);
    frames.calls("notification", &[notify("Calls.second", json!([7, "b"]))])?;
    let long = "a text of more than sixteen bytes";
    frames.calls("long_notification", &[notify("Calls.second", json!([7, long]))])?;
    frames.calls("notification_of_nothing", &[notify("Calls.nothing", json!([]))])?;
    frames.calls("failing_notification", &[notify("Calls.panic", json!(["ouch"]))])
}

/// Errors of handlers, with every code and texts around the length that a descriptor holds; panics; and what servers say
/// of requests that no client sends.
fn errors(frames: &mut Frames<'_>) -> Result<(), String> {
    let fail = |count: u32, code: u32, text: &str| stream("Calls.fail_after", json!([count, code, text]));
    for code in (0..=14).chain(100..=103) {
        frames.calls(&format!("code_{code}"), &[fail(1, code, "text")])?;
    }
    for length in [0, 7, 8, 9, 300] {
        frames.calls(&format!("text_of_{length}"), &[fail(0, 5, &"a".repeat(length))])?;
    }
    frames.calls("wide_text", &[fail(0, 9, "é€😀")])?;
    frames.calls("panic", &[call("Calls.panic", json!(["ouch"]))])?;

    let answer = call("Calls.answer", json!([]));
    let count = stream("Calls.count", json!([2]));
    let first = |flags, payload: &[u8], method| Frame::of(1, flags, payload).calling(method);
    frames.forged("unknown_method", &answer, &first(DATA | EOS, &[], 0xdead_beef))?;
    frames.forged("method_0", &answer, &first(DATA | EOS, &[], 0))?;
    let unknown_stream = first(DATA | EOS | NO_REPLY, &[], 0xdead_beef);
    frames.forged("unknown_method_as_a_stream", &count, &unknown_stream)?;
    let unary_as_stream = first(DATA | EOS | NO_REPLY, &[], frames.method("Calls.answer")?.id);
    frames.forged("call_as_a_stream", &answer, &unary_as_stream)?;
    let stream_as_unary = first(DATA | EOS, &[2], frames.method("Calls.count")?.id);
    frames.forged("stream_as_a_call", &count, &stream_as_unary)?;

    for (name, method, arguments, payload) in [
        ("missing", "u32", json!([1]), &[][..]),
        ("overflow", "u16", json!([1]), &[0xff, 0xff, 0x04]),
        ("bool_of_2", "bool", json!([true]), &[2]),
        ("option_of_2", "option_u32", json!([null]), &[2]),
        ("bad_utf8", "string", json!([""]), &[1, 0xff]),
        ("empty_char", "char", json!(["a"]), &[0]),
        ("unknown_variant", "figure", json!([{"Nowhere": null}]), &[99]),
        ("cut_struct", "point", json!([{"x": 1, "y": 2}]), &[2]),
        ("cut_list", "list_u16", json!([[1]]), &[3, 1, 2]),
    ] {
        let called = call(&format!("Values.{method}"), arguments);
        let forged = first(DATA | EOS, payload, frames.method(&called.method)?.id);
        frames.forged(&format!("bad_payload_{name}"), &called, &forged)?;
    }
    let second = call("Calls.second", json!([1, "a"]));
    let missing = first(DATA | EOS, &[1], frames.method(&second.method)?.id);
    frames.forged("bad_payload_second_argument_missing", &second, &missing)?;
    let missing = first(DATA | EOS | NO_REPLY, &[], frames.method(&count.method)?.id);
    frames.forged("bad_payload_of_a_stream", &count, &missing)
}

/// Streams of every length and item, ended as they should and by errors.
fn streams(frames: &mut Frames<'_>) -> Result<(), String> {
    for count in [0, 1, 3, 20] {
        frames.calls(&format!("{count}_numbers"), &[stream("Calls.count", json!([count]))])?;
        frames.calls(&format!("{count}_units"), &[stream("Calls.ticks", json!([count]))])?;
    }
    let long = "a".repeat(300);
    let texts = json!([["", "fifteen letters", "sixteen letters!", "seventeen letters", long]]);
    frames.calls("texts", &[stream("Calls.texts", texts)])?;
    let figures = json!([[{"Nowhere": null}, {"Dot": {"x": 1, "y": -2}}, {"Named": "n"}]]);
    frames.calls("figures", &[stream("Calls.figures", figures)])?;
    for count in [0, 1, 3] {
        let failing = stream("Calls.fail_after", json!([count, 5, "enough"]));
        frames.calls(&format!("error_after_{count}"), &[failing])?;
    }
    let several = [
        stream("Calls.count", json!([3])),
        stream("Calls.ticks", json!([2])),
        stream("Calls.fail_after", json!([1, 9, "no more"])),
        stream("Calls.texts", json!([["a"]])),
    ];
    frames.calls("four_in_turn", &several)?;
    frames.side_by_side("four_side_by_side", &several)
}

/// Which versions took part, as the workspace's lock file has them.
fn provenance() -> Result<Provenance, String> {
    let lock = include_str!("../../../Cargo.lock");
    let version = |package: &str| {
        let start = format!("name = \"{package}\"\nversion = \"");
        let versions: Vec<&str> = lock
            .split(&start)
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        match versions.as_slice() {
            [version] => Ok(format!("{package} {version}")),
            other => Err(format!("Cargo.lock has {package} in versions {other:?}")),
        }
    };
    let (macros, core) = (version("rapace-macros")?, version("rapace-core")?);
    Ok(Provenance {
        request: format!("what the client of {macros} sends over a Unix socket, by RpcSession of {core}"),
        forged: "what the raw peer sent, because no client does".into(),
        serve: format!("what XServer::serve() of {macros} answers, over Transport::stream of {core}"),
        session: format!("what into_session_dispatcher of {macros} answers, run by RpcSession::run of {core}"),
        ends:
            "what the client that sent the request says; of forged ones, what the frames say; of a connection that the \
               server ended, that it is lost"
                .into(),
        payloads: format!("written and read by {}", version("facet-postcard")?),
    })
}
