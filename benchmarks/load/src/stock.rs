//! Rapace's own client: its session, with nothing set on the socket.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use rapace::{RpcSession, Transport};
use tokio::net::TcpStream;
use workload::{Small, WorkloadClient, seed};

use crate::call::{Caller, Case, Op, Result, blob};

struct Stock {
    client: Arc<WorkloadClient>,
    case: Case,
    small: Small,
    blob: Vec<u8>,
}

/// Callers on one connection.
pub(crate) async fn callers(address: &str, case: Case, op: Op) -> Result<Vec<Box<dyn Caller>>> {
    let socket = TcpStream::connect(address.trim_start_matches("tcp://")).await?;
    let session = Arc::new(RpcSession::new(Transport::stream(socket)));
    let client = Arc::new(WorkloadClient::new(session.clone()));
    tokio::spawn(session.run());
    let caller = |_| -> Box<dyn Caller> {
        Box::new(Stock {
            client: client.clone(),
            case,
            small: seed::small(),
            blob: blob(),
        })
    };
    Ok((0..op.callers()).map(caller).collect())
}

impl Caller for Stock {
    fn call(&mut self) -> BoxFuture<'_, Result> {
        async move {
            let right = match self.case {
                Case::Small => self.client.small(self.small.clone()).await? == self.small,
                Case::Blob => self.client.blob(self.blob.clone()).await? == self.blob,
            };
            right
                .then_some(())
                .ok_or_else(|| "the answer is not what was sent".into())
        }
        .boxed()
    }
}
