//! The two ways in which rapace 0.5.0 itself serves a connection.

use std::fmt;
use std::sync::Arc;

use conformance_fixtures::{CallsServer, Echo, ValuesServer, WorkServer, Worker};
use futures::future::BoxFuture;
use rapace::{RpcError, RpcSession, Transport};
use serde::{Deserialize, Serialize};

/// A way of serving.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// `XServer::serve()`: one call after another.
    Serve,
    /// `into_session_dispatcher` and `RpcSession::run`: calls side by side.
    Session,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serve => "serve",
            Self::Session => "session",
        })
    }
}

/// Serves one service of the fixtures, `Values`, `Calls` or `Work`, on one connection to its end.
pub fn connection(way: Way, service: &str, transport: Transport) -> BoxFuture<'static, Result<(), RpcError>> {
    if way == Way::Serve {
        return match service {
            "Values" => Box::pin(async { ValuesServer::new(Echo).serve(transport).await }),
            "Work" => Box::pin(async { WorkServer::new(Worker::default()).serve(transport).await }),
            _ => Box::pin(async { CallsServer::new(Echo).serve(transport).await }),
        };
    }
    let session = Arc::new(RpcSession::with_channel_start(transport.clone(), 2));
    match service {
        "Values" => session.set_dispatcher(ValuesServer::new(Echo).into_session_dispatcher(transport)),
        "Work" => {
            let worker = Worker::default().on(&session);
            session.set_dispatcher(WorkServer::new(worker).into_session_dispatcher(transport));
        }
        _ => session.set_dispatcher(CallsServer::new(Echo).into_session_dispatcher(transport)),
    }
    Box::pin(async move { Ok(session.run().await?) })
}
