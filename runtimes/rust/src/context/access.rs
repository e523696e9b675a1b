//! The host's hooks: who a client is, and what it may call.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use rapace::{ErrorCode, RpcError};
use tokio::time::timeout;

use super::hello::Hello;
use super::identity::{Identity, Refused};
use crate::calls::panic_text;
use crate::frames::status;

/// The refusal when the hook fails or takes too long.
const FAILED: &str = "authentication failed";
/// The refusal when the hook gives no reason.
const NOT_AUTHENTICATED: &str = "not authenticated";

type Authenticate = dyn Fn(Hello) -> BoxFuture<'static, Result<Identity, Refused>> + Send + Sync;
type Authorize = dyn Fn(Option<&Identity>, &str) -> Result<(), Refused> + Send + Sync;

/// The hooks of a host, and the calls of each identity.
#[derive(Clone, Default)]
pub(crate) struct Access {
    authenticate: Option<Arc<Authenticate>>,
    authorize: Option<Arc<Authorize>>,
    calls: Arc<Mutex<HashMap<String, usize>>>,
}

/// A call of an identity, for as long as this lives.
pub(crate) struct OfIdentity {
    calls: Arc<Mutex<HashMap<String, usize>>>,
    identity: Identity,
}

impl Access {
    pub(crate) fn set_authenticate<F, Fut>(&mut self, hook: F)
    where
        F: Fn(Hello) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Identity, Refused>> + Send + 'static,
    {
        self.authenticate = Some(Arc::new(move |hello| hook(hello).boxed()));
    }

    pub(crate) fn set_authorize<F>(&mut self, hook: F)
    where
        F: Fn(Option<&Identity>, &str) -> Result<(), Refused> + Send + Sync + 'static,
    {
        self.authorize = Some(Arc::new(hook));
    }

    /// Whether clients are asked who they are.
    pub(crate) fn authenticates(&self) -> bool {
        self.authenticate.is_some()
    }

    /// The identity of a client, `None` without a hook. The error is the text of the refusal.
    pub(crate) async fn authenticate(&self, hello: Hello, time: Duration) -> Result<Option<Identity>, String> {
        let Some(hook) = &self.authenticate else {
            return Ok(None);
        };
        // Also a hook that panics before it returns its future.
        let asked = AssertUnwindSafe(async { hook(hello).await }).catch_unwind();
        match timeout(time, asked).await {
            Ok(Ok(Ok(identity))) => Ok(Some(identity)),
            Ok(Ok(Err(refused))) => Err(refused.text(|| NOT_AUTHENTICATED.to_owned())),
            Ok(Err(panic)) => {
                let text = panic_text(&*panic).unwrap_or("no text");
                tracing::error!(panic = text, "the authentication panicked");
                Err(FAILED.to_owned())
            }
            Err(_) => {
                tracing::error!(?time, "the authentication took too long");
                Err(FAILED.to_owned())
            }
        }
    }

    /// Whether this identity may call `Service.method`.
    pub(crate) fn authorize(&self, identity: Option<&Identity>, method: &str) -> Result<(), RpcError> {
        let Some(hook) = &self.authorize else { return Ok(()) };
        let asked = catch_unwind(AssertUnwindSafe(|| hook(identity, method)));
        let refused = asked.unwrap_or_else(|panic| {
            let text = panic_text(&*panic).unwrap_or("no text");
            tracing::error!(method, panic = text, "the authorization panicked");
            Err(Refused::new("authorization failed"))
        });
        refused.map_err(|refused| {
            let text = refused.text(|| format!("{method} is not allowed for this identity"));
            status(ErrorCode::PermissionDenied, text)
        })
    }

    /// Counts a call of this identity.
    ///
    /// # Errors
    /// When `limit` of its calls run already, on whatever connections.
    pub(crate) fn count(&self, identity: &Identity, limit: usize) -> Result<OfIdentity, RpcError> {
        let name = identity.name();
        let mut calls = lock(&self.calls);
        match calls.get_mut(name) {
            Some(running) if *running >= limit => {
                let what = format!("{running} calls of {name} run already");
                return Err(status(ErrorCode::ResourceExhausted, what));
            }
            Some(running) => *running += 1,
            None => drop(calls.insert(name.to_owned(), 1)),
        }
        Ok(OfIdentity {
            calls: self.calls.clone(),
            identity: identity.clone(),
        })
    }
}

impl Drop for OfIdentity {
    fn drop(&mut self) {
        let mut calls = lock(&self.calls);
        let name = self.identity.name();
        if let Some(running) = calls.get_mut(name) {
            *running -= 1;
            if *running == 0 {
                calls.remove(name);
            }
        }
    }
}

/// The table is whole between any two statements, so a panic elsewhere does not spoil it.
fn lock(calls: &Mutex<HashMap<String, usize>>) -> MutexGuard<'_, HashMap<String, usize>> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}
