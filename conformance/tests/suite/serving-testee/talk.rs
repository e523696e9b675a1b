//! Threads, and lines of JSON.

use std::io::Write;
use std::thread;

use serde_json::Value;

/// What a thread that reads deep values needs, in bytes.
const STACK: usize = 64 << 20;

/// A thread that can read deep values.
pub fn spawn(work: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::Builder::new()
        .stack_size(STACK)
        .spawn(work)
        .expect("threads are left")
}

/// Prints a line.
pub fn say(line: &Value) {
    let text = line.to_string();
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
    let _ = out.flush();
}
