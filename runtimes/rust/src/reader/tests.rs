//! What comes out of bytes, however they are cut.

use std::future::pending;

use rapace::FrameFlags;
use tokio::io::AsyncWriteExt;

use super::*;
use crate::budget::Budget;
use crate::frames::encode;

const MIB: usize = 1024 * 1024;

fn limits() -> Limits {
    Limits {
        max_frame_bytes: 1000,
        ..Limits::default()
    }
}

fn frame(method: u32, payload: &[u8]) -> Vec<u8> {
    let mut desc = MsgDescHot::new();
    desc.method_id = method;
    desc.flags = FrameFlags::DATA;
    let mut bytes = Vec::new();
    encode(&Frame::with_payload(desc, payload.to_vec()), &mut bytes);
    bytes
}

/// Sends `bytes` in pieces of `sent`: the frames that were read, and how it ended.
async fn read(bytes: &[u8], sent: usize) -> (Vec<(u32, Vec<u8>)>, io::Result<Read>) {
    let (mut peer, socket) = tokio::io::duplex(sent);
    let mut reader = FrameReader::new(socket, &limits(), Budget::new(MIB).share(), None);
    let send = async move {
        // The reader may have had enough before the end.
        let _ = peer.write_all(bytes).await;
    };
    let receive = async {
        let mut frames = Vec::new();
        let end = loop {
            match reader.next(pin!(pending())).await {
                Ok(Read::Frame(frame)) => frames.push((frame.desc.method_id, frame.payload_bytes().to_vec())),
                end => break end,
            }
        };
        drop(reader);
        (frames, end)
    };
    tokio::join!(send, receive).1
}

#[tokio::test]
async fn frames_are_whole_however_they_come() {
    let lengths = [0, 1, 16, 17, 256, 257, 1000 - DESCRIPTOR];
    let bytes: Vec<u8> = lengths
        .iter()
        .flat_map(|&length| frame(length as u32, &vec![0xa5; length]))
        .collect();
    for sent in [1, 3, 69, 100_000] {
        let (frames, end) = read(&bytes, sent).await;
        let expected = lengths.map(|length| (length as u32, vec![0xa5; length]));
        assert!(frames == expected, "{sent}");
        assert!(matches!(end, Ok(Read::End)), "{sent}: {end:?}");
    }
}

#[tokio::test]
async fn refuses_a_length_before_it_is_paid_for() {
    for (length, problem) in [
        (0, "frame length 0 is less than the 64 bytes of a descriptor"),
        (63, "frame length 63 is less than the 64 bytes of a descriptor"),
        (1001, "frame length 1001 exceeds limit 1000"),
        (u32::MAX, "frame length 4294967295 exceeds limit 1000"),
    ] {
        let (frames, end) = read(&length.to_le_bytes(), 4).await;
        assert_eq!(frames, []);
        assert_eq!(end.expect_err("it is refused").to_string(), problem);
    }
}

#[tokio::test]
async fn random_bytes_do_no_harm() {
    // xorshift64: the same bytes on every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut whole = 0;
    for _ in 0..2000 {
        let mut bytes: Vec<u8> = (0..random() % 200).map(|_| random() as u8).collect();
        // Half of them begin with a length that is allowed.
        if let (Some(prefix), 0) = (bytes.get_mut(..PREFIX), random() % 2) {
            prefix.copy_from_slice(&(64 + (random() % 100) as u32).to_le_bytes());
        }
        let (frames, _) = read(&bytes, 1 + (random() % 80) as usize).await;
        whole += frames.len();
    }
    assert!(whole > 100, "{whole} were frames");
}

#[tokio::test(start_paused = true)]
async fn a_frame_has_to_come_in_time() {
    let (mut peer, socket) = tokio::io::duplex(MIB);
    let limits = Limits {
        frame_time: Duration::from_secs(3),
        min_frame_rate: 100,
        ..Limits::default()
    };
    let mut reader = FrameReader::new(socket, &limits, Budget::new(MIB).share(), None);
    // 100 bytes a second are fast enough for as long as they come.
    let slow = frame(1, &[1; 900]);
    let sending = tokio::spawn(async move {
        for piece in slow.chunks(90) {
            tokio::time::sleep(Duration::from_millis(900)).await;
            peer.write_all(piece).await.expect("it is read");
        }
        peer
    });
    let read = reader.next(pin!(pending())).await.expect("in time");
    assert!(matches!(read, Read::Frame(_)), "{read:?}");
    let mut peer = sending.await.expect("no panic");
    // A byte a second is not, and a pause between frames is no frame.
    tokio::time::sleep(Duration::from_secs(1000)).await;
    let dripping = tokio::spawn(async move {
        for byte in frame(1, &[1; 900]) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if peer.write_all(&[byte]).await.is_err() {
                break;
            }
        }
    });
    let error = reader.next(pin!(pending())).await.expect_err("too late");
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    drop(reader);
    dripping.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn a_frame_without_memory_is_passed_over() {
    let budget = Budget::new(MIB);
    let (mut peer, socket) = tokio::io::duplex(4 * MIB);
    let mut reader = FrameReader::new(socket, &Limits::default(), budget.share(), None);
    let debt = budget.share().pay_anyway(2 * MIB);
    let bytes = [frame(5, &vec![1; MIB]), frame(6, &[1; 10])].concat();
    peer.write_all(&bytes).await.expect("room");
    let read = reader.next(pin!(pending())).await.expect("it is passed over");
    assert!(
        matches!(read, Read::Refused(desc, MIB) if desc.method_id == 5),
        "{read:?}"
    );
    let read = reader.next(pin!(pending())).await.expect("a small one");
    assert!(matches!(read, Read::Frame(frame) if frame.desc.method_id == 6));
    drop(debt);
    peer.write_all(&frame(7, &vec![1; MIB / 4])).await.expect("room");
    let read = reader.next(pin!(pending())).await.expect("there is memory again");
    assert!(matches!(read, Read::Frame(frame) if frame.desc.method_id == 7));
}
