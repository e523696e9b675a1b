//! Calls through rapace's own client, and through a peer that speaks raw frames.

mod access;
mod carried;
mod draining;
#[path = "../support/mod.rs"]
mod support;
mod told;
mod traced;

use std::time::{Duration, Instant};

use futures::StreamExt;
use rapace::{ErrorCode, RpcError};
use rapace_host::Limits;
use support::{
    OTHER_METHOD_ID_NAME, OtherClient, RawFrame, Running, WORK_METHOD_ID_COUNT, WORK_METHOD_ID_DOUBLE,
    WORK_METHOD_ID_FAIL, WORK_METHOD_ID_FAIL_AFTER, WORK_METHOD_ID_SLEEP, WorkClient,
};

fn status(error: RpcError) -> (ErrorCode, String) {
    match error {
        RpcError::Status { code, message } => (code, message),
        other => panic!("{other:?} has no status"),
    }
}

#[tokio::test]
async fn serves_several_services_on_one_connection() {
    let running = Running::tcp().await;
    let session = running.session().await;
    let (work, other) = (WorkClient::new(session.clone()), OtherClient::new(session));
    assert_eq!(work.double(21).await.expect("an answer"), 42);
    assert_eq!(other.name().await.expect("an answer"), "other");
    let items = work.count(3, 0).await.expect("a stream");
    let items: Vec<u32> = items.map(|item| item.expect("an item")).collect().await;
    assert_eq!(items, [0, 1, 2]);
}

#[tokio::test]
async fn serves_on_a_unix_socket() {
    let folder = tempfile::tempdir().expect("a folder");
    let address = format!("unix://{}/host.sock", folder.path().display());
    let running = Running::start(&address, Limits::default()).await;
    assert_eq!(running.address.to_string(), address);
    let work = WorkClient::new(running.session().await);
    assert_eq!(work.double(4).await.expect("an answer"), 8);
    assert_eq!(work.fill(1_000_000).await.expect("bytes").len(), 1_000_000);
}

#[tokio::test]
async fn a_slow_call_does_not_hold_up_a_fast_one() {
    let running = Running::tcp().await;
    let mut raw = running.raw().await;
    let slow = RawFrame::new(1, WORK_METHOD_ID_SLEEP, RawFrame::UNARY, &[200, 1]);
    let fast = RawFrame::new(3, WORK_METHOD_ID_DOUBLE, RawFrame::UNARY, &[5]);
    raw.write(&[slow.bytes(), fast.bytes()].concat()).await;
    let answers = [raw.receive().await, raw.receive().await];
    assert_eq!(
        answers,
        [
            Some(RawFrame::new(3, 0, RawFrame::UNARY, &[10])),
            Some(RawFrame::new(1, 0, RawFrame::UNARY, &[200, 1])),
        ]
    );
}

#[tokio::test]
async fn many_calls_at_once_each_get_their_own_answer() {
    let running = Running::tcp().await;
    let work = WorkClient::new(running.session().await);
    let calls = (0..2000).map(|n| work.double(n));
    let answers = futures::future::try_join_all(calls).await.expect("answers");
    assert_eq!(answers, (0..2000).map(|n| n * 2).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_unknown_method_is_named_in_the_error() {
    let running = Running::tcp().await;
    let mut raw = running.raw().await;
    for flags in [RawFrame::UNARY, RawFrame::STREAM] {
        raw.send(&RawFrame::new(7, 12345, flags, &[])).await;
        let answer = raw.receive().await.expect("an answer");
        assert_eq!(answer.channel, 7);
        let message = "no service here has a method with the id 12345".to_owned();
        assert_eq!(answer.error(), (ErrorCode::Unimplemented as u32, message));
    }
}

#[tokio::test]
async fn a_panic_is_an_error_and_the_connection_lives() {
    let running = Running::tcp().await;
    let work = WorkClient::new(running.session().await);
    let error = status(work.fail().await.expect_err("it panics"));
    let message = "the handler panicked".to_owned();
    assert_eq!(error, (ErrorCode::Internal, message));

    let mut items = work.fail_after(2).await.expect("a stream");
    assert_eq!(items.next().await.expect("an item").expect("a value"), 0);
    assert_eq!(items.next().await.expect("an item").expect("a value"), 1);
    let error = status(items.next().await.expect("an end").expect_err("it panics"));
    let message = "the handler panicked".to_owned();
    assert_eq!(error, (ErrorCode::Internal, message));
    assert_eq!(work.double(1).await.expect("an answer"), 2);
}

#[tokio::test]
async fn a_stream_fails_with_the_error_of_its_handler() {
    let running = Running::tcp().await;
    let work = WorkClient::new(running.session().await);
    let mut items = work.refuse().await.expect("a stream");
    assert_eq!(items.next().await.expect("an item").expect("a value"), 1);
    let error = status(items.next().await.expect("an end").expect_err("a refusal"));
    assert_eq!(error, (ErrorCode::PermissionDenied, "not you".to_owned()));
    assert!(items.next().await.is_none());
}

#[tokio::test]
async fn a_notification_is_never_answered() {
    let running = Running::tcp().await;
    let mut raw = running.raw().await;
    for method in [WORK_METHOD_ID_DOUBLE, WORK_METHOD_ID_FAIL, 12345] {
        raw.send(&RawFrame::new(0, method, RawFrame::STREAM, &[1])).await;
    }
    raw.send(&RawFrame::new(9, OTHER_METHOD_ID_NAME, RawFrame::UNARY, &[]))
        .await;
    assert_eq!(raw.receive().await.expect("an answer").channel, 9);
}

#[tokio::test]
async fn arguments_that_do_not_decode_are_refused() {
    let running = Running::tcp().await;
    let mut raw = running.raw().await;
    for (method, flags) in [
        (WORK_METHOD_ID_DOUBLE, RawFrame::UNARY),
        (WORK_METHOD_ID_FAIL_AFTER, RawFrame::STREAM),
    ] {
        raw.send(&RawFrame::new(5, method, flags, &[0x80])).await;
        let (code, _) = raw.receive().await.expect("an answer").error();
        assert_eq!(code, ErrorCode::InvalidArgument as u32);
    }
}

#[tokio::test]
async fn a_cancelled_call_stops_and_says_so() {
    let running = Running::tcp().await;
    let mut raw = running.raw().await;
    let sleep = RawFrame::new(1, WORK_METHOD_ID_SLEEP, RawFrame::UNARY, &[0xe0, 0xd4, 0x03]);
    let count = RawFrame::new(1001, WORK_METHOD_ID_COUNT, RawFrame::STREAM, &[255, 1, 0xe0, 0xd4, 3]);
    for call in [sleep, count] {
        raw.send(&call).await;
        running.worker.until_running(1).await;
        raw.send(&RawFrame::cancel(call.channel + 2)).await;
        raw.send(&RawFrame::cancel(call.channel)).await;
        let answer = raw.receive().await.expect("an answer");
        assert_eq!(answer.channel, call.channel);
        let cancelled = (ErrorCode::Cancelled as u32, "cancelled".to_owned());
        assert_eq!(answer.error(), cancelled);
        running.worker.until_running(0).await;
    }
}

#[tokio::test]
async fn a_cancellation_right_behind_its_call_finds_it() {
    let running = Running::tcp().await;
    let mut raw = running.raw().await;
    let call = RawFrame::new(1, WORK_METHOD_ID_SLEEP, RawFrame::UNARY, &[0xe0, 0xd4, 0x03]);
    raw.write(&[call.bytes(), RawFrame::cancel(1).bytes()].concat()).await;
    let cancelled = (ErrorCode::Cancelled as u32, "cancelled".to_owned());
    assert_eq!(raw.receive().await.expect("an answer").error(), cancelled);
}

#[tokio::test]
async fn one_call_too_many_is_refused_and_the_others_go_on() {
    let running = Running::limited(Limits {
        max_calls: 2,
        ..Limits::default()
    })
    .await;
    let mut raw = running.raw().await;
    for channel in [1, 3, 5] {
        let sleep = RawFrame::new(channel, WORK_METHOD_ID_SLEEP, RawFrame::UNARY, &[100]);
        raw.send(&sleep).await;
    }
    let refused = raw.receive().await.expect("a refusal");
    assert_eq!(refused.channel, 5);
    let message = "2 calls run on this connection already".to_owned();
    assert_eq!(refused.error(), (ErrorCode::ResourceExhausted as u32, message));
    for _ in 0..2 {
        assert_eq!(raw.receive().await.expect("an answer").payload, [100]);
    }
    raw.send(&RawFrame::new(7, WORK_METHOD_ID_DOUBLE, RawFrame::UNARY, &[1]))
        .await;
    assert_eq!(raw.receive().await.expect("an answer").payload, [2]);
}

#[tokio::test]
async fn sequential_calls_do_not_wait_for_acknowledgements() {
    let running = Running::tcp().await;
    let mut raw = running.raw().await;
    let mut took = Vec::new();
    for channel in 0..50 {
        let call = RawFrame::new(2 * channel + 1, WORK_METHOD_ID_DOUBLE, RawFrame::UNARY, &[3]);
        let start = Instant::now();
        raw.send(&call).await;
        assert_eq!(raw.receive().await.expect("an answer").payload, [6]);
        took.push(start.elapsed());
    }
    took.sort();
    println!("median of a sequential call: {:?}", took[25]);
    assert!(took[25] < Duration::from_millis(10), "{took:?}");
}
