//! What the connections of a host share.

use std::sync::Arc;

use crate::budget::Budget;
use crate::callbacks::Channels;
use crate::context::Access;
use crate::limits::Limits;
use crate::services::Services;

/// The services, and what connections may take.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) services: Services,
    pub(crate) limits: Limits,
    /// Who may call what.
    pub(crate) access: Access,
    /// Those that handlers open.
    pub(crate) channels: Channels,
    /// The memory of all connections.
    pub(crate) budget: Arc<Budget>,
}
