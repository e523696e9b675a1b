//! WebSocket: what is a frame, what is none, and how such a connection ends.

mod support;

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use rapace::{ErrorCode, RpcError};
use rapace_host::{Identity, Limits, Listener, Refused};
use support::{RawFrame, Running, WORK_METHOD_ID_DOUBLE, WORK_METHOD_ID_FILL, WORK_METHOD_ID_SLEEP, WorkClient, parse};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// 60 000 ms as a varint.
const A_MINUTE: [u8; 3] = [0xe0, 0xd4, 0x03];

async fn ws() -> Running {
    Running::start("ws://127.0.0.1:0/rpc?any", Limits::default()).await
}

/// A frame as a message: without its length.
fn message(frame: &RawFrame) -> Message {
    Message::Binary(frame.bytes().split_off(4).into())
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Option<Message> {
    let next = tokio::time::timeout(Duration::from_secs(5), socket.next()).await;
    let next = next.expect("a message, or the end, within five seconds");
    next.and_then(Result::ok)
}

/// The code of the Close that comes next; behind it the connection ends.
async fn close_code(socket: &mut WebSocketStream<TcpStream>) -> u16 {
    let Some(Message::Close(Some(close))) = next(socket).await else {
        panic!("no Close came");
    };
    assert_eq!(next(socket).await, None);
    close.code.into()
}

#[tokio::test]
async fn serves_rapaces_own_client() {
    let running = ws().await;
    let client = WorkClient::new(running.session().await);
    assert_eq!(client.double(21).await.expect("an answer"), 42);
    let large = client.fill(1 << 20).await.expect("an answer");
    assert_eq!(large.len(), 1 << 20);
    let items = client.count(100, 0).await.expect("a stream");
    let items: Vec<u32> = items.map(|item| item.expect("an item")).collect().await;
    assert_eq!(items, (0..100).collect::<Vec<_>>());
    let failed = client.fail().await.expect_err("it panics");
    assert!(matches!(
        failed,
        RpcError::Status {
            code: ErrorCode::Internal,
            ..
        }
    ));
    assert_eq!(client.double(1).await.expect("an answer"), 2);
}

#[tokio::test]
async fn a_frame_is_one_message_without_its_length() {
    let running = ws().await;
    let mut socket = running.websocket().await;
    // The descriptor, the varint of the answer's length, and the answer.
    for (channel, bytes, argument, length) in [
        (1, 0, vec![0], 64 + 1),
        (3, 16, vec![16], 64 + 1 + 16),
        (5, 1000, vec![0xe8, 0x07], 64 + 2 + 1000),
    ] {
        let request = RawFrame::new(channel, WORK_METHOD_ID_FILL, RawFrame::UNARY, &argument);
        socket.send(message(&request)).await.expect("it is open");
        let Some(Message::Binary(answer)) = next(&mut socket).await else {
            panic!("no binary message came for {bytes} bytes");
        };
        assert_eq!((answer.len(), parse(&answer).channel), (length, channel));
    }
}

#[tokio::test]
async fn pings_are_answered_and_answers_go_on() {
    let running = ws().await;
    let mut socket = running.websocket().await;
    socket
        .send(Message::Ping("are you there".into()))
        .await
        .expect("it is open");
    assert_eq!(next(&mut socket).await, Some(Message::Pong("are you there".into())));
    let request = RawFrame::new(1, WORK_METHOD_ID_DOUBLE, RawFrame::UNARY, &[4]);
    socket.send(message(&request)).await.expect("it is open");
    let Some(Message::Binary(answer)) = next(&mut socket).await else {
        panic!("no answer came");
    };
    assert_eq!(parse(&answer).payload, [8]);
}

#[tokio::test]
async fn what_is_no_frame_closes_the_connection_with_its_reason() {
    let limits = Limits {
        max_frame_bytes: 1000,
        ..Limits::default()
    };
    let running = Running::start("ws://127.0.0.1:0", limits).await;
    for (wrong, code) in [
        (Message::Text("a frame".into()), 1003),
        (Message::Binary(vec![0; 63].into()), 1002),
        (Message::Binary(vec![].into()), 1002),
        (Message::Binary(vec![0; 1001].into()), 1009),
    ] {
        let mut socket = running.websocket().await;
        let request = RawFrame::new(1, WORK_METHOD_ID_SLEEP, RawFrame::UNARY, &A_MINUTE);
        socket.send(message(&request)).await.expect("it is open");
        running.worker.until_running(1).await;
        socket.send(wrong.clone()).await.expect("it is open");
        let Some(Message::Binary(stopped)) = next(&mut socket).await else {
            panic!("the call that ran was not stopped after {wrong:?}");
        };
        assert_eq!(parse(&stopped).error().0, ErrorCode::Cancelled as u32);
        assert_eq!(close_code(&mut socket).await, code, "{wrong:?}");
        running.worker.until_running(0).await;
    }
    let largest = RawFrame::new(1, 12345, RawFrame::UNARY, &[0; 1000 - 64]);
    let mut socket = running.websocket().await;
    socket.send(message(&largest)).await.expect("it is open");
    assert!(matches!(next(&mut socket).await, Some(Message::Binary(_))));
}

#[tokio::test]
async fn a_close_is_answered_and_stops_what_nobody_can_hear() {
    let running = ws().await;
    let mut socket = running.websocket().await;
    let request = RawFrame::new(1, WORK_METHOD_ID_SLEEP, RawFrame::UNARY, &A_MINUTE);
    socket.send(message(&request)).await.expect("it is open");
    running.worker.until_running(1).await;
    socket.close(None).await.expect("it is open");
    assert!(matches!(next(&mut socket).await, Some(Message::Close(_))));
    assert_eq!(next(&mut socket).await, None);
    running.worker.until_running(0).await;
}

#[tokio::test]
async fn shutdown_says_goodbye() {
    let running = ws().await;
    let mut socket = running.websocket().await;
    let request = RawFrame::new(1, WORK_METHOD_ID_SLEEP, RawFrame::UNARY, &[20]);
    socket.send(message(&request)).await.expect("it is open");
    running.worker.until_running(1).await;
    let stopped = running.stop();
    assert!(matches!(next(&mut socket).await, Some(Message::Binary(_))));
    assert_eq!(close_code(&mut socket).await, 1000);
    stopped.await.expect("no panic");
}

#[tokio::test]
async fn who_does_not_shake_hands_is_not_served() {
    let limits = Limits {
        handshake: Duration::from_millis(500),
        ..Limits::default()
    };
    let running = Running::start("ws://127.0.0.1:0", limits).await;
    let mut silent = running.socket().await;
    let mut plain = running.socket().await;
    plain.write_all(&[0; 68]).await.expect("it is open");
    for socket in [&mut silent, &mut plain] {
        let read = tokio::time::timeout(Duration::from_secs(5), socket.read_u8()).await;
        read.expect("it was left open").expect_err("nothing is said");
    }
    assert_eq!(
        WorkClient::new(running.session().await)
            .double(1)
            .await
            .expect("an answer"),
        2
    );
}

/// The first line of what a handshake with these headers is answered with.
async fn status(running: &Running, headers: &str) -> String {
    let mut socket = running.socket().await;
    let request = format!(
        "GET /rpc HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    );
    socket.write_all(request.as_bytes()).await.expect("it is open");
    let mut lines = BufReader::new(socket).lines();
    let line = tokio::time::timeout(Duration::from_secs(5), lines.next_line()).await;
    line.expect("an answer in time").expect("UTF-8").expect("an answer")
}

#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    let listener = || async { Listener::bind(&"ws://127.0.0.1:0".parse().expect("an address")).await };
    let listed = listener().await.expect("it is free");
    let listed = listed.allow_origins(["https://shop.example", "http://localhost:5173"]);
    let guarded = Running::at(listed.expect("they are origins"), Limits::default());
    let open = ws().await;
    for (headers, refused) in [
        ("", false),
        ("Origin: https://shop.example\r\n", false),
        ("Origin: http://localhost:5173\r\n", false),
        ("Origin: http://localhost:5174\r\n", true),
        ("Origin: http://shop.example\r\n", true),
        ("Origin: https://shop.example.evil.example\r\n", true),
        ("Origin: null\r\n", true),
        ("Origin: \r\n", true),
        ("Origin: https://shop.example\r\nOrigin: https://evil.example\r\n", true),
    ] {
        let expected = if refused {
            "HTTP/1.1 403 Forbidden"
        } else {
            "HTTP/1.1 101 Switching Protocols"
        };
        assert_eq!(status(&guarded, headers).await, expected, "{headers:?}");
        assert_eq!(
            status(&open, headers).await,
            "HTTP/1.1 101 Switching Protocols",
            "{headers:?}"
        );
    }
    // A client that is not a web page sends no Origin.
    assert_eq!(
        WorkClient::new(guarded.session().await)
            .double(1)
            .await
            .expect("an answer"),
        2
    );
}

#[tokio::test]
async fn only_pages_have_origins() {
    let listener = Listener::bind(&"tcp://127.0.0.1:0".parse().expect("an address")).await;
    let error = listener
        .expect("it is free")
        .allow_origins(["https://shop.example"])
        .expect_err("no WebSocket");
    assert_eq!(
        error.to_string(),
        "pages cannot connect to tcp://127.0.0.1:0, only to ws:// and wss://"
    );
}

#[tokio::test]
async fn a_client_is_known_by_its_headers() {
    let listener = Listener::bind(&"ws://127.0.0.1:0".parse().expect("an address")).await;
    let running = Running::with(listener.expect("a port"), |host| {
        host.authenticate(|hello| async move {
            let peer = hello.peer();
            assert!(
                !format!("{hello:?}").contains("swordfish"),
                "values of headers are secret"
            );
            match (peer.header("Authorization"), peer.origin()) {
                (Some("Bearer swordfish"), Some("https://shop.example")) => Ok(Identity::new("shop")),
                (None, None) => Err(Refused::default()),
                other => Err(Refused::new(format!("{other:?}"))),
            }
        })
    });
    for (headers, refusal) in [
        (
            &[
                ("authorization", "Bearer swordfish"),
                ("origin", "https://shop.example"),
            ][..],
            None,
        ),
        (&[], Some("not authenticated")),
        (&[("origin", "null")], Some("(None, Some(\"null\"))")),
    ] {
        let mut request = running.address.to_string().into_client_request().expect("a request");
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a value"));
        }
        let opened = tokio_tungstenite::client_async(request, running.socket().await).await;
        let mut socket = opened.expect("a handshake").0;
        let call = RawFrame::new(1, WORK_METHOD_ID_DOUBLE, RawFrame::UNARY, &[21]);
        socket.send(message(&call)).await.expect("it is open");
        let Some(Message::Binary(answer)) = next(&mut socket).await else {
            panic!("no answer");
        };
        let answer = parse(&answer);
        match refusal {
            None => assert_eq!(answer.payload, [42]),
            Some(text) => assert_eq!(answer.error(), (ErrorCode::PermissionDenied as u32, text.to_owned())),
        }
    }
}
