//! One client's payloads do not keep others waiting.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use rapace_host::Limits;
use tokio::io::AsyncWriteExt;
use tokio::sync::oneshot;

use crate::peer::{UNARY, call, connect, frame, receive, varint};
use crate::service::{Running, WORK_METHOD_ID_DOUBLE, WORK_METHOD_ID_MANY, WORK_METHOD_ID_SMALLS};

/// How many small values a request or an answer has.
const MANY: u64 = 120_000;
/// How many clients have them at once: more than there are threads.
const CLIENTS: usize = 6;
/// Between two small calls.
const PAUSE: Duration = Duration::from_millis(5);

/// How many small calls come back meanwhile, at least: were all threads busy with the large ones, one might.
const SMALL: u32 = 5;

/// Once clients have sent calls of this, another client's small calls are answered before the first of the large ones.
async fn small_calls_beside(method: u32, payload: &[u8]) {
    let running = Running::tcp(Limits::default()).await;
    let mut sockets = Vec::new();
    for _ in 0..CLIENTS {
        let mut socket = connect(&running.address).await;
        // Its connection is served before the test begins.
        assert_eq!(call(&mut socket, WORK_METHOD_ID_DOUBLE, &[1]).await.payload, [2]);
        sockets.push(socket);
    }
    let (done, mut is_done) = oneshot::channel();
    let sent = Arc::new(AtomicUsize::new(0));
    let (all_sent, address) = (sent.clone(), running.address.clone());
    let small = tokio::spawn(async move {
        let mut socket = connect(&address).await;
        let mut calls = 0;
        while is_done.try_recv().is_err() {
            let counts = all_sent.load(Ordering::SeqCst) == CLIENTS;
            assert_eq!(call(&mut socket, WORK_METHOD_ID_DOUBLE, &[1]).await.payload, [2]);
            calls += u32::from(counts);
            tokio::time::sleep(PAUSE).await;
        }
        calls
    });
    let done = Mutex::new(Some(done));
    let large = sockets.iter_mut().map(|socket| async {
        let request = frame(1, method, UNARY, payload);
        socket.write_all(&request).await.expect("it is open");
        sent.fetch_add(1, Ordering::SeqCst);
        assert_eq!(receive(socket).await.expect("an answer").error(), None);
        let first = done.lock().expect("no panic").take();
        if let Some(first) = first {
            first.send(()).expect("it runs");
        }
    });
    join_all(large).await;
    let calls = small.await.expect("no panic");
    assert!(
        calls >= SMALL,
        "{calls} small calls were answered before the first large one"
    );
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
