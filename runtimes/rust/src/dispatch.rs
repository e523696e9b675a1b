//! From the requests of one connection to the handlers, and back with their answers.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use futures::FutureExt;
use futures::future::{Abortable, BoxFuture, ready};
use rapace::rapace_core::{Frame, MsgDescHot};
use rapace::{ErrorCode, FrameFlags, RpcError, RpcSession, Transport};
use rapace_wire::Metadata;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::budget::{Charge, Share};
use crate::calls::{Calls, Running, panic_text};
use crate::context::{Carriage, Carried, CurrentCall, OfIdentity, deadline_passed, with_call};
use crate::dispatched::{BoxedDispatch, Dispatch};
use crate::frames::{CARRIES, END, OURS, STOP, WANTS_REPLY, code, encoded_bytes, error, no_memory, status};
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
    /// What requests carry, and whose they are.
    carriage: Carriage,
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
        carriage: Carriage,
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
            carriage,
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
        let mut carried = None;
        if desc.flags.contains(CARRIES) {
            desc.flags -= CARRIES;
            carried = self.connection.carriage.take(desc.deadline_ns);
            desc.deadline_ns = u64::MAX;
        }
        let channel = desc.channel_id;
        match self.connection.start(caller, request, carried) {
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
        carried: Option<Carried>,
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
        let of_identity = self.permit(route.request.method())?;
        self.count_tunnels(&route)?;
        let Some((stop, running)) = self.calls.start(channel) else {
            let what = format!("{} calls run on this connection already", self.calls.limit());
            return Err(status(ErrorCode::ResourceExhausted, what));
        };
        let mut charge = self.share.pay_anyway(CALL_BYTES);
        let span = span(
            route.request.method(),
            carried.as_ref().map(|carried| &carried.metadata),
        );
        let deadline = carried.as_ref().and_then(|carried| carried.deadline);
        let current = self.current(carried, &mut charge);
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
                run(connection.call(route, request, charge, current), when, lane).await
            }
        };
        let call = Abortable::new(AssertUnwindSafe(call).catch_unwind(), stop);
        let connection = self.clone();
        let noted = span.clone();
        let ended = async move {
            let result = match in_time(call, deadline).await {
                Ok(Ok(Ok(result))) => result,
                Ok(Ok(Err(panic))) => Err(connection.panicked(route.request.method(), &*panic)),
                Ok(Err(_stopped)) => Err(RpcError::Cancelled),
                Err(passed) => Err(passed),
            };
            drop(of_identity);
            note(&noted, &result);
            connection.finish(caller, channel, &route, result, running).await;
            Err(RpcError::Cancelled)
        };
        Ok(ended.instrument(span))
    }

    /// Whether the client may call this method, and one more; counts it.
    fn permit(&self, method: &str) -> Result<Option<OfIdentity>, RpcError> {
        let (access, identity) = (&self.shared.access, self.carriage.identity());
        access.authorize(identity, method)?;
        match (identity, self.shared.limits.max_calls_per_identity) {
            (Some(identity), Some(limit)) => access.count(identity, limit).map(Some),
            _ => Ok(None),
        }
    }

    /// What the handler can ask about its call; nothing when there is nothing to know.
    fn current(&self, carried: Option<Carried>, charge: &mut Charge) -> Option<CurrentCall> {
        let Some(carried) = carried else {
            return self.carriage.bare().cloned();
        };
        charge.absorb(carried.charge);
        let until = carried.deadline.map(|(_, until)| until);
        let identity = self.carriage.identity().cloned();
        Some(CurrentCall::new(carried.metadata, until, identity))
    }

    /// Checks the request, pays for what it takes in memory and calls the handler.
    fn call(
        self: Arc<Self>,
        route: Route,
        request: Frame,
        mut charge: Charge,
        current: Option<CurrentCall>,
    ) -> Dispatch {
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
            let answer = with_stack(self.services[route.service](request), checked.inside);
            let answer = match current {
                None => answer.await,
                Some(current) => with_call(current, answer).await,
            };
            drop(charge);
            answer
        })
    }

    /// Pays for a request; an error when there is no memory in time.
    async fn pay(&self, bytes: usize) -> Result<Charge, RpcError> {
        let paid = self.share.pay_within(bytes, self.shared.limits.memory_wait).await;
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

/// Waits for a call, at most until its caller's deadline; what the caller gets then.
async fn in_time<F: Future>(call: F, deadline: Option<(u64, Instant)>) -> Result<F::Output, RpcError> {
    match deadline {
        None => Ok(call.await),
        Some((nanoseconds, until)) => {
            let ended = timeout_at(until, call).await;
            ended.map_err(|_| deadline_passed(nanoseconds))
        }
    }
}

/// The span of a call. `traceparent` and `tracestate` are the caller's, for a layer that continues its trace.
fn span(method: &str, metadata: Option<&Metadata>) -> Span {
    tracing::info_span!(
        "rapace.call",
        otel.name = method,
        otel.kind = "server",
        rpc.system = "rapace",
        rpc.method = method,
        traceparent = metadata.and_then(|metadata| metadata.get("traceparent")),
        tracestate = metadata.and_then(|metadata| metadata.get("tracestate")),
        otel.status_code = Empty,
        rpc.rapace.status_code = Empty,
    )
}

/// Notes in the span of a call that it has failed.
fn note(span: &Span, result: &Result<Frame, RpcError>) {
    if let Err(failure) = result {
        span.record("otel.status_code", "ERROR");
        span.record("rpc.rapace.status_code", code(failure) as u32);
    }
}
