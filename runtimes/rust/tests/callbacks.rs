//! Services that call their client, on the connection that the client has opened.

// The service macro writes public items without docs.
#![allow(missing_docs)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use facet::Facet;
use futures::StreamExt;
use futures::future::join_all;
use rapace::{ErrorCode, RpcError, RpcSession, Streaming, Transport};
use rapace_host::{Channels, Host, Limits};
use support::{Raw, RawFrame};
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

#[derive(Debug, Clone, PartialEq, Facet)]
pub struct Tree {
    pub branches: Vec<Tree>,
}

/// The host's.
#[rapace::service]
pub trait Builder {
    /// Reports its steps to the client, and answers with the sum of what the client says.
    async fn build(&self, steps: u32) -> u32;
    /// The same as a stream, with what the client says.
    async fn steps(&self, steps: u32) -> Streaming<u32>;
    /// Asks the client for its items.
    async fn collect(&self, items: u32) -> Vec<u32>;
}

/// The client's.
#[rapace::service]
pub trait Progress {
    async fn step(&self, number: u32) -> u32;
    async fn items(&self, to: u32) -> Streaming<u32>;
    async fn units(&self) -> Vec<()>;
    async fn tree(&self) -> Tree;
    async fn wait(&self) -> u32;
}

struct Work(ProgressClient);

impl Builder for Work {
    async fn build(&self, steps: u32) -> u32 {
        let mut sum = 0;
        for step in 0..steps {
            sum += self.0.step(step).await.expect("the client answers");
        }
        sum
    }

    async fn steps(&self, steps: u32) -> Streaming<u32> {
        let client = ProgressClient::new(self.0.session().clone());
        Box::pin(futures::stream::iter(0..steps).then(move |step| {
            let client = ProgressClient::new(client.session().clone());
            async move { client.step(step).await }
        }))
    }

    async fn collect(&self, items: u32) -> Vec<u32> {
        let items = self.0.items(items).await.expect("a stream");
        items.map(|item| item.expect("an item")).collect().await
    }
}

/// Doubles numbers, and never answers `wait`.
struct Reporter;

impl Progress for Reporter {
    async fn step(&self, number: u32) -> u32 {
        number * 2
    }

    async fn items(&self, to: u32) -> Streaming<u32> {
        Box::pin(futures::stream::iter((0..to).map(Ok)))
    }

    async fn units(&self) -> Vec<()> {
        vec![(); 3]
    }

    async fn tree(&self) -> Tree {
        let leaf = Tree { branches: Vec::new() };
        Tree {
            branches: vec![leaf; 2],
        }
    }

    async fn wait(&self) -> u32 {
        std::future::pending().await
    }
}

/// A connection to a host, not yet used by anybody.
struct Connected {
    socket: DuplexStream,
    /// The host's side.
    session: Arc<RpcSession>,
    stop: oneshot::Sender<()>,
    host: JoinHandle<()>,
}

impl Connected {
    async fn to(host: Host) -> Self {
        let (found, mut sessions) = mpsc::unbounded_channel();
        let host = host.service_with_session(builder_register, move |session| {
            found.send(session.clone()).expect("the test waits for it");
            BuilderServer::new(Work(ProgressClient::new(session.clone())))
                .into_session_dispatcher(session.transport().clone())
        });
        let host = host.and_then(|host| host.calls(progress_register)).expect("they fit");
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (stop, stopped) = oneshot::channel();
        let host = tokio::spawn(host.serve_stream(theirs, async {
            stopped.await.ok();
        }));
        Self {
            socket: ours,
            session: sessions.recv().await.expect("a connection"),
            stop,
            host,
        }
    }

    /// A client of rapace, whose first channel this is, with its own dispatcher.
    fn client(self, first_channel: u32) -> Client {
        let session = Arc::new(RpcSession::with_channel_start(
            Transport::stream(self.socket),
            first_channel,
        ));
        let server = ProgressServer::new(Reporter);
        session.set_dispatcher(server.into_session_dispatcher(session.transport().clone()));
        tokio::spawn(session.clone().run());
        Client {
            builder: BuilderClient::new(session),
            calls: ProgressClient::new(self.session),
            _stop: self.stop,
        }
    }

    /// A peer that speaks raw frames, and the host's calls to it.
    fn raw(self) -> (Raw<DuplexStream>, ProgressClient) {
        (Raw(self.socket), ProgressClient::new(self.session))
    }
}

struct Client {
    builder: BuilderClient,
    /// The host's calls to this client.
    calls: ProgressClient,
    _stop: oneshot::Sender<()>,
}

async fn client() -> Client {
    Connected::to(Host::new()).await.client(1)
}

fn status(error: RpcError) -> (ErrorCode, String) {
    match error {
        RpcError::Status { code, message } => (code, message),
        other => panic!("{other:?} has no status"),
    }
}

/// What a call fails with, soon.
async fn failure<T: std::fmt::Debug>(call: JoinHandle<Result<T, RpcError>>) -> (ErrorCode, String) {
    let ended = tokio::time::timeout(Duration::from_secs(10), call).await;
    status(
        ended
            .expect("it waits for ever")
            .expect("no panic")
            .expect_err("no answer"),
    )
}

#[tokio::test]
async fn a_handler_calls_its_client_back() {
    let client = client().await;
    assert_eq!(client.builder.build(10).await.expect("an answer"), 90);
    let steps = client.builder.steps(4).await.expect("a stream");
    let steps: Vec<u32> = steps.map(|step| step.expect("an item")).collect().await;
    assert_eq!(steps, [0, 2, 4, 6]);
    let items = client.builder.collect(1000).await.expect("an answer");
    assert_eq!(items, (0..1000).collect::<Vec<_>>());
}

#[tokio::test]
async fn outside_a_call_too() {
    let client = client().await;
    assert_eq!(client.calls.step(21).await.expect("an answer"), 42);
    assert_eq!(client.calls.units().await.expect("an answer").len(), 3);
    assert_eq!(client.calls.tree().await.expect("an answer").branches.len(), 2);
}

#[tokio::test]
async fn both_sides_call_at_once_on_channels_of_their_own() {
    for (channels, first_of_client) in [(Channels::Even, 1), (Channels::Odd, 2)] {
        let host = Host::new().with_channels(channels);
        let client = Connected::to(host).await.client(first_of_client);
        let builds = join_all((0..200).map(|steps| client.builder.build(steps % 7)));
        let steps = join_all((0..200).map(|step| client.calls.step(step)));
        let (builds, steps) = tokio::join!(builds, steps);
        for (number, (built, step)) in (0..).zip(builds.into_iter().zip(steps)) {
            let steps: u32 = number % 7;
            assert_eq!(built.expect("an answer"), (0..steps).map(|step| 2 * step).sum::<u32>());
            assert_eq!(step.expect("an answer"), 2 * number);
        }
    }
}

#[tokio::test]
async fn the_end_of_a_connection_fails_the_calls_that_wait() {
    for stopped_by_host in [false, true] {
        let Connected {
            socket,
            session,
            stop,
            host,
        } = Connected::to(Host::new()).await;
        let waiting = tokio::spawn(async move { ProgressClient::new(session).wait().await });
        let mut raw = Raw(socket);
        let called = raw.receive().await.expect("a call");
        assert_eq!(called.method, PROGRESS_METHOD_ID_WAIT);
        match stopped_by_host {
            true => stop.send(()).expect("it serves"),
            false => drop(raw),
        }
        let expected = (ErrorCode::Unavailable, "the connection has ended".to_owned());
        assert_eq!(failure(waiting).await, expected);
        let ended = tokio::time::timeout(Duration::from_secs(10), host).await;
        ended.expect("the host goes on").expect("no panic");
    }
}

#[tokio::test]
async fn calls_after_a_half_close_fail_at_once() {
    let limits = Limits {
        grace: Duration::from_secs(60),
        ..Limits::default()
    };
    let connected = Connected::to(Host::new().with_limits(limits)).await;
    let calls = || ProgressClient::new(connected.session.clone());
    let mut raw = Raw(connected.socket);
    let first = calls();
    let waiting = tokio::spawn(async move { first.wait().await });
    raw.receive().await.expect("a call");
    raw.0.shutdown().await.expect("a half-close");
    let expected = (ErrorCode::Unavailable, "the connection has ended".to_owned());
    // The host knows of the half-close then. It may end its session in between.
    assert_eq!(failure(waiting).await, expected);
    for number in 0..20 {
        let (one, many) = (calls(), calls());
        let one = tokio::spawn(async move { one.step(number).await });
        let many = tokio::spawn(async move {
            let mut items = many.items(number).await?;
            items.next().await.expect("an error")
        });
        assert_eq!(failure(one).await, expected, "{number}");
        assert_eq!(failure(many).await, expected, "{number}");
    }
    drop(connected.stop);
}

#[tokio::test]
async fn a_handler_whose_call_fails_at_shutdown_answers_still() {
    let connected = Connected::to(Host::new()).await;
    let mut raw = Raw(connected.socket);
    raw.send(&RawFrame::new(1, BUILDER_METHOD_ID_STEPS, RawFrame::STREAM, &[5]))
        .await;
    let call = raw.receive().await.expect("a call");
    assert_eq!((call.channel, call.method), (2, PROGRESS_METHOD_ID_STEP));
    connected.stop.send(()).expect("it serves");
    let error = raw.receive().await.expect("the stream's end");
    let unavailable = (ErrorCode::Unavailable as u32, "the connection has ended".to_owned());
    assert_eq!((error.channel, error.error()), (1, unavailable));
}

#[tokio::test]
async fn a_request_on_a_channel_of_the_host_is_refused() {
    let (mut raw, _) = Connected::to(Host::new()).await.raw();
    raw.send(&RawFrame::new(4, BUILDER_METHOD_ID_BUILD, RawFrame::UNARY, &[0]))
        .await;
    let refused = raw.receive().await.expect("an answer");
    let what = "channel 4 belongs to this side: the peer must open odd channels";
    assert_eq!(refused.error(), (ErrorCode::FailedPrecondition as u32, what.to_owned()));
    raw.send(&RawFrame::new(3, BUILDER_METHOD_ID_BUILD, RawFrame::UNARY, &[0]))
        .await;
    assert_eq!(raw.receive().await, Some(RawFrame::new(3, 0, RawFrame::UNARY, &[0])));
}

#[tokio::test]
async fn answers_that_facet_must_not_read_fail_their_call_alone() {
    let endless = [0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    let deep = vec![1; 100_000];
    for (units, payload, problem) in [
        (true, &endless[..], "Progress.units: answer: "),
        (true, &[], "Progress.units: answer: "),
        (true, &[1, 7], "Progress.units: 1 bytes are left"),
        (false, &deep, "Progress.tree: answer."),
    ] {
        let (mut raw, calls) = Connected::to(Host::new()).await.raw();
        let call = tokio::spawn(async move {
            let answer = match units {
                true => calls.units().await.map(drop),
                false => calls.tree().await.map(drop),
            };
            // The connection lives on.
            assert_eq!(calls.step(1).await.expect("an answer"), 2);
            answer
        });
        let called = raw.receive().await.expect("a call");
        raw.send(&RawFrame::new(called.channel, 0, RawFrame::UNARY, payload))
            .await;
        let called = raw.receive().await.expect("a call");
        assert_eq!(called, RawFrame::new(4, PROGRESS_METHOD_ID_STEP, RawFrame::UNARY, &[1]));
        raw.send(&RawFrame::new(4, 0, RawFrame::UNARY, &[2])).await;
        let (code, message) = failure(call).await;
        assert_eq!(code, ErrorCode::Internal);
        let expected = format!("the client's answer cannot be read: {problem}");
        assert!(message.starts_with(&expected), "{message}");
    }
}

#[tokio::test]
async fn an_answer_above_the_limit_ends_the_connection_and_its_call() {
    let limits = Limits {
        max_frame_bytes: 1000,
        ..Limits::default()
    };
    let (mut raw, calls) = Connected::to(Host::new().with_limits(limits)).await.raw();
    let call = tokio::spawn(async move { calls.tree().await });
    let called = raw.receive().await.expect("a call");
    raw.send(&RawFrame::new(called.channel, 0, RawFrame::UNARY, &[0; 1000]))
        .await;
    failure(call).await;
    assert_eq!(raw.receive().await, None);
}
