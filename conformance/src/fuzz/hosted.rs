//! Requests with any bytes, put to a real host: it refuses what clients refuse, and lives.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use conformance_fixtures::{Echo, ValuesServer, values_register};
use rapace_host::{Address, Host, Limits as HostLimits, Listener};
use rapace_schema::Api;
use rapace_schema::postcard::{Codec, Limits};
use rapace_wire::frame::{DATA, EOS, ERROR, Frame};

use super::cases::Inputs;
use super::input::Input;
use super::subject::methods;
use crate::vectors::Refusal;

/// `InvalidArgument`.
const INVALID_ARGUMENT: u32 = 3;
/// How long the next answer may take. Nothing hangs, and no machine is that busy.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many drawn requests there are, unless `RAPACE_HOSTED` says otherwise.
const DRAWN: usize = 20_000;

/// What the host answers to these requests, in their order: the bytes of a value, or the message of the refusal.
fn answers(api: &Api, requests: &[Input]) -> Vec<Result<Vec<u8>, String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let address = Address::Unix(folder.path().join("host.sock"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let listener = runtime.block_on(Listener::bind(&address)).expect("it is free");
    let host = Host::new().service(values_register, |transport| {
        ValuesServer::new(Echo).into_session_dispatcher(transport)
    });
    let limits = HostLimits {
        max_calls: usize::MAX,
        ..HostLimits::default()
    };
    let host = host.expect("the service fits").with_limits(limits);
    runtime.spawn(host.serve(listener, std::future::pending::<()>()));

    let mut socket = UnixStream::connect(folder.path().join("host.sock")).expect("it listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("it is open");
    let mut writer = socket.try_clone().expect("handles are left");
    let frames: Vec<u8> = requests
        .iter()
        .zip(0..)
        .flat_map(|(input, number)| {
            let method = methods(api)
                .find(|method| method.name == input.method)
                .expect("its method");
            Frame::of(number * 2 + 1, DATA | EOS, &input.bytes)
                .calling(method.id)
                .to_bytes()
        })
        .collect();
    let writing = thread::spawn(move || writer.write_all(&frames));
    let mut answers = vec![None; requests.len()];
    for _ in requests {
        let frame = Frame::read(&mut socket)
            .expect("an answer in time")
            .expect("a connection that lives");
        let channel = frame.channel();
        let answer = match frame.flags() {
            flags if flags == DATA | EOS => Ok(frame.payload),
            flags if flags == ERROR | EOS => Err(refusal(&frame.payload)),
            flags => panic!("flags {flags:#x}"),
        };
        let number = (channel / 2) as usize;
        assert_eq!(
            answers[number].replace(answer),
            None,
            "two answers on channel {channel}"
        );
    }
    writing.join().expect("no panic").expect("it is read");
    runtime.shutdown_background();
    answers
        .into_iter()
        .map(|answer| answer.expect("each has one"))
        .collect()
}

fn refusal(payload: &[u8]) -> String {
    let code = u32::from_le_bytes(payload[..4].try_into().expect("four bytes"));
    let message = String::from_utf8(payload[8..].to_vec()).expect("UTF-8");
    assert_eq!(code, INVALID_ARGUMENT, "{message}");
    message
}

/// What the message of a refusal has in it.
fn words(reason: Refusal) -> &'static str {
    match reason {
        Refusal::UnexpectedEnd => "unexpected end",
        Refusal::Varint => "varint ",
        Refusal::Tag => " tag is ",
        Refusal::Variant => "variant ",
        Refusal::Utf8 => "is not UTF-8",
        Refusal::Char => "a char of ",
        Refusal::Depth => "nested deeper than the limit of 128",
        Refusal::ZeroSizedItems => "items without bytes exceed the limit of 65536",
        Refusal::DecodedSize => "decoded size exceeds the limit of",
        Refusal::TrailingBytes => "bytes are left after the arguments",
        Refusal::Form | Refusal::Range => "of values, not of bytes",
    }
}

/// Holds the host's answer against what is right; returns what is wrong.
fn problem(input: &Input, answer: &Result<Vec<u8>, String>, refused: Option<Refusal>) -> Option<String> {
    let right = match (answer, refused) {
        // The host counts what values really take in Rust, which may be less than their nominal size.
        (Ok(_), Some(Refusal::DecodedSize)) => true,
        (Ok(_), None) => true,
        (Err(message), Some(reason)) => {
            let place = format!("Values.{}: value", input.method);
            let place = match reason {
                Refusal::TrailingBytes => place.trim_end_matches("value"),
                _ => &place,
            };
            message.starts_with(place) && message.contains(words(reason))
        }
        _ => false,
    };
    (!right).then(|| format!("{input:?}: {answer:?}, not {refused:?}"))
}

fn check(api: &Api, inputs: &[Input], refused: &[Option<Refusal>]) {
    let answers = answers(api, inputs);
    let all = inputs.iter().zip(&answers).zip(refused);
    let problems: Vec<String> = all
        .filter_map(|((input, answer), refused)| problem(input, answer, *refused))
        .collect();
    let shown = problems.iter().take(10).map(|problem| format!("{problem:.1000}\n"));
    assert!(
        problems.is_empty(),
        "{} of {}:\n{}",
        problems.len(),
        inputs.len(),
        shown.collect::<String>()
    );
}

#[test]
fn every_vector_is_judged_as_clients_judge_it() {
    let api = crate::fixtures::api().expect("the fixtures");
    let classes = crate::fixtures::vectors();
    let classes = classes.expect("the vectors");
    let cases = classes
        .iter()
        .flat_map(|class| &class.cases)
        .filter(|case| case.bytes.is_some());
    let (inputs, refused): (Vec<Input>, Vec<Option<Refusal>>) = cases
        .map(|case| {
            let bytes = case.bytes.as_ref().map_or_else(Vec::new, |bytes| bytes.0.clone());
            (
                Input {
                    method: case.method.clone(),
                    bytes,
                },
                case.refused,
            )
        })
        .unzip();
    assert!(inputs.len() > 10_000, "{} vectors", inputs.len());
    check(&api, &inputs, &refused);
}

#[test]
fn drawn_bytes_are_judged_as_clients_judge_them() {
    let api = crate::fixtures::api().expect("the fixtures");
    let count = std::env::var("RAPACE_HOSTED").map_or(DRAWN, |count| count.parse().expect("a number"));
    let codec = Codec::new(&api, Limits::default());
    let inputs = Inputs::new(&api, 9).draw(count).expect("they have encodings");
    let judged = inputs.iter().map(|input| {
        let method = methods(&api)
            .find(|method| method.name == input.method)
            .expect("its method");
        codec
            .decode(&method.response, &input.bytes)
            .err()
            .map(|error| error.reason.into())
    });
    let refused: Vec<Option<Refusal>> = judged.collect();
    let some = refused.iter().filter(|refused| refused.is_some()).count();
    assert!(
        some > count / 5 && some < count * 4 / 5,
        "{some} of {count} are refused"
    );
    check(&api, &inputs, &refused);
}
