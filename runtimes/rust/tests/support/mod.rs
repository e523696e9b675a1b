//! Two services, a host for them, and a peer that speaks raw frames.

#![allow(dead_code, reason = "each test file uses a part of this")]
#![allow(missing_docs, reason = "the service macro writes constants without documentation")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;
use rapace::rapace_core::{FrameFlags, MsgDescHot};
use rapace::{ErrorCode, RpcError, RpcSession, Streaming, Transport};
use rapace_host::{Address, Host, Limits, Listener};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;

#[rapace::service]
pub trait Work {
    async fn double(&self, number: u32) -> u32;
    async fn sleep(&self, ms: u32) -> u32;
    async fn fill(&self, bytes: u32) -> Vec<u8>;
    async fn fail(&self) -> u32;
    async fn running(&self) -> u32;
    async fn count(&self, to: u32, every_ms: u32) -> Streaming<u32>;
    async fn fail_after(&self, items: u32) -> Streaming<u32>;
    async fn refuse(&self) -> Streaming<u32>;
}

#[rapace::service]
pub trait Other {
    async fn name(&self) -> String;
}

/// Counts the handlers that run, so that a test sees when they stop.
#[derive(Clone, Default)]
pub struct Worker {
    running: Arc<AtomicUsize>,
}

struct Runs(Arc<AtomicUsize>);

impl Worker {
    fn start(&self) -> Runs {
        self.running.fetch_add(1, Ordering::SeqCst);
        Runs(self.running.clone())
    }

    pub fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    /// Waits until so many handlers run.
    pub async fn until_running(&self, wanted: usize) {
        let reached = async {
            while self.running() != wanted {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(5), reached).await;
        assert!(in_time.is_ok(), "{} run, not {wanted}", self.running());
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Work for Worker {
    async fn double(&self, number: u32) -> u32 {
        number * 2
    }

    async fn sleep(&self, ms: u32) -> u32 {
        let _runs = self.start();
        tokio::time::sleep(Duration::from_millis(ms.into())).await;
        ms
    }

    async fn fill(&self, bytes: u32) -> Vec<u8> {
        (0..bytes).map(|i| i as u8).collect()
    }

    async fn fail(&self) -> u32 {
        panic!("no answer");
    }

    async fn running(&self) -> u32 {
        self.running() as u32
    }

    async fn count(&self, to: u32, every_ms: u32) -> Streaming<u32> {
        let runs = self.start();
        Box::pin(futures::stream::iter(0..to).then(move |item| {
            let _runs = &runs;
            async move {
                tokio::time::sleep(Duration::from_millis(every_ms.into())).await;
                Ok(item)
            }
        }))
    }

    async fn fail_after(&self, items: u32) -> Streaming<u32> {
        Box::pin(futures::stream::iter(0..=items).map(move |item| {
            assert!(item < items, "no more items");
            Ok(item)
        }))
    }

    async fn refuse(&self) -> Streaming<u32> {
        let error = RpcError::Status {
            code: ErrorCode::PermissionDenied,
            message: "not you".to_owned(),
        };
        Box::pin(futures::stream::iter([Ok(1), Err(error)]))
    }
}

#[derive(Clone)]
pub struct Named(pub &'static str);

impl Other for Named {
    async fn name(&self) -> String {
        self.0.to_owned()
    }
}

/// A host of both services.
pub fn host(worker: &Worker) -> Host {
    let worker = worker.clone();
    Host::new()
        .service(work_register, move |transport| {
            WorkServer::new(worker.clone()).into_session_dispatcher(transport)
        })
        .expect("the first service fits")
        .service(other_register, |transport| {
            OtherServer::new(Named("other")).into_session_dispatcher(transport)
        })
        .expect("the second service fits")
}

/// A host that serves in the background.
pub struct Running {
    pub address: Address,
    pub worker: Worker,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Running {
    pub async fn start(address: &str, limits: Limits) -> Self {
        let listener = Listener::bind(&address.parse().expect("an address")).await;
        Self::at(listener.expect("the address is free"), limits)
    }

    pub fn at(listener: Listener, limits: Limits) -> Self {
        Self::with(listener, |host| host.with_limits(limits))
    }

    /// The host is what `change` makes of it.
    pub fn with(listener: Listener, change: impl FnOnce(Host) -> Host) -> Self {
        let worker = Worker::default();
        let address = listener.address().expect("it is bound");
        let (stop, stopped) = oneshot::channel();
        let host = change(host(&worker));
        let server = tokio::spawn(host.serve(listener, async {
            stopped.await.ok();
        }));
        Self {
            address,
            worker,
            stop,
            server,
        }
    }

    pub async fn tcp() -> Self {
        Self::start("tcp://127.0.0.1:0", Limits::default()).await
    }

    pub async fn limited(limits: Limits) -> Self {
        Self::start("tcp://127.0.0.1:0", limits).await
    }

    /// Rapace's own client.
    pub async fn session(&self) -> Arc<RpcSession> {
        let transport = match &self.address {
            Address::Tcp { host, port } => {
                let socket = TcpStream::connect((host.as_str(), *port)).await;
                Transport::stream(socket.expect("it listens"))
            }
            Address::Unix(path) => Transport::stream(UnixStream::connect(path).await.expect("it listens")),
            Address::Ws { .. } => Transport::websocket(self.websocket().await),
            Address::Tls { .. } | Address::Wss { .. } => panic!("TLS needs a client of its own"),
        };
        session(transport)
    }

    /// A peer that writes and reads frames by itself.
    pub async fn raw(&self) -> Raw<TcpStream> {
        Raw(self.socket().await)
    }

    /// A TCP connection on which nothing was said yet.
    pub async fn socket(&self) -> TcpStream {
        let (Address::Tcp { host, port }
        | Address::Tls { host, port }
        | Address::Ws { host, port, .. }
        | Address::Wss { host, port, .. }) = &self.address
        else {
            panic!("it listens on no TCP port");
        };
        let socket = TcpStream::connect((host.as_str(), *port)).await;
        socket.expect("it listens")
    }

    /// A WebSocket whose messages a test writes and reads by itself.
    pub async fn websocket(&self) -> WebSocketStream<TcpStream> {
        let url = self.address.to_string();
        let opened = tokio_tungstenite::client_async(url, self.socket().await).await;
        opened.expect("a handshake").0
    }

    /// Tells the host to stop; the handle ends when it has stopped.
    pub fn stop(self) -> JoinHandle<()> {
        self.stop.send(()).expect("it still serves");
        self.server
    }
}

pub fn session(transport: Transport) -> Arc<RpcSession> {
    let session = Arc::new(RpcSession::new(transport));
    tokio::spawn(session.clone().run());
    session
}

/// A frame as it is on the wire, without its length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawFrame {
    pub channel: u32,
    pub method: u32,
    pub flags: u32,
    pub payload: Vec<u8>,
}

impl RawFrame {
    pub const UNARY: u32 = FrameFlags::DATA.bits() | FrameFlags::EOS.bits();
    pub const STREAM: u32 = Self::UNARY | FrameFlags::NO_REPLY.bits();
    pub const ERROR: u32 = FrameFlags::ERROR.bits() | FrameFlags::EOS.bits();

    pub fn new(channel: u32, method: u32, flags: u32, payload: &[u8]) -> Self {
        Self {
            channel,
            method,
            flags,
            payload: payload.to_vec(),
        }
    }

    /// A `CancelChannel` control frame for this channel, as rapace's own encoder writes it.
    pub fn cancel(channel: u32) -> Self {
        use rapace::rapace_core::{CancelReason, ControlPayload, control_method};
        let payload = rapace::facet_postcard::to_vec(&ControlPayload::CancelChannel {
            channel_id: channel,
            reason: CancelReason::ClientCancel,
        });
        Self::new(
            0,
            control_method::CANCEL_CHANNEL,
            FrameFlags::CONTROL.bits(),
            &payload.expect("it encodes"),
        )
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = ((64 + self.payload.len()) as u32).to_le_bytes().to_vec();
        let mut desc = [0; 64];
        desc[..8].copy_from_slice(&1u64.to_le_bytes());
        desc[8..12].copy_from_slice(&self.channel.to_le_bytes());
        desc[12..16].copy_from_slice(&self.method.to_le_bytes());
        desc[28..32].copy_from_slice(&(self.payload.len() as u32).to_le_bytes());
        desc[32..36].copy_from_slice(&self.flags.to_le_bytes());
        bytes.extend(desc);
        bytes.extend(&self.payload);
        bytes
    }

    /// The code and the message of an error frame.
    pub fn error(&self) -> (u32, String) {
        assert_eq!(self.flags, Self::ERROR, "{self:?} is no error");
        let code = u32::from_le_bytes(self.payload[..4].try_into().expect("four bytes"));
        let message = String::from_utf8(self.payload[8..].to_vec()).expect("UTF-8");
        (code, message)
    }
}

/// Reads and writes raw frames.
pub struct Raw<S>(pub S);

impl<S: AsyncReadExt + AsyncWriteExt + Unpin> Raw<S> {
    pub async fn send(&mut self, frame: &RawFrame) {
        self.write(&frame.bytes()).await;
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("it can be written");
    }

    /// The next frame; nothing when the connection was closed.
    pub async fn receive(&mut self) -> Option<RawFrame> {
        let read = async {
            let mut length = [0; 4];
            self.0.read_exact(&mut length).await.ok()?;
            let mut body = vec![0; u32::from_le_bytes(length) as usize];
            self.0.read_exact(&mut body).await.ok()?;
            Some(parse(&body))
        };
        let read = tokio::time::timeout(Duration::from_secs(5), read).await;
        read.expect("a frame, or the end, within five seconds")
    }
}

/// Reads a descriptor and its payload.
pub fn parse(body: &[u8]) -> RawFrame {
    assert_eq!(size_of::<MsgDescHot>(), 64);
    let field = |at: usize| u32::from_le_bytes(body[at..at + 4].try_into().expect("four bytes"));
    RawFrame::new(field(8), field(12), field(32), &body[64..])
}
