//! Who a client is, and why it is refused.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Who a client is: [`Host::authenticate`](crate::Host::authenticate) returns it. Clones share it.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    name: String,
    value: Option<Box<dyn Any + Send + Sync>>,
}

impl Identity {
    /// A client with this name. [`Limits::max_calls_per_identity`](crate::Limits::max_calls_per_identity) counts calls by this name.
    pub fn new(name: impl Into<String>) -> Self {
        let (name, value) = (name.into(), None);
        Self(Arc::new(Inner { name, value }))
    }

    /// The same with a value for handlers and for [`Host::authorize`](crate::Host::authorize): roles, a tenant, a claim.
    pub fn with(name: impl Into<String>, value: impl Any + Send + Sync) -> Self {
        let name = name.into();
        let value: Box<dyn Any + Send + Sync> = Box::new(value);
        Self(Arc::new(Inner {
            name,
            value: Some(value),
        }))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The value, if it has this type.
    pub fn value<T: Any>(&self) -> Option<&T> {
        self.0.value.as_ref()?.downcast_ref()
    }
}

/// Without the value, which may be secret.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.0.name).finish()
    }
}

/// Why a client or a call is refused. The client gets the text with `PermissionDenied`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused(Option<String>);

impl Refused {
    /// A refusal with this text. [`Refused::default`] has a text that says that the client is not authenticated, or that the call is not
    /// allowed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Some(text.into()))
    }

    /// The text, or this one.
    pub(crate) fn text(self, otherwise: impl FnOnce() -> String) -> String {
        self.0.unwrap_or_else(otherwise)
    }
}

impl From<&str> for Refused {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Refused {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}
