//! The server's binary, started and stopped by a test.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rapace::{RpcSession, Transport};
use rapace_host::Address;
use tokio::net::{TcpStream, UnixStream};

/// A fresh bookshop. It ends with the test, whatever happens.
pub struct Server {
    process: Child,
    stdin: Option<ChildStdin>,
    /// What it printed for each address: the way it is served there, and the actual address.
    pub listening: Vec<(String, String)>,
}

impl Server {
    /// Starts a server; the arguments come in pairs.
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(&[], arguments)
    }

    /// Starts a server with these options before the pairs.
    pub fn start_with(options: &[&str], arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_bookshop-server"))
            .args(options)
            .args(arguments)
            .arg("--until-stdin-closes")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stdin = process.stdin.take();
        let stdout = BufReader::new(process.stdout.take().expect("it is piped"));
        let listening = stdout
            .lines()
            .take(arguments.len() / 2)
            .map(|line| {
                let line = line.expect("a line");
                let words: Vec<&str> = line.split(' ').collect();
                let ["listening", way, address] = words[..] else {
                    panic!("unexpected line: {line}");
                };
                (way.to_owned(), address.to_owned())
            })
            .collect();
        Self {
            process,
            stdin,
            listening,
        }
    }

    /// The actual address, in the order of the arguments.
    pub fn address(&self, place: usize) -> &str {
        &self.listening[place].1
    }

    /// A session of rapace's own client.
    pub async fn session(&self, place: usize) -> Arc<RpcSession> {
        let transport = match self.address(place).parse().expect("an address") {
            Address::Tcp { host, port } => {
                let socket = TcpStream::connect((host.as_str(), port)).await;
                Transport::stream(socket.expect("it listens"))
            }
            Address::Unix(path) => Transport::stream(UnixStream::connect(path).await.expect("it listens")),
            Address::Ws { host, port, .. } => {
                let socket = TcpStream::connect((host.as_str(), port)).await;
                let opened = tokio_tungstenite::client_async(self.address(place), socket.expect("it listens")).await;
                Transport::websocket(opened.expect("a handshake").0)
            }
            secure => panic!("{secure}: rapace alone has no TLS"),
        };
        let session = Arc::new(RpcSession::new(transport));
        tokio::spawn(session.clone().run());
        session
    }

    /// Sends SIGTERM.
    pub fn terminate(&self) {
        let sent = Command::new("kill").arg(self.process.id().to_string()).status();
        assert!(sent.expect("kill runs").success());
    }

    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Ends it, and returns what it logged.
    pub fn log(mut self) -> String {
        self.close_stdin();
        self.wait();
        let mut log = String::new();
        let mut stderr = self.process.stderr.take().expect("it is piped");
        stderr.read_to_string(&mut log).expect("text");
        log
    }

    /// How it ended, within ten seconds.
    pub fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(10) {
            if let Some(status) = self.process.try_wait().expect("it can be waited for") {
                return status;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the server goes on");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
