//! `rapace tap` between a client and a server that repeat a recorded session.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::{Value, json};

use super::{api_json, session};

/// A tap, which ends with the test.
struct Tap {
    child: Child,
    port: u16,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Drop for Tap {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tap(upstream: u16) -> Tap {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rapace"))
        .args(["tap", "--json", "--api", &api_json(), "tcp://127.0.0.1:0"])
        .arg(format!("tcp://127.0.0.1:{upstream}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    let address = line.strip_prefix("listening on tcp://127.0.0.1:").unwrap();
    let port = address.split(',').next().unwrap().parse().unwrap();
    Tap { child, port, stderr }
}

#[test]
fn bytes_pass_unchanged_and_are_shown() {
    let (requests, answers) = session("20-ends-of-streams.json", "20_numbers");
    let (request, answer) = (requests.concat(), answers.concat());
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut tap = tap(server.local_addr().unwrap().port());
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
    let mut client = TcpStream::connect(("127.0.0.1", tap.port)).unwrap();
    client.write_all(&request).unwrap();
    client.shutdown(std::net::Shutdown::Write).unwrap();
    let mut came = Vec::new();
    client.read_to_end(&mut came).unwrap();
    assert_eq!(came, answer);
    serving.join().unwrap();
    let stdout = BufReader::new(tap.child.stdout.take().unwrap());
    let lines: Vec<Value> = stdout
        .lines()
        .take(23)
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    assert_eq!(lines[1]["value"], json!({"count": 20}));
    let items: Vec<&Value> = lines
        .iter()
        .filter(|line| line["kind"] == "item")
        .map(|line| &line["value"])
        .collect();
    assert_eq!(json!(items), json!((0..20).collect::<Vec<_>>()));
    assert_eq!(lines[22]["kind"], "end");
    assert!(lines[22]["after"].is_f64());
    let mut line = String::new();
    tap.stderr.read_line(&mut line).unwrap();
    assert_eq!(line, "connection 1 has ended after 22 frames\n");
}

#[test]
fn a_server_that_is_not_there_is_said_once_and_the_client_is_disconnected() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut tap = tap(nobody);
    for _ in 0..2 {
        let mut client = TcpStream::connect(("127.0.0.1", tap.port)).unwrap();
        assert_eq!(client.read(&mut [0; 10]).unwrap_or(0), 0);
        let mut line = String::new();
        tap.stderr.read_line(&mut line).unwrap();
        assert!(
            line.contains(&format!("is disconnected: tcp://127.0.0.1:{nobody}: ")),
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
    check("tls://127.0.0.1:0", 2, "what TLS encrypts cannot be shown");
    check("127.0.0.1:0", 2, "it has no scheme");
}
