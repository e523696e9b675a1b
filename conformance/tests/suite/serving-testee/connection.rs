//! A connection on which the testee serves: frames as bytes.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::outbox::Outbox;
use crate::serving::{Refused, Serving};
use crate::socket::Socket;

pub const DATA: u32 = 1;
const CONTROL: u32 = 2;
pub const EOS: u32 = 4;
pub const ERROR: u32 = 0x10;
pub const NO_REPLY: u32 = 0x100;
const DESCRIPTOR: usize = 64;

pub struct Connection {
    socket: Socket,
    pub outbox: Arc<Outbox>,
    /// The numbers of the calls that run, by channel; those on channel 0 have no place here.
    pub running: Mutex<BTreeMap<u32, u64>>,
    /// What the last frame was heard.
    heard: Mutex<Instant>,
    next_tunnel: Mutex<u32>,
    /// What was received on tunnels, by channel.
    pub tunnels: Mutex<BTreeMap<u32, Vec<u8>>>,
}

impl Connection {
    pub fn start(serving: &Arc<Serving>, socket: Socket) {
        let options = serving.options();
        let connection = Arc::new(Self {
            outbox: Outbox::start(socket.clone()),
            socket: socket.clone(),
            running: Mutex::default(),
            heard: Mutex::new(Instant::now()),
            next_tunnel: Mutex::new(options.first_channel),
            tunnels: Mutex::default(),
        });
        serving
            .connections
            .lock()
            .expect("no panic")
            .push(Arc::clone(&connection));
        if let Some(idle) = options.idle {
            let (serving, connection) = (Arc::clone(serving), Arc::clone(&connection));
            thread::spawn(move || connection.watch(&serving, idle));
        }
        let serving = Arc::clone(serving);
        crate::talk::spawn(move || {
            let mut socket = socket;
            while let Some(frame) = read_frame(&mut socket, options.max_frame) {
                *connection.heard.lock().expect("no panic") = Instant::now();
                connection.hear(&serving, &frame);
            }
            connection.close();
            serving.lost(&connection);
        });
    }

    fn watch(&self, serving: &Arc<Serving>, idle: Duration) {
        loop {
            thread::sleep(Duration::from_millis(5));
            let quiet = self.heard.lock().expect("no panic").elapsed() > idle;
            if serving.runs_on(self) {
                *self.heard.lock().expect("no panic") = Instant::now();
            } else if quiet {
                return self.close();
            }
        }
    }

    pub fn close(&self) {
        self.outbox.close();
        self.socket.shutdown();
    }

    pub fn open_tunnel(&self) -> u32 {
        let mut next = self.next_tunnel.lock().expect("no panic");
        *next += 2;
        self.tunnels.lock().expect("no panic").insert(*next - 2, Vec::new());
        *next - 2
    }

    fn hear(self: &Arc<Self>, serving: &Arc<Serving>, frame: &[u8]) {
        let number = |at: usize| u32::from_le_bytes(frame[at..at + 4].try_into().expect("4 bytes"));
        let (channel, method, flags) = (number(8), number(12), number(32));
        let payload = &frame[DESCRIPTOR..];
        if flags & CONTROL != 0 {
            if let (3, Some(channel)) = (method, taken_back(payload)) {
                serving.take_back(self, channel);
            }
            return;
        }
        if let Some(received) = self.tunnels.lock().expect("no panic").get_mut(&channel) {
            received.extend(payload);
            return;
        }
        if method == 0 || flags & DATA == 0 {
            return;
        }
        let answers = channel != 0 || flags & NO_REPLY == 0;
        if let Err((code, text)) = serving.request(self, (channel, method, flags), payload)
            && answers
        {
            self.fail(serving, channel, code, &text);
        }
    }

    /// Queues an error, and closes the connection when too much waits.
    pub fn fail(&self, serving: &Serving, channel: u32, code: u32, text: &str) {
        let length = u32::try_from(text.len()).expect("a text of a few bytes");
        let payload = [&code.to_le_bytes()[..], &length.to_le_bytes(), text.as_bytes()].concat();
        let waiting = self.outbox.push(serving.frame(channel, ERROR | EOS, &payload));
        if waiting > 2 * serving.options().max_unsent && serving.defect != "hoards" {
            self.close();
        }
    }

    /// Queues a part of an answer.
    ///
    /// # Errors
    /// When it is too long for a frame.
    pub fn send(&self, serving: &Serving, channel: u32, flags: u32, payload: &[u8]) -> Result<(), Refused> {
        let (length, limit) = (DESCRIPTOR + payload.len(), serving.options().max_frame);
        if length > limit {
            let text = format!("frame length {length} of the answer exceeds the limit of {limit} bytes");
            return Err((7, text));
        }
        self.outbox.push(serving.frame(channel, flags, payload));
        Ok(())
    }
}

/// The channel of a CancelChannel frame.
fn taken_back(payload: &[u8]) -> Option<u32> {
    let (2, rest) = payload.split_first().map(|(variant, rest)| (*variant, rest))? else {
        return None;
    };
    let mut channel = 0_u64;
    for (at, byte) in rest.iter().take(5).enumerate() {
        channel |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return (rest.len() == at + 2).then(|| u32::try_from(channel).ok())?;
        }
    }
    None
}

fn read_frame(from: &mut Socket, most: usize) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).ok()?;
    let length = u32::from_le_bytes(length) as usize;
    if !(DESCRIPTOR..=most).contains(&length) {
        return None;
    }
    let mut frame = vec![0; length];
    from.read_exact(&mut frame).ok()?;
    Some(frame)
}
