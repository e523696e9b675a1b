//! A testee that only serves: `serving-testee DEFECT`. It shows that the suite's cases of that direction can be passed, and the
//! suite's own tests give it defects that the suite must see.

mod connection;
mod outbox;
mod serving;
mod socket;
mod talk;

use std::io::BufRead;
use std::net::TcpListener;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::thread;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::serving::Serving;
use crate::socket::Socket;
use crate::talk::{say, spawn};

fn main() {
    spawn(obey_all).join().expect("no panic");
}

fn obey_all() {
    let defect: &'static str = std::env::args().nth(1).unwrap_or_default().leak();
    let serving = Serving::new(defect);
    let mut host: Option<Host> = None;
    say(&json!({"ready": "serving"}));
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let mut reader = serde_json::Deserializer::from_str(&line);
        reader.disable_recursion_limit();
        let command = Value::deserialize(&mut reader).expect("the runner writes JSON");
        let id = command["id"].clone();
        if command.get("serve").is_some_and(Value::is_string) {
            if let Some(host) = host.take() {
                host.close(&serving);
            }
            serving.set_options(&command["options"], 2);
            let opened = Host::open(&serving, command["serve"].as_str().unwrap_or_default());
            say(&json!({"id": id, "listening": opened.address}));
            host = Some(opened);
        } else if let Some(address) = command["connect"].as_str() {
            serving.close_all();
            serving.set_options(&command["options"], 1);
            let path = address.strip_prefix("unix://").map(str::to_owned);
            let socket = match path {
                Some(path) => Socket::Unix(UnixStream::connect(path).expect("the runner listens")),
                None => Socket::dial(address),
            };
            Connection::start(&serving, socket);
            say(&json!({"id": id, "connected": true}));
        } else if command.get("shutdown").is_some() {
            let host = host.take();
            let serving = Arc::clone(&serving);
            thread::spawn(move || {
                serving.shut_down(command["grace_ms"].as_u64().unwrap_or_default());
                if let Some(host) = host {
                    host.close(&serving);
                }
                say(&json!({"id": id, "shut": true}));
            });
        } else {
            let serving = Arc::clone(&serving);
            // An item may wait for room.
            let obey = move || {
                let mut said = serving.obey(&command);
                said["id"] = id;
                say(&said);
            };
            spawn(obey);
        }
    }
}

/// Where it listens.
struct Host {
    address: String,
    /// Ends the thread that accepts.
    wake: Box<dyn Fn() + Send>,
    accepting: thread::JoinHandle<()>,
}

impl Host {
    fn open(serving: &Arc<Serving>, address: &str) -> Self {
        let accepted = |serving: &Arc<Serving>, socket: Socket| serving.is_open() && serving.take(socket);
        let serving = Arc::clone(serving);
        serving.open();
        if let Some(path) = address.strip_prefix("unix://") {
            let listener = UnixListener::bind(path).expect("a free file");
            let path = path.to_owned();
            let accepting = thread::spawn(move || {
                while let Ok((stream, _)) = listener.accept() {
                    if !accepted(&serving, Socket::Unix(stream)) && !serving.is_open() {
                        return;
                    }
                }
            });
            return Self {
                address: format!("unix://{path}"),
                wake: Box::new(move || {
                    let _ = UnixStream::connect(&path);
                    let _ = std::fs::remove_file(&path);
                }),
                accepting,
            };
        }
        let place = address.strip_prefix("tcp://").expect("tcp or unix");
        let listener = TcpListener::bind(place).expect("a free port");
        let port = listener.local_addr().expect("a port");
        let accepting = thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if !accepted(&serving, Socket::Tcp(stream)) && !serving.is_open() {
                    return;
                }
            }
        });
        Self {
            address: format!("tcp://{port}"),
            wake: Box::new(move || drop(std::net::TcpStream::connect(port))),
            accepting,
        }
    }

    fn close(self, serving: &Arc<Serving>) {
        serving.close_all();
        (self.wake)();
        self.accepting.join().expect("no panic");
    }
}
