//! What goes wrong: each has one message and its exit status. Cancelling is here too.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use rapace_wire::frame::{CONTROL, DATA, EOS, ERROR, Frame};
use rapace_wire::{Status, control};

use super::server::{Bookshop, answering, folder, once, silent};
use crate::support::rapace;

/// The name that an address has in what is compared.
const SERVER: &str = "SERVER";

/// Runs `rapace call` and shows arguments, status and messages, with one address by a name.
fn shown(address: &str, arguments: &[&str]) -> String {
    let called = rapace(&folder(), &[&["call", address], arguments].concat());
    let (scheme, place) = address.split_once("://").unwrap_or(("", address));
    let said = format!("{}{}", called.stdout, called.stderr).replace(place, SERVER);
    format!("> {scheme} {}\n{} {said}", arguments.join(" "), called.status)
}

#[test]
fn what_does_not_fit_the_method_is_refused_before_anything_is_sent() {
    let shop = Bookshop::open();
    let said: String = [
        &["Catalog.fnd", "isbn=x"][..],
        &["Catlog.find"],
        &["Nothing.like_it"],
        &["Catalog.find"],
        &["Catalog.find", "isbm=x"],
        &["Catalog.find", "x"],
        &["Catalog.find", "isbn=$NO_SUCH_VARIABLE"],
        &["Catalog.find", "@no-such-file.json"],
        &["Catalog.find", "isbn.0=x"],
        &["Catalog.greeting", "x=1"],
        &["Catalog.search", "text=a", "limit=many"],
        &["Catalog.search", "text=a", "limit=-1"],
        &["Catalog.search", "text=a", "limit=1.5"],
        &["Catalog.stock", "isbns.0=a", "isbns.2=b"],
        &["Catalog.stock", "isbns=a"],
        &["Orders.place", "order.custmer=1"],
        &["Orders.place", "order.customer=x"],
        &[
            "Orders.place",
            "order.customer=1",
            "order.terms=null",
            "order.lines=[[\"a\"]]",
        ],
        &["Orders.place", "order.customer=1", "order.lines=[]", "order.terms=yes"],
        &["Orders.audit", "figures.tiny=200"],
        &["Catalog.find", "isbn=x", "--timeout", "0"],
        &["Catalog.find", "isbn=x", "--api", "Cargo.toml"],
        &["Catalog.greeting", "--cert", "no.pem"],
    ]
    .iter()
    .map(|arguments| shown(shop.tcp(), arguments))
    .collect();
    insta::assert_snapshot!("wrong_arguments", said);
}

/// Answers whatever comes first with these bytes, and dies: the connection is reset.
fn dying(bytes: Vec<u8>) -> String {
    let act = move |stream: &mut TcpStream| {
        let _ = stream.read(&mut [0; 4096]);
        stream.write_all(&bytes).unwrap();
        // What was sent arrives before the reset.
        std::thread::sleep(Duration::from_millis(100));
        let stream = rapace_wire::stream::Stream::Tcp(stream.try_clone().unwrap());
        stream.reset_when_closed().unwrap();
    };
    once(act).0
}

#[test]
fn without_a_connection_the_status_is_3_and_the_cause_is_named() {
    let shop = Bookshop::open();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = format!("tcp://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let http = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec();
    let item = Frame::of(1, DATA, &[1]).to_bytes();
    let cut = [item.clone(), Frame::of(1, DATA, &[2]).to_bytes()[..40].to_vec()].concat();
    let item_again = item.clone();
    let greeting = &["Catalog.greeting"][..];
    let ticker = &["Catalog.ticker", "every_ms=1"][..];
    let said: String = [
        (refused, greeting),
        (
            "tcp://no-such-host.invalid:1".into(),
            &["Catalog.greeting", "--format", "json"],
        ),
        ("unix:///no/such.sock".into(), greeting),
        (format!("tcp://{}", answering(http.clone())), greeting),
        (format!("ws://{}", answering(http)), greeting),
        (format!("ws://{}", silent()), &["Catalog.greeting", "--timeout", "0.3"]),
        (format!("tls://{}", silent()), &["Catalog.greeting", "--timeout", "0.3"]),
        (shop.addresses[0].replace("tcp", "tls"), greeting),
        (shop.addresses[3].clone(), greeting),
        (shop.addresses[3].clone(), &["Catalog.greeting", "--ca", "/no/such.pem"]),
        (shop.addresses[3].replace("tls", "tcp"), greeting),
        (format!("tcp://{}", answering(item)), ticker),
        (format!("tcp://{}", answering(cut)), ticker),
        (format!("tcp://{}", dying(item_again)), ticker),
        (format!("tcp://{}", answering(vec![1, 2, 3, 4])), greeting),
    ]
    .iter()
    .map(|(address, arguments)| shown(address, arguments))
    .collect();
    // The name that the system has for it is the system's.
    let said: Vec<&str> = said
        .lines()
        .map(|line| line.split(" lookup address").next().unwrap_or(line))
        .collect();
    insta::assert_snapshot!("no_connection", said.join("\n"));
    for address in ["nonsense", "http://a:1", "tcp://a"] {
        assert_eq!(
            rapace(&folder(), &["call", address, "Catalog.greeting"]).status,
            2,
            "{address}"
        );
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let nowhere = rapace(elsewhere.path(), &["call", "--list"]);
    assert_eq!(nowhere.status, 2);
    assert!(nowhere.stderr.contains("there is no rapace.toml"), "{}", nowhere.stderr);
}

#[test]
fn a_call_that_fails_has_the_status_4_with_code_and_message() {
    let shop = Bookshop::open();
    let unknown = Status {
        code: 77,
        message: "odd".into(),
    };
    let error = Frame::of(1, ERROR | EOS, &unknown.to_bytes()).to_bytes();
    let leftover = Frame::answer(1, &[1, b'a', b'b']).to_bytes();
    let watch = ["Orders.watch", "order=999", "every_ms=1"];
    let said = [
        shown(shop.tcp(), &watch),
        shown(shop.tcp(), &[&watch[..], &["--format", "json"]].concat()),
        shown(
            shop.tcp(),
            &[
                "Catalog.restock",
                "isbn=978-0-13-110362-7",
                "copies=0",
                "after_ms=60000",
                "--timeout",
                "0.05",
            ],
        ),
        shown(
            &format!("tcp://{}", silent()),
            &["Catalog.greeting", "--timeout", "0.2"],
        ),
        shown(
            &format!("tcp://{}", silent()),
            &["Catalog.ticker", "every_ms=1", "--timeout", "0.2"],
        ),
        shown(&format!("tcp://{}", answering(error)), &["Catalog.greeting"]),
        shown(&format!("tcp://{}", answering(leftover)), &["Catalog.greeting"]),
    ];
    insta::assert_snapshot!("failed_calls", said.concat());
}

/// Reads a request, sends an item and reads the frame after it, which must cancel the call.
fn cancelled(stream: &mut TcpStream) -> Frame {
    let request = Frame::read(stream).unwrap().unwrap();
    stream
        .write_all(&Frame::of(request.channel(), DATA, &[7]).to_bytes())
        .unwrap();
    Frame::read(stream).unwrap().expect("a frame cancels the call")
}

#[test]
fn an_interrupt_and_a_closed_stdout_cancel_the_call() {
    for signal in [Some("INT"), None] {
        let (address, server) = once(cancelled);
        let mut child = Command::new(env!("CARGO_BIN_EXE_rapace"))
            .args(["call", &format!("tcp://{address}"), "Catalog.ticker", "every_ms=1"])
            .current_dir(folder())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        match signal {
            Some(signal) => {
                let mut item = [0; 4];
                stdout.read_exact(&mut item).unwrap();
                assert_eq!(&item, b"\"7\"\n");
                let pid = child.id().to_string();
                let sent = Command::new("kill")
                    .args([&format!("-{signal}"), &pid])
                    .status()
                    .unwrap();
                assert!(sent.success());
            }
            None => drop(stdout),
        }
        let frame = server.join().unwrap();
        assert_eq!((frame.flags(), frame.method()), (CONTROL, control::CANCEL_CHANNEL));
        assert_eq!(frame.payload, [2, 1, 0]);
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let expected = match signal {
            Some(_) => (Some(4), "error: Catalog.ticker: Cancelled: interrupted\n"),
            None => (Some(0), ""),
        };
        assert_eq!((child.wait().unwrap().code(), said.as_str()), expected);
    }
}
