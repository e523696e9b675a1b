//! From the requests of one connection to the handlers, and back with their answers.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use futures::FutureExt;
use futures::future::{Abortable, BoxFuture, ready};
use rapace::rapace_core::{Frame, MsgDescHot};
use rapace::{ErrorCode, FrameFlags, RpcError, RpcSession, Transport};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::budget::{Charge, Share};
use crate::calls::{Calls, Running, panic_text};
use crate::dispatched::{BoxedDispatch, Dispatch};
use crate::frames::{END, OURS, STOP, WANTS_REPLY, encoded_bytes, error, no_memory, status};
use crate::offload::{LARGE, Lane, When, run};
use crate::outbox::Outbox;
use crate::payload::with_stack;
use crate::services::Route;
use crate::shared::Shared;

/// What a call takes besides its payloads, in bytes: its task and its entry.
const CALL_BYTES: usize = 2 * 1024;
/// Answers of fewer bytes are never refused for want of memory.
const SMALL_ANSWER: usize = 64 * 1024;
/// What a client learns of a panic.
const PANICKED: &str = "the handler panicked";

/// Takes the requests of one connection to the services.
pub(crate) struct Dispatcher {
    connection: Arc<Connection>,
    /// Notified when the session has dispatched the peer's last frame.
    ended: Arc<Notify>,
}

/// What the calls of a connection share.
struct Connection {
    shared: Arc<Shared>,
    calls: Calls,
    outbox: Outbox,
    share: Share,
    lane: Lane,
    transport: Transport,
    session: Weak<RpcSession>,
    /// A dispatcher for each service of the host, in its order.
    services: Vec<BoxedDispatch>,
    /// How many tunnels may be open by now: calls since they were counted, and those that were open then.
    tunnels: AtomicUsize,
}

/// What the caller waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// A caller who wants one answer.
    Unary,
    /// A caller who wants items and an end.
    Stream,
    /// Nobody.
    Nobody,
}

impl Dispatcher {
    pub(crate) fn new(
        shared: Arc<Shared>,
        calls: Calls,
        outbox: Outbox,
        share: Share,
        session: &Arc<RpcSession>,
    ) -> Self {
        let services = shared.services.dispatchers(session);
        let connection = Connection {
            shared,
            calls,
            outbox,
            share,
            lane: Lane::new(),
            transport: session.transport().clone(),
            session: Arc::downgrade(session),
            services,
            tunnels: AtomicUsize::new(0),
        };
        Self {
            connection: Arc::new(connection),
            ended: Arc::default(),
        }
    }

    /// Is notified when the session has dispatched the frame that comes after the peer's last.
    pub(crate) fn ended(&self) -> Arc<Notify> {
        self.ended.clone()
    }

    /// Answers a request. The session sends nothing of what is returned: all requests have `NO_REPLY`.
    pub(crate) fn dispatch(&self, mut request: Frame) -> BoxFuture<'static, Result<Frame, RpcError>> {
        let desc = &mut request.desc;
        if desc.flags.contains(OURS) {
            match desc.method_id {
                STOP => self.connection.calls.stop(desc.msg_id as u32),
                END => self.ended.notify_one(),
                other => tracing::error!(method = other, "no frame of ours has this method"),
            }
            return Box::pin(ready(Err(RpcError::Cancelled)));
        }
        let caller = match (desc.flags.contains(WANTS_REPLY), desc.channel_id) {
            (true, _) => Caller::Unary,
            (false, 0) => Caller::Nobody,
            (false, _) => Caller::Stream,
        };
        if caller == Caller::Unary {
            desc.flags -= WANTS_REPLY | FrameFlags::NO_REPLY;
        }
        let channel = desc.channel_id;
        match self.connection.start(caller, request) {
            Ok(call) => Box::pin(call),
            Err(refusal) => {
                if caller != Caller::Nobody {
                    self.connection.outbox.push(&error(channel, &refusal), None);
                }
                Box::pin(ready(Err(RpcError::Cancelled)))
            }
        }
    }
}

impl Connection {
    /// Starts the handler, or says why not.
    fn start(
        self: &Arc<Self>,
        caller: Caller,
        request: Frame,
    ) -> Result<impl Future<Output = Result<Frame, RpcError>> + Send + use<>, RpcError> {
        let MsgDescHot {
            channel_id: channel,
            method_id: method,
            ..
        } = request.desc;
        let Some(route) = self.shared.services.route(method).cloned() else {
            let what = format!("no service here has a method with the id {method}");
            return Err(status(ErrorCode::Unimplemented, what));
        };
        if caller == Caller::Stream && !route.streams {
            let what = format!("{} answers once; it was called as a stream", route.request.method());
            return Err(status(ErrorCode::InvalidArgument, what));
        }
        self.count_tunnels(&route)?;
        let Some((stop, running)) = self.calls.start(channel) else {
            let what = format!("{} calls run on this connection already", self.calls.limit());
            return Err(status(ErrorCode::ResourceExhausted, what));
        };
        let charge = self.share.pay_anyway(CALL_BYTES);
        let call = {
            let (connection, route, later) = (self.clone(), route.clone(), running.much());
            async move {
                connection.outbox.startable(caller == Caller::Stream).await;
                let when = When {
                    first: request.payload_bytes().len() >= LARGE,
                    always: caller == Caller::Unary && route.answers.may_be_large(),
                    later,
                };
                let lane = connection.lane.clone();
                run(connection.call(route, request, charge), when, lane).await
            }
        };
        let call = Abortable::new(AssertUnwindSafe(call).catch_unwind(), stop);
        let connection = self.clone();
        Ok(async move {
            let result = match call.await {
                Ok(Ok(result)) => result,
                Ok(Err(panic)) => Err(connection.panicked(route.request.method(), &*panic)),
                Err(_stopped) => Err(RpcError::Cancelled),
            };
            connection.finish(caller, channel, &route, result, running).await;
            Err(RpcError::Cancelled)
        })
    }

    /// Checks the request, pays for what it takes in memory and calls the handler.
    fn call(self: Arc<Self>, route: Route, request: Frame, mut charge: Charge) -> Dispatch {
        Box::pin(async move {
            let payload = request.payload_bytes().len();
            let checked = route.request.check(request.payload_bytes(), &self.shared.limits)?;
            // The dispatcher copies the payload before it decodes it.
            let needed = usize::try_from(checked.decoded)
                .unwrap_or(usize::MAX)
                .saturating_add(payload);
            if needed > CALL_BYTES {
                charge.absorb(self.pay(needed).await?);
            }
            let answer = with_stack(self.services[route.service](request), checked.inside).await;
            drop(charge);
            answer
        })
    }

    /// Pays for a request; an error when there is no memory in time.
    async fn pay(&self, bytes: usize) -> Result<Charge, RpcError> {
        let wait = self.shared.limits.memory_wait;
        let paid = match self.share.can_ever_pay(bytes) {
            true => timeout(wait, self.share.pay(bytes)).await.ok(),
            false => None,
        };
        paid.ok_or_else(|| no_memory("request", bytes, self.share.budget().limit()))
    }

    /// Sends the end of a call. It counts as running until that has left.
    async fn finish(
        &self,
        caller: Caller,
        channel: u32,
        route: &Route,
        result: Result<Frame, RpcError>,
        running: Running,
    ) {
        match (caller, result) {
            (Caller::Unary, Ok(mut answer)) => {
                answer.desc.channel_id = channel;
                let bytes = encoded_bytes(&answer);
                route.answers.note(bytes);
                if bytes < SMALL_ANSWER || self.share.try_pay(bytes).is_some() {
                    return self.outbox.push(&answer, Some(running));
                }
                let error_of = no_memory("answer", bytes, self.share.budget().limit());
                tracing::warn!(method = route.request.method(), bytes, "no memory for an answer");
                self.outbox.push(&error(channel, &error_of), Some(running));
            }
            (Caller::Unary, Err(failure)) => self.outbox.push(&error(channel, &failure), Some(running)),
            (Caller::Stream, Err(failure)) => {
                // Its items wait in the transport; the end goes the same way. A failure to send means that the connection is
                // gone, as its reader finds out as well.
                let _ = self.transport.send_frame(error(channel, &failure)).await;
            }
            // The generated dispatcher has sent the end of a stream.
            (Caller::Stream, Ok(_)) | (Caller::Nobody, _) => {}
        }
    }

    /// Refuses calls of services that open tunnels when too many are open. Counting them takes a while, so that it is done when
    /// each call since may have opened the last one that is allowed.
    fn count_tunnels(&self, route: &Route) -> Result<(), RpcError> {
        let limit = self.shared.limits.max_tunnels;
        if !route.has_session || self.tunnels.fetch_add(1, Ordering::Relaxed) < limit {
            return Ok(());
        }
        let open = self
            .session
            .upgrade()
            .map_or(0, |session| session.tunnel_channel_ids().len());
        self.tunnels.store(open + 1, Ordering::Relaxed);
        match open < limit {
            true => Ok(()),
            false => Err(status(
                ErrorCode::ResourceExhausted,
                format!("{open} tunnels are open on this connection already"),
            )),
        }
    }

    /// Logs a panic, and says what the client gets to know of it.
    fn panicked(&self, method: &str, panic: &(dyn Any + Send)) -> RpcError {
        let text = panic_text(panic).unwrap_or("no text");
        tracing::error!(method, panic = text, "a handler panicked");
        let message = match self.shared.limits.panic_texts {
            // Worded as rapace's own session words it.
            true => format!("panic in dispatcher: {text}"),
            false => PANICKED.to_owned(),
        };
        status(ErrorCode::Internal, message)
    }
}
