//! The two ways in which rapace 0.5.0 itself serves a connection.

use std::fmt;
use std::sync::Arc;

use conformance_fixtures::{CallsServer, Echo, ValuesServer, WorkServer, Worker};
use futures::future::BoxFuture;
use rapace::{RpcError, RpcSession, Transport};
use serde::{Deserialize, Serialize};

/// A way of serving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// `XServer::serve()`: one call after another.
    Serve,
    /// `into_session_dispatcher` and `RpcSession::run`: calls side by side.
    Session,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serve => "serve",
            Self::Session => "session",
        })
    }
}

/// Serves one service of the fixtures, `Values`, `Calls` or `Work`, on one connection to its end.
pub fn connection(way: Way, service: &str, transport: Transport) -> BoxFuture<'static, Result<(), RpcError>> {
    if way == Way::Serve {
        return match service {
            "Values" => Box::pin(async { ValuesServer::new(Echo).serve(transport).await }),
            "Work" => Box::pin(async { WorkServer::new(Worker::default()).serve(transport).await }),
            _ => Box::pin(async { CallsServer::new(Echo).serve(transport).await }),
        };
    }
    let session = Arc::new(RpcSession::with_channel_start(transport.clone(), 2));
    match service {
        "Values" => session.set_dispatcher(ValuesServer::new(Echo).into_session_dispatcher(transport)),
        "Work" => {
            let worker = Worker::default().on(&session);
            session.set_dispatcher(WorkServer::new(worker).into_session_dispatcher(transport));
        }
        _ => session.set_dispatcher(CallsServer::new(Echo).into_session_dispatcher(transport)),
    }
    Box::pin(async move { Ok(session.run().await?) })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use conformance_fixtures::{CALLS_METHOD_ID_ANSWER, CALLS_METHOD_ID_COUNT, CALLS_METHOD_ID_SECOND, call};
    use rapace_wire::Metadata;
    use rapace_wire::control::{
        self, CLOSE_CHANNEL, OPEN_CHANNEL, PING, PONG, close_channel, open_channel, ping, pong,
    };
    use rapace_wire::frame::{DATA, EOS, Frame, NO_REPLY};
    use rapace_wire::metadata::{HELLO, TIMEOUT, TOKEN};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    use super::*;

    /// The channel of the last request: its answer comes after all others.
    const LAST: u32 = 99;

    /// Every control frame that this project adds, and a method that nobody has.
    fn added() -> Vec<Frame> {
        let metadata = |entries: &[(&str, &str)]| {
            let mut metadata = Metadata::default();
            for (key, value) in entries {
                metadata.insert(*key, *value).expect("it fits");
            }
            metadata
        };
        let hello = metadata(&[(HELLO, "1"), (TOKEN, "swordfish")]);
        let carried = metadata(&[("tenant", "blue"), (TIMEOUT, "1500000000")]);
        vec![
            control::frame(0, OPEN_CHANNEL, &open_channel(0, "", "", &hello)),
            control::frame(1, PING, &ping([1, 2, 3, 4, 5, 6, 7, 8])),
            control::frame(2, OPEN_CHANNEL, &open_channel(1, "Calls", "second", &carried)),
            control::frame(3, PONG, &pong([8, 7, 6, 5, 4, 3, 2, 1])),
            control::frame(4, CLOSE_CHANNEL, &close_channel(0)),
            control::frame(5, PING, &[]),
            control::frame(6, 77, b"unknown"),
        ]
    }

    async fn next(stream: &mut DuplexStream) -> Frame {
        let read = async {
            let mut bytes = vec![0; 4];
            stream.read_exact(&mut bytes).await.expect("a frame");
            let length = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            bytes.resize(4 + length as usize, 0);
            stream.read_exact(&mut bytes[4..]).await.expect("a whole frame");
            Frame::read(&mut bytes.as_slice()).expect("a frame").expect("a frame")
        };
        tokio::time::timeout(Duration::from_secs(10), read)
            .await
            .expect("in time")
    }

    /// What a server answers, to the last request.
    async fn answers(way: Way, requests: &[Frame]) -> Vec<Frame> {
        let (mut peer, end) = tokio::io::duplex(1 << 16);
        tokio::spawn(connection(way, "Calls", Transport::stream(end)));
        let bytes: Vec<u8> = requests.iter().flat_map(Frame::to_bytes).collect();
        peer.write_all(&bytes).await.expect("it is open");
        let mut answers = Vec::new();
        loop {
            let answer = next(&mut peer).await;
            let is_last = answer.channel() == LAST;
            answers.push(answer);
            if is_last {
                return answers;
            }
        }
    }

    #[tokio::test]
    async fn both_kinds_of_server_skip_the_control_frames_that_are_added() {
        let request = |channel, method, flags, payload: &[u8]| Frame::of(channel, flags, payload).calling(method);
        let calls = [
            request(1, CALLS_METHOD_ID_SECOND, DATA | EOS, &[7, 1, b'b']),
            request(3, CALLS_METHOD_ID_COUNT, DATA | EOS | NO_REPLY, &[3]),
            request(LAST, CALLS_METHOD_ID_ANSWER, DATA | EOS, &[]),
        ];
        for way in [Way::Serve, Way::Session] {
            for call in &calls[..2] {
                let plain = answers(way, &[call.clone(), calls[2].clone()]).await;
                let around = [added(), vec![call.clone()], added(), vec![calls[2].clone()]].concat();
                let mut served = answers(way, &around).await;
                let mut expected = plain.clone();
                // A session answers side by side.
                served.sort_by_key(Frame::channel);
                expected.sort_by_key(Frame::channel);
                assert_eq!(served, expected, "{way}");
            }
        }
    }

    #[tokio::test]
    async fn the_client_of_rapace_skips_the_control_frames_that_are_added() {
        let (mut peer, end) = tokio::io::duplex(1 << 16);
        let session = Arc::new(RpcSession::new(Transport::stream(end)));
        tokio::spawn(session.clone().run());
        let server = tokio::spawn(async move {
            for answers in [
                vec![Frame::of(0, DATA | EOS, &[1, b'b'])],
                vec![
                    Frame::of(0, DATA, &[0]),
                    Frame::of(0, DATA, &[1]),
                    Frame::of(0, DATA | EOS, &[]),
                ],
            ] {
                let request = next(&mut peer).await;
                assert_ne!(request.method(), 0, "{request:?}");
                let answers = answers.into_iter().map(|answer| answer.on_channel(request.channel()));
                let frames = answers.flat_map(|answer| [added(), vec![answer], added()].concat());
                let bytes: Vec<u8> = frames.flat_map(|frame| frame.to_bytes()).collect();
                peer.write_all(&bytes).await.expect("it is open");
            }
            peer
        });
        let second = call(session.clone(), "Calls.second", vec![7, 1, b'b'])
            .expect("a method")
            .await;
        assert_eq!((second.values, second.failed.is_none()), (vec![vec![1, b'b']], true));
        let count = call(session.clone(), "Calls.count", vec![2]).expect("a method").await;
        assert_eq!((count.values, count.failed.is_none()), (vec![vec![0], vec![1]], true));
        let mut peer = server.await.expect("no panic");
        let more = tokio::time::timeout(Duration::from_millis(50), peer.read_u8()).await;
        assert!(more.is_err(), "the client has answered a control frame");
    }
}
