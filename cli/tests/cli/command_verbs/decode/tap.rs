//! `rapace tap` between a client and a server that repeat a recorded session.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::{Value, json};

use super::{api_json, session};
use crate::command_verbs::call::server::{Bookshop, folder};

/// A tap, which ends with the test.
struct Tap {
    child: Child,
    /// The address for clients.
    address: String,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Drop for Tap {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A tap between these addresses, which knows this description.
fn tap(api: &str, listen: &str, upstream: &str) -> Tap {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rapace"))
        .args(["tap", "--json", "--api", api, listen, upstream])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    let address = line.strip_prefix("listening on ").unwrap();
    let address = address.split(", relaying to ").next().unwrap().to_owned();
    Tap { child, address, stderr }
}

/// A tap on TCP, which knows the fixtures.
fn tap_of_fixtures(upstream: u16) -> Tap {
    tap(&api_json(), "tcp://127.0.0.1:0", &format!("tcp://127.0.0.1:{upstream}"))
}

impl Tap {
    /// Connects to it over TCP.
    fn dial(&self) -> TcpStream {
        TcpStream::connect(self.address.strip_prefix("tcp://").unwrap()).unwrap()
    }

    /// The next line of stderr.
    fn note(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line
    }

    /// What it prints from now on.
    fn lines(&mut self) -> impl Iterator<Item = Value> + use<> {
        let stdout = BufReader::new(self.child.stdout.take().unwrap());
        stdout.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap())
    }
}

#[test]
fn bytes_pass_unchanged_and_are_shown() {
    let (requests, answers) = session("20-ends-of-streams.json", "20_numbers");
    let (request, answer) = (requests.concat(), answers.concat());
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut tap = tap_of_fixtures(server.local_addr().unwrap().port());
    let (sent, answered) = (request.clone(), answer.clone());
    let serving = thread::spawn(move || {
        let (mut socket, _) = server.accept().unwrap();
        let mut came = vec![0; sent.len()];
        socket.read_exact(&mut came).unwrap();
        assert_eq!(came, sent);
        // In pieces that are no frames.
        answered.chunks(50).for_each(|piece| socket.write_all(piece).unwrap());
        assert_eq!(socket.read(&mut came).unwrap(), 0, "the client's end is passed on");
    });
    let mut client = tap.dial();
    client.write_all(&request).unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut came = Vec::new();
    client.read_to_end(&mut came).unwrap();
    assert_eq!(came, answer);
    serving.join().unwrap();
    let lines: Vec<Value> = tap.lines().take(23).collect();
    assert_eq!(lines[1]["value"], json!({"count": 20}));
    let items: Vec<&Value> = lines
        .iter()
        .filter(|line| line["kind"] == "item")
        .map(|line| &line["value"])
        .collect();
    assert_eq!(json!(items), json!((0..20).collect::<Vec<_>>()));
    assert_eq!(lines[22]["kind"], "end");
    assert!(lines[22]["after"].is_f64());
    assert_eq!(tap.note(), "connection 1 ended after 22 frames\n");
}

/// What `rapace call` prints of these calls, and what the tap prints of them, must be the same values.
fn check_calls(listen: &str, upstream: &str) {
    let api = folder().join("api.json").display().to_string();
    let mut tap = tap(&api, listen, upstream);
    let calls = [
        ("Catalog.find", "isbn=978-0-13-110362-7"),
        ("Catalog.find", "isbn=000-0-00-000000-0"),
        ("Catalog.search", "text=ritchie limit=10"),
        ("Orders.watch", "order=1 every_ms=1"),
        ("Orders.watch", "order=999 every_ms=1"),
    ];
    let lines = tap.lines();
    let mut called = Vec::new();
    for (method, arguments) in calls {
        let command = ["call", &tap.address, method, "--format", "json"];
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let outcome = crate::support::rapace(&folder(), &[&command[..], &arguments].concat());
        let values = outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
        let failed = json!(outcome.status == 4);
        called.push((method, arguments.len(), values.collect::<Vec<Value>>(), failed));
        assert!(tap.note().contains(" ended after "));
    }
    tap.child.kill().unwrap();
    let frames: Vec<Value> = lines.filter(|line| line["event"] == "frame").collect();
    let of_kind = |number: usize, kind: &str| {
        let frames = frames.iter().filter(|frame| frame["connection"] == json!(number + 1));
        frames
            .filter(|frame| frame["kind"] == kind)
            .cloned()
            .collect::<Vec<Value>>()
    };
    for (number, (method, arguments, values, failed)) in called.iter().enumerate() {
        let requests = of_kind(number, "request");
        assert_eq!(requests.len(), 1, "{method}");
        assert_eq!(
            (&requests[0]["method"], &requests[0]["from"]),
            (&json!(method), &json!("client"))
        );
        assert_eq!(requests[0]["value"].as_object().unwrap().len(), *arguments);
        let mut printed = of_kind(number, "answer");
        printed.extend(of_kind(number, "item"));
        let printed: Vec<&Value> = printed.iter().map(|frame| &frame["value"]).collect();
        assert_eq!(printed, values.iter().collect::<Vec<_>>(), "{method}");
        assert_eq!(json!(!of_kind(number, "error").is_empty()), *failed, "{method}");
    }
    assert!(frames.iter().all(|frame| frame["problems"].is_null()));
}

#[test]
fn the_calls_of_a_client_are_printed_on_every_transport() {
    let shop = Bookshop::open();
    let scratch = tempfile::tempdir().unwrap();
    let socket = format!("unix://{}", scratch.path().join("tap.sock").display());
    check_calls("tcp://127.0.0.1:0", &shop.addresses[0]);
    check_calls("ws://127.0.0.1:0", &shop.addresses[1]);
    check_calls(&socket, &shop.addresses[2]);
    // A tap may change the socket: bytes are the same on both.
    check_calls(&socket, &shop.addresses[0]);
}

#[test]
fn a_server_that_is_not_there_is_said_once_and_the_client_is_disconnected() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut tap = tap_of_fixtures(nobody);
    for _ in 0..2 {
        let mut client = tap.dial();
        assert_eq!(client.read(&mut [0; 10]).unwrap_or(0), 0);
        let line = tap.note();
        assert!(
            line.contains(&format!("was disconnected: tcp://127.0.0.1:{nobody}: ")),
            "{line}"
        );
    }
}

#[test]
fn what_cannot_be_tapped_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", taken.local_addr().unwrap());
    let check = |listen: &str, status: i32, said: &str| {
        let outcome = crate::support::rapace(
            folder.path(),
            &["tap", "--api", &api_json(), listen, "tcp://127.0.0.1:1"],
        );
        assert_eq!(outcome.status, status, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    };
    check(&address, 3, &format!("error: {address}: Address already in use"));
    check(
        "unix:///nowhere/at/all",
        3,
        "error: unix:///nowhere/at/all: No such file or directory",
    );
    check("tls://127.0.0.1:0", 2, "TLS cannot be decoded");
    check("127.0.0.1:0", 2, "it has no scheme");
}
