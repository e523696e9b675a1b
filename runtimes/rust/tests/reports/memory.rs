//! One client's memory, and that of all.

use std::iter::repeat_n;
use std::pin::pin;

use futures::future::{join_all, select};
use rapace::ErrorCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::peer::{
    PATIENCE, STALL, STREAM, UNARY, call, connect, frame, head, receive, send_until_stalled, varint, websocket,
    write_until_stalled,
};
use crate::program::{HOST_BYTES, Program};
use crate::service::{
    WORK_METHOD_ID_DOUBLE, WORK_METHOD_ID_FILL, WORK_METHOD_ID_HOLD, WORK_METHOD_ID_LARGES, WORK_METHOD_ID_SCAN,
    WORK_METHOD_ID_SLEEP,
};

const TCP: &str = "tcp://127.0.0.1:0";
const WS: &str = "ws://127.0.0.1:0";
const MIB: usize = 1024 * 1024;
/// What a host may take in these tests, in MiB: twice its budget, and what the program takes without any calls. Memory that was
/// freed counts as long as the allocator has it.
const MOST: u64 = (2 * HOST_BYTES / MIB) as u64 + 60;

/// What a host may take for one client that reads nothing, in MiB: three times what it was seen to.
const MOST_UNREAD: u64 = 60;

/// The flag of a control frame.
const CONTROL: u32 = 2;
/// No method.
const UNKNOWN: u32 = 12345;

/// Requests whose answers are larger than they are, some 200 MiB of them.
fn unread() -> [(&'static str, u32, u32, Vec<u8>, usize); 5] {
    let fill = |bytes| (WORK_METHOD_ID_FILL, UNARY, varint(bytes));
    let scan = [varint(1000), varint(16 * 1024)].concat();
    let named = |name, (method, flags, payload): (u32, u32, Vec<u8>), count| (name, method, flags, payload, count);
    [
        named("small answers", fill(1000), 200_000),
        named("large answers", fill(1 << 20), 400),
        named("streams", (WORK_METHOD_ID_SCAN, STREAM, scan), 20_000),
        named("unknown methods", (UNKNOWN, UNARY, Vec::new()), 1_000_000),
        named("unknown methods as streams", (UNKNOWN, STREAM, Vec::new()), 1_000_000),
    ]
}

#[tokio::test]
async fn a_client_that_never_reads_its_answers_is_not_read() {
    for (name, method, flags, payload, count) in unread() {
        let program = Program::start(TCP);
        let mut socket = connect(&program.address).await;
        let requests: Vec<u8> = (0..count as u32)
            .flat_map(|n| frame(2 * n + 1, method, flags, &payload))
            .collect();
        let taken = write_until_stalled(&mut socket, &requests).await;
        program.answers_others().await;
        let peak = program.peak_mib();
        println!("{name}: {taken:?} of {} bytes were read, {peak} MiB", requests.len());
        assert!(peak < MOST_UNREAD, "{name}: {peak} MiB");
    }
}

#[tokio::test]
async fn a_websocket_that_never_reads_its_answers_is_not_read() {
    let program = Program::start(WS);
    let mut socket = websocket(&program.address).await;
    let request = frame(1, WORK_METHOD_ID_FILL, UNARY, &varint(1000)).split_off(4);
    let messages = repeat_n(Message::Binary(Bytes::from(request)), 200_000);
    let taken = send_until_stalled(&mut socket, messages).await;
    assert!(taken.is_some(), "all were read");
    let peak = program.peak_mib();
    assert!(peak < MOST, "{peak} MiB");
}

#[tokio::test]
async fn pings_are_answered_no_faster_than_the_answers_are_read() {
    let program = Program::start(WS);
    let mut socket = websocket(&program.address).await;
    let pings = repeat_n(Message::Ping(Bytes::from(vec![1; 125])), 1_600_000);
    let taken = send_until_stalled(&mut socket, pings).await;
    let peak = program.peak_mib();
    assert!(taken.is_some(), "all were read");
    assert!(peak < 100, "{peak} MiB");
    // Who reads is answered.
    let mut other = websocket(&program.address).await;
    for _ in 0..100 {
        let ping = Message::Ping(Bytes::from_static(b"there?"));
        assert_eq!(send_until_stalled(&mut other, [ping].into_iter()).await, None);
        let pong = futures::StreamExt::next(&mut other)
            .await
            .expect("an answer")
            .expect("a message");
        assert_eq!(pong, Message::Pong(Bytes::from_static(b"there?")));
    }
}

/// Metadata for a request on this channel, with as many entries as 8 KiB can have.
fn many_entries(channel: u32) -> Vec<u8> {
    let letters = || b'a'..=b'z';
    let keys = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [3, a, b, c, 0])));
    let entries: Vec<u8> = keys.take(2_700).flatten().collect();
    [&[0][..], &varint(channel.into()), &[0, 0], &varint(2_700), &entries].concat()
}

#[tokio::test]
async fn control_frames_that_nobody_asked_for_take_no_memory() {
    let empty_entries = [&[0, 1, 0, 0][..], &varint(2_000_000), &vec![0; 4_000_000]].concat();
    for (name, method, payload, count) in [
        ("pings", 5, vec![4, 1, 2, 3, 4, 5, 6, 7, 8], 300_000),
        ("metadata", 1, many_entries(1), 200),
        ("empty entries", 1, empty_entries, 2),
        ("unknown", 77, b"what?".to_vec(), 50_000),
    ] {
        let program = Program::start(TCP);
        let mut socket = connect(&program.address).await;
        let frames = frame(0, method, CONTROL, &payload).repeat(count);
        let written = timeout(PATIENCE, socket.write_all(&frames)).await;
        let written = written.expect("no answer waits that holds up reading");
        written.expect("it is open");
        let answer = loop {
            socket
                .write_all(&frame(1, WORK_METHOD_ID_DOUBLE, UNARY, &[21]))
                .await
                .expect("it is open");
            match receive(&mut socket).await.expect("an answer") {
                pong if pong.channel == 0 => {}
                answer => break answer,
            }
        };
        assert!(answer.payload == [42] || answer.error().is_some(), "{answer:?}");
        program.answers_others().await;
        let peak = program.peak_mib();
        println!("{name}: {peak} MiB");
        assert!(peak < MOST_UNREAD, "{name}: {peak} MiB");
    }
}

#[tokio::test]
async fn what_waiting_calls_carry_is_paid_for() {
    let program = Program::start(TCP);
    let mut socket = connect(&program.address).await;
    let calls: Vec<u8> = (0..2_000)
        .flat_map(|n| {
            let channel = 2 * n + 1;
            let carried = frame(0, 1, CONTROL, &many_entries(channel));
            [carried, frame(channel, WORK_METHOD_ID_SLEEP, UNARY, &varint(60_000))].concat()
        })
        .collect();
    // Half a gigabyte of entries, were they all kept.
    let writing = async {
        let (mut reading, mut writing) = socket.split();
        let refusals = async {
            let mut refused = [0; 1024];
            while reading.read(&mut refused).await.is_ok_and(|n| n > 0) {}
        };
        select(pin!(writing.write_all(&calls)), pin!(refusals)).await;
    };
    // Many are refused, each after a while.
    let _ = timeout(STALL, writing).await;
    program.answers_others().await;
    let peak = program.peak_mib();
    println!("{peak} MiB");
    assert!(peak < MOST, "{peak} MiB");
}

#[tokio::test]
async fn a_list_of_absent_values_takes_no_more_than_a_limit() {
    let program = Program::start(TCP);
    let mut socket = connect(&program.address).await;
    let absent = |count: usize| [varint(count as u64), vec![0; count]].concat();
    let answer = call(&mut socket, WORK_METHOD_ID_LARGES, &absent(40_000)).await;
    let (code, message) = answer.error().expect("a refusal");
    assert_eq!(code, ErrorCode::InvalidArgument as u32);
    assert_eq!(
        message,
        "Work.larges: items: decoded size exceeds the limit of 268435456 bytes (at byte 0)"
    );
    // Within the limit of a request, but not within the host's.
    let answer = call(&mut socket, WORK_METHOD_ID_LARGES, &absent(5_000)).await;
    let (code, message) = answer.error().expect("a refusal");
    assert_eq!(code, ErrorCode::ResourceExhausted as u32);
    assert!(
        message.starts_with("the host has no memory for this request: it takes 14"),
        "{message}"
    );
    let answer = call(&mut socket, WORK_METHOD_ID_LARGES, &absent(100)).await;
    assert_eq!(answer.payload, [100]);
    let peak = program.peak_mib();
    assert!(peak < 100, "{peak} MiB");
}

#[tokio::test]
async fn half_frames_of_many_connections_share_the_budget() {
    let program = Program::start(TCP);
    const LENGTH: usize = 8 * MIB;
    let mut bytes = head(1, WORK_METHOD_ID_FILL, UNARY, LENGTH);
    bytes.resize(bytes.len() + LENGTH - 1, 0);
    let address = &program.address;
    let sending = (0..30).map(|_| async {
        let mut socket = connect(address).await;
        write_until_stalled(&mut socket, &bytes).await;
        socket
    });
    let sockets = join_all(sending).await;
    program.answers_others().await;
    let peak = program.peak_mib();
    println!("{peak} MiB for {} MiB", sockets.len() * LENGTH / MIB);
    assert!(peak < MOST, "{peak} MiB");
    // What was refused was read to its end all the same.
    let finishing = sockets.into_iter().map(|mut socket| async move {
        socket.write_all(&[0]).await.expect("it is open");
        receive(&mut socket)
            .await
            .expect("an answer")
            .error()
            .expect("an error")
            .0
    });
    let codes = join_all(finishing).await;
    let refused = codes
        .iter()
        .filter(|&&code| code == ErrorCode::ResourceExhausted as u32)
        .count();
    let wrong = codes
        .iter()
        .filter(|&&code| code == ErrorCode::InvalidArgument as u32)
        .count();
    assert!(refused > 0 && refused + wrong == codes.len(), "{codes:?}");
}

#[tokio::test]
async fn half_messages_of_many_websockets_share_the_budget() {
    let program = Program::start(WS);
    const LENGTH: usize = 8 * MIB;
    // A masked binary message of 8 MiB, without its last byte.
    let mut bytes = vec![0x82, 0xff];
    bytes.extend((LENGTH as u64).to_be_bytes());
    bytes.resize(bytes.len() + 4 + LENGTH - 1, 0);
    let address = &program.address;
    let sending = (0..30).map(|_| async {
        let mut socket = websocket(address).await.into_inner();
        write_until_stalled(&mut socket, &bytes).await;
        socket
    });
    let sockets = join_all(sending).await;
    let peak = program.peak_mib();
    println!("{peak} MiB for {} MiB", sockets.len() * LENGTH / MIB);
    assert!(peak < MOST, "{peak} MiB");
    let small = frame(1, WORK_METHOD_ID_DOUBLE, UNARY, &[4]).split_off(4);
    let mut other = websocket(address).await;
    send_until_stalled(&mut other, [Message::Binary(small.into())].into_iter()).await;
    let Some(Message::Binary(answer)) = crate::peer::next_message(&mut other).await else {
        panic!("no answer");
    };
    assert_eq!(answer[64..], [8]);
}

#[tokio::test]
async fn held_requests_are_paid_for_until_they_are_answered() {
    let program = Program::start(TCP);
    const LENGTH: usize = 2 * MIB;
    const CALLS: u32 = 40;
    let payload = [varint(LENGTH as u64), vec![0; LENGTH], varint(1500)].concat();
    let mut socket = connect(&program.address).await;
    let requests: Vec<u8> = (0..CALLS)
        .flat_map(|n| frame(2 * n + 1, WORK_METHOD_ID_HOLD, UNARY, &payload))
        .collect();
    let (mut reader, mut writer) = socket.split();
    let answers = async {
        let (mut answered, mut refused) = (0, 0);
        for _ in 0..CALLS {
            let mut length = [0; 4];
            tokio::io::AsyncReadExt::read_exact(&mut reader, &mut length)
                .await
                .expect("an answer");
            let mut body = vec![0; u32::from_le_bytes(length) as usize];
            tokio::io::AsyncReadExt::read_exact(&mut reader, &mut body)
                .await
                .expect("an answer");
            match body[32] & 0x10 {
                0 => answered += 1,
                _ => {
                    assert_eq!(body[64], ErrorCode::ResourceExhausted as u8);
                    refused += 1;
                }
            }
        }
        (answered, refused)
    };
    let (sent, (answered, refused)) = futures::join!(writer.write_all(&requests), answers);
    sent.expect("all was read");
    let peak = program.peak_mib();
    println!("{answered} answered, {refused} refused, {peak} MiB");
    assert!(answered > 0 && refused > 0, "{answered} answered, {refused} refused");
    assert!(peak < MOST, "{peak} MiB");
    // With all of them over, there is memory again.
    let payload = [varint(LENGTH as u64), vec![0; LENGTH], varint(0)].concat();
    let answer = call(&mut socket, WORK_METHOD_ID_HOLD, &payload).await;
    assert_eq!(answer.error(), None);
}

#[tokio::test]
async fn answers_of_many_calls_share_the_budget() {
    let program = Program::start(TCP);
    let address = &program.address;
    // Each takes three times its answer while it is made; nobody reads.
    let sending = (0..40).map(|_| async {
        let mut socket = connect(address).await;
        let calls: Vec<u8> = (0..20)
            .flat_map(|n| frame(2 * n + 1, WORK_METHOD_ID_FILL, UNARY, &varint(2 << 20)))
            .collect();
        write_until_stalled(&mut socket, &calls).await;
        socket
    });
    let mut sockets = join_all(sending).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    program.answers_others().await;
    let peak = program.peak_mib();
    println!("{peak} MiB for {} MiB of answers", sockets.len() * 40);
    assert!(peak < 2 * MOST, "{peak} MiB");
    // Who reads gets each answer, or is told that there was no memory.
    for channel in 0..20 {
        let answer = receive(&mut sockets[0]).await.expect("an answer");
        match answer.error() {
            None => assert_eq!(answer.payload.len(), 4 + (2 << 20), "{channel}"),
            Some((code, message)) => assert_eq!(code, ErrorCode::ResourceExhausted as u32, "{message}"),
        }
    }
}
