//! Frames of rapace, each in one write and those that are ready together in one: as the runtimes of this project write them.
//! Little else is done with them, so that the server has the processors.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use workload::{WORKLOAD_METHOD_ID_BLOB, WORKLOAD_METHOD_ID_SMALL};

use crate::call::{Case, IN_FLIGHT, Op, Result, blob, median};

/// The length and the descriptor, which precede a payload.
const HEADER: usize = 4 + 64;
/// The frame is for the session, not for a channel: a nudge.
const CONTROL: u32 = 2;
/// DATA and EOS.
const FLAGS: u32 = 1 | 4;
/// Payloads of so many bytes are in the descriptor too.
const INLINE: usize = 16;

/// Requests of one method on one connection.
struct Requests {
    socket: TcpStream,
    method: u32,
    payload: Vec<u8>,
    channel: u32,
    /// The channels of the requests that are not answered, with their times.
    waiting: HashMap<u32, Instant>,
    /// What has arrived and was not read.
    arrived: Vec<u8>,
}

/// Returns the nanoseconds of a call.
pub(crate) async fn measure(address: &str, case: Case, op: Op, time: Duration) -> Result<f64> {
    let (method, payload) = match case {
        Case::Small => (
            WORKLOAD_METHOD_ID_SMALL,
            facet_postcard::to_vec(&workload::seed::small())?,
        ),
        Case::Blob => (WORKLOAD_METHOD_ID_BLOB, facet_postcard::to_vec(&blob())?),
    };
    let socket = TcpStream::connect(address.trim_start_matches("tcp://")).await?;
    socket.set_nodelay(true)?;
    let mut requests = Requests {
        socket,
        method,
        payload,
        channel: 1,
        waiting: HashMap::new(),
        arrived: Vec::new(),
    };
    requests.send(1).await?;
    requests.receive().await?;
    let in_flight = match op {
        Op::Sequential => 1,
        Op::InFlight => IN_FLIGHT,
    };
    let start = Instant::now();
    let mut took = Vec::new();
    requests.send(in_flight).await?;
    while start.elapsed() < time {
        let answered = requests.receive().await?;
        requests.send(answered.len()).await?;
        took.extend(answered);
    }
    let lasted = start.elapsed();
    while !requests.waiting.is_empty() {
        took.extend(requests.receive().await?);
    }
    match op {
        Op::Sequential => Ok(median(took)),
        Op::InFlight => Ok(lasted.as_nanos() as f64 / took.len() as f64),
    }
}

impl Requests {
    /// Sends so many requests in one write.
    async fn send(&mut self, count: usize) -> Result {
        let mut frames = Vec::with_capacity(count * (HEADER + self.payload.len()));
        for _ in 0..count {
            self.waiting.insert(self.channel, Instant::now());
            frame(&mut frames, self.channel, self.method, &self.payload);
            self.channel = self.channel.wrapping_add(2);
        }
        Ok(self.socket.write_all(&frames).await?)
    }

    /// Waits for answers, and returns how long each took.
    async fn receive(&mut self) -> Result<Vec<Duration>> {
        let mut took = Vec::new();
        while took.is_empty() {
            if self.socket.read_buf(&mut self.arrived).await? == 0 {
                return Err("the server closed the connection".into());
            }
            let mut at = 0;
            while let Some(length) = self.frame_at(at) {
                took.extend(self.answer(at)?);
                at += length;
            }
            self.arrived.drain(..at);
        }
        Ok(took)
    }

    /// The length of the whole frame that begins here, if it has arrived.
    fn frame_at(&self, at: usize) -> Option<usize> {
        let length = 4 + u32_at(&self.arrived, at)? as usize;
        (self.arrived.len() >= at + length).then_some(length)
    }

    /// Checks the answer that begins here, and returns how long it took. A control frame is no answer.
    fn answer(&mut self, at: usize) -> Result<Option<Duration>> {
        let field = |offset| u32_at(&self.arrived, at + 4 + offset).ok_or("a frame is too short");
        let (channel, flags) = (field(8)?, field(32)?);
        if flags & CONTROL != 0 {
            return Ok(None);
        }
        let payload = self.arrived.get(at + HEADER..at + HEADER + self.payload.len());
        if payload != Some(&*self.payload) {
            return Err("the answer is not what was sent".into());
        }
        let sent = self.waiting.remove(&channel).ok_or("an answer to nothing")?;
        Ok(Some(sent.elapsed()))
    }
}

/// Appends a request.
fn frame(frames: &mut Vec<u8>, channel: u32, method: u32, payload: &[u8]) {
    let start = frames.len();
    let inline = payload.len() <= INLINE;
    frames.extend_from_slice(&(64 + payload.len() as u32).to_le_bytes());
    frames.extend_from_slice(&u64::from(channel).to_le_bytes());
    frames.extend_from_slice(&channel.to_le_bytes());
    frames.extend_from_slice(&method.to_le_bytes());
    frames.extend_from_slice(&(if inline { u32::MAX } else { 0 }).to_le_bytes());
    frames.extend_from_slice(&[0; 8]);
    frames.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    frames.extend_from_slice(&FLAGS.to_le_bytes());
    frames.extend_from_slice(&[0; 4]);
    frames.extend_from_slice(&[0xff; 8]);
    frames.resize(start + HEADER, 0);
    if inline {
        frames[start + HEADER - INLINE..][..payload.len()].copy_from_slice(payload);
    }
    frames.extend_from_slice(payload);
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}
