//! What has happened in a scenario so far, and why it stops.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::thread::JoinHandle;
use std::time::Instant;

use rapace_wire::frame::Frame;
use serde_json::Value;

use crate::testee::Failure;

/// Why a scenario does not go on.
pub(super) enum Stop {
    /// It is not as it should be.
    Problem(String),
    /// It is as it should be, but too late.
    Late(String),
    /// The testee is of no more use.
    Failure(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// What has happened in a scenario so far.
pub(super) struct State {
    /// By name: the command's number, the method, the channel once the request was received.
    pub(super) calls: BTreeMap<String, Called>,
    /// Requests, and frames on tunnels, that no step has asked for yet, each with its connection's number.
    pub(super) requests: VecDeque<(u32, Frame)>,
    /// The channels that were taken back, of which no step has asked yet, each with its connection's number.
    pub(super) cancelled: Vec<(u32, u32)>,
    /// Other control frames that no step has asked for yet.
    pub(super) session: VecDeque<Frame>,
    /// A WebSocket's control frames that no step has asked for yet.
    pub(super) controls: VecDeque<(u8, Vec<u8>)>,
    /// What the testee said of commands that no step has asked for yet, by number, and when.
    pub(super) said: BTreeMap<u64, Value>,
    /// When the last thing was said.
    pub(super) said_at: Instant,
    /// What the testee said of the connection's state that no step has asked for yet.
    pub(super) states: VecDeque<String>,
    /// The channels of all requests, each with its connection's number.
    pub(super) channels: BTreeSet<(u32, u32)>,
    /// Whether all connections are closed.
    pub(super) closed: bool,
    /// The numbers of those that are.
    pub(super) gone: BTreeSet<u32>,
    /// Whether the testee may have several connections: whatever it makes is taken up.
    pub(super) pooled: bool,
    /// When the last step was done that is no waiting.
    pub(super) acted: Instant,
    /// What the testee counted when the scenario began.
    pub(super) counted: Option<Value>,
    /// What another thread is sending.
    pub(super) flood: Option<Flood>,
    /// How many bytes the text of an item of it has.
    pub(super) flood_bytes: usize,
    /// Where the testee listens, where it is a host.
    pub(super) hosted: Option<String>,
    /// Handlers that ran and of which no step has asked yet, as the testee said so.
    pub(super) called: VecDeque<Value>,
    /// The numbers of handlers that were cancelled, of which no step has asked yet.
    pub(super) stopped: BTreeSet<u64>,
    /// The numbers of handlers, by name.
    pub(super) handlers: BTreeMap<String, u64>,
    /// The highest number of a handler of earlier scenarios. What is said of those is of no interest.
    pub(super) earlier: u64,
    /// The channel of the next call that shows that the connection lives, where the raw peer calls.
    pub(super) next_lives: u32,
    /// The items of a handler that waits for room.
    pub(super) full: Option<Full>,
}

/// Items that a handler has yielded.
pub(super) struct Full {
    /// How many, with the one that waits.
    pub(super) count: usize,
    /// The command of the one that waits.
    pub(super) id: u64,
    /// Each of them.
    pub(super) item: Vec<u8>,
}

impl Default for State {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            calls: BTreeMap::new(),
            requests: VecDeque::new(),
            cancelled: Vec::new(),
            session: VecDeque::new(),
            controls: VecDeque::new(),
            said: BTreeMap::new(),
            said_at: now,
            states: VecDeque::new(),
            channels: BTreeSet::new(),
            closed: false,
            gone: BTreeSet::new(),
            pooled: false,
            acted: now,
            counted: None,
            flood: None,
            flood_bytes: 0,
            hosted: None,
            called: VecDeque::new(),
            stopped: BTreeSet::new(),
            handlers: BTreeMap::new(),
            earlier: 0,
            next_lives: 0,
            full: None,
        }
    }
}

/// A command.
pub(super) struct Called {
    pub(super) id: u64,
    /// Where it is a call.
    pub(super) method: Option<String>,
    pub(super) channel: Option<u32>,
    /// The number of the connection that its request came on.
    pub(super) on: u32,
    /// Whether it is a notification.
    pub(super) notice: bool,
}

impl State {
    pub(super) fn called(&self, name: &str) -> Result<&Called, Stop> {
        let called = self.calls.get(name);
        called.ok_or_else(|| Stop::Problem(format!("the scenario has no call {name}")))
    }

    /// The number of a handler that ran.
    pub(super) fn handler(&self, name: &str) -> Result<u64, Stop> {
        let number = self.handlers.get(name).copied();
        number.ok_or_else(|| Stop::Problem(format!("the scenario has no handler {name}")))
    }

    /// What the testee said of a handler that no step has asked for.
    pub(super) fn called_first(&self) -> Option<&Value> {
        self.called.front()
    }

    /// Where the testee's host listens.
    pub(super) fn host(&self) -> Result<&str, Stop> {
        let address = self.hosted.as_deref();
        address.ok_or_else(|| Stop::Problem("the testee is no host in this scenario".into()))
    }

    /// The channel of a call whose request was received.
    pub(super) fn channel(&self, name: &str) -> Result<u32, Stop> {
        let channel = self.called(name)?.channel;
        channel.ok_or_else(|| Stop::Problem(format!("no request of {name} was received")))
    }
}

/// What another thread sends.
pub(super) struct Flood {
    /// How many items it has sent.
    pub(super) sent: Arc<AtomicU32>,
    pub(super) thread: JoinHandle<std::io::Result<()>>,
}
