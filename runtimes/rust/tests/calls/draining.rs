//! Clients that know of it are told of the end of their connection.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rapace::ErrorCode;
use rapace_host::Limits;
use rapace_wire::control::{CLOSE_CHANNEL, PONG, close_channel};

use crate::support::RawFrame;
use crate::told::{
    CONTROL, Connection, TOLD_METHOD_ID_WAIT, Teller, connect, control, hello, open, pinged, request, teller,
};

const UNAVAILABLE: u32 = ErrorCode::Unavailable as u32;

fn notice() -> RawFrame {
    RawFrame::new(0, CLOSE_CHANNEL, CONTROL, &close_channel(0))
}

fn stop(peer: &mut Connection) {
    peer.stop.take().expect("once").send(()).expect("it serves");
}

#[tokio::test]
async fn a_client_that_understands_is_told_and_its_calls_end() {
    for says in [hello("x"), pinged([3; 8])] {
        let worker = Teller::default();
        let host = teller(&worker);
        let mut peer = connect(&host);
        let timed = open(1, &[("timeout-ns", "200000000")]);
        let wait = RawFrame::new(1, TOLD_METHOD_ID_WAIT, RawFrame::UNARY, &[]);
        peer.send(&[says, timed, wait]).await;
        worker.until_waiting(1).await;
        stop(&mut peer);
        let mut first = peer.receive().await;
        if first.method == PONG {
            first = peer.receive().await;
        }
        assert_eq!(first, notice());
        // What was sent before the notice was read has not run.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let message = "the host is shutting down".to_owned();
        let refused = Err((UNAVAILABLE, message));
        assert_eq!(peer.told(3, &[open(3, &[("a", "1")])]).await, refused);
        assert_eq!(peer.told(5, &[hello("late")]).await, refused);
        assert_eq!(worker.calls(), 1);
        let (code, _) = peer.receive().await.error();
        assert_eq!(code, ErrorCode::DeadlineExceeded as u32, "the call ends by itself");
        drop(peer.raw);
        let ended = Instant::now();
        peer.served.await.expect("no panic");
        assert!(ended.elapsed() < Duration::from_millis(500), "the client was last");
    }
}

#[tokio::test]
async fn a_client_that_does_not_understand_is_not_told() {
    let worker = Teller::default();
    let host = teller(&worker);
    let mut peer = connect(&host);
    peer.told(1, &[control(5, &[])]).await.expect("an answer");
    stop(&mut peer);
    assert_eq!(peer.raw.receive().await, None, "neither told nor waited for");
}

#[tokio::test]
async fn a_client_that_stays_is_left() {
    let worker = Teller::default();
    let limits = Limits {
        grace: Duration::from_millis(300),
        ..Limits::default()
    };
    let host = teller(&worker).with_limits(limits);
    for waits in [false, true] {
        let mut peer = connect(&host);
        peer.told(1, &[hello("x")]).await.expect("an answer");
        if waits {
            peer.send(&[RawFrame::new(3, TOLD_METHOD_ID_WAIT, RawFrame::UNARY, &[])])
                .await;
            worker.until_waiting(1).await;
        }
        stop(&mut peer);
        let start = Instant::now();
        assert_eq!(peer.receive().await, notice());
        if waits {
            let stopped = (ErrorCode::Cancelled as u32, "cancelled".to_owned());
            assert_eq!(peer.receive().await.error(), stopped);
        }
        assert_eq!(peer.raw.receive().await, None);
        assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
        worker.until_waiting(0).await;
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let worker = Teller::default();
    let limits = Limits {
        idle: Some(Duration::from_millis(50)),
        ..Limits::default()
    };
    let host = teller(&worker).with_limits(limits);
    let mut plain = connect(&host);
    plain.told(1, &[]).await.expect("an answer");
    assert_eq!(plain.raw.receive().await, None, "it was idle");

    let mut peer = connect(&host);
    let timed = open(1, &[("timeout-ns", "300000000")]);
    let wait = RawFrame::new(1, TOLD_METHOD_ID_WAIT, RawFrame::UNARY, &[]);
    peer.send(&[hello("x"), timed, wait]).await;
    let (code, _) = peer.receive().await.error();
    assert_eq!(code, ErrorCode::DeadlineExceeded as u32, "a call ran");
    assert_eq!(peer.receive().await, notice());
    peer.send(&[request(3)]).await;
    let message = "the host closes the connection, which was idle".to_owned();
    assert_eq!(peer.receive().await.error(), (UNAVAILABLE, message));
    drop(peer.raw);
    peer.served.await.expect("no panic");
}

#[tokio::test]
async fn each_call_around_the_end_is_answered_once_and_runs_or_not() {
    const CALLS: u32 = 2000;
    let worker = Teller::default();
    let host = teller(&worker);
    let mut peer = connect(&host);
    peer.send(&[hello("x")]).await;
    for n in 0..CALLS {
        if n == CALLS / 2 {
            stop(&mut peer);
        }
        peer.send(&[request(2 * n + 1)]).await;
        if n % 10 == 0 {
            tokio::time::sleep(Duration::from_micros(100)).await;
        }
    }
    let (mut ran, mut refused, mut told) = (BTreeSet::new(), BTreeSet::new(), 0);
    while ran.len() + refused.len() < CALLS as usize {
        let frame = peer.receive().await;
        let is_new = match (frame.channel, frame.flags) {
            (0, _) => {
                assert_eq!(frame, notice());
                told += 1;
                true
            }
            (channel, RawFrame::ERROR) => {
                assert_eq!(frame.error(), (UNAVAILABLE, "the host is shutting down".to_owned()));
                refused.insert(channel)
            }
            (channel, _) => ran.insert(channel),
        };
        assert!(is_new, "{frame:?} came twice");
    }
    assert!(ran.is_disjoint(&refused) && told == 1, "told {told} times");
    assert_eq!(ran.len(), worker.calls() as usize, "what is refused has not run");
    assert!(ran.len() >= CALLS as usize / 2, "what had arrived has run");
}
