//! One connection, from its first byte to its last.

use std::any::Any;
use std::future::ready;
use std::io::ErrorKind;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Either, select};
use rapace::rapace_core::{Frame, FrameFlags, MsgDescHot};
use rapace::{ErrorCode, RpcError, RpcSession, Transport, TransportError};
use tokio::time::timeout;

use crate::Host;
use crate::calls::Calls;
use crate::host::{BoxedDispatch, Route};
use crate::linger::{lend, linger};
use crate::opening::{ReadHalf, WriteHalf};
use crate::payload::with_stack;
use crate::reader::FrameReader;
use crate::writer::frame_writer;

/// The side that accepts gives even numbers to the channels that it opens.
const FIRST_CHANNEL: u32 = 2;
/// How long the last answers of a connection may take to leave once its calls were stopped.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// Serves one connection until its peer ends it or `stop` is ready.
///
/// Calls in flight then have the host's period of grace to finish, except after a breach of the protocol or when nobody
/// can hear their answers; what runs still is stopped.
pub(crate) async fn serve(host: Arc<Host>, halves: (ReadHalf, WriteHalf), stop: impl Future) {
    let limits = host.limits().clone();
    let calls = Calls::new(limits.max_calls);
    // Also when this future is dropped half-way.
    let _stop_at_the_end = StopAll(calls.clone());
    let cancelled = {
        let calls = calls.clone();
        move |channel| calls.stop(channel)
    };
    let (reader, back) = lend(halves.0);
    let reader = FrameReader::new(reader, limits.max_frame_bytes, cancelled);
    let (writer, write_out) = frame_writer(halves.1, limits.write_buffer_bytes);
    let mut write_out = tokio::spawn(write_out);

    let mut tunnels = EndTunnels(Weak::new());
    let finish_calls = {
        let transport = Transport::stream(tokio::io::join(reader, writer));
        let session = Arc::new(RpcSession::with_channel_start(transport.clone(), FIRST_CHANNEL));
        tunnels.0 = Arc::downgrade(&session);
        let dispatcher = Dispatcher::new(host, calls.clone(), &session);
        session.set_dispatcher(move |frame| dispatcher.dispatch(frame));
        let _end = EndSession(session.clone());
        match select(pin!(session.clone().run()), pin!(stop)).await {
            Either::Left((Ok(()), _)) | Either::Right(_) => true,
            Either::Left((Err(TransportError::Io(error)), _)) if error.kind() == ErrorKind::ConnectionAborted => {
                tracing::debug!(%error, "connection closed");
                false
            }
            Either::Left((Err(error), _)) => {
                tracing::error!(%error, "connection closed");
                false
            }
        }
    };

    // The session is gone, so only running calls hold the transport still. With the last of them the writer goes, and
    // `write_out` ends when it has written all that they answered.
    let grace = if finish_calls { limits.grace } else { Duration::ZERO };
    if timeout(grace, &mut write_out).await.is_err() {
        calls.stop_all();
        if timeout(CLOSE_TIME, &mut write_out).await.is_err() {
            write_out.abort();
        }
    }
    // Those too that calls opened since the session ended.
    drop(tunnels);
    linger(back).await;
}

/// Takes the services from a session that is over. Some of them hold the session, which would keep both for ever.
struct EndSession(Arc<RpcSession>);

impl Drop for EndSession {
    fn drop(&mut self) {
        self.0.set_dispatcher(|_| ready(Err(RpcError::Cancelled)));
        end_tunnels(&self.0);
    }
}

/// Ends the tunnels of a session that was over long before.
struct EndTunnels(Weak<RpcSession>);

impl Drop for EndTunnels {
    fn drop(&mut self) {
        if let Some(session) = self.0.upgrade() {
            end_tunnels(&session);
        }
    }
}

/// Lets readers of tunnels find their end: rapace's session leaves them waiting.
fn end_tunnels(session: &RpcSession) {
    for channel in session.tunnel_channel_ids() {
        session.unregister_tunnel(channel);
    }
}

/// Stops the calls that run still when their connection is gone.
struct StopAll(Calls);

impl Drop for StopAll {
    fn drop(&mut self) {
        self.0.stop_all();
    }
}

/// Takes the requests of one connection to the services.
struct Dispatcher {
    host: Arc<Host>,
    calls: Calls,
    transport: Transport,
    /// A dispatcher for each service of the host, in its order.
    services: Arc<[BoxedDispatch]>,
}

impl Dispatcher {
    fn new(host: Arc<Host>, calls: Calls, session: &Arc<RpcSession>) -> Self {
        let services = host.dispatchers(session).into();
        Self {
            host,
            calls,
            transport: session.transport().clone(),
            services,
        }
    }

    /// Answers a request. The session sends what is returned, unless the request has `NO_REPLY`.
    fn dispatch(&self, request: Frame) -> BoxFuture<'static, Result<Frame, RpcError>> {
        let MsgDescHot {
            channel_id: channel,
            method_id: method,
            flags,
            ..
        } = request.desc;
        // On a channel of its own, NO_REPLY asks for a stream, whose end the session leaves to us. On channel 0 it says
        // that nobody listens.
        let ends_stream = flags.contains(FrameFlags::NO_REPLY) && channel != 0;
        let transport = self.transport.clone();
        let call = self.start(channel, method, request);
        Box::pin(async move {
            let result = match call {
                Ok(call) => call.await,
                Err(refusal) => Err(refusal),
            };
            if let (true, Err(error)) = (ends_stream, &result) {
                // A failure to send means that the connection is gone, as its reader finds out as well.
                let _ = transport.send_frame(error_frame(channel, error)).await;
            }
            result
        })
    }

    /// Starts the handler, so that it can be stopped and its panic is an error. It gets only requests that it can read.
    fn start(
        &self,
        channel: u32,
        method: u32,
        request: Frame,
    ) -> Result<impl Future<Output = Result<Frame, RpcError>> + Send + use<>, RpcError> {
        let Some(Route {
            service,
            request: expected,
        }) = self.host.route(method).cloned()
        else {
            return Err(status(
                ErrorCode::Unimplemented,
                format!("no service here has a method with the id {method}"),
            ));
        };
        let (host, services) = (self.host.clone(), self.services.clone());
        let handler = async move {
            let inside = expected.check(request.payload_bytes(), host.limits())?;
            with_stack(services[service](request), inside).await
        };
        let handler = AssertUnwindSafe(handler).catch_unwind();
        let Some((call, running)) = self.calls.start(channel, handler) else {
            return Err(status(
                ErrorCode::ResourceExhausted,
                format!("{} calls run on this connection already", self.calls.limit()),
            ));
        };
        Ok(async move {
            let result = match call.await {
                Ok(Ok(result)) => result,
                Ok(Err(panic)) => Err(status(ErrorCode::Internal, panic_message(&*panic))),
                Err(_stopped) => Err(RpcError::Cancelled),
            };
            drop(running);
            result
        })
    }
}

fn status(code: ErrorCode, message: String) -> RpcError {
    RpcError::Status { code, message }
}

/// Worded as rapace's own session words it.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    match panic_text(panic) {
        Some(text) => format!("panic in dispatcher: {text}"),
        None => "panic in dispatcher".to_owned(),
    }
}

/// The text with which somebody panicked.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> Option<&str> {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    panic.downcast_ref::<&str>().copied().or(owned)
}

/// An error as rapace sends it: its code and the length of its message, both u32 little-endian, then the message.
fn error_frame(channel: u32, error: &RpcError) -> Frame {
    let (code, message) = match error {
        RpcError::Status { code, message } => (*code, message.clone()),
        RpcError::Transport(_) => (ErrorCode::Internal, "transport error".to_owned()),
        RpcError::Cancelled => (ErrorCode::Cancelled, "cancelled".to_owned()),
        RpcError::DeadlineExceeded => (ErrorCode::DeadlineExceeded, "deadline exceeded".to_owned()),
    };
    let mut payload = Vec::with_capacity(8 + message.len());
    payload.extend((code as u32).to_le_bytes());
    payload.extend((message.len() as u32).to_le_bytes());
    payload.extend(message.as_bytes());
    let mut desc = MsgDescHot::new();
    desc.channel_id = channel;
    desc.flags = FrameFlags::ERROR | FrameFlags::EOS;
    Frame::with_payload(desc, payload)
}
