//! Connections that do nothing, and those for which there is no place.

use std::time::{Duration, Instant};

use rapace::ErrorCode;
use rapace_host::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

use crate::peer::{PATIENCE, STREAM, UNARY, call, connect, frame, next_message, receive, varint, websocket};
use crate::service::{Running, WORK_METHOD_ID_DOUBLE, WORK_METHOD_ID_SLEEP, WORK_METHOD_ID_TICKS};

const TCP: &str = "tcp://127.0.0.1:0";
const WS: &str = "ws://127.0.0.1:0";

/// Limits that are reached within a second.
fn quick() -> Limits {
    Limits {
        first_request: Duration::from_millis(300),
        frame_time: Duration::from_millis(300),
        grace: Duration::from_secs(20),
        ..Limits::default()
    }
}

#[tokio::test]
async fn a_connection_that_asks_for_nothing_is_closed() {
    let running = Running::tcp(quick()).await;
    let mut asks = connect(&running.address).await;
    assert_eq!(call(&mut asks, WORK_METHOD_ID_DOUBLE, &[1]).await.payload, [2]);
    let mut idle = connect(&running.address).await;
    assert_eq!(receive(&mut idle).await, None);
    // Control frames are no requests.
    let mut nods = connect(&running.address).await;
    for _ in 0..10 {
        let nod = nods.write_all(&frame(0, 5, 2, &[])).await;
        if nod.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut rest = Vec::new();
    let end = tokio::time::timeout(PATIENCE, nods.read_to_end(&mut rest)).await;
    assert!(end.is_ok(), "it is open still");
    // One that has asked may be quiet.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(call(&mut asks, WORK_METHOD_ID_DOUBLE, &[3]).await.payload, [6]);

    let web = Running::start(WS, quick()).await;
    let mut idle = websocket(&web.address).await;
    let Some(Message::Close(Some(close))) = next_message(&mut idle).await else {
        panic!("no Close came");
    };
    assert_eq!(
        (close.code.into(), close.reason.as_str()),
        (1008, "no request came within 300ms")
    );
}

#[tokio::test]
async fn a_frame_that_drips_is_not_waited_for() {
    let running = Running::tcp(quick()).await;
    let mut drips = connect(&running.address).await;
    assert_eq!(call(&mut drips, WORK_METHOD_ID_DOUBLE, &[1]).await.payload, [2]);
    let start = Instant::now();
    for byte in frame(3, WORK_METHOD_ID_DOUBLE, UNARY, &[1]) {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if drips.write_all(&[byte]).await.is_err() {
            break;
        }
    }
    assert!(start.elapsed() < Duration::from_secs(6), "it was read to its end");
    let mut rest = Vec::new();
    // Reset or closed: the bytes behind were not read.
    let _ = drips.read_to_end(&mut rest).await;
    assert_eq!(rest, b"");
}

#[tokio::test]
async fn a_full_host_says_so() {
    let limits = Limits {
        max_connections: 2,
        ..Limits::default()
    };
    let running = Running::start(TCP, limits.clone()).await;
    let mut first = connect(&running.address).await;
    assert_eq!(call(&mut first, WORK_METHOD_ID_DOUBLE, &[1]).await.payload, [2]);
    let _second = connect(&running.address).await;
    for _ in 0..3 {
        let mut third = connect(&running.address).await;
        let (code, message) = receive(&mut third).await.expect("an answer").error().expect("an error");
        assert_eq!(code, ErrorCode::ResourceExhausted as u32);
        assert_eq!(message, "the host has 2 connections already");
        assert_eq!(receive(&mut third).await, None);
    }
    drop(first);
    let mut next = connect(&running.address).await;
    assert_eq!(call(&mut next, WORK_METHOD_ID_DOUBLE, &[1]).await.payload, [2]);

    let web = Running::start(WS, limits).await;
    let _places = [websocket(&web.address).await, websocket(&web.address).await];
    let mut third = websocket(&web.address).await;
    assert!(matches!(next_message(&mut third).await, Some(Message::Binary(_))));
    let Some(Message::Close(Some(close))) = next_message(&mut third).await else {
        panic!("no Close came");
    };
    assert_eq!(
        (close.code.into(), close.reason.as_str()),
        (1013, "the host has 2 connections already")
    );
}

#[tokio::test]
async fn who_has_left_takes_no_place() {
    let limits = Limits {
        max_connections: 2,
        ..quick()
    };
    let running = Running::tcp(limits).await;
    for _ in 0..2 {
        let mut leaves = connect(&running.address).await;
        let endless = frame(1, WORK_METHOD_ID_TICKS, STREAM, &varint(60_000));
        leaves.write_all(&endless).await.expect("it is open");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    running.until_running(2).await;
    let start = Instant::now();
    let mut next = connect(&running.address).await;
    assert_eq!(call(&mut next, WORK_METHOD_ID_DOUBLE, &[1]).await.payload, [2]);
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "it waited for the grace of the others"
    );
    assert_eq!(running.worker.running(), 2, "their calls have their grace");
}

#[tokio::test]
async fn shutdown_answers_what_has_arrived() {
    const CALLS: u32 = 2000;
    let running = Running::start(TCP, Limits::default()).await;
    let mut socket = connect(&running.address).await;
    assert_eq!(call(&mut socket, WORK_METHOD_ID_DOUBLE, &[1]).await.payload, [2]);
    let slow = frame(1, WORK_METHOD_ID_SLEEP, UNARY, &varint(300));
    let quick = (1..CALLS).flat_map(|n| frame(2 * n + 1, WORK_METHOD_ID_DOUBLE, UNARY, &[1]));
    let calls: Vec<u8> = slow.into_iter().chain(quick).collect();
    socket.write_all(&calls).await.expect("it is open");
    let stopped = running.stop();
    let mut answers = 0;
    while let Some(answer) = receive(&mut socket).await {
        assert_eq!(answer.error(), None);
        answers += 1;
    }
    assert_eq!(answers, CALLS);
    drop(socket);
    stopped.await.expect("the host ends");
}

#[tokio::test]
async fn shutdown_ends_although_requests_never_do() {
    let running = Running::tcp(Limits {
        grace: Duration::from_secs(5),
        ..Limits::default()
    })
    .await;
    let socket = connect(&running.address).await;
    let (mut reader, mut writer) = socket.into_split();
    let calls: Vec<u8> = (0..100)
        .flat_map(|n| frame(2 * n + 1, WORK_METHOD_ID_DOUBLE, UNARY, &[1]))
        .collect();
    let sending = tokio::spawn(async move { while writer.write_all(&calls).await.is_ok() {} });
    let reading = tokio::spawn(async move {
        let mut piece = vec![0; 1 << 16];
        while matches!(reader.read(&mut piece).await, Ok(n) if n > 0) {}
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let stopped = tokio::time::timeout(PATIENCE, running.stop()).await;
    stopped.expect("the host ends in time").expect("no panic");
    sending.await.expect("no panic");
    reading.await.expect("no panic");
}
