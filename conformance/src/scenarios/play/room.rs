//! Peers that do not read: handlers wait for room, and refusals do not wait without end.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rapace_wire::frame::{DATA, ERROR, Frame};
use serde_json::json;

use super::Player;
use super::state::{Full, State, Stop};
use crate::bytes;
use crate::message::Message;
use crate::request::{check_answer, check_error};
use crate::scenarios::pattern;

/// A handler whose item is not answered for so long may wait for room.
const STILL: Duration = Duration::from_millis(60);
/// So often the testee must answer something else in that time.
const LOOKS: usize = 3;
/// How many requests are sent in a piece.
const AT_ONCE: usize = 100;
/// The id of no method.
const NOWHERE: u32 = 0x00c0_ffee;

impl Player<'_> {
    /// Yields items until one waits for room.
    pub(super) fn fills(&mut self, state: &mut State, handler: &str, bytes: usize, most: usize) -> Result<(), Stop> {
        let number = state.handler(handler)?;
        let item: Vec<u8> = (0..bytes).map(pattern).collect();
        let value = BASE64_STANDARD.encode(&item);
        for count in 1..=most {
            let id = self.testee.tell(json!({"item": number, "value": value}))?;
            let mut looks = 0;
            while !state.said.contains_key(&id) && looks < LOOKS {
                let start = Instant::now();
                while !state.said.contains_key(&id) && start.elapsed() < STILL {
                    self.observe_for(state, Duration::from_millis(1))?;
                }
                // A slow testee that answers this has had the time to answer the other too.
                if !state.said.contains_key(&id) {
                    self.stats(state)?;
                    looks += 1;
                }
            }
            let Some(said) = state.said.remove(&id) else {
                state.full = Some(Full { count, id, item });
                return Ok(());
            };
            if said["sent"] != true {
                return Err(Stop::Problem(format!("item {count} was not sent: {said}")));
            }
        }
        let message = Message::new("its handler goes on although the peer does not read")
            .line("expected", format_args!("to wait before item {most} of {bytes} bytes"));
        Err(Stop::Problem(
            message.line("came", format_args!("{most} items were sent")).into(),
        ))
    }

    /// Takes the items that were yielded, the one that waited among them.
    pub(super) fn drained(&mut self, state: &mut State, channel: u32) -> Result<(), Stop> {
        let Some(Full { count, id, item }) = state.full.take() else {
            return Err(Stop::Problem("the scenario has no fills".into()));
        };
        let payload = [bytes::varint(item.len() as u64), item].concat();
        let expected = Frame::of(channel, DATA, &payload);
        for _ in 0..count {
            self.receive_frame(state, &expected)?;
        }
        let said = self.said(state, id)?;
        match said["sent"] == true {
            true => Ok(()),
            false => Err(Stop::Problem(format!("the item that waited was not sent: {said}"))),
        }
    }

    /// Takes items, and then the error that ended the stream.
    pub(super) fn drained_until_error(
        &mut self,
        state: &mut State,
        (channel, code): (u32, u32),
        message: &str,
    ) -> Result<(), Stop> {
        let Some(Full { count, id, item }) = state.full.take() else {
            return Err(Stop::Problem("the scenario has no fills".into()));
        };
        let payload = [bytes::varint(item.len() as u64), item].concat();
        let expected = Frame::of(channel, DATA, &payload);
        for _ in 0..=count {
            let frame = self.next_on(state, channel)?;
            if frame.flags() & ERROR != 0 {
                check_error(&frame, (channel, code), Some(message), &[]).map_err(Stop::Problem)?;
                let said = self.said(state, id)?;
                return match said["sent"] == false {
                    true => Ok(()),
                    false => Err(Stop::Problem(format!(
                        "the item that waited was cancelled, and it said {said}"
                    ))),
                };
            }
            check_answer(&frame, &expected).map_err(Stop::Problem)?;
        }
        Err(Stop::Problem(format!("more than {count} items came before the error")))
    }

    /// Sends requests that are refused, and reads nothing, until the connection is closed.
    pub(super) fn floods_requests(&mut self, state: &mut State, most: usize) -> Result<(), Stop> {
        let frames: Vec<u8> = (0..AT_ONCE as u32)
            .flat_map(|number| {
                let frame = Frame::answer(2 * number + 1, &[]).calling(NOWHERE);
                self.testee
                    .connection()
                    .map_or_else(Vec::new, |connection| connection.encode(&frame))
            })
            .collect();
        for _ in 0..most / AT_ONCE {
            let sent = self
                .testee
                .connection()
                .map(|connection| connection.send_bytes(&frames));
            if !matches!(sent, Some(Ok(()))) {
                if let Some(crash) = self.testee.crash() {
                    return Err(crash.into());
                }
                self.testee.hang_up();
                state.closed = true;
                return Ok(());
            }
        }
        let message = Message::new("it keeps a connection whose peer does not read");
        Err(Stop::Problem(
            message.line("came", format_args!("{most} refusals wait")).into(),
        ))
    }
}
