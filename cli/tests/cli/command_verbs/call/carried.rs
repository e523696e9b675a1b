//! What travels besides arguments: `--metadata` and `--token`.

use std::io::Write;
use std::net::TcpStream;

use rapace_wire::Metadata;
use rapace_wire::control::{self, Payload};
use rapace_wire::frame::{CONTROL, Frame};

use super::server::{Bookshop, folder, once};
use crate::support::{Outcome, rapace};

/// Calls with the flags, separated by spaces.
fn call(address: &str, flags: &str) -> Outcome {
    let mut arguments = vec!["call", address, "Catalog.greeting"];
    arguments.extend(flags.split(' ').filter(|flag| !flag.is_empty()));
    rapace(&folder(), &arguments)
}

/// A control frame's channel, names, and metadata.
fn opening(frame: &Frame) -> (u32, String, String, Metadata) {
    assert_eq!(
        (frame.flags(), frame.channel(), frame.method()),
        (CONTROL, 0, control::OPEN_CHANNEL)
    );
    match Payload::parse(&frame.payload).unwrap() {
        Payload::OpenChannel {
            channel,
            service,
            method,
            metadata,
        } => (
            channel,
            service.into(),
            method.into(),
            Metadata::read(metadata, 8192).unwrap(),
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn metadata_is_sent_before_the_request_and_the_token_before_all() {
    let (address, server) = once(|stream: &mut TcpStream| {
        let frames: Vec<Frame> = (0..4).map(|_| Frame::read(stream).unwrap().unwrap()).collect();
        // A ping is answered, before or after whatever else.
        let ping = control::frame(0, control::PING, &control::ping([7; 8]));
        stream.write_all(&ping.to_bytes()).unwrap();
        let pong = Frame::read(stream).unwrap().unwrap();
        let channel = frames[3].channel();
        stream
            .write_all(&Frame::answer(channel, &[2, b'o', b'k']).to_bytes())
            .unwrap();
        (frames, pong)
    });
    let called = call(
        &format!("tcp://{address}"),
        "--token secret --metadata tenant=acme --metadata a-bin=AAE=",
    );
    assert_eq!(
        (called.status, called.stdout.as_str()),
        (0, "\"ok\"\n"),
        "{}",
        called.stderr
    );
    let (frames, pong) = server.join().unwrap();
    let (channel, service, method, hello) = opening(&frames[0]);
    assert_eq!((channel, service.as_str(), method.as_str()), (0, "", ""));
    let said = (hello.get("rapace-hello"), hello.get("token"), hello.len());
    assert_eq!(said, (Some("1"), Some("secret"), 3));
    assert!(hello.get("rapace-client").unwrap().starts_with("rapace-cli/"));
    assert_eq!((frames[1].method(), frames[1].payload.len()), (control::PING, 9));
    let (channel, service, method, metadata) = opening(&frames[2]);
    assert_eq!((service.as_str(), method.as_str()), ("Catalog", "greeting"));
    let said = (metadata.get("tenant"), metadata.get_bytes("a-bin"), metadata.len());
    assert_eq!(said, (Some("acme"), Some(&[0, 1][..]), 2));
    assert_eq!((frames[3].channel(), frames[3].flags() & CONTROL), (channel, 0));
    assert_eq!((pong.method(), pong.payload), (control::PONG, control::pong([7; 8])));
}

#[test]
fn a_host_that_wants_a_token_gets_it_on_every_transport() {
    let shop = Bookshop::guarded("swordfish");
    for address in &shop.addresses[..3] {
        let good = call(address, "--token swordfish --metadata tenant=open");
        assert_eq!(good.status, 0, "{address}: {}", good.stderr);
        for flags in ["", "--token guess", "--metadata token=swordfish"] {
            let refused = call(address, flags);
            let expected = "error: Catalog.greeting: PermissionDenied: this token is not known\n";
            assert_eq!(
                (refused.status, refused.stderr.as_str()),
                (4, expected),
                "{address} {flags}"
            );
        }
    }
}

#[test]
fn what_cannot_be_sent_is_refused() {
    let rule = "a key is 1 to 64 characters of a-z, 0-9, \".\", \"_\" and \"-\"";
    let of = "of Catalog.greeting";
    let long = format!("a={}", "x".repeat(8192));
    let too_long = format!("--metadata {long}");
    for (flags, message) in [
        ("--metadata tenant", "--metadata: write NAME=VALUE".to_owned()),
        ("--metadata Tenant=a", format!("metadata \"Tenant\" {of}: {rule}")),
        (
            "--metadata a=1 --metadata a=2",
            format!("metadata \"a\" {of}: the key is there twice"),
        ),
        (
            "--metadata timeout-ns=1",
            format!("metadata \"timeout-ns\" {of}: the key is reserved"),
        ),
        (
            "--metadata rapace-x=1",
            format!("metadata \"rapace-x\" {of}: the key is reserved"),
        ),
        (
            "--metadata a-bin=?",
            format!("metadata \"a-bin\" {of}: the value is not base64"),
        ),
        (
            &too_long,
            "metadata of Catalog.greeting takes 8193 bytes; at most 8192 are accepted".to_owned(),
        ),
        (
            "--token $NO_SUCH_VARIABLE",
            "the environment variable NO_SUCH_VARIABLE is not set to a text".to_owned(),
        ),
    ] {
        let refused = call("tcp://127.0.0.1:1", flags);
        assert_eq!(
            (refused.status, refused.stderr),
            (2, format!("error: {message}\n")),
            "{flags}"
        );
    }
}
