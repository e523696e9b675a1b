//! Of bytes that were changed the first wrong one is named.

use serde_json::Value;

use super::{decode, frames, lines, session};

/// The first byte that is said to be wrong, and why.
fn first_wrong(bytes: &[u8]) -> (u64, String) {
    let outcome = decode(bytes, &["--json"]);
    assert_eq!(outcome.status, 1, "{}", outcome.stdout);
    let wrong = lines(&outcome).into_iter().find_map(|line| {
        let of = |value: &Value| Some((value["offset"].as_u64()?, value["text"].as_str()?.to_owned()));
        match line["event"].as_str() {
            Some("broken") => of(&line),
            _ => of(&line["problems"][0]),
        }
    });
    wrong.unwrap()
}

/// A request with five arguments at byte 0, its answer, a struct of two numbers, at byte 78.
fn stream() -> Vec<u8> {
    let (requests, answers) = session("14-descriptors.json", "five_arguments");
    [requests, answers].concat().concat()
}

#[test]
fn the_first_wrong_byte_is_named() {
    let check = |change: &dyn Fn(&mut Vec<u8>), byte: u64, text: &str| {
        let mut bytes = stream();
        change(&mut bytes);
        assert_eq!(first_wrong(&bytes), (byte, text.to_owned()));
    };
    // The option's tag, the number's varint, the length of the text and that of the bytes.
    check(&|bytes| bytes[69] = 2, 69, "option tag is 2, neither 0 nor 1");
    check(&|bytes| bytes[70..73].fill(0xff), 70, "varint does not fit 16 bits");
    check(
        &|bytes| bytes[72] = 9,
        72,
        "unexpected end: length 9, but 5 bytes are left",
    );
    check(
        &|bytes| bytes[73] = 7,
        73,
        "unexpected end: length 7, but 4 bytes are left",
    );
    // The text swallows the bytes: nothing is left for what comes after them.
    check(&|bytes| bytes[72] = 5, 78, "unexpected end");
    check(
        &|bytes| bytes[78] = 63,
        78,
        "frame length 63 is below the 64 bytes of a descriptor",
    );
    check(
        &|bytes| bytes[81] = 0xff,
        78,
        "frame length 4278190146 exceeds the limit of 67108864",
    );
    check(
        &|bytes| bytes[12 + 4] ^= 1,
        16,
        "no api.json has a method with the id 3642173259 (0xd917274b)",
    );
    check(&|bytes| bytes[4 + 33] = 0x80, 37, "rapace 0.5.0 has no flags 0x8000");
    // The answer: its second number is cut off, or another byte comes after it.
    check(&|bytes| bytes[147] = 0x80, 148, "unexpected end");
    check(
        &|bytes| {
            bytes.push(7);
            bytes[78] += 1;
        },
        148,
        "1 bytes are left after the value",
    );
    check(
        &|bytes| bytes.truncate(147),
        78,
        "the input ends after 69 of the 70 bytes of a frame",
    );
    check(
        &|bytes| bytes.truncate(80),
        78,
        "the input ends after 2 of the 4 bytes of a frame's length",
    );
}

#[test]
fn an_error_that_is_none_is_named() {
    let (requests, _) = session("14-descriptors.json", "no_argument");
    let mut answer = requests[0].clone();
    answer[16..20].fill(0);
    answer[36] = 0x14;
    assert_eq!(
        first_wrong(&[requests[0].clone(), answer].concat()),
        (
            136,
            "malformed error frame: its payload has 0 bytes, 8 are needed".to_owned()
        )
    );
}

/// What comes after a wrong payload is read: only wrong lengths end a direction.
#[test]
fn after_a_wrong_payload_reading_goes_on() {
    let mut bytes = stream().repeat(3);
    bytes[69] = 2;
    let outcome = decode(&bytes, &["--json"]);
    let wrong = frames(&outcome)
        .iter()
        .map(|frame| frame["problems"].is_array())
        .collect::<Vec<_>>();
    assert_eq!(wrong, [true, false, false, false, false, false]);
}

/// Whatever comes, there is an answer with a status, and no panic.
#[test]
fn drawn_bytes_are_refused_or_read() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let beginnings: [&[u8]; 8] = [
        b"",
        b"48 00",
        b"[1",
        b"{",
        &[
            0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0,
        ],
        &[10, 13, 13, 10, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0],
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
        &[0x82, 65, 0, 0],
    ];
    for beginning in beginnings {
        for _ in 0..3 {
            let mut bytes = beginning.to_vec();
            bytes.extend((0..draw() % 300).map(|_| draw() as u8));
            let outcome = decode(&bytes, &["--json"]);
            assert!([0, 1].contains(&outcome.status), "{bytes:02x?}: {}", outcome.stderr);
            assert!(!outcome.stderr.contains("panicked"), "{bytes:02x?}: {}", outcome.stderr);
        }
    }
}
