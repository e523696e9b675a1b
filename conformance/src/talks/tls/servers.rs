//! Servers that are as a case needs them. Each has another port, and serves until the run ends.

use std::error::Error;

use conformance_fixtures::{Echo, ValuesServer, values_register};
use rapace_host::{Address, Host, Limits, Listener, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::ServerConfig;

/// The longest frame that a host reads here. The first four bytes of any TLS handshake are a greater length, so that a host without
/// TLS hangs up on it; with the usual 16 MiB it waits for the rest of a frame when the handshake is a short one.
const MAX_FRAME_BYTES: u32 = 64 * 1024;

/// The values of the fixtures, at an address of this scheme.
pub(super) async fn host(scheme: &str, tls: Option<ServerConfig>) -> Result<u16, Box<dyn Error>> {
    let address: Address = format!("{scheme}://127.0.0.1:0").parse()?;
    let listener = match tls {
        Some(tls) => Listener::bind_tls(&address, &Tls::from(tls)).await?,
        None => Listener::bind(&address).await?,
    };
    let port = match listener.address()? {
        Address::Tcp { port, .. }
        | Address::Tls { port, .. }
        | Address::Ws { port, .. }
        | Address::Wss { port, .. } => port,
        Address::Unix(_) => 0,
    };
    let limits = Limits {
        max_frame_bytes: MAX_FRAME_BYTES,
        ..Limits::default()
    };
    let host = Host::new().with_limits(limits).service(values_register, |transport| {
        ValuesServer::new(Echo).into_session_dispatcher(transport)
    })?;
    tokio::spawn(host.serve(listener, std::future::pending::<()>()));
    Ok(port)
}

/// What a server does that knows nothing of TLS.
#[derive(Clone, Copy)]
pub(super) enum Manner {
    /// Never says anything.
    Silent,
    /// Closes the connection once it hears something.
    Closes,
    /// Says this whenever it hears something.
    Says(&'static [u8]),
}

/// A server of such manners.
pub(super) async fn bare(manner: Manner) -> Result<u16, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(meet(socket, manner));
        }
    });
    Ok(port)
}

async fn meet(mut socket: TcpStream, manner: Manner) -> std::io::Result<()> {
    let mut heard = [0; 4096];
    match manner {
        Manner::Silent => while socket.read(&mut heard).await? > 0 {},
        Manner::Closes => _ = socket.read(&mut heard).await?,
        Manner::Says(text) => {
            while socket.read(&mut heard).await? > 0 {
                socket.write_all(text).await?;
            }
        }
    }
    Ok(())
}
