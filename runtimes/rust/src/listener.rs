//! Listening sockets: TCP and Unix under one name.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener, UnixStream};

use crate::Address;

/// The reading half of a connection.
pub(crate) type ReadHalf = Box<dyn AsyncRead + Send + Sync + Unpin>;
/// The writing half of a connection.
pub(crate) type WriteHalf = Box<dyn AsyncWrite + Send + Sync + Unpin>;

/// A socket on which a [`Host`](crate::Host) accepts connections.
///
/// The file of a Unix socket is removed when its listener is dropped.
#[derive(Debug)]
pub struct Listener {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

impl Listener {
    /// Listens at `address`.
    ///
    /// The file that a Unix socket left behind when its process died is replaced. A socket on which somebody still
    /// listens is refused with [`io::ErrorKind::AddrInUse`], and a file that is no socket with
    /// [`io::ErrorKind::AlreadyExists`]; both stay as they are.
    pub async fn bind(address: &Address) -> io::Result<Self> {
        let kind = match address {
            Address::Tcp { host, port } => {
                let bound = TcpListener::bind((host.as_str(), *port)).await;
                Kind::Tcp(bound.map_err(|e| describe(e.kind(), address, &e.to_string()))?)
            }
            Address::Unix(path) => {
                remove_if_stale(path, address).await?;
                let listener = UnixListener::bind(path).map_err(|e| describe(e.kind(), address, &e.to_string()))?;
                Kind::Unix(listener, SocketFile::new(path)?)
            }
        };
        Ok(Self { kind })
    }

    /// The address at which it listens: with the port that the system chose where port 0 was asked for.
    pub fn address(&self) -> io::Result<Address> {
        Ok(match &self.kind {
            Kind::Tcp(listener) => {
                let local = listener.local_addr()?;
                Address::Tcp {
                    host: local.ip().to_string(),
                    port: local.port(),
                }
            }
            Kind::Unix(_, file) => Address::Unix(file.path.clone()),
        })
    }

    /// Waits for the next connection and returns its halves, Nagle's algorithm turned off.
    pub(crate) async fn accept(&self) -> io::Result<(ReadHalf, WriteHalf)> {
        match &self.kind {
            Kind::Tcp(listener) => {
                let (socket, _) = listener.accept().await?;
                socket.set_nodelay(true)?;
                let (reader, writer) = socket.into_split();
                Ok((Box::new(reader), Box::new(writer)))
            }
            Kind::Unix(listener, _) => {
                let (reader, writer) = listener.accept().await?.0.into_split();
                Ok((Box::new(reader), Box::new(writer)))
            }
        }
    }
}

/// A connection is refused only where nobody listens any more.
async fn remove_if_stale(path: &Path, address: &Address) -> io::Result<()> {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if !metadata.file_type().is_socket() {
        let kind = io::ErrorKind::AlreadyExists;
        return Err(describe(kind, address, "a file is there that is no socket"));
    }
    match UnixStream::connect(path).await {
        Err(e) if e.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        _ => {
            let kind = io::ErrorKind::AddrInUse;
            Err(describe(kind, address, "another process listens there"))
        }
    }
}

fn describe(kind: io::ErrorKind, address: &Address, reason: &str) -> io::Error {
    io::Error::new(kind, format!("cannot listen at {address}: {reason}"))
}

/// The file of a bound Unix socket, removed on drop unless another one has taken its place.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    inode: (u64, u64),
}

impl SocketFile {
    fn new(path: &Path) -> io::Result<Self> {
        let metadata = fs::symlink_metadata(path)?;
        Ok(Self {
            path: path.to_owned(),
            inode: (metadata.dev(), metadata.ino()),
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let ours =
            fs::symlink_metadata(&self.path).is_ok_and(|metadata| (metadata.dev(), metadata.ino()) == self.inode);
        if ours {
            // A file that cannot be removed is found stale by the next listener.
            let _ = fs::remove_file(&self.path);
        }
    }
}
