//! How connections begin, how they end, and what a hostile peer can do.

mod support;

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rapace::registry::ServiceRegistry;
use rapace::{ErrorCode, Transport};
use rapace_host::{Address, Host, Limits, Listener, RegisterError};
use support::{
    Named, OtherClient, OtherServer, Raw, RawFrame, Running, WORK_METHOD_ID_COUNT, WORK_METHOD_ID_DOUBLE,
    WORK_METHOD_ID_FILL, WORK_METHOD_ID_SLEEP, WorkClient, Worker, host, other_register, session,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpStream;

/// 60 000 ms as a varint.
const A_MINUTE: [u8; 3] = [0xe0, 0xd4, 0x03];

/// Records each write that reaches it.
struct Recorder {
    stream: DuplexStream,
    writes: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl AsyncRead for Recorder {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, out)
    }
}

impl AsyncWrite for Recorder {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(n)) = written {
            let mut writes = self.writes.lock().expect("no panic");
            writes.push(bytes[..n].to_vec());
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[tokio::test]
async fn a_frame_is_one_write() {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let writes = Arc::new(Mutex::new(Vec::new()));
    let recorder = Recorder {
        stream: theirs,
        writes: writes.clone(),
    };
    tokio::spawn(host(&Worker::default()).serve_stream(recorder, std::future::pending()));
    let work = WorkClient::new(session(Transport::stream(ours)));
    for bytes in [0, 1, 16, 17, 100_000] {
        work.fill(bytes).await.expect("an answer");
        let written: Vec<usize> = std::mem::take(&mut *writes.lock().expect("no panic"))
            .iter()
            .map(Vec::len)
            .collect();
        // The prefix, the descriptor, the bytes' own length as a varint, the bytes.
        let varint = if bytes < 128 { 1 } else { 3 };
        assert_eq!(written, [4 + 64 + varint + bytes as usize]);
    }
}

#[tokio::test]
async fn frames_that_are_ready_together_share_a_write() {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let writes = Arc::new(Mutex::new(Vec::new()));
    let recorder = Recorder {
        stream: theirs,
        writes: writes.clone(),
    };
    tokio::spawn(host(&Worker::default()).serve_stream(recorder, std::future::pending()));
    let mut raw = Raw(ours);
    // Until a method has answered once, its answers may be large, and each is made on a thread where that keeps nobody waiting.
    raw.send(&RawFrame::new(1, WORK_METHOD_ID_DOUBLE, RawFrame::UNARY, &[1]))
        .await;
    raw.receive().await.expect("an answer");
    writes.lock().expect("no panic").clear();
    let calls: Vec<u8> = (0..100)
        .flat_map(|n| RawFrame::new(2 * n + 1, WORK_METHOD_ID_DOUBLE, RawFrame::UNARY, &[1]).bytes())
        .collect();
    raw.write(&calls).await;
    for _ in 0..100 {
        assert_eq!(raw.receive().await.expect("an answer").payload, [2]);
    }
    let writes = writes.lock().expect("no panic").len();
    println!("100 answers in {writes} writes");
    assert!(writes < 50, "100 answers took {writes} writes");
}

#[tokio::test]
async fn an_oversize_frame_closes_the_connection() {
    let limits = Limits {
        max_frame_bytes: 1000,
        ..Limits::default()
    };
    let running = Running::limited(limits).await;
    let mut raw = running.raw().await;
    raw.send(&RawFrame::new(1, WORK_METHOD_ID_SLEEP, RawFrame::UNARY, &A_MINUTE))
        .await;
    running.worker.until_running(1).await;
    let largest = vec![0; 1000 - 64];
    raw.send(&RawFrame::new(3, 12345, RawFrame::UNARY, &largest)).await;
    let (code, _) = raw.receive().await.expect("an answer").error();
    assert_eq!(code, ErrorCode::Unimplemented as u32);

    raw.write(&1001u32.to_le_bytes()).await;
    // What ran is stopped at once, without the grace of an orderly end.
    let stopped = raw.receive().await.expect("the call's end").error();
    assert_eq!(stopped, (ErrorCode::Cancelled as u32, "cancelled".to_owned()));
    assert_eq!(raw.receive().await, None);
    running.worker.until_running(0).await;
    let fine = WorkClient::new(running.session().await);
    assert_eq!(fine.double(2).await.expect("an answer"), 4);
}

#[tokio::test]
async fn impossible_lengths_close_the_connection() {
    for length in [0, 1, 63, u32::MAX] {
        let running = Running::tcp().await;
        let mut raw = running.raw().await;
        raw.write(&length.to_le_bytes()).await;
        assert_eq!(raw.receive().await, None, "length {length}");
    }
}

#[tokio::test]
async fn a_frame_in_pieces_is_still_a_frame() {
    let running = Running::tcp().await;
    let mut raw = running.raw().await;
    raw.0.set_nodelay(true).expect("a socket");
    for byte in RawFrame::new(1, WORK_METHOD_ID_DOUBLE, RawFrame::UNARY, &[7]).bytes() {
        raw.write(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(raw.receive().await.expect("an answer").payload, [14]);
}

#[tokio::test]
async fn control_frames_and_answers_to_nobody_are_passed_over() {
    let running = Running::tcp().await;
    let mut raw = running.raw().await;
    const CONTROL: u32 = 2;
    for (channel, method, flags, payload) in [
        (0, 5, CONTROL, &b""[..]),
        (0, 3, CONTROL, b""),
        (0, 3, CONTROL, &[2, 0xff, 0xff, 0xff, 0xff, 0xff]),
        (0, 3, CONTROL, &[2, 0x80]),
        (0, 3, CONTROL, &[9, 1, 0]),
        (1, 0, RawFrame::UNARY, b"an answer"),
        (0, 0, 0, b""),
        (9, 12345, 0xffff_fe00, b"unknown flags"),
    ] {
        raw.send(&RawFrame::new(channel, method, flags, payload)).await;
    }
    raw.send(&RawFrame::new(3, WORK_METHOD_ID_DOUBLE, RawFrame::UNARY, &[1]))
        .await;
    let answer = raw.receive().await.expect("an answer");
    assert_eq!((answer.channel, answer.payload), (3, vec![2]));
}

#[tokio::test]
async fn shutdown_lets_calls_in_flight_finish() {
    let running = Running::tcp().await;
    let address = running.address.clone();
    let mut raw = running.raw().await;
    raw.send(&RawFrame::new(1, WORK_METHOD_ID_SLEEP, RawFrame::UNARY, &[100]))
        .await;
    raw.send(&RawFrame::new(3, WORK_METHOD_ID_COUNT, RawFrame::STREAM, &[3, 20]))
        .await;
    running.worker.until_running(2).await;
    let stopped = running.stop();
    let mut answers = Vec::new();
    while let Some(answer) = raw.receive().await {
        answers.push((answer.channel, answer.payload));
    }
    let item = |n| (3, vec![n]);
    assert_eq!(answers, [item(0), item(1), item(2), (3, vec![]), (1, vec![100])]);
    stopped.await.expect("the host ends");
    Listener::bind(&address).await.expect("the address is free again");
}

#[tokio::test]
async fn shutdown_does_not_wait_longer_than_its_grace() {
    let limits = Limits {
        grace: Duration::from_millis(50),
        ..Limits::default()
    };
    let running = Running::limited(limits).await;
    let worker = running.worker.clone();
    let mut raw = running.raw().await;
    raw.send(&RawFrame::new(1, WORK_METHOD_ID_SLEEP, RawFrame::UNARY, &A_MINUTE))
        .await;
    worker.until_running(1).await;
    let start = Instant::now();
    running.stop().await.expect("the host ends");
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(worker.running(), 0);
    let (code, _) = raw.receive().await.expect("the call's end").error();
    assert_eq!(code, ErrorCode::Cancelled as u32);
    assert_eq!(raw.receive().await, None);
}

#[tokio::test]
async fn answers_outlive_requests_that_shutdown_leaves_unread() {
    let running = Running::tcp().await;
    let mut raw = running.raw().await;
    raw.send(&RawFrame::new(1, WORK_METHOD_ID_SLEEP, RawFrame::UNARY, &[50]))
        .await;
    running.worker.until_running(1).await;
    let stopped = running.stop();
    tokio::time::sleep(Duration::from_millis(10)).await;
    raw.send(&RawFrame::new(3, WORK_METHOD_ID_DOUBLE, RawFrame::UNARY, &[1]))
        .await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(raw.receive().await.expect("an answer").payload, [50]);
    // An orderly end, not a reset.
    assert_eq!(raw.0.read(&mut [0]).await.expect("an orderly end"), 0);
    drop(raw);
    stopped.await.expect("the host ends");
}

#[tokio::test]
async fn calls_of_a_peer_that_left_are_stopped() {
    let limits = Limits {
        grace: Duration::from_millis(50),
        ..Limits::default()
    };
    let running = Running::limited(limits).await;
    let mut raw = running.raw().await;
    raw.send(&RawFrame::new(1, WORK_METHOD_ID_SLEEP, RawFrame::UNARY, &A_MINUTE))
        .await;
    running.worker.until_running(1).await;
    drop(raw);
    running.worker.until_running(0).await;
}

#[tokio::test]
async fn a_peer_that_does_not_read_holds_up_its_own_calls_only() {
    let limits = Limits {
        write_buffer_bytes: 64 * 1024,
        ..Limits::default()
    };
    let running = Running::limited(limits).await;
    let mut lazy = running.raw().await;
    // 100 answers of 1 MiB each, which nobody reads yet.
    let megabyte = [0x80, 0x80, 0x40];
    for n in 0..100 {
        let fill = RawFrame::new(2 * n + 1, WORK_METHOD_ID_FILL, RawFrame::UNARY, &megabyte);
        lazy.send(&fill).await;
    }
    let busy = WorkClient::new(running.session().await);
    assert_eq!(busy.double(8).await.expect("an answer"), 16);
    for _ in 0..100 {
        let answer = lazy.receive().await.expect("an answer");
        assert_eq!(answer.payload.len(), 3 + (1 << 20));
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_their_turn() {
    let limits = Limits {
        max_connections: 1,
        ..Limits::default()
    };
    let running = Running::limited(limits).await;
    let mut first = running.raw().await;
    let double = RawFrame::new(1, WORK_METHOD_ID_DOUBLE, RawFrame::UNARY, &[1]);
    first.send(&double).await;
    assert_eq!(first.receive().await.expect("an answer").payload, [2]);
    let mut second = running.raw().await;
    second.send(&double).await;
    let early = tokio::time::timeout(Duration::from_millis(50), second.receive()).await;
    assert!(early.is_err(), "the second connection was served beside the first");
    drop(first);
    assert_eq!(second.receive().await.expect("an answer").payload, [2]);
}

#[tokio::test]
async fn a_service_that_cannot_connect_costs_one_connection() {
    let connections = AtomicU32::new(0);
    let host = Host::new()
        .service(other_register, move |transport| {
            assert_ne!(connections.fetch_add(1, Ordering::Relaxed), 0, "not the first time");
            OtherServer::new(Named("late")).into_session_dispatcher(transport)
        })
        .expect("it fits");
    let listener = Listener::bind(&"tcp://127.0.0.1:0".parse().expect("an address")).await;
    let listener = listener.expect("a port");
    let Address::Tcp { host: ip, port } = listener.address().expect("it is bound") else {
        panic!("it was TCP");
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(host.serve(listener, async {
        stopped.await.ok();
    }));
    let connect = || TcpStream::connect((ip.as_str(), port));

    let mut first = Raw(connect().await.expect("it listens"));
    assert_eq!(first.receive().await, None);
    let second = OtherClient::new(session(Transport::stream(connect().await.expect("it listens"))));
    assert_eq!(second.name().await.expect("an answer"), "late");
    drop(stop);
    server.await.expect("the host ends without a panic");
}

#[tokio::test]
async fn a_service_is_added_only_once() {
    let again = Host::new()
        .service(other_register, |transport| {
            OtherServer::new(Named("one")).into_session_dispatcher(transport)
        })
        .expect("the first fits")
        .service(other_register, |transport| {
            OtherServer::new(Named("two")).into_session_dispatcher(transport)
        });
    let service = "Other".to_owned();
    assert_eq!(again.err(), Some(RegisterError::ServiceTwice { service }));
}

/// Registers a service with these methods, as the generated `*_register` functions do.
fn registers(service: &'static str, methods: &'static [&'static str]) -> impl FnOnce(&mut ServiceRegistry) {
    move |registry| {
        let mut builder = registry.register_service(service, "");
        for method in methods {
            let nothing = <() as rapace::facet::Facet>::SHAPE;
            builder.add_method(method, "", Vec::new(), nothing, nothing);
        }
        builder.finish();
    }
}

#[tokio::test]
async fn methods_of_one_id_are_refused_by_name() {
    let named = |transport| OtherServer::new(Named("")).into_session_dispatcher(transport);
    let host = Host::new()
        .service(registers("First", &["a10045"]), named)
        .expect("the first fits");
    let error = host
        .service(registers("Second", &["b341"]), named)
        .expect_err("they collide");
    assert_eq!(
        error.to_string(),
        "the methods First.a10045 and Second.b341 have the same id 2161351352 on the wire; rename one of them"
    );

    let error = Host::new()
        .service(registers("First", &["a3465", "a69045"]), named)
        .expect_err("they collide");
    let reason = "MethodId(1032432231) used by First.a3465 and First.a69045";
    assert_eq!(
        error.to_string(),
        format!("the service cannot be registered: method id collision: {reason}")
    );
}

#[tokio::test]
async fn a_stale_socket_file_is_replaced_and_a_live_one_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("host.sock");
    let address = format!("unix://{}", path.display()).parse().expect("an address");

    let stale = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
    drop(stale);
    assert!(path.exists(), "the standard library leaves the file behind");
    let live = Listener::bind(&address).await.expect("it is stale");

    let error = Listener::bind(&address).await.expect_err("it is live");
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    let message = format!("cannot listen at {address}: another process listens there");
    assert_eq!(error.to_string(), message);

    drop(live);
    assert!(!path.exists(), "the listener removes its file");

    std::fs::write(&path, "precious").expect("a file");
    let error = Listener::bind(&address).await.expect_err("it is a file");
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(&path).expect("it is still there"), b"precious");
}

#[tokio::test]
async fn a_port_in_use_is_refused_by_name() {
    let address = "tcp://127.0.0.1:0".parse().expect("an address");
    let first = Listener::bind(&address).await.expect("a port");
    let taken = first.address().expect("it is bound");
    let error = Listener::bind(&taken).await.expect_err("it is taken");
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    assert!(error.to_string().starts_with(&format!("cannot listen at {taken}: ")));
}
