//! What a handler can ask about the call that it answers.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rapace::{ErrorCode, RpcError};
use rapace_wire::Metadata;
use tokio::time::Instant;

use super::identity::Identity;
use crate::frames::status;

tokio::task_local! {
    static CURRENT: CurrentCall;
}

/// What a call carries beside its arguments: metadata, a deadline, the identity of the caller. Clones share it.
///
/// It is empty for a call that carries nothing, and outside handlers.
#[derive(Debug, Clone, Default)]
pub struct CurrentCall(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    metadata: Metadata,
    deadline: Option<Instant>,
    identity: Option<Identity>,
}

/// The call that this handler answers.
///
/// It works in the handler and, for a stream, in the code that makes the items. In a task that the handler spawns it returns an empty call:
/// pass the values to the task.
pub fn current_call() -> CurrentCall {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

impl CurrentCall {
    /// A call that carries this.
    pub(crate) fn new(metadata: Metadata, deadline: Option<Instant>, identity: Option<Identity>) -> Self {
        Self(Some(Arc::new(Inner {
            metadata,
            deadline,
            identity,
        })))
    }

    /// The metadata that the caller sent, without rapace's own keys.
    pub fn metadata(&self) -> &Metadata {
        static NONE: OnceLock<Metadata> = OnceLock::new();
        match &self.0 {
            Some(inner) => &inner.metadata,
            None => NONE.get_or_init(Metadata::default),
        }
    }

    /// The identity that [`Host::authenticate`](crate::Host::authenticate) returned for the caller; `None` without that hook.
    pub fn identity(&self) -> Option<&Identity> {
        self.0.as_ref()?.identity.as_ref()
    }

    /// How long the caller still waits; `None` for a call without a deadline. The host stops the handler at the deadline. Use it as the
    /// timeout of calls that the handler makes.
    pub fn time_left(&self) -> Option<Duration> {
        let deadline = self.0.as_ref()?.deadline?;
        Some(deadline.saturating_duration_since(Instant::now()))
    }
}

/// Runs a handler of this call.
pub(crate) async fn with_call<F: Future>(call: CurrentCall, handler: F) -> F::Output {
    CURRENT.scope(call, handler).await
}

/// The error of a call whose deadline, so many nanoseconds after the request, has passed.
pub(crate) fn deadline_passed(nanoseconds: u64) -> RpcError {
    let (whole, part) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
    let seconds = format!("{whole}.{part:09}");
    let seconds = seconds.trim_end_matches('0').trim_end_matches('.');
    let text = format!("the caller's deadline of {seconds} s has passed");
    status(ErrorCode::DeadlineExceeded, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_told_in_seconds() {
        for (nanoseconds, seconds) in [
            (0, "0"),
            (1, "0.000000001"),
            (20_000_000, "0.02"),
            (1_500_000_000, "1.5"),
            (10_000_000_000, "10"),
        ] {
            let text = format!("the caller's deadline of {seconds} s has passed");
            assert!(
                deadline_passed(nanoseconds).to_string().contains(&text),
                "{nanoseconds}"
            );
        }
    }

    #[test]
    fn nothing_is_known_outside_of_handlers() {
        let call = current_call();
        assert!(call.metadata().is_empty() && call.identity().is_none() && call.time_left().is_none());
    }
}
