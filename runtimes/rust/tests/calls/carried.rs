//! What calls carry: metadata, deadlines, pings.

use std::panic::catch_unwind;
use std::time::Duration;

use rapace::ErrorCode;
use rapace::facet_postcard::{from_slice, take_from_slice, to_vec};
use rapace::rapace_core::{CancelReason, CloseReason, ControlPayload};
use rapace_host::Limits;
use rapace_wire::control as wire;
use rapace_wire::control::{OPEN_CHANNEL, PING, PONG, close_channel, open_channel, ping, pong};

use crate::support::RawFrame;
use crate::told::{
    CONTROL, TOLD_METHOD_ID_ITEMS, TOLD_METHOD_ID_WAIT, TOLD_METHOD_ID_WAIT_AFTER_ONE, Teller, connect, control, open,
    open_unchecked, pinged, request, teller,
};

#[test]
fn facet_postcard_writes_the_same_bytes() {
    let mut metadata = rapace_host::Metadata::default();
    metadata.insert("timeout-ns", "1500000000").expect("it fits");
    metadata.insert("a", "1").expect("it fits");
    let text = |text: &str| text.to_owned();
    let probe = [1, 2, 3, 4, 5, 6, 7, 8];
    for (payload, bytes) in [
        (
            ControlPayload::OpenChannel {
                channel_id: 1,
                service_name: text("Catalog"),
                method_name: text("find"),
                metadata: vec![(text("a"), b"1".to_vec()), (text("timeout-ns"), b"1500000000".to_vec())],
            },
            open_channel(1, "Catalog", "find", &metadata),
        ),
        (ControlPayload::Ping { payload: probe }, ping(probe)),
        (ControlPayload::Pong { payload: probe }, pong(probe)),
        (
            ControlPayload::CloseChannel {
                channel_id: 0,
                reason: CloseReason::Normal,
            },
            close_channel(0),
        ),
    ] {
        assert_eq!(to_vec(&payload).expect("it encodes"), bytes, "{payload:?}");
        let read: ControlPayload = from_slice(&bytes).expect("it decodes");
        assert_eq!(format!("{read:?}"), format!("{payload:?}"));
    }
}

/// What facet-postcard makes of these bytes, if that is all of them. It panics over some.
fn by_facet(bytes: &[u8]) -> Option<String> {
    let read = catch_unwind(|| take_from_slice::<ControlPayload>(bytes).ok());
    let (payload, left) = read.ok().flatten()?;
    left.is_empty().then(|| format!("{payload:?}"))
}

/// The same by this project's reader, in the same words.
fn by_us(bytes: &[u8]) -> Option<String> {
    let close = |reason| match reason {
        wire::CloseReason::Normal => CloseReason::Normal,
        wire::CloseReason::Error(text) => CloseReason::Error(text.to_owned()),
    };
    let cancel = [
        CancelReason::ClientCancel,
        CancelReason::DeadlineExceeded,
        CancelReason::ResourceExhausted,
    ];
    let payload = match wire::Payload::parse(bytes).ok()? {
        wire::Payload::OpenChannel {
            channel,
            service,
            method,
            metadata,
        } => ControlPayload::OpenChannel {
            channel_id: channel,
            service_name: service.to_owned(),
            method_name: method.to_owned(),
            metadata: metadata.map(|(key, value)| (key.to_owned(), value.to_vec())).collect(),
        },
        wire::Payload::CloseChannel { channel, reason } => ControlPayload::CloseChannel {
            channel_id: channel,
            reason: close(reason),
        },
        wire::Payload::CancelChannel { channel, reason } => ControlPayload::CancelChannel {
            channel_id: channel,
            reason: cancel[usize::from(reason)],
        },
        wire::Payload::GrantCredits { channel, bytes } => ControlPayload::GrantCredits {
            channel_id: channel,
            bytes,
        },
        wire::Payload::Ping(payload) => ControlPayload::Ping { payload },
        wire::Payload::Pong(payload) => ControlPayload::Pong { payload },
    };
    Some(format!("{payload:?}"))
}

#[test]
fn drawn_payloads_are_read_as_facet_postcard_reads_them() {
    let mut metadata = rapace_host::Metadata::default();
    metadata.insert("key", "value").expect("it fits");
    metadata.insert("b-bin", [0xff, 0x80]).expect("it fits");
    let seeds = [
        open_channel(300, "Catalog", "find", &metadata),
        close_channel(70_000),
        b"\x01\x05\x01\x03why".to_vec(),
        vec![2, 0xff, 0xff, 0xff, 0xff, 0x0f, 2],
        vec![3, 1, 0x80, 0x80, 1],
        ping([0x80; 8]),
    ];
    // A generator with a fixed seed: each run draws the same.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let (mut read, mut refused) = (0, 0);
    for _ in 0..20_000 {
        let mut bytes = seeds[draw(seeds.len())].clone();
        for _ in 0..draw(4) {
            let (at, to) = (draw(bytes.len()), [0, 1, 2, 0x7f, 0x80, 0xff, draw(256)][draw(7)] as u8);
            match draw(4) {
                0 if bytes.len() > 1 => drop(bytes.remove(at)),
                1 => bytes.insert(at, to),
                _ => bytes[at] = to,
            }
        }
        let ours = by_us(&bytes);
        assert_eq!(ours, by_facet(&bytes), "{bytes:02x?}");
        match ours {
            Some(_) => read += 1,
            None => refused += 1,
        }
    }
    assert!(read > 5_000 && refused > 5_000, "{read} read, {refused} refused");
}

#[tokio::test]
async fn a_handler_sees_what_its_call_carries() {
    let host = teller(&Teller::default());
    let mut peer = connect(&host);
    let told = peer.told(1, &[]).await;
    assert_eq!(told, Ok(vec![]), "nothing is carried");
    let told = peer.told(3, &[open(3, &[("tenant", "blue"), ("a", "1")])]).await;
    assert_eq!(told, Ok(vec!["a=[49]".to_owned(), "tenant=[98, 108, 117, 101]".into()]));
    let bytes = open_unchecked(5, &[("seal-bin", &[0xff])]);
    assert_eq!(peer.told(5, &[bytes]).await, Ok(vec!["seal-bin=[255]".to_owned()]));
    let timed = open(7, &[("timeout-ns", "60000000000")]);
    assert_eq!(peer.told(7, &[timed]).await, Ok(vec!["deadline true".to_owned()]));

    let items = RawFrame::new(9, TOLD_METHOD_ID_ITEMS, RawFrame::STREAM, &[2]);
    peer.send(&[open(9, &[("a", "1")]), items]).await;
    for _ in 0..2 {
        let item: Vec<String> = from_slice(&peer.receive().await.payload).expect("an item");
        assert_eq!(item, ["a=[49]"]);
    }
    assert_eq!(peer.receive().await.payload, [0; 0]);
}

#[tokio::test]
async fn metadata_belongs_to_the_next_request_on_its_channel() {
    let host = teller(&Teller::default());
    let mut peer = connect(&host);
    let a = |channel| open(channel, &[("a", "1")]);
    let nothing = || Ok(vec![]);
    let carried = || Ok(vec!["a=[49]".to_owned()]);
    assert_eq!(
        peer.told(1, &[open(1, &[("b", "2")]), a(1)]).await,
        carried(),
        "the last"
    );
    assert_eq!(peer.told(3, &[a(3), a(5)]).await, nothing(), "it was replaced");
    assert_eq!(peer.told(5, &[]).await, nothing(), "a request has cleared it");
    let between = [a(7), control(PING, &[]), RawFrame::cancel(99), pinged([1; 8])];
    peer.send(&between).await;
    assert_eq!(peer.receive().await.method, PONG);
    assert_eq!(peer.told(7, &[]).await, carried(), "frames lie between");
    assert_eq!(peer.told(7, &[]).await, nothing(), "once");
    assert_eq!(peer.told(9, &[control(OPEN_CHANNEL, &[0, 9, 0])]).await, nothing());
}

#[tokio::test]
async fn metadata_that_breaks_a_rule_is_answered_before_a_handler_runs() {
    let worker = Teller::default();
    let host = teller(&worker).with_limits(Limits {
        max_metadata_bytes: 100,
        ..Limits::default()
    });
    let mut peer = connect(&host);
    let invalid = ErrorCode::InvalidArgument;
    let rule = r#"a key is 1 to 64 characters of a-z, 0-9, ".", "_" and "-""#;
    let nanoseconds = r#"metadata "timeout-ns" of Told.call: the value is not a number of nanoseconds below 2^64"#;
    let long = [b'x'; 98];
    for (entries, code, message) in [
        (
            &[("key", &long[..])][..],
            ErrorCode::ResourceExhausted,
            "metadata of Told.call takes 101 bytes; at most 100 are accepted".to_owned(),
        ),
        (
            &[("Key", b"1")],
            invalid,
            format!(r#"metadata "Key" of Told.call: {rule}"#),
        ),
        (&[("", b"1")], invalid, format!(r#"metadata "" of Told.call: {rule}"#)),
        (
            &[("a", b"1"), ("b", b""), ("a", b"2")],
            invalid,
            r#"metadata "a" of Told.call: the key is there twice"#.into(),
        ),
        (
            &[("a", &[0xff])],
            invalid,
            r#"metadata "a" of Told.call: the value is not UTF-8; only keys that end in "-bin" carry bytes"#.into(),
        ),
        (&[("timeout-ns", b"+5")], invalid, nanoseconds.into()),
        (&[("timeout-ns", b"")], invalid, nanoseconds.into()),
        (&[("timeout-ns", b"1.5")], invalid, nanoseconds.into()),
        (&[("timeout-ns", b"18446744073709551616")], invalid, nanoseconds.into()),
        (
            &[("timeout-ns", b"0")],
            ErrorCode::DeadlineExceeded,
            "the caller's deadline of 0 s has passed".into(),
        ),
    ] {
        let told = peer.told(1, &[open_unchecked(1, entries)]).await;
        assert_eq!(told, Err((code as u32, message)));
    }
    assert_eq!(worker.calls(), 0);
    let largest = open_unchecked(1, &[("key", &long[..97])]);
    peer.told(1, &[largest]).await.expect("it fits");
    // Of a call that no deadline ends, and of an unknown method.
    let last = open(1, &[("timeout-ns", "18446744073709551615")]);
    peer.told(1, &[last]).await.expect("no clock overflows");
    peer.send(&[
        open_unchecked(1, &[("Key", b"1")]),
        RawFrame::new(1, 12345, RawFrame::UNARY, &[]),
    ])
    .await;
    let (code, message) = peer.receive().await.error();
    let expected = format!(r#"metadata "Key" of an unknown method: {rule}"#);
    assert_eq!((code, message), (invalid as u32, expected));
}

#[tokio::test]
async fn a_deadline_stops_the_handler() {
    let worker = Teller::default();
    let host = teller(&worker);
    let mut peer = connect(&host);
    for (method, flags, items) in [
        (TOLD_METHOD_ID_WAIT, RawFrame::UNARY, 0),
        (TOLD_METHOD_ID_WAIT_AFTER_ONE, RawFrame::STREAM, 1),
    ] {
        let call = RawFrame::new(1, method, flags, &[]);
        peer.send(&[open(1, &[("timeout-ns", "20000000")]), call]).await;
        for _ in 0..items {
            assert_eq!(peer.receive().await.payload, [0]);
        }
        let message = "the caller's deadline of 0.02 s has passed".to_owned();
        let error = peer.receive().await.error();
        assert_eq!(error, (ErrorCode::DeadlineExceeded as u32, message));
        worker.until_waiting(0).await;
    }
}

#[tokio::test]
async fn a_ping_is_answered_and_a_bare_one_is_not() {
    let host = teller(&Teller::default());
    let mut peer = connect(&host);
    peer.send(&[control(PING, &[]), control(PING, &[4, 1, 2]), pinged([7; 8])])
        .await;
    let answer = peer.receive().await;
    assert_eq!(answer, RawFrame::new(0, PONG, CONTROL, &pong([7; 8])));
}

#[tokio::test]
async fn floods_of_control_frames_cost_nothing() {
    let worker = Teller::default();
    let host = teller(&worker);
    let mut peer = connect(&host);
    let many = |frame: RawFrame| vec![frame; 2000];
    let large = "x".repeat(8000);
    for frames in [
        many(pinged([1; 8])),
        many(open(77, &[("a", &large)])),
        many(open(0, &[("rapace-hello", "1")])),
        many(control(77, b"unknown")),
        many(control(PONG, &pong([1; 8]))),
    ] {
        peer.send(&frames).await;
    }
    peer.send(&[pinged([9; 8]), request(1)]).await;
    let (mut pongs, mut last) = (0, Vec::new());
    loop {
        let frame = tokio::time::timeout(Duration::from_secs(10), peer.receive()).await;
        let frame = frame.expect("an answer");
        if frame.channel == 1 {
            break;
        }
        (pongs, last) = (pongs + 1, frame.payload);
    }
    assert!(pongs <= 2001, "{pongs} answers to 2001 pings");
    if last != pong([9; 8]) {
        assert_eq!(peer.receive().await.payload, pong([9; 8]));
    }
}
