//! The services of a host, and where each of their methods is.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use rapace::RpcSession;
use rapace::rapace_core::Frame;
use rapace::registry::ServiceRegistry;

use crate::calls::panic_text;
use crate::dispatched::{BoxedDispatch, Dispatch};
use crate::offload::Answers;
use crate::payload::{self, Request};

/// Services by their place, and their methods.
#[derive(Clone, Default)]
pub(crate) struct Services {
    list: Vec<Service>,
    /// By method id.
    routes: HashMap<u32, Route>,
    /// What clients must answer to calls of handlers, by method id.
    answers: Arc<HashMap<u32, Request>>,
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

impl Services {
    /// Adds a service. `connect` makes its dispatcher for a connection.
    ///
    /// # Errors
    /// When its name or a method's id is there already, or rapace refuses it.
    pub(crate) fn add<D>(
        &mut self,
        register: impl FnOnce(&mut ServiceRegistry),
        has_session: bool,
        connect: impl Fn(&Arc<RpcSession>) -> D + Send + Sync + 'static,
    ) -> Result<(), RegisterError>
    where
        D: Fn(Frame) -> Dispatch + Send + Sync + 'static,
    {
        let registry = registered(register)?;
        let connect: Arc<Connect> = Arc::new(move |session| Box::new(connect(session)));
        for service in registry.services() {
            if self.list.iter().any(|s| s.name == service.name) {
                let service = service.name.to_owned();
                return Err(RegisterError::ServiceTwice { service });
            }
            let methods: Vec<_> = service.iter_methods().collect();
            for (method, request) in methods.iter().zip(payload::requests(&methods)) {
                let route = Route {
                    service: self.list.len(),
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
            self.list.push(Service {
                name: service.name,
                connect: connect.clone(),
            });
        }
        Ok(())
    }

    /// Adds a service of clients, whose answers are checked.
    ///
    /// # Errors
    /// When rapace refuses it, or a method of another service of clients has the same id.
    pub(crate) fn add_called(&mut self, register: impl FnOnce(&mut ServiceRegistry)) -> Result<(), RegisterError> {
        let registry = registered(register)?;
        let all = Arc::make_mut(&mut self.answers);
        for service in registry.services() {
            let methods: Vec<_> = service.iter_methods().collect();
            for (method, answer) in methods.iter().zip(payload::answers(&methods)) {
                let id = method.id.0;
                match all.get(&id) {
                    Some(has) if has.method() != method.full_name => {
                        let (has, adds) = (has.method().to_owned(), method.full_name.clone());
                        return Err(RegisterError::SameId { id, has, adds });
                    }
                    // The same service once more changes nothing.
                    Some(_) => {}
                    None => drop(all.insert(id, answer)),
                }
            }
        }
        Ok(())
    }

    /// What clients must answer, by method id.
    pub(crate) fn answers(&self) -> Arc<HashMap<u32, Request>> {
        self.answers.clone()
    }

    /// Whether a service has the session of its connection, and so can call the client.
    pub(crate) fn have_session(&self) -> bool {
        self.routes.values().any(|route| route.has_session)
    }

    /// The names of the services.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.list.iter().map(|service| service.name).collect()
    }

    /// Where the method with this id is.
    pub(crate) fn route(&self, method: u32) -> Option<&Route> {
        self.routes.get(&method)
    }

    /// Makes a dispatcher of each service for one connection.
    pub(crate) fn dispatchers(&self, session: &Arc<RpcSession>) -> Vec<BoxedDispatch> {
        self.list.iter().map(|service| (service.connect)(session)).collect()
    }
}

/// The services that `register` registers.
fn registered(register: impl FnOnce(&mut ServiceRegistry)) -> Result<ServiceRegistry, RegisterError> {
    // A new registry: one that has a service of that name already would panic.
    let mut registry = ServiceRegistry::new();
    // It panics as well over two methods of one trait that have the same id.
    std::panic::catch_unwind(AssertUnwindSafe(|| register(&mut registry))).map_err(|panic| {
        let reason = panic_text(&*panic).unwrap_or("it panicked").to_owned();
        RegisterError::Refused { reason }
    })?;
    Ok(registry)
}
