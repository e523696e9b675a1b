//! Bytes that wait for a socket.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use crate::socket::Socket;

/// What a thread writes, frame by frame.
pub struct Outbox {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    socket: Socket,
}

#[derive(Default)]
struct Waiting {
    frames: VecDeque<Vec<u8>>,
    bytes: usize,
    closed: bool,
}

impl Outbox {
    pub fn start(socket: Socket) -> Arc<Self> {
        let outbox = Arc::new(Self {
            waiting: Mutex::default(),
            changed: Condvar::new(),
            socket,
        });
        let writing = Arc::clone(&outbox);
        thread::spawn(move || writing.write());
        outbox
    }

    fn write(&self) {
        let mut socket = self.socket.clone();
        loop {
            let mut waiting = self.waiting.lock().expect("no panic");
            let frame = loop {
                match waiting.frames.pop_front() {
                    Some(frame) => break frame,
                    None if waiting.closed => return,
                    None => waiting = self.changed.wait(waiting).expect("no panic"),
                }
            };
            drop(waiting);
            let written = socket.write_all(&frame);
            let mut waiting = self.waiting.lock().expect("no panic");
            waiting.bytes -= frame.len();
            if written.is_err() {
                waiting.closed = true;
            }
            self.changed.notify_all();
            if written.is_err() {
                return;
            }
        }
    }

    /// Waits until at most so many bytes wait; whether there is room, or it is pointless to wait.
    pub fn room(&self, most: usize, alive: impl Fn() -> bool) -> bool {
        let mut waiting = self.waiting.lock().expect("no panic");
        while waiting.bytes > most && !waiting.closed && alive() {
            let wait = std::time::Duration::from_millis(5);
            waiting = self.changed.wait_timeout(waiting, wait).expect("no panic").0;
        }
        !waiting.closed
    }

    /// Adds a frame; how many bytes wait then.
    pub fn push(&self, frame: Vec<u8>) -> usize {
        let mut waiting = self.waiting.lock().expect("no panic");
        waiting.bytes += frame.len();
        waiting.frames.push_back(frame);
        self.changed.notify_all();
        waiting.bytes
    }

    /// Ends the thread, once everything is written.
    pub fn close(&self) {
        self.waiting.lock().expect("no panic").closed = true;
        self.changed.notify_all();
    }
}
