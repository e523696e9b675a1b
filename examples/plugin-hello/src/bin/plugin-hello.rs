//! The plug-in in Rust: `plugin-hello ADDRESS` dials its host, serves it until the connection ends, and calls it back.

use std::error::Error;
use std::sync::Arc;

use plugin_hello::{HostClient, Plugin, PluginServer};
use rapace::rapace_core::try_stream;
use rapace::{ErrorCode, RpcError, RpcSession, Streaming, Transport};
use tokio::net::{TcpStream, UnixStream};

/// A host numbers its channels 1, 3, 5 and so on, its plug-in 2, 4, 6 and so on. It does not matter which side has dialled.
const FIRST_CHANNEL: u32 = 2;

struct Hello {
    host: Arc<HostClient>,
}

impl Plugin for Hello {
    async fn greet(&self, name: String) -> String {
        match self.host.value("greeting".to_owned()).await {
            Ok(greeting) => format!("{}, {name}!", greeting.unwrap_or_else(|| "Hello".to_owned())),
            Err(error) => format!("{name}, the host does not answer: {error}"),
        }
    }

    async fn render(&self, template: String) -> Streaming<String> {
        let host = self.host.clone();
        Box::pin(try_stream! {
            for line in template.lines() {
                yield render(&host, line).await?;
            }
        })
    }
}

/// Renders one line.
async fn render(host: &HostClient, line: &str) -> Result<String, RpcError> {
    let mut pieces = line.split("{{");
    let mut rendered = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let Some((key, rest)) = piece.split_once("}}") else {
            rendered.push_str("{{");
            rendered.push_str(piece);
            continue;
        };
        let value = host.value(key.to_owned()).await?.ok_or_else(|| RpcError::Status {
            code: ErrorCode::NotFound,
            message: format!("no value for {key}"),
        })?;
        rendered.push_str(&value);
        rendered.push_str(rest);
    }
    Ok(rendered)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("usage: plugin-hello ADDRESS")?;
    let transport = match (address.strip_prefix("unix://"), address.strip_prefix("tcp://")) {
        (Some(path), _) => Transport::stream(UnixStream::connect(path).await?),
        (_, Some(place)) => {
            let socket = TcpStream::connect(place).await?;
            // rapace writes a frame in three pieces; Nagle's algorithm would hold back the second.
            socket.set_nodelay(true)?;
            Transport::stream(socket)
        }
        _ => return Err(format!("{address}: neither unix:// nor tcp://").into()),
    };
    let session = Arc::new(RpcSession::with_channel_start(transport, FIRST_CHANNEL));
    let host = Arc::new(HostClient::new(session.clone()));
    session.set_dispatcher(PluginServer::new(Hello { host }).into_session_dispatcher(session.transport().clone()));
    Ok(session.run().await?)
}
