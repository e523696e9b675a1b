//! One connection, from its first byte to its last.

use std::future::ready;
use std::io::{self, ErrorKind};
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::future::{Either, select};
use rapace::{RpcError, RpcSession, Transport};
use tokio::time::{Instant, timeout, timeout_at};

use crate::budget::Share;
use crate::callbacks::{Callbacks, end_calls};
use crate::calls::Calls;
use crate::context::{Carriage, Door};
use crate::dispatch::Dispatcher;
use crate::farewell::Farewell;
use crate::intake::{Ended, Intake};
use crate::linger::{lend, linger};
use crate::opening::Halves;
use crate::outbox::Outbox;
use crate::pair::first_of;
use crate::places::Place;
use crate::reader::FrameReader;
use crate::shared::Shared;
use crate::stranger::Protocol;
use crate::writer::write_out;

/// How long the last answers of a connection may take to leave once its calls were stopped.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// Serves one connection until its peer ends it or `stop` is ready. The first request has to come within `first_request`.
///
/// Calls in flight then have the host's period of grace to finish, except after a breach of the protocol or when nobody
/// can hear their answers; what runs still is stopped.
pub(crate) async fn serve(
    shared: Arc<Shared>,
    share: Share,
    halves: Halves,
    first_request: Option<Duration>,
    mut place: Option<Place>,
    stop: impl Future<Output = ()>,
) {
    let limits = shared.limits.clone();
    let calls = Calls::new(limits.max_calls);
    // Also when this future is dropped half-way.
    let _stop_at_the_end = StopAll(calls.clone());
    let services = &shared.services;
    let callbacks = Callbacks::new(services.answers(), shared.channels, services.have_session(), &limits);
    let outbox = Outbox::new(limits.write_buffer_bytes, calls.clone(), callbacks.clone(), &share);
    let carriage = Carriage::default();
    let door = Door::new(
        shared.access.clone(),
        &limits,
        share.clone(),
        halves.peer,
        carriage.clone(),
    );
    let (transport, frames) = Transport::mem_pair();
    let mut writing = tokio::spawn(write_out(outbox.clone(), frames.clone(), halves.writer));
    let (reader, back) = lend(halves.reader);
    let intake = Intake {
        reader: FrameReader::new(reader, &limits, share.clone(), first_request),
        session: frames,
        outbox: outbox.clone(),
        share: share.clone(),
        limits: limits.clone(),
        callbacks: callbacks.clone(),
        calls: calls.clone(),
        shared: shared.clone(),
        door,
        notified: false,
    };

    let mut tunnels = EndTunnels(Weak::new());
    let until = {
        let session = Arc::new(RpcSession::with_channel_start(transport, shared.channels.first()));
        tunnels.0 = Arc::downgrade(&session);
        callbacks.belong_to(&session);
        let dispatcher = Dispatcher::new(shared, calls.clone(), outbox.clone(), share, carriage, &session);
        let dispatched = dispatcher.ended();
        session.set_dispatcher(move |frame| dispatcher.dispatch(frame));
        let _end = EndSession(session.clone());
        let mut running = pin!(session.clone().run());
        let stop = pin!(stop);
        let taken = take_in(intake.run(stop), &outbox);
        match first_of(pin!(taken), running.as_mut()).await {
            Either::Left(Ok(ended)) => {
                if matches!(ended, Ended::Peer) {
                    place.iter_mut().for_each(Place::leave);
                }
                let until = match ended {
                    Ended::Peer => Instant::now() + limits.grace,
                    Ended::Stopped(until) => until,
                };
                // The session has the last frames still. A tunnel may hold it up.
                let dispatched = pin!(dispatched.notified());
                let _ = timeout_at(until, select(dispatched, running)).await;
                until
            }
            Either::Left(Err(error)) => {
                close(&error, &outbox, &halves.farewell);
                Instant::now()
            }
            // It reads from us, and we have not ended.
            Either::Right(_) => Instant::now(),
        }
    };

    // From now on a call of a handler to the client fails at once.
    callbacks.session_ends();

    // The session is gone, so only running calls hold the transport still. With the last of them the writer ends, when all that
    // they answered is written.
    if timeout_at(until, &mut writing).await.is_err() {
        calls.stop_all();
        if timeout(CLOSE_TIME, &mut writing).await.is_err() {
            writing.abort();
        }
    }
    // Those too that calls opened since the session ended.
    drop(tunnels);
    linger(back).await;
}

/// Takes in frames until the connection ends or nothing can be written to it any more.
async fn take_in(intake: impl Future<Output = io::Result<Ended>>, outbox: &Outbox) -> io::Result<Ended> {
    match select(pin!(intake), pin!(outbox.failed())).await {
        Either::Left((ended, _)) => ended,
        Either::Right((error, _)) => Err(error),
    }
}

/// Logs why a connection is closed, and tells the peer where there are words for it.
fn close(error: &io::Error, outbox: &Outbox, farewell: &Farewell) {
    match error.kind() {
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            tracing::debug!(%error, "connection closed");
        }
        ErrorKind::TimedOut | ErrorKind::OutOfMemory | ErrorKind::PermissionDenied => {
            tracing::warn!(%error, "connection closed");
            farewell.for_policy(&error.to_string());
        }
        _ => {
            tracing::warn!(%error, "connection closed");
            let protocol = error.get_ref().and_then(|inner| inner.downcast_ref::<Protocol>());
            if let Some(protocol) = protocol {
                outbox.push_bytes(&protocol.answer());
            }
        }
    }
}

/// Takes the services from a session that is over. Some of them hold the session, which would keep both for ever.
struct EndSession(Arc<RpcSession>);

impl Drop for EndSession {
    fn drop(&mut self) {
        self.0.set_dispatcher(|_| ready(Err(RpcError::Cancelled)));
        end_tunnels(&self.0);
    }
}

/// Ends the tunnels and the calls of a session that was over long before.
struct EndTunnels(Weak<RpcSession>);

impl Drop for EndTunnels {
    fn drop(&mut self) {
        if let Some(session) = self.0.upgrade() {
            end_tunnels(&session);
            end_calls(&session);
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
