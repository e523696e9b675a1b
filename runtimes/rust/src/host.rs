//! The host: which services there are, and how they are served on a listener.

use std::fmt;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use futures::future::{Either, select};
use rapace::rapace_core::Frame;
use rapace::registry::ServiceRegistry;
use rapace::{RpcSession, Transport};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use crate::accept::accept;
use crate::budget::Budget;
use crate::callbacks::Channels;
use crate::connection;
use crate::context::{Access, Hello, Identity, Refused};
use crate::dispatched::Dispatch;
use crate::limits::Limits;
use crate::listener::Listener;
use crate::opening::{Opening, plain};
use crate::places::{Place, Places};
use crate::rate::Rate;
use crate::services::{RegisterError, Services};
use crate::shared::Shared;

/// Several services that are served together.
///
/// A host can serve several listeners at once: clone it, the services are shared.
#[derive(Clone)]
pub struct Host {
    shared: Shared,
}

impl Default for Host {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            shared: Shared {
                services: Services::default(),
                budget: Budget::new(limits.max_host_bytes),
                limits,
                access: Access::default(),
                channels: Channels::default(),
            },
        }
    }
}

impl Host {
    /// A host without services, with the default limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what the host allows. Clones that were made before keep their limits and their memory.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.shared.budget = Budget::new(limits.max_host_bytes);
        self.shared.limits = limits;
        self
    }

    /// Sets which channels this side opens: for calls to clients, and for tunnels. The default is [`Channels::Even`].
    ///
    /// With [`Channels::Odd`] every client must open even ones.
    pub fn with_channels(mut self, channels: Channels) -> Self {
        self.shared.channels = channels;
        self
    }

    /// Sets the hook that identifies clients. It runs once per connection: at the hello, or at the first request if there was no hello.
    ///
    /// The hook gets the client's [`Hello`]: the token, the address, the certificates, the headers. It returns an [`Identity`] or a refusal.
    /// While it runs, nothing more is read from the connection. If it takes longer than [`Limits::authentication`] or panics, the client is
    /// refused, and the cause is logged. All calls of a refused client are answered `PermissionDenied` with the text of the refusal. Its
    /// connection is closed after [`Limits::first_request`], or at the sixteenth call.
    pub fn authenticate<F, Fut>(mut self, hook: F) -> Self
    where
        F: Fn(Hello) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Identity, Refused>> + Send + 'static,
    {
        self.shared.access.set_authenticate(hook);
        self
    }

    /// Sets the hook that permits calls. It runs for each call, before the arguments are read, and must not block. It gets the identity,
    /// `None` without [`authenticate`](Self::authenticate), and the method as `Service.method`.
    ///
    /// A refused call is answered `PermissionDenied` with the text of the refusal. The text of [`Refused::default`] is
    /// `Service.method is not allowed for this identity`.
    pub fn authorize<F>(mut self, hook: F) -> Self
    where
        F: Fn(Option<&Identity>, &str) -> Result<(), Refused> + Send + Sync + 'static,
    {
        self.shared.access.set_authorize(hook);
        self
    }

    /// Names a service that clients implement and that handlers of this host call: `foo_register`, which rapace generates for the
    /// trait `Foo`.
    ///
    /// What clients answer is then checked before it is read, as requests are and within the same [`Limits`]. A call whose answer
    /// must not be read fails with `Internal`. Without this, a client whose answer breaks facet-postcard can end the process.
    ///
    /// # Errors
    /// When rapace refuses the service, or one of its methods has the id of another service's method.
    pub fn calls(mut self, register: impl FnOnce(&mut ServiceRegistry)) -> Result<Self, RegisterError> {
        self.shared.services.add_called(register)?;
        Ok(self)
    }

    /// Adds a service.
    ///
    /// `register` is the `foo_register` function that rapace generates for the trait `Foo`. `connect` makes the
    /// dispatcher for each new connection: `|transport| FooServer::new(foo.clone()).into_session_dispatcher(transport)`.
    pub fn service<D>(
        mut self,
        register: impl FnOnce(&mut ServiceRegistry),
        connect: impl Fn(Transport) -> D + Send + Sync + 'static,
    ) -> Result<Self, RegisterError>
    where
        D: Fn(Frame) -> Dispatch + Send + Sync + 'static,
    {
        let connect = move |session: &Arc<RpcSession>| connect(session.transport().clone());
        self.shared.services.add(register, false, connect)?;
        Ok(self)
    }

    /// Adds a service whose handlers need the session of their connection: to open tunnels, or to call the client.
    ///
    /// Otherwise as [`service`](Self::service): `|session| FooServer::new(Foo::on(session.clone()))
    /// .into_session_dispatcher(session.transport().clone())`.
    ///
    /// A client of rapace makes the calls: `BarClient::new(session.clone()).baz().await`, in a handler or in any other task. Name its
    /// service with [`calls`](Self::calls). The client answers on the connection that it has opened; both sides may call at once,
    /// because each opens channels that the other does not: [`with_channels`](Self::with_channels). A request on a channel of ours is
    /// refused with `FailedPrecondition`. Calls that wait when the client closes the connection or when shutdown begins fail with
    /// `Unavailable` at once. With a client that gets the notice of the shutdown, they go on. Calls that begin later fail when the connection is
    /// given up, at the latest after [`Limits::grace`].
    ///
    /// A tunnel's reader finds its end when the connection is gone. A client that reads a tunnel slowly blocks its whole connection, because rapace's session waits for room in the tunnel.
    /// What is sent before the client has opened its end is lost: wait there for its first word.
    ///
    /// Write into a tunnel by `send_chunk` and `close_tunnel` of the session: the writer of rapace's `TunnelStream` sends a
    /// chunk that had to wait for room over and over.
    pub fn service_with_session<D>(
        mut self,
        register: impl FnOnce(&mut ServiceRegistry),
        connect: impl Fn(&Arc<RpcSession>) -> D + Send + Sync + 'static,
    ) -> Result<Self, RegisterError>
    where
        D: Fn(Frame) -> Dispatch + Send + Sync + 'static,
    {
        self.shared.services.add(register, true, connect)?;
        Ok(self)
    }

    /// What the host allows.
    pub fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    /// Serves the connections that `listener` accepts until `shutdown` is ready.
    ///
    /// Then no connection is accepted any more. What had arrived by then on those that are open is answered: calls in flight
    /// may finish within [`Limits::grace`]. A client that has said hello or has pinged gets a notice. Requests that arrive
    /// later are answered `Unavailable` and do not run. It returns when all connections are closed. Errors of accepting are logged and survived.
    pub async fn serve(self, listener: Listener, shutdown: impl Future<Output = ()>) {
        let shared = Arc::new(self.shared);
        let places = Places::new(&shared.limits);
        let mut rate = Rate::new(shared.limits.max_connections_per_second);
        let (stop, stopped) = watch::channel(());
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let next = pin!(async {
                let (opening, peer) = accept(|| listener.accept()).await;
                rate.wait().await;
                let place = places.take(peer.map(|peer| peer.ip())).await;
                (opening, peer, place)
            });
            let (opening, peer, place) = match select(next, &mut shutdown).await {
                Either::Left((accepted, _)) => accepted,
                Either::Right(_) => break,
            };
            let (shared, mut stopped) = (shared.clone(), stopped.clone());
            // The sender sends nothing: that it is dropped is the signal.
            let stop = async move { drop(stopped.changed().await) };
            match place {
                Ok(place) => drop(connections.spawn(open(shared, opening, peer, place, stop))),
                Err(refusal) => {
                    if let Some(turned_away) = places.turn_away(&shared, opening, refusal) {
                        connections.spawn(turned_away);
                    }
                }
            }
            while let Some(ended) = connections.try_join_next() {
                report(ended);
            }
        }
        drop(listener);
        drop(stop);
        while let Some(ended) = connections.join_next().await {
            report(ended);
        }
    }

    /// Serves one connection that is open already, such as one end of an in-memory pipe, until its peer closes it or
    /// `shutdown` is ready. It may be idle for as long as it likes.
    pub async fn serve_stream<S>(self, stream: S, shutdown: impl Future<Output = ()>)
    where
        S: AsyncRead + AsyncWrite + Send + Sync + 'static,
    {
        let share = self.shared.budget.share();
        connection::serve(
            Arc::new(self.shared),
            share,
            plain(tokio::io::split(stream)),
            None,
            None,
            shutdown,
        )
        .await;
    }
}

/// Shakes hands on an accepted socket and serves the connection.
async fn open(
    shared: Arc<Shared>,
    opening: Opening,
    address: Option<SocketAddr>,
    place: Place,
    stop: impl Future<Output = ()>,
) {
    let mut stop = pin!(stop);
    let share = shared.budget.share();
    let mut halves = match select(pin!(opening.halves(&shared.limits, &share)), &mut stop).await {
        Either::Left((Ok(halves), _)) => halves,
        Either::Left((Err(error), _)) => return tracing::debug!(%error, "not a connection"),
        Either::Right(_) => return,
    };
    halves.peer.address = address;
    let first_request = Some(shared.limits.first_request);
    connection::serve(shared, share, halves, first_request, Some(place), stop).await;
}

/// A connection panics only where a service's `connect` does; the others go on.
fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection could not be served");
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("services", &self.shared.services.names())
            .field("limits", &self.shared.limits)
            .finish_non_exhaustive()
    }
}
