//! A connection to the raw peer, whose requests and answers can be wrong.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

const DESCRIPTOR: usize = 64;
const INLINE: usize = 16;
/// DATA and EOS.
const FLAGS: u32 = 5;

/// Who waits for an answer, by channel.
type Waiting = Arc<Mutex<BTreeMap<u32, Sender<Vec<u8>>>>>;

pub struct Connection {
    stream: UnixStream,
    waiting: Waiting,
    last: Mutex<u32>,
    defect: &'static str,
}

impl Connection {
    /// Connects to `unix://PATH`.
    pub fn new(address: &str, defect: &'static str) -> Self {
        let path = address.strip_prefix("unix://").expect("a Unix socket");
        let stream = UnixStream::connect(path).expect("the runner listens");
        let waiting = Waiting::default();
        let (mut from, to) = (stream.try_clone().expect("a socket"), Arc::clone(&waiting));
        std::thread::spawn(move || {
            while let Some(mut frame) = read_frame(&mut from) {
                let channel = u32::from_le_bytes(frame[8..12].try_into().expect("4 bytes"));
                let mut waiting = to.lock().expect("no panic");
                // The other of two calls gets the answer.
                let other = waiting.keys().copied().find(|&other| other != channel);
                let channel = if defect == "swaps" {
                    other.unwrap_or(channel)
                } else {
                    channel
                };
                if let Some(waits) = waiting.remove(&channel) {
                    let _ = waits.send(frame.split_off(DESCRIPTOR));
                }
            }
            to.lock().expect("no panic").clear();
            let _ = from.shutdown(Shutdown::Both);
        });
        Self {
            stream,
            waiting,
            last: Mutex::new(0),
            defect,
        }
    }

    pub fn close(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Sends a request; its answer comes later, or the sender is gone.
    pub fn request(&self, method: &str, payload: &[u8]) -> Receiver<Vec<u8>> {
        let (sender, answer) = mpsc::channel();
        let mut last = self.last.lock().expect("no panic");
        *last += 1;
        let channel = 2 * *last - 1;
        self.waiting.lock().expect("no panic").insert(channel, sender);
        let mut frame = vec![0; 4 + DESCRIPTOR];
        let mut put = |at: usize, bytes: &[u8]| frame[4 + at..4 + at + bytes.len()].copy_from_slice(bytes);
        put(0, &u64::from(*last).to_le_bytes());
        put(8, &channel.to_le_bytes());
        put(12, &method_id(method).to_le_bytes());
        put(28, &(payload.len() as u32).to_le_bytes());
        let flags = if self.defect == "descriptor" { 1 } else { FLAGS };
        put(32, &flags.to_le_bytes());
        if self.defect != "descriptor" {
            put(40, &[0xff; 8]);
        }
        if payload.len() <= INLINE {
            put(16, &[0xff; 4]);
            put(48, payload);
        }
        frame.extend(payload);
        let length = (frame.len() - 4) as u32;
        frame[..4].copy_from_slice(&length.to_le_bytes());
        (&self.stream).write_all(&frame).expect("the runner reads");
        answer
    }
}

/// The next frame without its length, while there is one.
fn read_frame(from: &mut UnixStream) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).ok()?;
    let mut frame = vec![0; u32::from_le_bytes(length) as usize];
    from.read_exact(&mut frame).ok()?;
    (frame.len() >= DESCRIPTOR).then_some(frame)
}

/// FNV-1a of `Service.method`, folded to 32 bits.
fn method_id(method: &str) -> u32 {
    let hash = method.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ((hash >> 32) ^ hash) as u32
}
