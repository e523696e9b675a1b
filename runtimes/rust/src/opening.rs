//! From an accepted socket to a stream of frames: the handshakes of TLS and WebSocket, where there are any.

use std::fmt;
use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::budget::Share;
use crate::context::Peer;
use crate::farewell::Farewell;
use crate::limits::Limits;
use crate::meter::Meter;
use crate::origins::{Greeting, Origins};
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
    /// What the handshakes say of the peer.
    pub(crate) peer: Peer,
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
                    (Some(tls), websocket) => {
                        let stream = tls.accept(socket).await?;
                        let certificates = certificates(&stream);
                        let mut halves = match websocket {
                            None => plain(tokio::io::split(stream)),
                            Some(origins) => web(stream, origins, limits, share).await?,
                        };
                        halves.peer.certificates = certificates;
                        Ok(halves)
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

/// What the client has shown, as DER.
fn certificates(stream: &TlsStream<TcpStream>) -> Vec<Vec<u8>> {
    let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
    shown.iter().map(|certificate| certificate.to_vec()).collect()
}

async fn web<S>(stream: S, origins: Origins, limits: &Limits, share: &Share) -> io::Result<Halves>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin + 'static,
{
    let farewell = Farewell::default();
    let meter = Meter::new(share);
    let mut headers = Vec::new();
    let greeting = Greeting::new(origins, &mut headers);
    let (reader, writer) = websocket::accept(stream, greeting, limits.max_frame_bytes, meter, &farewell).await?;
    Ok(Halves {
        reader: Box::new(reader),
        writer: Box::new(writer),
        farewell,
        peer: Peer {
            headers,
            ..Peer::default()
        },
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
        peer: Peer::default(),
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
