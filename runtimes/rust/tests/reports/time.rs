//! One client's payloads do not keep others waiting.

use std::time::{Duration, Instant};

use futures::future::join_all;
use rapace_host::Limits;
use tokio::sync::oneshot;

use crate::peer::{call, connect, varint};
use crate::service::{Running, WORK_METHOD_ID_DOUBLE, WORK_METHOD_ID_MANY, WORK_METHOD_ID_SMALLS};

/// How many small values a request or an answer has.
const MANY: u64 = 120_000;
/// How many clients have them at once: more than there are threads.
const CLIENTS: usize = 6;

/// While clients call this, small calls of another take no large part of the time.
async fn small_calls_beside(method: u32, payload: &[u8]) {
    let running = Running::tcp(Limits::default()).await;
    let (done, mut is_done) = oneshot::channel();
    let address = running.address.clone();
    let small = tokio::spawn(async move {
        let mut socket = connect(&address).await;
        let (mut slowest, mut calls) = (Duration::ZERO, 0);
        while is_done.try_recv().is_err() {
            let start = Instant::now();
            assert_eq!(call(&mut socket, WORK_METHOD_ID_DOUBLE, &[1]).await.payload, [2]);
            slowest = slowest.max(start.elapsed());
            calls += 1;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        (slowest, calls)
    });
    let start = Instant::now();
    let large = (0..CLIENTS).map(|_| async {
        let mut socket = connect(&running.address).await;
        assert_eq!(call(&mut socket, method, payload).await.error(), None);
    });
    join_all(large).await;
    let all = start.elapsed();
    done.send(()).expect("it runs");
    let (slowest, calls) = small.await.expect("no panic");
    println!("{CLIENTS} large calls took {all:?}; the slowest of {calls} small ones {slowest:?}");
    assert!(
        all > Duration::from_millis(100),
        "{all:?} is no time to keep anybody waiting"
    );
    assert!(slowest < all / 4, "a small call took {slowest:?} of {all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_requests_do_not_keep_others_waiting() {
    // A number, two letters, a number.
    let items = [1, 2, b'a', b'b', 1, 2].repeat(MANY as usize);
    small_calls_beside(WORK_METHOD_ID_SMALLS, &[varint(MANY), items].concat()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_answers_do_not_keep_others_waiting() {
    small_calls_beside(WORK_METHOD_ID_MANY, &varint(MANY)).await;
}
