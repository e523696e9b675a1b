//! Tunnels that nobody reads, and many of them.

use std::time::Duration;

use rapace::{ErrorCode, FrameFlags};
use rapace_host::Limits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::peer::{STREAM, connect, frame, receive, write_until_stalled};
use crate::program::{HOST_BYTES, Program};
use crate::service::{Running, TUNNELS_METHOD_ID_SINK};

const MIB: usize = 1024 * 1024;

/// Opens a tunnel, and returns its channel.
async fn open(socket: &mut TcpStream, channel: u32) -> Result<u32, (u32, String)> {
    let request = frame(channel, TUNNELS_METHOD_ID_SINK, STREAM, &[]);
    socket.write_all(&request).await.expect("it is open");
    let answer = receive(socket).await.expect("an answer");
    match answer.error() {
        Some(error) => Err(error),
        None => Ok(answer.payload[0].into()),
    }
}

#[tokio::test]
async fn what_nobody_reads_is_paid_for_and_freed_when_the_client_has_left() {
    let program = Program::start("tcp://127.0.0.1:0");
    program.answers_others().await;
    let files = program.files();
    let chunk = vec![7; MIB];
    for _ in 0..4 {
        let mut socket = connect(&program.address).await;
        // More tunnels would take more, if each had its own.
        let mut chunks = Vec::new();
        for n in 0..4 {
            let channel = open(&mut socket, 2 * n + 1).await.expect("a tunnel");
            chunks.extend(frame(channel, 0, FrameFlags::DATA.bits(), &chunk).repeat(20));
        }
        let taken = write_until_stalled(&mut socket, &chunks).await;
        assert!(taken.is_some(), "80 MiB were taken at once");
    }
    let peak = program.peak_mib();
    println!("{peak} MiB");
    assert!(peak < (2 * HOST_BYTES / MIB) as u64 + 60, "{peak} MiB");
    let freed = async {
        while program.files() > files {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let freed = tokio::time::timeout(Duration::from_secs(30), freed).await;
    assert!(freed.is_ok(), "{} files are open, not {files}", program.files());
    program.answers_others().await;
}

#[tokio::test]
async fn a_connection_has_so_many_tunnels() {
    let running = Running::tcp(Limits {
        max_tunnels: 5,
        ..Limits::default()
    })
    .await;
    let mut socket = connect(&running.address).await;
    for n in 0..5 {
        open(&mut socket, 2 * n + 1).await.expect("a tunnel");
    }
    for n in 5..8 {
        let refusal = open(&mut socket, 2 * n + 1).await.expect_err("too many");
        let message = "5 tunnels are open on this connection already".to_owned();
        assert_eq!(refusal, (ErrorCode::ResourceExhausted as u32, message));
    }
    // One that the client ends makes room.
    let end = FrameFlags::DATA.bits() | FrameFlags::EOS.bits();
    socket.write_all(&frame(2, 0, end, &[])).await.expect("it is open");
    open(&mut socket, 101).await.expect("a tunnel");
    // Other connections have their own.
    let mut other = connect(&running.address).await;
    open(&mut other, 1).await.expect("a tunnel");
}
