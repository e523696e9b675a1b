//! gRPC by tonic, over HTTP/2 without TLS.

use futures::future::{BoxFuture, FutureExt};
use tonic::transport::Channel;

use crate::call::{Caller, Case, Op, Result, blob};

/// What tonic makes of `workload.proto`.
#[allow(missing_docs, dead_code, clippy::all)]
pub(crate) mod pb {
    tonic::include_proto!("workload");
}

struct Grpc {
    client: pb::workload_client::WorkloadClient<Channel>,
    case: Case,
    small: pb::Small,
    blob: pb::Blob,
}

/// The small record.
pub(crate) fn small() -> pb::Small {
    let workload::Small {
        latitude,
        longitude,
        sensor,
        count,
    } = workload::seed::small();
    pb::Small {
        latitude,
        longitude,
        sensor,
        count,
    }
}

/// Callers on one connection.
pub(crate) async fn callers(address: &str, case: Case, op: Op) -> Result<Vec<Box<dyn Caller>>> {
    let client = pb::workload_client::WorkloadClient::connect(address.to_owned()).await?;
    let caller = |_| -> Box<dyn Caller> {
        Box::new(Grpc {
            client: client.clone(),
            case,
            small: small(),
            blob: pb::Blob { value: blob() },
        })
    };
    Ok((0..op.callers()).map(caller).collect())
}

impl Caller for Grpc {
    fn call(&mut self) -> BoxFuture<'_, Result> {
        async move {
            let right = match self.case {
                Case::Small => self.client.send_small(self.small.clone()).await?.into_inner() == self.small,
                Case::Blob => self.client.send_blob(self.blob.clone()).await?.into_inner() == self.blob,
            };
            right
                .then_some(())
                .ok_or_else(|| "the answer is not what was sent".into())
        }
        .boxed()
    }
}
