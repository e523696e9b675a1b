//! The door of a connection: it reads the client's control frames, has the client authenticated, and admits or refuses its requests.

use std::time::Duration;

use rapace::rapace_core::Frame;
use rapace::{ErrorCode, RpcError};
use rapace_wire::control::{Entries, OPEN_CHANNEL, PING, PONG, Payload};
use rapace_wire::metadata::TIMEOUT;
use rapace_wire::{Metadata, MetadataError};
use tokio::time::Instant;

use super::access::Access;
use super::call::deadline_passed;
use super::carriage::{Carriage, Carried};
use super::hello::Hello;
use super::peer::Peer;
use crate::budget::{Charge, Share};
use crate::frames::{no_memory, status};
use crate::limits::Limits;

/// A refused client may make so many calls. Then its connection is closed.
pub(crate) const REFUSED_CALLS: u32 = 16;
/// A longer deadline is cut to this one, so that no clock overflows.
const LONGEST_DEADLINE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The door of one connection.
pub(crate) struct Door {
    access: Access,
    limits: Limits,
    share: Share,
    peer: Peer,
    carriage: Carriage,
    client: Client,
    /// What the next request carries, if it comes on this channel.
    next: Option<Opened>,
    /// Whether a hello would come too late.
    no_hello: bool,
    /// Whether the client has shown that it understands control frames.
    understands: bool,
    /// How many control frames were passed over.
    passed_over: u64,
}

/// What the host knows of the client.
enum Client {
    /// It has not been asked who it is.
    Unasked,
    /// It may call.
    Admitted,
    /// It may not, for this reason, and has called so many times.
    Refused { reason: String, calls: u32 },
}

/// Metadata that waits for its request.
struct Opened {
    channel: u32,
    carried: Result<(Metadata, Charge), Bad>,
}

/// Why what a request carries is not taken.
enum Bad {
    /// It breaks a rule.
    Rule(MetadataError),
    /// There is no memory for so many bytes.
    Memory(usize),
}

/// How a request goes on.
#[derive(Debug)]
pub(crate) enum Admitted {
    /// It carries nothing.
    Bare,
    /// It carries something, under this number.
    Carrying(u64),
}

impl Door {
    /// The door of a connection that comes from `peer`.
    pub(crate) fn new(access: Access, limits: &Limits, share: Share, peer: Peer, carriage: Carriage) -> Self {
        let asks = access.authenticates();
        Self {
            limits: limits.clone(),
            share,
            // What nobody asks for is not kept.
            peer: if asks { peer } else { Peer::default() },
            client: if asks { Client::Unasked } else { Client::Admitted },
            access,
            carriage,
            next: None,
            no_hello: false,
            understands: false,
            passed_over: 0,
        }
    }

    /// Whether the next request is handed on as it is.
    pub(crate) fn is_wide_open(&self) -> bool {
        self.next.is_none() && matches!(self.client, Client::Admitted)
    }

    /// Whether the client has shown that it understands control frames.
    pub(crate) fn understands(&self) -> bool {
        self.understands
    }

    /// Whether the client may not call.
    pub(crate) fn has_refused(&self) -> bool {
        matches!(self.client, Client::Refused { .. })
    }

    /// Why the client was refused, if it has made so many calls since that the connection must be closed.
    pub(crate) fn is_shut(&self) -> Option<String> {
        match &self.client {
            Client::Refused { reason, calls } if *calls >= REFUSED_CALLS => Some(reason.clone()),
            _ => None,
        }
    }

    /// Takes in a control frame. Returns what a ping is to be answered with.
    pub(crate) async fn control(&mut self, frame: &Frame) -> Option<[u8; 8]> {
        let (method, payload) = (frame.desc.method_id, frame.payload_bytes());
        match Payload::parse(payload) {
            Ok(Payload::Ping(probe)) if method == PING => {
                self.understands = true;
                return Some(probe);
            }
            Ok(Payload::OpenChannel { channel, metadata, .. }) if method == OPEN_CHANNEL => match channel {
                0 => self.hello(&metadata).await,
                _ => self.open(channel, &metadata).await,
            },
            // It closes its channels by itself, and there are no credits. A bare ping only nudges.
            Ok(Payload::CloseChannel { .. } | Payload::GrantCredits { .. } | Payload::Pong(_)) => {}
            _ if method == PING && payload.is_empty() => {}
            Ok(_) => self.pass_over("a control frame with the payload of another"),
            Err(_) if !(OPEN_CHANNEL..=PONG).contains(&method) => self.pass_over("an unknown control frame"),
            Err(error) => self.pass_over(&error.to_string()),
        }
        None
    }

    /// Takes in a request of this method. What it carries waits in the carriage.
    ///
    /// # Errors
    /// What the request is to be answered with.
    pub(crate) async fn request(&mut self, channel: u32, method: &str) -> Result<Admitted, RpcError> {
        self.no_hello = true;
        let opened = self.next.take().filter(|opened| opened.channel == channel);
        if matches!(self.client, Client::Unasked) {
            self.ask(Metadata::default()).await;
        }
        if let Client::Refused { reason, calls } = &mut self.client {
            *calls += 1;
            return Err(status(ErrorCode::PermissionDenied, reason.clone()));
        }
        let Some(opened) = opened else {
            return Ok(Admitted::Bare);
        };
        let carried = opened.carried.map_err(|bad| self.wrong(&bad, method));
        let (metadata, charge) = carried?;
        let deadline = deadline(&metadata, method)?;
        let carried = Carried {
            metadata: metadata.without_reserved(),
            deadline,
            charge,
        };
        Ok(Admitted::Carrying(self.carriage.put(carried)))
    }

    /// Keeps metadata for the next request. It is paid for as a request is: many small entries take far more memory than bytes.
    async fn open(&mut self, channel: u32, entries: &Entries<'_>) {
        // What is replaced is not paid for any more.
        self.next = None;
        let carried = match Metadata::read(entries.clone(), self.limits.max_metadata_bytes) {
            Err(error) => Err(Bad::Rule(error)),
            Ok(metadata) => {
                let bytes = metadata.memory();
                let paid = self.share.pay_within(bytes, self.limits.memory_wait).await;
                paid.map(|charge| (metadata, charge)).ok_or(Bad::Memory(bytes))
            }
        };
        self.next = Some(Opened { channel, carried });
    }

    fn wrong(&self, bad: &Bad, method: &str) -> RpcError {
        let (code, error) = match bad {
            Bad::Memory(bytes) => return no_memory("metadata", *bytes, self.share.budget().limit()),
            Bad::Rule(error @ MetadataError::Size { .. }) => (ErrorCode::ResourceExhausted, error),
            Bad::Rule(error) => (ErrorCode::InvalidArgument, error),
        };
        status(code, error.of(method))
    }

    async fn hello(&mut self, entries: &Entries<'_>) {
        self.understands = true;
        if std::mem::replace(&mut self.no_hello, true) {
            return self.pass_over("a hello that is not the first thing said");
        }
        match Metadata::read(entries.clone(), self.limits.max_metadata_bytes) {
            Ok(metadata) => self.ask(metadata).await,
            Err(error) if self.access.authenticates() => self.refuse(error.of("the hello")),
            Err(error) => self.pass_over(&error.of("the hello")),
        }
    }

    /// Asks the host's hook, if there is one. Meanwhile nothing more is read.
    async fn ask(&mut self, said: Metadata) {
        if !matches!(self.client, Client::Unasked) {
            return;
        }
        let hello = Hello::new(said, std::mem::take(&mut self.peer));
        match self.access.authenticate(hello, self.limits.authentication).await {
            Ok(identity) => {
                self.carriage.belong_to(identity);
                self.client = Client::Admitted;
            }
            Err(reason) => self.refuse(reason),
        }
    }

    fn refuse(&mut self, reason: String) {
        tracing::info!(reason, "a client is refused");
        self.client = Client::Refused { reason, calls: 0 };
    }

    /// Counts what is passed over, and logs the first.
    fn pass_over(&mut self, what: &str) {
        self.passed_over += 1;
        if self.passed_over == 1 {
            tracing::warn!(what, "control frames are passed over");
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if self.passed_over > 1 {
            tracing::debug!(frames = self.passed_over, "control frames were passed over");
        }
    }
}

/// Until when the caller waits. The clock starts now, for no clock of another machine is this one's.
fn deadline(metadata: &Metadata, method: &str) -> Result<Option<(u64, Instant)>, RpcError> {
    let Some(text) = metadata.get(TIMEOUT) else {
        return Ok(None);
    };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(nanoseconds) = text.parse::<u64>().ok().filter(|_| digits) else {
        let what = format!("metadata \"{TIMEOUT}\" of {method}: the value is not a number of nanoseconds below 2^64");
        return Err(status(ErrorCode::InvalidArgument, what));
    };
    if nanoseconds == 0 {
        return Err(deadline_passed(0));
    }
    let time = Duration::from_nanos(nanoseconds).min(LONGEST_DEADLINE);
    Ok(Some((nanoseconds, Instant::now() + time)))
}
