//! From an accepted socket to a stream of frames: the handshakes of TLS and WebSocket, where there are any.

use std::fmt;
use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::budget::Share;
use crate::farewell::Farewell;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::origins::Origins;
use crate::websocket;

/// The reading half of a connection.
pub(crate) type ReadHalf = Box<dyn AsyncRead + Send + Sync + Unpin>;
/// The writing half of a connection.
pub(crate) type WriteHalf = Box<dyn AsyncWrite + Send + Sync + Unpin>;

/// A stream of frames.
pub(crate) struct Halves {
    pub(crate) reader: ReadHalf,
    pub(crate) writer: WriteHalf,
    pub(crate) farewell: Farewell,
}

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
    /// Shakes hands, and returns the halves of a stream of frames. A WebSocket's messages are paid for by `share` while they come.
    pub(crate) async fn halves(self, limits: &Limits, share: &Share) -> io::Result<Halves> {
        let opened = async {
            match self {
                Self::Unix(socket) => Ok(plain(socket.into_split())),
                Self::Tcp(socket, Layers { tls, websocket }) => match (tls, websocket) {
                    (None, None) => Ok(plain(socket.into_split())),
                    (None, Some(origins)) => web(socket, origins, limits, share).await,
                    (Some(tls), None) => Ok(plain(tokio::io::split(tls.accept(socket).await?))),
                    (Some(tls), Some(origins)) => web(tls.accept(socket).await?, origins, limits, share).await,
                },
            }
        };
        timeout(limits.handshake, opened).await.unwrap_or_else(|_| {
            let reason = format!("its handshake took longer than {:?}", limits.handshake);
            Err(io::Error::new(io::ErrorKind::TimedOut, reason))
        })
    }
}

async fn web<S>(stream: S, origins: Origins, limits: &Limits, share: &Share) -> io::Result<Halves>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static,
{
    let farewell = Farewell::default();
    let meter = Meter::new(share);
    let (reader, writer) = websocket::accept(stream, origins, limits.max_frame_bytes, meter, &farewell).await?;
    Ok(Halves {
        reader: Box::new(reader),
        writer: Box::new(writer),
        farewell,
    })
}

/// A stream that carries frames as it is.
pub(crate) fn plain<R, W>((reader, writer): (R, W)) -> Halves
where
    R: AsyncRead + Send + Sync + Unpin + 'static,
    W: AsyncWrite + Send + Sync + Unpin + 'static,
{
    Halves {
        reader: Box::new(reader),
        writer: Box::new(writer),
        farewell: Farewell::default(),
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layers")
            .field("tls", &self.tls.is_some())
            .field("websocket", &self.websocket)
            .finish()
    }
}
