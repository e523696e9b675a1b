//! What goes wrong: each has one message and its exit status. Cancelling and lines of a file are here too.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use rapace_wire::frame::{CONTROL, DATA, EOS, ERROR, Frame};
use rapace_wire::{Status, control};

use super::server::{Bookshop, answering, folder, once};
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

#[test]
fn without_a_connection_the_status_is_3_and_the_cause_is_named() {
    let shop = Bookshop::open();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let refused = format!("tcp://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let http = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec();
    let silent = once(|stream| stream.read_to_end(&mut Vec::new())).0;
    let item = Frame::of(1, DATA, &[1]).to_bytes();
    let cut = [item.clone(), Frame::of(1, DATA, &[2]).to_bytes()[..40].to_vec()].concat();
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
        (format!("ws://{silent}"), &["Catalog.greeting", "--timeout", "0.3"]),
        (shop.addresses[0].replace("tcp", "tls"), greeting),
        (shop.addresses[3].clone(), greeting),
        (shop.addresses[3].clone(), &["Catalog.greeting", "--ca", "/no/such.pem"]),
        (shop.addresses[3].replace("tls", "tcp"), greeting),
        (format!("tcp://{}", answering(item)), ticker),
        (format!("tcp://{}", answering(cut)), ticker),
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

#[test]
fn each_line_is_a_call_and_the_order_is_kept() {
    let shop = Bookshop::open();
    let folder_of_lines = tempfile::tempdir().unwrap();
    let file = folder_of_lines.path().join("lines");
    // The first answers take the longest.
    let line = |n: u32| {
        let isbn = ["978-4-10-101001-2", "978-0-13-110362-7"][n as usize % 2];
        format!("{{\"isbn\": {isbn:?}, \"after_ms\": {}}}\n", (20 - n) * 2)
    };
    let lines: String = (0..20).map(line).collect();
    std::fs::write(&file, lines + "{\"copie\": 1}\n\n[]\n" + &line(20)).unwrap();
    let path = file.display().to_string();
    let method = ["call", shop.tcp(), "Catalog.restock", "copies=0"];
    let called = rapace(
        &folder(),
        &[&method[..], &["--each", &path, "--parallel", "8"]].concat(),
    );
    let expected = "{\"some\":5}\n{\"some\":3}\n".repeat(10) + "{\"some\":5}\n";
    assert_eq!(called.stdout, expected);
    assert_eq!(
        called.stderr,
        "error: line 21: Catalog.restock has no argument `copie`; did you mean `copies`?\n\
         error: line 22: the line: expected a JSON object with the arguments by name\n"
    );
    assert_eq!(called.status, 2);
}

#[test]
fn repeated_calls_are_measured() {
    let shop = Bookshop::open();
    let arguments = [
        "call",
        shop.tcp(),
        "Catalog.greeting",
        "--repeat",
        "20",
        "--parallel",
        "2",
        "--format",
        "json",
    ];
    let called = rapace(&folder(), &arguments);
    let figures: serde_json::Value = serde_json::from_str(&called.stdout).unwrap();
    assert_eq!((&figures["calls"], &figures["succeeded"]), (&20.into(), &20.into()));
    assert!(figures["p50_ms"].as_f64() <= figures["max_ms"].as_f64());
    let timed = rapace(&folder(), &["call", shop.tcp(), "Catalog.greeting", "--time"]);
    assert!(
        timed.stderr.starts_with("connected ") && timed.stderr.contains(" ms, first value "),
        "{}",
        timed.stderr
    );
    let late = Duration::from_secs(5).as_secs().to_string();
    let numbers = [
        "call",
        shop.tcp(),
        "Catalog.list",
        "offset=0",
        "limit=0",
        "--int64",
        "number",
        "--timeout",
        &late,
    ];
    let listed = rapace(&folder(), &[&numbers[..], &["--format", "json"]].concat());
    assert_eq!(listed.stdout, "{\"items\":[],\"next\":{\"some\":0},\"total\":6}\n");
}
