//! What the raw peer sends.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rapace_wire::frame::{DATA, Frame};
use rapace_wire::websocket;

use super::Player;
use super::state::{Flood, State, Stop};
use crate::bytes;
use crate::message::Message;
use crate::peer::Written;
use crate::scenarios::{Sending, Sent};

/// Long enough for a testee to read what it has, in most cases; the result must be the same when it is not.
const PAUSE: Duration = Duration::from_micros(300);
/// A flood that does not move for so long has stopped.
const STILL: Duration = Duration::from_millis(400);

impl Player<'_> {
    pub(super) fn send(&mut self, state: &State, sending: &Sending) -> Result<(), Stop> {
        let mut bytes = Vec::new();
        let mut on = self.testee.connections().last().unwrap_or_default();
        for sent in &sending.frames {
            bytes.append(&mut self.encode(state, sent)?);
            if let Sent::Frame { call: Some(call), .. } | Sent::Recorded { call: Some(call), .. } = sent {
                on = state.called(call)?.on;
            }
        }
        let mut rest = bytes.as_slice();
        for &pause in &sending.pauses {
            let (now, later) = rest.split_at(pause.min(rest.len()));
            self.testee.send_bytes_on(on, now)?;
            thread::sleep(PAUSE);
            rest = later;
        }
        Ok(self.testee.send_bytes_on(on, rest)?)
    }

    fn encode(&mut self, state: &State, sent: &Sent) -> Result<Vec<u8>, Stop> {
        let (frame, fragments, between) = match sent {
            Sent::Bytes(raw) => return Ok(raw.0.clone()),
            Sent::Message(message) => return Ok(message.0.to_bytes()),
            Sent::Recorded { call: None, frame } => (frame.0.clone(), &[][..], &None),
            Sent::Recorded {
                call: Some(call),
                frame,
            } => (frame.0.clone().on_channel(state.channel(call)?), &[][..], &None),
            Sent::Frame {
                call,
                channel,
                method,
                flags,
                payload,
                descriptor,
                fragments,
                between,
            } => {
                let channel = match (call, channel) {
                    (Some(call), _) => state.channel(call)?,
                    (None, channel) => channel.unwrap_or_default(),
                };
                let mut frame = Frame::of(channel, *flags, &payload.0);
                if let Some(method) = method {
                    frame = frame.calling(self.known(method)?.0);
                }
                for (offset, over) in descriptor {
                    frame.descriptor[*offset..offset + over.0.len()].copy_from_slice(&over.0);
                }
                (frame, fragments.as_slice(), between)
            }
        };
        if !fragments.is_empty() {
            return Ok(fragmented(&frame, fragments, between.as_ref()));
        }
        let connection = self.testee.connection();
        let connection = connection.ok_or_else(|| Stop::Problem("there is no connection to send on".into()))?;
        Ok(connection.encode(&frame))
    }

    /// Starts to send items to a stream.
    pub(super) fn flood(&mut self, state: &mut State, call: &str, items: u32, bytes: usize) -> Result<(), Stop> {
        let channel = state.channel(call)?;
        let connection = self.testee.connection();
        let writer = connection.map(|connection| connection.writer());
        let mut writer = match writer {
            Some(Ok(writer)) => writer,
            Some(Err(error)) => return Err(Stop::Problem(error.to_string())),
            None => return Err(Stop::Problem("there is no connection to send on".into())),
        };
        let sent = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&sent);
        let thread = thread::spawn(move || {
            for number in 0..items {
                writer.send(&Frame::of(channel, DATA, &payload(number, bytes)))?;
                counted.store(number + 1, Ordering::Relaxed);
            }
            Ok(())
        });
        state.flood = Some(Flood { sent, thread });
        state.flood_bytes = bytes;
        Ok(())
    }

    /// Waits until the flood stops.
    pub(super) fn stalls(&mut self, state: &mut State, before: u32) -> Result<(), Stop> {
        let (mut last, mut since) = (0, Instant::now());
        loop {
            let Some(flood) = &state.flood else {
                return Err(Stop::Problem("the scenario has no flood".into()));
            };
            let sent = flood.sent.load(Ordering::Relaxed);
            if sent >= before || flood.thread.is_finished() {
                let message = Message::new("it reads on although nobody takes what it has")
                    .line("expected", format_args!("to stop before item {before}"))
                    .line("came", format_args!("{sent} items were taken"));
                return Err(Stop::Problem(message.into()));
            }
            if sent != last {
                (last, since) = (sent, Instant::now());
            } else if since.elapsed() >= STILL {
                return Ok(());
            }
            self.observe_for(state, Duration::from_millis(10))?;
        }
    }

    /// Waits until all of the flood is taken.
    pub(super) fn flooded(&mut self, state: &mut State) -> Result<(), Stop> {
        let start = Instant::now();
        let mut last = (0, start);
        while let Some(flood) = &state.flood {
            let sent = flood.sent.load(Ordering::Relaxed);
            if flood.thread.is_finished() {
                let ended = state.flood.take().map(|flood| flood.thread.join());
                return match ended {
                    Some(Ok(Ok(()))) => Ok(()),
                    Some(Ok(Err(error))) => Err(Stop::Problem(format!("after {sent} items: {error}"))),
                    _ => Err(Stop::Problem("the flood's thread panicked".into())),
                };
            }
            if sent != last.0 {
                last = (sent, Instant::now());
            } else if last.1.elapsed() > self.testee.patience() {
                return Err(Stop::Problem(format!("it does not read on after {sent} items")));
            }
            self.observe_for(state, Duration::from_millis(5))?;
        }
        Err(Stop::Problem("the scenario has no flood".into()))
    }
}

/// The text of an item: its number, and dots.
pub(super) fn text(number: u32, bytes: usize) -> String {
    format!("{number:.<bytes$}")
}

/// An item of a stream of texts.
fn payload(number: u32, length: usize) -> Vec<u8> {
    let text = text(number, length);
    let mut payload = bytes::varint(text.len() as u64);
    payload.extend(text.as_bytes());
    payload
}

/// A frame in fragments of a WebSocket message, each but the last of so many bytes.
fn fragmented(frame: &Frame, sizes: &[usize], between: Option<&Written>) -> Vec<u8> {
    let bytes = frame.to_bytes();
    let mut rest = &bytes[4..];
    let mut parts = Vec::new();
    let mut opcode = websocket::BINARY;
    for &size in sizes {
        let (now, later) = rest.split_at(size.min(rest.len()));
        let mut part = websocket::Message::new(opcode, now);
        part.more = true;
        parts.push(part);
        parts.extend(between.map(|between| between.0.clone()));
        opcode = websocket::CONTINUATION;
        rest = later;
    }
    parts.push(websocket::Message::new(opcode, rest));
    parts.iter().flat_map(websocket::Message::to_bytes).collect()
}
