//! Tunnels: bytes both ways on a channel that a call returned.

// The service macro writes public items without docs.
#![allow(missing_docs)]

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use rapace::{RpcSession, Transport};
use rapace_host::{Host, Limits, Listener};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

#[rapace::service]
pub trait Tunnels {
    /// Opens a tunnel that sends back what it is sent, and returns its channel.
    async fn echo(&self) -> u32;
}

/// Remembers its tunnels' tasks.
struct Opener {
    session: Arc<RpcSession>,
    tasks: Arc<Mutex<Vec<JoinHandle<u64>>>>,
}

impl Tunnels for Opener {
    async fn echo(&self) -> u32 {
        let session = self.session.clone();
        let channel = session.next_channel_id();
        let mut chunks = session.register_tunnel(channel);
        let task = tokio::spawn(async move {
            let mut echoed = 0;
            while let Some(chunk) = chunks.recv().await {
                let bytes = chunk.payload_bytes().to_vec();
                echoed += bytes.len() as u64;
                if session.send_chunk(channel, bytes).await.is_err() || chunk.is_eos() {
                    break;
                }
            }
            // A connection that is gone hears no end.
            let _ = session.close_tunnel(channel).await;
            echoed
        });
        self.tasks.lock().expect("no panic").push(task);
        channel
    }
}

/// A host of [`Tunnels`], and what its connections leave behind.
struct Served {
    host: Host,
    tasks: Arc<Mutex<Vec<JoinHandle<u64>>>>,
    sessions: Arc<Mutex<Vec<Weak<RpcSession>>>>,
}

impl Served {
    fn new() -> Self {
        let tasks: Arc<Mutex<Vec<JoinHandle<u64>>>> = Arc::default();
        let sessions: Arc<Mutex<Vec<Weak<RpcSession>>>> = Arc::default();
        let (all_tasks, all_sessions) = (tasks.clone(), sessions.clone());
        let host = Host::new().with_limits(Limits {
            grace: Duration::from_millis(100),
            ..Limits::default()
        });
        let host = host.service_with_session(tunnels_register, move |session| {
            all_sessions.lock().expect("no panic").push(Arc::downgrade(session));
            let opener = Opener {
                session: session.clone(),
                tasks: all_tasks.clone(),
            };
            TunnelsServer::new(opener).into_session_dispatcher(session.transport().clone())
        });
        Self {
            host: host.expect("it fits"),
            tasks,
            sessions,
        }
    }

    /// What the only tunnel has sent back, once it is over.
    async fn echoed(&self) -> u64 {
        let task = self.tasks.lock().expect("no panic").pop().expect("a tunnel");
        let ended = tokio::time::timeout(Duration::from_secs(5), task).await;
        ended.expect("the tunnel's reader waits for ever").expect("no panic")
    }

    /// Waits until nobody holds the only session any more.
    async fn until_freed(&self) {
        let session = self.sessions.lock().expect("no panic").pop().expect("a session");
        let freed = async {
            while session.strong_count() > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(5), freed).await;
        assert!(
            in_time.is_ok(),
            "the session is still held {} times",
            session.strong_count()
        );
    }
}

/// Rapace's own client over a pipe, and the host's task.
fn connect(served: &Served) -> (Arc<RpcSession>, JoinHandle<()>) {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let task = tokio::spawn(served.host.clone().serve_stream(theirs, std::future::pending::<()>()));
    let session = Arc::new(RpcSession::new(Transport::stream(ours)));
    tokio::spawn(session.clone().run());
    (session, task)
}

#[tokio::test]
async fn sends_back_until_it_is_half_closed() {
    let served = Served::new();
    let (session, _task) = connect(&served);
    let channel = TunnelsClient::new(session.clone()).echo().await.expect("an answer");
    assert_eq!(channel % 2, 0, "the side that accepts opens even channels");
    let mut chunks = session.register_tunnel(channel);
    let sent: Vec<u8> = (0..1 << 20).map(|i: u32| (i * 31 + (i >> 8)) as u8).collect();
    let writing = {
        let (session, sent) = (session.clone(), sent.clone());
        tokio::spawn(async move {
            for chunk in sent.chunks(10_000) {
                session.send_chunk(channel, chunk.to_vec()).await.expect("it is open");
            }
            session.close_tunnel(channel).await.expect("it is open");
        })
    };
    let mut received: Vec<u8> = Vec::new();
    let read = async {
        loop {
            let chunk = chunks.recv().await.expect("an orderly end");
            received.extend(chunk.payload_bytes());
            if chunk.is_eos() {
                break;
            }
        }
    };
    let read = tokio::time::timeout(Duration::from_secs(10), read).await;
    read.expect("the end within ten seconds");
    assert!(received == sent, "{} bytes came back of {}", received.len(), sent.len());
    writing.await.expect("no panic");
    assert_eq!(served.echoed().await, 1 << 20);
}

#[tokio::test]
async fn a_lost_connection_ends_its_tunnels_and_frees_its_session() {
    let served = Served::new();
    let listener = Listener::bind(&"tcp://127.0.0.1:0".parse().expect("an address")).await;
    let listener = listener.expect("the address is free");
    let address = listener.address().expect("it is bound").to_string();
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(served.host.clone().serve(listener, async move {
        stopped.await.ok();
    }));
    let mut socket = TcpStream::connect(address.trim_start_matches("tcp://"))
        .await
        .expect("it listens");
    let mut request = [0; 68];
    request[0] = 64;
    request[12] = 1;
    request[16..20].copy_from_slice(&TUNNELS_METHOD_ID_ECHO.to_le_bytes());
    request[36] = 5;
    socket.write_all(&request).await.expect("it is open");
    socket.read_u8().await.expect("an answer");
    drop(socket);
    assert_eq!(served.echoed().await, 0);
    served.until_freed().await;
    drop(stop);
}

#[tokio::test]
async fn a_session_that_is_served_no_longer_is_freed() {
    let served = Served::new();
    let (session, task) = connect(&served);
    TunnelsClient::new(session.clone()).echo().await.expect("an answer");
    task.abort();
    task.await.expect_err("it was stopped");
    assert_eq!(served.echoed().await, 0);
    served.until_freed().await;
}
