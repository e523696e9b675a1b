//! The TCP connections of a capture.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::net::SocketAddr;
use std::time::Duration;

use super::container::{Packet, packets};
use super::packet::{Content, Segment, content};
use super::reassembly::Reassembly;
use crate::failure::Failure;
use crate::traffic::apis::Apis;
use crate::traffic::event::{Direction, Sink};
use crate::traffic::link::{Foreign, Link};

/// How many connections are followed at once: 10,000. More are counted and skipped.
const CONNECTIONS: usize = 10_000;
/// How many bytes of all connections may wait for bytes before them: 256 MiB.
const WAITING_BYTES: usize = 256 * 1024 * 1024;
/// How many connections that are not of rapace are named.
const NAMED: usize = 8;

/// What was in a capture, besides what was reported.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Why the rest of the file could not be read.
    pub(crate) broken: Option<String>,
    /// How many packets it has.
    pub(crate) packets: u64,
    /// How many frames of rapace.
    pub(crate) frames: u64,
    /// What was skipped, in words.
    pub(crate) skipped: Vec<String>,
}

/// Two ends, the lesser first.
type Ends = (SocketAddr, SocketAddr);

struct Flow<'a> {
    client: SocketAddr,
    link: Link<'a>,
    sides: [Half; 2],
    over: bool,
}

#[derive(Default)]
struct Half {
    reassembly: Reassembly,
    fin: bool,
}

struct Flows<'a, 't> {
    apis: &'a Apis<'a>,
    sink: &'t mut dyn Sink,
    flows: HashMap<Ends, Flow<'a>>,
    /// Those that are over, of which another of the same ends has begun, are not counted here.
    order: Vec<Ends>,
    number: u32,
    waiting: usize,
    fragments: u64,
    too_many: u64,
    links: BTreeMap<i32, u64>,
    foreign: Vec<String>,
    seen: Seen,
}

/// Reads a capture and reports the frames of its connections.
///
/// # Errors
/// Those of `sink`.
pub(crate) fn read<'a>(input: impl Read + Send + 'a, apis: &'a Apis<'a>, sink: &mut dyn Sink) -> Result<Seen, Failure> {
    let mut flows = Flows {
        apis,
        sink,
        flows: HashMap::new(),
        order: Vec::new(),
        number: 0,
        waiting: 0,
        fragments: 0,
        too_many: 0,
        links: BTreeMap::new(),
        foreign: Vec::new(),
        seen: Seen::default(),
    };
    let broken = packets(input, |packet| flows.packet(&packet))?;
    flows.finish(broken)
}

impl Flows<'_, '_> {
    fn packet(&mut self, packet: &Packet<'_>) -> Result<(), Failure> {
        self.seen.packets += 1;
        match content(packet.link, packet.data) {
            Content::Tcp(segment) => return self.segment(&segment, packet.time, packet.cut),
            Content::Fragment => self.fragments += 1,
            Content::Link(link) => *self.links.entry(link).or_default() += 1,
            Content::Other => {}
        }
        Ok(())
    }

    fn segment(&mut self, segment: &Segment<'_>, time: Option<Duration>, cut: usize) -> Result<(), Failure> {
        let ends = (segment.from.min(segment.to), segment.from.max(segment.to));
        let opens = segment.syn && !segment.ack;
        let known = self.flows.get(&ends);
        let is_new = known.is_none_or(|flow| opens && (flow.over || flow.link.frames() > 0));
        if is_new {
            // Nothing is learned from the end of a connection whose beginning is not there.
            if segment.payload.is_empty() && !segment.syn {
                return Ok(());
            }
            if let Some(old) = self.flows.remove(&ends) {
                self.end(old)?;
            }
            if !self.make_room() {
                self.too_many += 1;
                return Ok(());
            }
            self.begin(ends, segment);
        }
        let Self {
            flows, sink, waiting, ..
        } = self;
        match flows.get_mut(&ends) {
            Some(flow) if !flow.over => flow.segment(segment, time, cut, waiting, *sink),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, ends: Ends, segment: &Segment<'_>) {
        // Without the segments that open it, the first that speaks is taken for the client.
        let answers = segment.syn && segment.ack;
        let (client, server) = match answers {
            true => (segment.to, segment.from),
            false => (segment.from, segment.to),
        };
        self.number += 1;
        let name = format!("{client} → {server}");
        let flow = Flow {
            client,
            link: Link::new(self.apis, self.number, name, Foreign::Skipped),
            sides: Default::default(),
            over: false,
        };
        self.flows.insert(ends, flow);
        self.order.push(ends);
    }

    /// Forgets connections that are over when there are too many. False when there are still too many.
    fn make_room(&mut self) -> bool {
        if self.flows.len() >= CONNECTIONS {
            let over: Vec<Ends> = self
                .flows
                .iter()
                .filter(|(_, flow)| flow.over)
                .map(|(ends, _)| *ends)
                .collect();
            for flow in over.iter().filter_map(|ends| self.flows.remove(ends)) {
                self.seen.frames += flow.link.frames();
                note_foreign(&mut self.foreign, &flow.link);
            }
            self.order.retain(|ends| self.flows.contains_key(ends));
        }
        self.flows.len() < CONNECTIONS
    }

    /// Reports what is left of a connection.
    fn end(&mut self, mut flow: Flow<'_>) -> Result<(), Failure> {
        flow.finish(&mut self.waiting, self.sink)?;
        self.seen.frames += flow.link.frames();
        note_foreign(&mut self.foreign, &flow.link);
        Ok(())
    }

    fn finish(mut self, broken: Option<String>) -> Result<Seen, Failure> {
        for ends in std::mem::take(&mut self.order) {
            if let Some(flow) = self.flows.remove(&ends) {
                self.end(flow)?;
            }
        }
        let mut skipped = Vec::new();
        let more = self.foreign.len().saturating_sub(NAMED);
        skipped.extend(self.foreign.drain(..).take(NAMED));
        if more > 0 {
            skipped.push(format!("{more} more connections are not rapace connections"));
        }
        let mut counted = |count: u64, what: &str| {
            if count > 0 {
                skipped.push(format!("{count} {what}"));
            }
        };
        counted(self.fragments, "packets are IP fragments, which are not reassembled");
        counted(
            self.too_many,
            "segments belong to connections beyond the limit of 10,000",
        );
        for (link, count) in self.links {
            counted(
                count,
                &format!("packets have the link type {link}, which is not supported"),
            );
        }
        Ok(Seen {
            broken,
            skipped,
            ..self.seen
        })
    }
}

/// Remembers a connection that is not of rapace.
fn note_foreign(foreign: &mut Vec<String>, link: &Link<'_>) {
    if let Some(why) = link.refused() {
        foreign.push(format!("{} is not a rapace connection: {why}", link.name()));
    }
}

impl Flow<'_> {
    fn segment(
        &mut self,
        segment: &Segment<'_>,
        time: Option<Duration>,
        cut: usize,
        waiting: &mut usize,
        sink: &mut dyn Sink,
    ) -> Result<(), Failure> {
        let Self {
            client, link, sides, ..
        } = self;
        let from = match segment.from == *client {
            true => Direction::Client,
            false => Direction::Server,
        };
        let half = &mut sides[usize::from(from == Direction::Server)];
        half.fin |= segment.fin;
        if segment.syn {
            half.reassembly.begin(segment.sequence);
        }
        let sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
        *waiting -= half.reassembly.waiting_bytes();
        let mut passed = Vec::new();
        let mut lost = Ok(());
        if !segment.payload.is_empty() || cut > 0 {
            lost = half
                .reassembly
                .add(sequence, segment.payload, cut, |bytes| passed.extend_from_slice(bytes));
        }
        *waiting += half.reassembly.waiting_bytes();
        if lost.is_ok() && *waiting > WAITING_BYTES {
            *waiting -= half.reassembly.waiting_bytes();
            lost = half.reassembly.finish();
        }
        if !passed.is_empty() {
            link.feed(from, time, &passed, sink)?;
        }
        if let Err(gap) = lost {
            link.gap(from, gap.to_string(), sink)?;
        }
        let done = self
            .sides
            .iter()
            .all(|half| half.fin && half.reassembly.waiting_bytes() == 0);
        if segment.rst || done {
            self.finish(waiting, sink)?;
        }
        Ok(())
    }

    fn finish(&mut self, waiting: &mut usize, sink: &mut dyn Sink) -> Result<(), Failure> {
        if std::mem::replace(&mut self.over, true) {
            return Ok(());
        }
        for (half, from) in self.sides.iter_mut().zip([Direction::Client, Direction::Server]) {
            *waiting -= half.reassembly.waiting_bytes();
            match half.reassembly.finish() {
                Ok(()) => self.link.finish(from, sink)?,
                Err(gap) => self.link.gap(from, gap.to_string(), sink)?,
            }
        }
        Ok(())
    }
}
