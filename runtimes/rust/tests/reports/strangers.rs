//! Who speaks another protocol is told so.

use rapace_host::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::peer::{PATIENCE, connect};
use crate::service::Running;

/// What these bytes are answered with, to the end.
async fn answer(bytes: &[u8]) -> Vec<u8> {
    let running = Running::tcp(Limits::default()).await;
    let mut socket = connect(&running.address).await;
    for piece in bytes.chunks(5) {
        socket.write_all(piece).await.expect("it is open");
    }
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, socket.read_to_end(&mut answer)).await;
    read.expect("the end in time").expect("an orderly end");
    answer
}

#[tokio::test]
async fn http_is_answered_with_http() {
    for (request, method) in [
        ("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n", "GET"),
        ("POST /rpc HTTP/1.1\r\n\r\n{}", "POST"),
    ] {
        let answer = String::from_utf8(answer(request.as_bytes()).await).expect("text");
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
        let text = format!("\r\n\r\nthis is a rapace port; {method} was sent\n");
        assert!(answer.ends_with(&text), "{answer}");
    }
}

#[tokio::test]
async fn a_tls_hello_is_answered_with_an_alert() {
    let mut hello = vec![0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3];
    hello.resize(5 + 200, 7);
    assert_eq!(answer(&hello).await, [0x15, 3, 1, 0, 2, 2, 40]);
}
