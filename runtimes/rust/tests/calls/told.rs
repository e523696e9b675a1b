//! A service that tells what its calls carry, and a peer that says what it likes.

#![allow(missing_docs, reason = "the service macro writes constants without documentation")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rapace::facet_postcard::from_slice;
use rapace::{FrameFlags, Streaming};
use rapace_host::{Host, Metadata, current_call};
use rapace_wire::control::{OPEN_CHANNEL, PING, open_channel, ping};
use tokio::io::DuplexStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{Raw, RawFrame};

/// A control frame.
pub const CONTROL: u32 = FrameFlags::CONTROL.bits();

#[rapace::service]
pub trait Told {
    /// What the call carries: its metadata, its identity, whether it has a deadline.
    async fn call(&self) -> Vec<String>;
    /// The same from where items are made.
    async fn items(&self, count: u32) -> Streaming<Vec<String>>;
    /// Ends after a minute, or never when it is stopped.
    async fn wait(&self) -> u32;
    /// The same, with an item first.
    async fn wait_after_one(&self) -> Streaming<u32>;
}

/// Counts calls and those that run.
#[derive(Clone, Default)]
pub struct Teller {
    pub calls: Arc<AtomicU32>,
    pub waiting: Arc<AtomicU32>,
}

struct Waits(Arc<AtomicU32>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Teller {
    fn waits(&self) -> Waits {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        Waits(self.waiting.clone())
    }

    /// How many calls have reached a handler.
    pub fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    /// Waits until so many handlers wait.
    pub async fn until_waiting(&self, wanted: u32) {
        let reached = async {
            while self.waiting.load(Ordering::SeqCst) != wanted {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(10), reached).await;
        assert!(in_time.is_ok(), "not {wanted} handlers wait");
    }
}

fn tell() -> Vec<String> {
    let call = current_call();
    let metadata = call.metadata().iter().map(|(key, value)| format!("{key}={value:?}"));
    let identity = call.identity().map(|identity| {
        let role = identity.value::<&str>().copied().unwrap_or_default();
        format!("identity {} {role}", identity.name())
    });
    let deadline = call
        .time_left()
        .map(|left| format!("deadline {}", left > Duration::ZERO));
    metadata.chain(identity).chain(deadline).collect()
}

impl Told for Teller {
    async fn call(&self) -> Vec<String> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        tell()
    }

    async fn items(&self, count: u32) -> Streaming<Vec<String>> {
        Box::pin(futures::stream::unfold(0, move |item| async move {
            tokio::task::yield_now().await;
            (item < count).then(|| (Ok(tell()), item + 1))
        }))
    }

    async fn wait(&self) -> u32 {
        let _waits = self.waits();
        tokio::time::sleep(Duration::from_secs(60)).await;
        0
    }

    async fn wait_after_one(&self) -> Streaming<u32> {
        let waits = self.waits();
        Box::pin(futures::stream::unfold((waits, 0), |(waits, item)| async move {
            if item > 0 {
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            Some((Ok(item), (waits, item + 1)))
        }))
    }
}

/// A host of the service.
pub fn teller(teller: &Teller) -> Host {
    let teller = teller.clone();
    let host = Host::new().service(told_register, move |transport| {
        ToldServer::new(teller.clone()).into_session_dispatcher(transport)
    });
    host.expect("it fits")
}

/// A connection to a host.
pub struct Connection {
    pub raw: Raw<DuplexStream>,
    pub stop: Option<oneshot::Sender<()>>,
    pub served: JoinHandle<()>,
}

/// Connects to a host.
pub fn connect(host: &Host) -> Connection {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(host.clone().serve_stream(theirs, async {
        let _ = stopped.await;
    }));
    Connection {
        raw: Raw(ours),
        stop: Some(stop),
        served,
    }
}

impl Connection {
    /// Sends these frames in one write.
    pub async fn send(&mut self, frames: &[RawFrame]) {
        let bytes: Vec<u8> = frames.iter().flat_map(RawFrame::bytes).collect();
        self.raw.write(&bytes).await;
    }

    /// The next frame.
    pub async fn receive(&mut self) -> RawFrame {
        self.raw.receive().await.expect("a frame")
    }

    /// Makes a unary call of `Told.call` after these frames; what its handler was told, or the error.
    pub async fn told(&mut self, channel: u32, before: &[RawFrame]) -> Result<Vec<String>, (u32, String)> {
        self.send(&[before, &[request(channel)]].concat()).await;
        let answer = self.receive().await;
        assert_eq!(answer.channel, channel);
        match answer.flags {
            RawFrame::ERROR => Err(answer.error()),
            _ => Ok(from_slice(&answer.payload).expect("texts")),
        }
    }
}

/// A request of `Told.call`.
pub fn request(channel: u32) -> RawFrame {
    RawFrame::new(channel, TOLD_METHOD_ID_CALL, RawFrame::UNARY, &[])
}

/// A control frame with this payload.
pub fn control(method: u32, payload: &[u8]) -> RawFrame {
    RawFrame::new(0, method, CONTROL, payload)
}

/// A ping with these bytes.
pub fn pinged(probe: [u8; 8]) -> RawFrame {
    control(PING, &ping(probe))
}

/// Metadata for the next request on this channel. On channel 0 it is a hello.
pub fn open(channel: u32, entries: &[(&str, &str)]) -> RawFrame {
    let mut metadata = Metadata::default();
    for (key, value) in entries {
        metadata.insert(*key, *value).expect("it fits");
    }
    let (service, method) = match channel {
        0 => ("", ""),
        _ => ("Told", "call"),
    };
    control(OPEN_CHANNEL, &open_channel(channel, service, method, &metadata))
}

/// A hello with this token.
pub fn hello(token: &str) -> RawFrame {
    open(
        0,
        &[("rapace-hello", "1"), ("rapace-client", "test/1"), ("token", token)],
    )
}

/// The same with entries that break the rules.
pub fn open_unchecked(channel: u32, entries: &[(&str, &[u8])]) -> RawFrame {
    use rapace::rapace_core::ControlPayload;
    let payload = rapace::facet_postcard::to_vec(&ControlPayload::OpenChannel {
        channel_id: channel,
        service_name: "Told".into(),
        method_name: "call".into(),
        metadata: entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.to_vec()))
            .collect(),
    });
    control(OPEN_CHANNEL, &payload.expect("it encodes"))
}
