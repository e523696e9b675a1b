//! How the server's binary starts, serves in its three ways, and stops.

mod support;

use std::process::Command;
use std::time::Duration;

use bookshop::catalog::{CatalogClient, FindOutcome};
use bookshop::model::Isbn;
use bookshop::orders::{CancelOutcome, OrdersClient};
use futures::StreamExt;
use rapace::{ErrorCode, RpcError};
use support::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const C: &str = "978-0-13-110362-7";
const TCP: &str = "tcp://127.0.0.1:0";
const WS: &str = "ws://127.0.0.1:0/rpc";

fn isbn(number: &str) -> Isbn {
    Isbn(number.to_owned())
}

#[test]
fn prints_its_addresses_in_the_given_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let unix = format!("unix://{}/shop.sock", folder.path().display());
    let server = Server::start(&[
        "--plain-orders",
        TCP,
        "--listen",
        &unix,
        "--plain-catalog",
        TCP,
        "--listen",
        TCP,
        "--plain-orders",
        TCP,
    ]);
    let ways: Vec<&str> = server.listening.iter().map(|(way, _)| way.as_str()).collect();
    assert_eq!(ways, ["plain-orders", "host", "plain-catalog", "host", "plain-orders"]);
    assert_eq!(server.address(1), unix);
    assert_ne!(server.address(3), TCP);
}

#[tokio::test]
async fn the_catalog_is_served_plainly() {
    let folder = tempfile::tempdir().expect("a folder");
    let unix = format!("unix://{}/plain.sock", folder.path().display());
    let server = Server::start(&["--plain-catalog", TCP, "--plain-catalog", &unix, "--plain-catalog", WS]);
    for place in 0..3 {
        let catalog = CatalogClient::new(server.session(place).await);
        assert!(catalog.greeting().await.expect("a greeting").contains("bookshop"));
        let FindOutcome::Found(book) = catalog.find(isbn(C)).await.expect("an outcome") else {
            panic!("it is in the catalog");
        };
        assert_eq!(book.isbn, isbn(C));
        let page = catalog.list(None, 2, 3).await.expect("a page");
        assert_eq!((page.items.len(), page.total, page.next), (3, 6, Some(5)));
        let newest = catalog.newest().await.expect("a stream");
        assert_eq!(newest.map(|book| book.expect("a book")).count().await, 6);
        let left = catalog.restock(isbn(C), 0, 1).await.expect("an answer");
        assert_eq!(left, Some(3));
    }
}

#[tokio::test]
async fn the_orders_are_served_plainly() {
    let server = Server::start(&["--plain-orders", TCP]);
    let orders = OrdersClient::new(server.session(0).await);
    orders.touch().await.expect("an answer");
    let beats = orders.heartbeats(3, 0).await.expect("a stream");
    assert_eq!(beats.map(|beat| beat.expect("a beat")).count().await, 3);
    let mut events = orders.watch(999, 0).await.expect("a stream");
    let end = events.next().await.expect("an end");
    assert!(
        matches!(&end, Err(RpcError::Status { code: ErrorCode::NotFound, message }) if message == "no order 999"),
        "{end:?}"
    );
    assert!(events.next().await.is_none());
    let outcome = orders.cancel(3).await.expect("an outcome");
    assert!(matches!(outcome, CancelOutcome::Cancelled { .. }));
}

#[tokio::test]
async fn all_ways_share_one_shop() {
    let server = Server::start(&["--listen", TCP, "--plain-orders", TCP]);
    let hosted = OrdersClient::new(server.session(0).await);
    let plain = OrdersClient::new(server.session(1).await);
    hosted.cancel(3).await.expect("an outcome");
    let again = plain.cancel(3).await.expect("an outcome");
    assert!(matches!(again, CancelOutcome::TooLate(_)), "{again:?}");
}

#[tokio::test]
async fn sigterm_lets_a_call_finish() {
    let mut server = Server::start(&["--listen", TCP]);
    let session = server.session(0).await;
    let catalog = CatalogClient::new(session.clone());
    let slow = tokio::spawn(async move { catalog.restock(isbn(C), 1, 300).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.terminate();
    assert_eq!(slow.await.expect("no panic").expect("an answer"), Some(4));
    drop(session);
    assert!(server.wait().success());
}

#[tokio::test]
async fn a_breach_of_the_protocol_is_logged() {
    let server = Server::start(&["--listen", TCP]);
    let address = server.address(0).trim_start_matches("tcp://").to_owned();
    let mut socket = TcpStream::connect(address).await.expect("it listens");
    socket.write_all(&[1, 0, 0, 0]).await.expect("it is open");
    assert_eq!(socket.read_to_end(&mut Vec::new()).await.expect("an end"), 0);
    let log = server.log();
    assert!(
        log.contains("frame length 1 is less than the 64 bytes of a descriptor"),
        "{log}"
    );
}

#[test]
fn the_end_of_stdin_stops_it() {
    let mut server = Server::start(&["--listen", TCP, "--plain-catalog", TCP]);
    server.close_stdin();
    assert!(server.wait().success());
}

#[test]
fn refuses_to_start_with_a_reason() {
    let taken = Server::start(&["--listen", TCP]);
    for (arguments, reason) in [
        (&[][..], "nowhere to listen"),
        (&["--listen", "127.0.0.1:80"], "it has no scheme"),
        (&["--listen", "tls://127.0.0.1:0"], "it needs a certificate"),
        (
            &["--plain-catalog", "wss://127.0.0.1:0"],
            "wss://127.0.0.1:0: rapace alone has no TLS",
        ),
        (
            &["--listen", TCP, "--certificate", "/nowhere", "--key", "/nowhere"],
            "/nowhere: No such file",
        ),
        (&["--listen", taken.address(0)], "cannot listen at tcp://127.0.0.1:"),
        (&["--plain-orders", taken.address(0)], "in use"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_bookshop-server"))
            .args(arguments)
            .output()
            .expect("it runs");
        assert!(!output.status.success(), "{arguments:?}");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains(reason), "{arguments:?}: {message}");
    }
}
