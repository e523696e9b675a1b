//! Many calls at once.

use std::collections::BTreeMap;
use std::time::Instant;

use conformance_draw::Random;
use rapace_wire::frame::{DATA, EOS, Frame};
use serde_json::{Value, json};

use super::Player;
use super::state::{State, Stop};
use crate::bytes::varint;
use crate::message::{Message, shown};
use crate::request::check_descriptor;
use crate::scenarios::{Many, Order};
use crate::testee::resident;

/// How often a long transfer is interrupted for a look at the memory in use.
const LOOKS: u64 = 4;

impl Player<'_> {
    pub(super) fn many(&mut self, state: &mut State, many: &Many) -> Result<(), Stop> {
        match *many {
            Many::Echoes {
                count,
                order,
                ref refuses,
            } => self.echoes(state, count, order, refuses.as_deref()),
            Many::Requests { count } => self.requests(state, count),
            Many::Held { count } => self.held(state, count),
            Many::Interleaved {
                streams,
                calls,
                items,
                seed,
            } => self.interleaved(state, (streams, calls, items), seed),
            Many::Keys { count, factor } => self.keys(state, count, factor),
            Many::Pumped { channel, bytes, memory } => self.pumped(state, (channel, bytes), memory),
        }
    }

    /// Waits for a request of any method, which must be on an unused channel. Returns its connection's number too.
    pub(super) fn next_request(&mut self, state: &mut State) -> Result<(u32, Frame), Stop> {
        loop {
            if let Some((on, frame)) = state.requests.pop_front() {
                if !state.channels.insert((on, frame.channel())) {
                    return Err(Stop::Problem(format!("channel {} is used twice", frame.channel())));
                }
                return Ok((on, frame));
            }
            if state.closed {
                return Err(Stop::Problem("the testee closed the connection".into()));
            }
            self.observe(state)?;
        }
    }

    fn echoes(&mut self, state: &mut State, count: usize, order: Order, refuses: Option<&str>) -> Result<(), Stop> {
        let (method, kind, _) = self.known("Values.u32")?;
        let mut waiting = Vec::new();
        for _ in 0..count {
            let (on, frame) = self.next_request(state)?;
            check_descriptor(&frame, method, kind).map_err(Stop::Problem)?;
            let answer = Frame::answer(frame.channel(), &frame.payload);
            match order {
                Order::AsTheyCome if refuses.is_none() => self.testee.send_on(on, &answer)?,
                Order::AsTheyCome | Order::Reversed | Order::Shuffled => waiting.push((on, answer)),
            }
        }
        if let Some(kind) = refuses {
            self.refused(state, kind)?;
        }
        match order {
            Order::Shuffled => shuffle(&mut waiting, &mut Random(count as u64)),
            Order::AsTheyCome => {}
            Order::Reversed => waiting.reverse(),
        }
        waiting
            .iter()
            .try_for_each(|(on, answer)| Ok(self.testee.send_on(*on, answer)?))
    }

    /// Lets the testee make one more call, which must fail with an error of this kind.
    fn refused(&mut self, state: &mut State, kind: &str) -> Result<(), Stop> {
        let id = self.testee.tell(json!({"call": "Values.u32", "arguments": [0]}))?;
        let said = self.said(state, id)?;
        match said["error"]["kind"] == kind {
            true => Ok(()),
            false => Err(Stop::Problem(format!(
                "one more call was answered with {}, not with an error of the kind {kind}",
                shown(&said.to_string())
            ))),
        }
    }

    fn interleaved(
        &mut self,
        state: &mut State,
        (streams, calls, items): (usize, usize, usize),
        seed: u64,
    ) -> Result<(), Stop> {
        let mut random = Random(seed);
        let (counts, echoes) = (self.known("Calls.count")?.0, self.known("Values.u32")?.0);
        // Each stream counts from another number, which is its argument.
        let mut expected = BTreeMap::new();
        for number in 0..streams {
            let id = self
                .testee
                .tell(json!({"stream": "Calls.count", "arguments": [number]}))?;
            let counted: Vec<usize> = (0..items).map(|item| number * items + item).collect();
            expected.insert(id, json!({"items": counted, "end": true}));
        }
        for number in 0..calls {
            let id = self.testee.tell(json!({"call": "Values.u32", "arguments": [number]}))?;
            expected.insert(id, json!({"value": number}));
        }
        // What is to be sent on each channel, the last first.
        let mut queues: Vec<Vec<Frame>> = Vec::new();
        for _ in 0..streams + calls {
            let (_, frame) = self.next_request(state)?;
            let (channel, argument) = (frame.channel(), &frame.payload);
            if frame.method() == echoes {
                queues.push(vec![Frame::answer(channel, argument)]);
            } else if frame.method() == counts {
                let number = from_varint(argument);
                let item = |item: usize| Frame::of(channel, DATA, &varint((number * items + item) as u64));
                let mut queue = vec![Frame::of(channel, EOS, &[])];
                queue.extend((0..items).rev().map(item));
                queues.push(queue);
            } else {
                return Err(Stop::Problem(format!("a request of method {:#x}", frame.method())));
            }
        }
        while !queues.is_empty() {
            let at = random.below(queues.len());
            if let Some(frame) = queues[at].pop() {
                self.testee.send(&frame)?;
            }
            if queues[at].is_empty() {
                queues.swap_remove(at);
            }
        }
        for (id, expected) in expected {
            let mut said = self.said(state, id)?;
            said.as_object_mut().map(|said| said.remove("id"));
            if said != expected {
                let [expected, said] = [&expected, &said].map(Value::to_string).map(|text| shown(&text));
                return Err(Stop::Problem(format!(
                    "command {id} was answered with {said}, not with {expected}"
                )));
            }
        }
        Ok(())
    }

    fn pumped(&mut self, state: &mut State, (channel, bytes): (u32, u64), allowed: u64) -> Result<(), Stop> {
        let in_use = |stats: &Value| stats["memory"].as_u64().unwrap_or_default();
        let before = in_use(&self.stats(state)?);
        let resident = resident::forget_most(self.testee.process());
        let start = Instant::now();
        let mut looked = 1;
        let mut echoed = 0;
        while echoed < bytes {
            let frame = self.receive_piece(state, channel)?;
            if frame.payload.is_empty() {
                return Err(Stop::Problem(format!("the end after {echoed} of {bytes} bytes")));
            }
            echoed += frame.payload.len() as u64;
            self.testee.send(&Frame::of(channel, DATA, &frame.payload))?;
            if echoed > bytes / LOOKS * looked {
                looked += 1;
                let now = in_use(&self.stats(state)?);
                if now > before + allowed {
                    let message = Message::new("it holds what has passed")
                        .line("expected", format_args!("at most {allowed} bytes more than {before}"))
                        .line("came", format_args!("{now} after {echoed} bytes each way"));
                    return Err(Stop::Problem(message.into()));
                }
            }
        }
        if self.tells_figures {
            let took = start.elapsed().as_secs_f64();
            let more = resident::most(self.testee.process()).zip(resident);
            let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
            let more = more.map_or_else(
                || "unknown".to_owned(),
                |(most, before)| format!("{:.1} MiB", mebibytes(most.saturating_sub(before))),
            );
            eprintln!(
                "    {bytes} bytes each way over {} in {took:.1} s, {:.0} MiB/s; more resident memory at most: {more}",
                self.transport,
                mebibytes(bytes) / took
            );
        }
        Ok(())
    }
}

fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for end in (1..items.len()).rev() {
        items.swap(end, random.below(end + 1));
    }
}

fn from_varint(bytes: &[u8]) -> usize {
    let digits = bytes.iter().rev().map(|byte| usize::from(byte & 0x7f));
    digits.fold(0, |number, digit| number << 7 | digit)
}
