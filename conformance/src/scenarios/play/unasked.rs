//! What the raw peer does that nobody asked for: it calls the testee, and it closes what it has just taken.

use std::time::{Duration, Instant};

use rapace_wire::frame::{EOS, ERROR, Frame};

use super::Player;
use super::state::{State, Stop};
use crate::message::{Message, hex};

impl Player<'_> {
    /// Waits for the error frame that answers the raw peer's own call on this channel.
    pub(super) fn receive_refusal(
        &mut self,
        state: &mut State,
        channel: u32,
        (code, text): (u32, &str),
        within: Duration,
    ) -> Result<(), Stop> {
        let frame = loop {
            let ours = |(_, frame): &(u32, Frame)| frame.channel() == channel && frame.method() == 0;
            let found = state.requests.iter().position(ours);
            if let Some((_, frame)) = found.and_then(|at| state.requests.remove(at)) {
                break frame;
            }
            if state.closed {
                return Err(Stop::Problem("the testee closed the connection".into()));
            }
            self.observe(state)?;
        };
        let took = state.acted.elapsed();
        let expected = error_payload(code, text);
        if (frame.message(), frame.flags()) != (0, ERROR | EOS) || frame.payload != expected {
            let message = Message::new("it answered the peer's call otherwise")
                .line(
                    "expected",
                    format_args!("message 0, ERROR and EOS with {}", hex(&expected)),
                )
                .line(
                    "came",
                    format_args!(
                        "message {}, flags {:#x} with {}",
                        frame.message(),
                        frame.flags(),
                        hex(&frame.payload)
                    ),
                );
            return Err(Stop::Problem(message.into()));
        }
        if took > within {
            let message = Message::new("it answered the peer's call too late")
                .line("expected", format_args!("within {} ms", within.as_millis()))
                .line("came", format_args!("after {} ms", took.as_millis()));
            return Err(Stop::Late(message.into()));
        }
        Ok(())
    }

    /// Closes each connection that the testee makes, and counts them.
    pub(super) fn flaps(&mut self, state: &mut State, time: Duration, most: usize) -> Result<(), Stop> {
        while let Some(connection) = self.testee.take_connection() {
            connection.close();
        }
        let end = Instant::now() + time;
        let mut made = 0;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Some(number) = self.testee.accept_within(self.transport, left)? else {
                break;
            };
            made += 1;
            if let Some(connection) = self.testee.connection_of(number) {
                connection.close();
            }
        }
        state.closed = true;
        if made <= most {
            return Ok(());
        }
        let message = Message::new("it connects again and again, where each connection is closed at once")
            .line(
                "expected",
                format_args!("at most {most} connections in {} ms", time.as_millis()),
            )
            .line("came", made);
        Err(Stop::Problem(message.into()))
    }
}

/// What an error frame carries: the code and the text's length, little-endian, and the text.
fn error_payload(code: u32, text: &str) -> Vec<u8> {
    let length = text.len() as u32;
    [&code.to_le_bytes()[..], &length.to_le_bytes(), text.as_bytes()].concat()
}
