//! The host: which services there are, and how they are served on a listener.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;

use futures::future::{Either, select};
use rapace::rapace_core::Frame;
use rapace::registry::ServiceRegistry;
use rapace::{RpcError, RpcSession, Transport};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use crate::accept::accept;
use crate::budget::Budget;
use crate::connection;
use crate::dispatch::panic_text;
use crate::limits::Limits;
use crate::listener::Listener;
use crate::offload::Answers;
use crate::opening::{Opening, plain};
use crate::payload::{self, Request};
use crate::places::{Place, Places};

/// What a request is answered with, as rapace's generated dispatchers return it.
pub type Dispatch = Pin<Box<dyn Future<Output = Result<Frame, RpcError>> + Send + 'static>>;

/// The dispatcher of a service on one connection.
pub(crate) type BoxedDispatch = Box<dyn Fn(Frame) -> Dispatch + Send + Sync>;

/// Several services that are served together.
///
/// A host can serve several listeners at once: clone it, the services are shared.
#[derive(Clone)]
pub struct Host {
    services: Vec<Service>,
    /// By method id; a service's place is the one in `services`.
    routes: HashMap<u32, Route>,
    limits: Limits,
    budget: Arc<Budget>,
}

#[derive(Clone)]
struct Service {
    name: &'static str,
    connect: Arc<Connect>,
}

/// Makes the dispatcher of a service for one connection.
type Connect = dyn Fn(&Arc<RpcSession>) -> BoxedDispatch + Send + Sync;

/// Where a method is, and what its requests must be.
#[derive(Clone)]
pub(crate) struct Route {
    /// The service's place.
    pub(crate) service: usize,
    pub(crate) request: Arc<Request>,
    /// Whether it answers with a stream.
    pub(crate) streams: bool,
    /// Whether its service has the session, and so can open tunnels.
    pub(crate) has_session: bool,
    pub(crate) answers: Arc<Answers>,
}

/// Why a service cannot be added to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterError {
    /// The host has a service of this name already.
    ServiceTwice {
        /// The name of the service.
        service: String,
    },
    /// Two methods have the same id on the wire, so that one of them could never be called. Rename one.
    SameId {
        /// The id of both.
        id: u32,
        /// The method that the host has, as `Service.method`.
        has: String,
        /// The method that would be added.
        adds: String,
    },
    /// Rapace's own registry refused the service.
    Refused {
        /// What it said.
        reason: String,
    },
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ServiceTwice { service } => {
                write!(f, "the host has a service named {service} already")
            }
            Self::SameId { id, has, adds } => write!(
                f,
                "the methods {has} and {adds} have the same id {id} on the wire; rename one of them"
            ),
            Self::Refused { reason } => write!(f, "the service cannot be registered: {reason}"),
        }
    }
}

impl std::error::Error for RegisterError {}

impl Default for Host {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            services: Vec::new(),
            routes: HashMap::new(),
            budget: Budget::new(limits.max_host_bytes),
            limits,
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
        self.budget = Budget::new(limits.max_host_bytes);
        self.limits = limits;
        self
    }

    /// Adds a service.
    ///
    /// `register` is the `foo_register` function that rapace generates beside the trait `Foo`. `connect` makes the
    /// dispatcher for each new connection: `|transport| FooServer::new(foo.clone()).into_session_dispatcher(transport)`.
    pub fn service<D>(
        self,
        register: impl FnOnce(&mut ServiceRegistry),
        connect: impl Fn(Transport) -> D + Send + Sync + 'static,
    ) -> Result<Self, RegisterError>
    where
        D: Fn(Frame) -> Dispatch + Send + Sync + 'static,
    {
        self.add(register, false, move |session| connect(session.transport().clone()))
    }

    /// Adds a service whose handlers need the session of their connection: to open tunnels, or to call the client.
    ///
    /// Otherwise as [`service`](Self::service): `|session| FooServer::new(Foo::on(session.clone()))
    /// .into_session_dispatcher(session.transport().clone())`. A tunnel's reader finds its end when the connection is gone.
    /// Who reads a tunnel slowly holds up its whole connection, because rapace's session waits for room in it.
    /// What is sent before the client has opened its end is lost: wait there for its first word.
    ///
    /// Write into a tunnel by `send_chunk` and `close_tunnel` of the session: the writer of rapace's `TunnelStream` sends a
    /// chunk that had to wait for room over and over.
    pub fn service_with_session<D>(
        self,
        register: impl FnOnce(&mut ServiceRegistry),
        connect: impl Fn(&Arc<RpcSession>) -> D + Send + Sync + 'static,
    ) -> Result<Self, RegisterError>
    where
        D: Fn(Frame) -> Dispatch + Send + Sync + 'static,
    {
        self.add(register, true, connect)
    }

    fn add<D>(
        mut self,
        register: impl FnOnce(&mut ServiceRegistry),
        has_session: bool,
        connect: impl Fn(&Arc<RpcSession>) -> D + Send + Sync + 'static,
    ) -> Result<Self, RegisterError>
    where
        D: Fn(Frame) -> Dispatch + Send + Sync + 'static,
    {
        // A registry of its own: a shared one panics over a service that it has already.
        let mut registry = ServiceRegistry::new();
        // It panics as well over two methods of one trait that have the same id.
        std::panic::catch_unwind(AssertUnwindSafe(|| register(&mut registry))).map_err(|panic| {
            let reason = panic_text(&*panic).unwrap_or("it panicked").to_owned();
            RegisterError::Refused { reason }
        })?;
        let connect: Arc<Connect> = Arc::new(move |session| Box::new(connect(session)));
        for service in registry.services() {
            if self.services.iter().any(|s| s.name == service.name) {
                let service = service.name.to_owned();
                return Err(RegisterError::ServiceTwice { service });
            }
            let methods: Vec<_> = service.iter_methods().collect();
            for (method, request) in methods.iter().zip(payload::requests(&methods)) {
                let route = Route {
                    service: self.services.len(),
                    request: Arc::new(request),
                    streams: method.is_streaming,
                    has_session,
                    answers: Arc::default(),
                };
                if let Some(has) = self.routes.insert(method.id.0, route) {
                    return Err(RegisterError::SameId {
                        id: method.id.0,
                        has: has.request.method().to_owned(),
                        adds: method.full_name.clone(),
                    });
                }
            }
            self.services.push(Service {
                name: service.name,
                connect: connect.clone(),
            });
        }
        Ok(self)
    }

    /// What the host allows.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Serves the connections that `listener` accepts until `shutdown` is ready.
    ///
    /// Then no connection is accepted any more. What had arrived by then on those that are open is answered: calls in flight
    /// may finish within [`Limits::grace`]. It returns when all connections are closed. Errors of accepting are logged and survived.
    pub async fn serve(self, listener: Listener, shutdown: impl Future<Output = ()>) {
        let host = Arc::new(self);
        let places = Places::new(&host.limits);
        let (stop, stopped) = watch::channel(());
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let next = pin!(async {
                let (opening, peer) = accept(|| listener.accept()).await;
                (opening, places.take(peer).await)
            });
            let (opening, place) = match select(next, &mut shutdown).await {
                Either::Left((accepted, _)) => accepted,
                Either::Right(_) => break,
            };
            let (host, mut stopped) = (host.clone(), stopped.clone());
            // The sender sends nothing: that it is dropped is the signal.
            let stop = async move { drop(stopped.changed().await) };
            match place {
                Ok(place) => drop(connections.spawn(host.open(opening, place, stop))),
                Err(refusal) => {
                    if let Some(turned_away) = places.turn_away(&host, opening, refusal) {
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

    async fn open(self: Arc<Self>, opening: Opening, place: Place, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let share = self.budget.share();
        let halves = match select(pin!(opening.halves(&self.limits, &share)), &mut stop).await {
            Either::Left((Ok(halves), _)) => halves,
            Either::Left((Err(error), _)) => return tracing::debug!(%error, "not a connection"),
            Either::Right(_) => return,
        };
        let first_request = Some(self.limits.first_request);
        connection::serve(self, share, halves, first_request, Some(place), stop).await;
    }

    /// Serves one connection that is open already, such as one end of an in-memory pipe, until its peer closes it or
    /// `shutdown` is ready. It may be idle for as long as it likes.
    pub async fn serve_stream<S>(self, stream: S, shutdown: impl Future<Output = ()>)
    where
        S: AsyncRead + AsyncWrite + Send + Sync + 'static,
    {
        let share = self.budget.share();
        connection::serve(
            Arc::new(self),
            share,
            plain(tokio::io::split(stream)),
            None,
            None,
            shutdown,
        )
        .await;
    }

    /// The memory of all connections.
    pub(crate) fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// Where the method with this id is.
    pub(crate) fn route(&self, method: u32) -> Option<&Route> {
        self.routes.get(&method)
    }

    /// Makes a dispatcher of each service for one connection.
    pub(crate) fn dispatchers(&self, session: &Arc<RpcSession>) -> Vec<BoxedDispatch> {
        self.services.iter().map(|service| (service.connect)(session)).collect()
    }
}

/// A connection panics only where a service's `connect` does; the others go on.
fn report(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection could not be served");
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services: Vec<_> = self.services.iter().map(|s| s.name).collect();
        f.debug_struct("Host")
            .field("services", &services)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
