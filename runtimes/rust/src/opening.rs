//! From an accepted socket to a stream of frames: the handshakes of TLS and WebSocket, where there are any.

use std::fmt;
use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::Limits;
use crate::origins::Origins;
use crate::websocket;

/// The reading half of a connection.
pub(crate) type ReadHalf = Box<dyn AsyncRead + Send + Sync + Unpin>;
/// The writing half of a connection.
pub(crate) type WriteHalf = Box<dyn AsyncWrite + Send + Sync + Unpin>;

/// What lies between TCP and frames.
#[derive(Clone)]
pub(crate) struct Layers {
    pub(crate) tls: Option<TlsAcceptor>,
    /// The origins of the pages that may open a WebSocket, where there is one.
    pub(crate) websocket: Option<Origins>,
}

/// A socket that was accepted.
pub(crate) enum Opening {
    Tcp(TcpStream, Layers),
    Unix(UnixStream),
}

impl Opening {
    /// Shakes hands, and returns the halves of a stream of frames.
    pub(crate) async fn halves(self, limits: &Limits) -> io::Result<(ReadHalf, WriteHalf)> {
        let max_frame = limits.max_frame_bytes;
        let opened = async {
            match self {
                Self::Unix(socket) => Ok(boxed(socket.into_split())),
                Self::Tcp(socket, Layers { tls, websocket }) => match (tls, websocket) {
                    (None, None) => Ok(boxed(socket.into_split())),
                    (None, Some(origins)) => Ok(boxed(websocket::accept(socket, origins, max_frame).await?)),
                    (Some(tls), None) => Ok(boxed(tokio::io::split(tls.accept(socket).await?))),
                    (Some(tls), Some(origins)) => {
                        let socket = tls.accept(socket).await?;
                        Ok(boxed(websocket::accept(socket, origins, max_frame).await?))
                    }
                },
            }
        };
        timeout(limits.handshake, opened).await.unwrap_or_else(|_| {
            let reason = format!("its handshake took longer than {:?}", limits.handshake);
            Err(io::Error::new(io::ErrorKind::TimedOut, reason))
        })
    }
}

fn boxed<R, W>((reader, writer): (R, W)) -> (ReadHalf, WriteHalf)
where
    R: AsyncRead + Send + Sync + Unpin + 'static,
    W: AsyncWrite + Send + Sync + Unpin + 'static,
{
    (Box::new(reader), Box::new(writer))
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layers")
            .field("tls", &self.tls.is_some())
            .field("websocket", &self.websocket)
            .finish()
    }
}
