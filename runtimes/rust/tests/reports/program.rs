//! A host in a process of its own, whose memory can be measured.
//!
//! The process is this test program, run again for one test: [`serves_calls`] serves when it is told where.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rapace_host::{Address, Limits, Listener};

use crate::peer::{call, connect};
use crate::service::{WORK_METHOD_ID_DOUBLE, Worker, host};

/// Says where to serve.
const ADDRESS: &str = "RAPACE_REPORTS_ADDRESS";
/// What a host in these tests may use.
pub const HOST_BYTES: usize = 64 * 1024 * 1024;
const MIB: u64 = 1024 * 1024;

/// What hosts in a process of their own allow: little, so that it is used up soon.
pub fn limits() -> Limits {
    Limits {
        max_host_bytes: HOST_BYTES,
        memory_wait: Duration::from_millis(500),
        stall: Duration::from_secs(2),
        grace: Duration::from_secs(1),
        ..Limits::default()
    }
}

/// A host in a process of its own, which ends with this.
pub struct Program {
    pub address: Address,
    process: Child,
}

impl Program {
    pub fn start(address: &str) -> Self {
        let program = std::env::current_exe().expect("it runs");
        let mut process = Command::new(program)
            .args(["--exact", "--nocapture", "program::serves_calls"])
            .env(ADDRESS, address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        let listening = output.lines().find_map(|line| {
            let line = line.expect("a line");
            let (_, address) = line.split_once("listening ")?;
            Some(address.parse().expect("an address"))
        });
        let address = listening.expect("it listens");
        Self { address, process }
    }

    /// The most memory that it ever had, in MiB.
    pub fn peak_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.expect("it runs still");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: String = peak.expect("its peak").chars().filter(char::is_ascii_digit).collect();
        kib.parse::<u64>().expect("a number") * 1024 / MIB
    }

    /// How many files and sockets it has open.
    pub fn files(&self) -> usize {
        let files = std::fs::read_dir(format!("/proc/{}/fd", self.process.id()));
        files.expect("it runs still").count()
    }

    /// A client that has nothing to do with an attack is answered.
    pub async fn answers_others(&self) {
        let mut socket = connect(&self.address).await;
        let answer = call(&mut socket, WORK_METHOD_ID_DOUBLE, &[21]).await;
        assert_eq!(answer.payload, [42], "{answer:?}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// In a process of its own: serves until its standard input ends.
fn serve(address: &str) {
    let threads = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    threads.expect("threads").block_on(async {
        let listener = Listener::bind(&address.parse().expect("an address"))
            .await
            .expect("it is free");
        println!("listening {}", listener.address().expect("it is bound"));
        let (closed, is_closed) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            let _ = closed.send(());
        });
        host(&Worker::default(), limits())
            .serve(listener, async {
                let _ = is_closed.await;
            })
            .await;
    });
}

#[test]
fn serves_calls() {
    if let Ok(address) = std::env::var(ADDRESS) {
        return serve(&address);
    }
    let program = Program::start("tcp://127.0.0.1:0");
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(program.answers_others());
    let peak = program.peak_mib();
    assert!(peak > 0 && peak < 100, "{peak} MiB for one call");
}
