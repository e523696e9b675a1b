//! The frames of one connection: answers are joined to their requests, payloads are read.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use rapace_wire::control::control_name;
use rapace_wire::frame::{CONTROL, DATA, EOS, ERROR, FLAGS, NO_REPLY, flag_names};

use super::apis::{Apis, Part, PayloadType, hex};
use super::control::control;
use super::event::{Direction, Event, FrameEvent, Kind, PayloadEvent, Problem, Status};
use super::stream::Cut;

/// How many calls of one connection wait for answers. Of more the oldest are forgotten, and their answers are shown as bytes.
const OPEN_CALLS: usize = 65_536;

/// How many notifications may wait for answers. Servers of rapace 0.5.0 either answer them in order or not at all.
const NOTIFICATIONS: usize = 1024;

/// A connection.
pub(crate) struct Conversation<'a> {
    apis: &'a Apis<'a>,
    number: u32,
    calls: HashMap<u32, Call>,
    /// The channels of calls, the oldest first. A channel may be there that has ended.
    order: VecDeque<u32>,
    /// Notifications, the oldest first. They have the channel of the session.
    notified: VecDeque<Call>,
}

/// A request that has been seen.
#[derive(Clone, Copy)]
struct Call {
    id: u32,
    from: Direction,
    streams: bool,
    time: Option<Duration>,
}

impl<'a> Conversation<'a> {
    /// A connection with this number in the output.
    pub(crate) fn new(apis: &'a Apis<'a>, number: u32) -> Self {
        Self {
            apis,
            number,
            calls: HashMap::new(),
            order: VecDeque::new(),
            notified: VecDeque::new(),
        }
    }

    /// What is reported of a frame.
    pub(crate) fn frame(&mut self, from: Direction, time: Option<Duration>, cut: &Cut) -> Event {
        let frame = &cut.frame;
        let (channel, flags, method) = (frame.channel(), frame.flags(), frame.method());
        let known = match channel {
            0 => self.notified.front(),
            channel => self.calls.get(&channel),
        };
        let call = known
            .copied()
            .filter(|call| from == Direction::Unknown || call.from != from);
        let is_control = flags & CONTROL != 0;
        let kind = match call {
            _ if is_control => Kind::Control,
            _ if method != 0 => Kind::Request,
            _ if flags & ERROR != 0 => Kind::Error,
            None => Kind::Data,
            Some(call) if !call.streams => Kind::Answer,
            Some(_) if flags & DATA != 0 && (flags & EOS == 0 || !frame.payload.is_empty()) => Kind::Item,
            Some(_) => Kind::End,
        };
        let id = match kind {
            Kind::Control => None,
            Kind::Request => Some(method),
            _ => call.map(|call| call.id),
        };
        let mut payload = self.payload(kind, id, cut);
        payload.problems.extend(flag_problem(flags, cut.offset_of_flags()));
        let event = FrameEvent {
            connection: self.number,
            from,
            offset: cut.offset,
            bytes: cut.bytes(),
            time,
            after: (kind != Kind::Request)
                .then(|| time?.checked_sub(call?.time?))
                .flatten(),
            kind,
            method: match kind {
                Kind::Control => Some(control_name(method).map_or_else(|| format!("verb {method}"), str::to_owned)),
                _ => id.and_then(|id| self.apis.method(id)).map(|(name, _)| name.to_owned()),
            },
            method_id: id,
            channel,
            message: frame.message(),
            flags: flag_names(flags).into_iter().map(str::to_lowercase).collect(),
            payload,
        };
        self.follow(kind, from, time, cut);
        Event::Frame(Box::new(event))
    }

    fn payload(&self, kind: Kind, id: Option<u32>, cut: &Cut) -> PayloadEvent {
        let (bytes, offset) = (cut.frame.payload.as_slice(), cut.payload_offset());
        let plain = PayloadEvent {
            payload_offset: Some(offset),
            payload: (!bytes.is_empty()).then(|| hex(bytes)),
            ..PayloadEvent::default()
        };
        match (kind, id) {
            (Kind::Control, _) => control_event(bytes, plain),
            (Kind::End, _) => plain,
            (Kind::Error, _) => error(bytes, plain),
            (_, Some(id)) if self.apis.method(id).is_some() => {
                let part = if kind == Kind::Request {
                    Part::Request
                } else {
                    Part::Answer
                };
                self.apis.read(&PayloadType::Method(id, part), bytes, offset)
            }
            (Kind::Request, Some(id)) if !self.apis.is_empty() => PayloadEvent {
                problems: vec![Problem {
                    api: None,
                    offset: Some(cut.offset_of_method()),
                    path: String::new(),
                    reason: None,
                    text: format!("no api.json has a method with the id {id} (0x{id:08x})"),
                    harmless: false,
                }],
                ..plain
            },
            _ => plain,
        }
    }

    /// Remembers what later frames need.
    fn follow(&mut self, kind: Kind, from: Direction, time: Option<Duration>, cut: &Cut) {
        let (channel, flags) = (cut.frame.channel(), cut.frame.flags());
        match kind {
            Kind::Request => {
                let id = cut.frame.method();
                // A request of a method that nobody knows says by its flags what is expected.
                let streams = self
                    .apis
                    .method(id)
                    .map_or(flags & NO_REPLY != 0, |(_, streams)| streams);
                let call = Call {
                    id,
                    from,
                    streams,
                    time,
                };
                if channel == 0 {
                    self.notified.push_back(call);
                    self.notified.truncate(NOTIFICATIONS);
                } else if self.calls.insert(channel, call).is_none() {
                    self.order.push_back(channel);
                }
                self.forget();
            }
            Kind::Answer | Kind::Item | Kind::End | Kind::Error if flags & EOS != 0 => match channel {
                0 => drop(self.notified.pop_front()),
                channel => drop(self.calls.remove(&channel)),
            },
            _ => {}
        }
    }

    /// Forgets the oldest calls when there are too many.
    fn forget(&mut self) {
        // Twice as many, so that looking through them all is rare.
        if self.order.len() <= 2 * OPEN_CALLS {
            return;
        }
        self.order.retain(|channel| self.calls.contains_key(channel));
        while self.order.len() > OPEN_CALLS {
            if let Some(oldest) = self.order.pop_front() {
                self.calls.remove(&oldest);
            }
        }
    }
}

/// The payload of a control frame. One that cannot be read is not shown: it may hold a token.
fn control_event(bytes: &[u8], plain: PayloadEvent) -> PayloadEvent {
    match control(bytes) {
        Ok(value) => PayloadEvent {
            value,
            payload: None,
            ..plain
        },
        Err(why) => PayloadEvent {
            problems: vec![Problem {
                api: None,
                offset: plain.payload_offset,
                path: String::new(),
                reason: None,
                text: format!("malformed control frame of {} bytes: {why}", bytes.len()),
                harmless: false,
            }],
            payload: None,
            ..plain
        },
    }
}

/// The payload of an error frame.
fn error(bytes: &[u8], plain: PayloadEvent) -> PayloadEvent {
    match rapace_wire::Status::parse(bytes) {
        Ok(status) => PayloadEvent {
            error: Some(Status {
                code: status.code,
                name: status.name(),
                message: status.message,
            }),
            payload: None,
            ..plain
        },
        Err(why) => PayloadEvent {
            problems: vec![Problem {
                api: None,
                offset: plain.payload_offset,
                path: String::new(),
                reason: None,
                text: format!("malformed error frame: {why}"),
                harmless: false,
            }],
            ..plain
        },
    }
}

/// Bits that rapace 0.5.0 has no name for.
fn flag_problem(flags: u32, offset: u64) -> Option<Problem> {
    let unknown = FLAGS.iter().fold(flags, |left, (_, flag)| left & !flag);
    (unknown != 0).then(|| Problem {
        api: None,
        // The first byte that has such a bit.
        offset: Some(offset + u64::from(unknown.trailing_zeros() / 8)),
        path: String::new(),
        reason: None,
        text: format!("rapace 0.5.0 has no flags 0x{unknown:x}"),
        harmless: false,
    })
}
