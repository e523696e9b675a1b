//! Listening sockets: all transports under one name.

use std::fs::{self, DirBuilder};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rapace_wire::Address;
use tokio::net::{TcpListener, UnixListener, UnixStream};

use crate::opening::{Layers, Opening};
use crate::origins::Origins;
use crate::tls::Tls;

/// A socket on which a [`Host`](crate::Host) accepts connections.
///
/// The file of a Unix socket is removed when its listener is dropped.
#[derive(Debug)]
pub struct Listener {
    kind: Kind,
    address: Address,
}

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener, Layers),
    Unix(UnixListener, SocketFile),
}

impl Listener {
    /// Listens at `address`: `tcp://`, `ws://` or `unix://`.
    ///
    /// The file of a Unix socket whose process died is replaced. A socket on which somebody still
    /// listens is refused with [`io::ErrorKind::AddrInUse`], and a file that is no socket with
    /// [`io::ErrorKind::AlreadyExists`]; both stay as they are.
    ///
    /// # Errors
    /// Why nobody can listen there; [`io::ErrorKind::InvalidInput`] for `tls://` and `wss://`, which need a certificate.
    pub async fn bind(address: &Address) -> io::Result<Self> {
        if address.is_secure() {
            let reason = "it needs a certificate: use Listener::bind_tls";
            return Err(describe(io::ErrorKind::InvalidInput, address, reason));
        }
        Self::open(address, None).await
    }

    /// Listens at `address`, `tls://` or `wss://`, with this certificate.
    ///
    /// # Errors
    /// Why nobody can listen there; [`io::ErrorKind::InvalidInput`] for an address without TLS.
    pub async fn bind_tls(address: &Address, tls: &Tls) -> io::Result<Self> {
        if !address.is_secure() {
            let reason = "connections there are not encrypted: use tls:// or wss://";
            return Err(describe(io::ErrorKind::InvalidInput, address, reason));
        }
        Self::open(address, Some(tls)).await
    }

    /// Listens on a Unix socket whose file has this mode, such as `0o600` for this user alone or `0o660` for a group.
    ///
    /// With [`bind`](Self::bind) the file has the mode that the process's umask leaves. Here it has its mode before anybody can
    /// reach it: it is made in a temporary folder next to its place, and moved there. Otherwise as [`bind`](Self::bind).
    ///
    /// # Errors
    /// Why nobody can listen there.
    pub async fn bind_unix(path: impl AsRef<Path>, mode: u32) -> io::Result<Self> {
        let path = path.as_ref();
        let address = Address::Unix(path.to_owned());
        remove_if_stale(path, &address).await?;
        let (listener, file) = private_socket(path, mode).map_err(|e| describe(e.kind(), &address, &e.to_string()))?;
        let kind = Kind::Unix(listener, file);
        Ok(Self { kind, address })
    }

    /// Lets pages of these origins alone connect, such as `https://shop.example` or `http://localhost:5173`; others are answered
    /// `403 Forbidden`.
    ///
    /// A browser lets every page connect to every WebSocket, also to one on the visitor's own machine or network, and says in
    /// `Origin` whose page it is. Without this method all are served, as by other servers in Rust: say which pages are meant
    /// where what a host serves is not for everybody who can reach it. A client that sends no `Origin` is still served: programs
    /// other than browsers send none, and could send any.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for what is not written as browsers write an origin, and where there is no WebSocket.
    pub fn allow_origins(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> io::Result<Self> {
        let listed = Origins::listed(origins)?;
        match &mut self.kind {
            Kind::Tcp(
                _,
                Layers {
                    websocket: Some(origins),
                    ..
                },
            ) => *origins = listed,
            Kind::Tcp(..) | Kind::Unix(..) => {
                let what = format!("pages cannot connect to {}, only to ws:// and wss://", self.address);
                return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
            }
        }
        Ok(self)
    }

    async fn open(address: &Address, tls: Option<&Tls>) -> io::Result<Self> {
        let kind = match address {
            Address::Unix(path) => {
                remove_if_stale(path, address).await?;
                let listener = UnixListener::bind(path).map_err(|e| describe(e.kind(), address, &e.to_string()))?;
                Kind::Unix(listener, SocketFile::new(path)?)
            }
            Address::Tcp { host, port }
            | Address::Tls { host, port }
            | Address::Ws { host, port, .. }
            | Address::Wss { host, port, .. } => {
                let bound = TcpListener::bind((host.as_str(), *port)).await;
                let layers = Layers {
                    tls: tls.map(Tls::acceptor),
                    websocket: matches!(address, Address::Ws { .. } | Address::Wss { .. }).then(Origins::default),
                };
                Kind::Tcp(bound.map_err(|e| describe(e.kind(), address, &e.to_string()))?, layers)
            }
        };
        let address = address.clone();
        Ok(Self { kind, address })
    }

    /// The address at which it listens: with the port that the system chose where port 0 was asked for.
    pub fn address(&self) -> io::Result<Address> {
        Ok(match &self.kind {
            Kind::Tcp(listener, _) => {
                let local = listener.local_addr()?;
                self.address.at(&local.ip().to_string(), local.port())
            }
            Kind::Unix(_, file) => Address::Unix(file.path.clone()),
        })
    }

    /// Waits for the next connection, Nagle's algorithm turned off. Says where it comes from, if that has an IP address.
    pub(crate) async fn accept(&self) -> io::Result<(Opening, Option<SocketAddr>)> {
        match &self.kind {
            Kind::Tcp(listener, layers) => {
                let (socket, peer) = listener.accept().await?;
                socket.set_nodelay(true)?;
                Ok((Opening::Tcp(socket, layers.clone()), Some(peer)))
            }
            Kind::Unix(listener, _) => Ok((Opening::Unix(listener.accept().await?.0), None)),
        }
    }
}

/// Makes a socket with this mode.
fn private_socket(path: &Path, mode: u32) -> io::Result<(UnixListener, SocketFile)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // The shortest names: the path of a socket has some 100 bytes.
    let private = folder
        .unwrap_or(Path::new("."))
        .join(format!(".{:x}", std::process::id()));
    DirBuilder::new().mode(0o700).create(&private)?;
    let made = private.join("s");
    let bound = || {
        let listener = UnixListener::bind(&made)?;
        fs::set_permissions(&made, fs::Permissions::from_mode(mode))?;
        // A hard link, unlike a rename, does not replace a file that somebody has made in the meantime.
        fs::hard_link(&made, path)?;
        Ok((listener, SocketFile::new(path)?))
    };
    let bound = bound();
    // If this fails, an empty folder is left. The next listener of this process then fails and names it.
    let _ = fs::remove_file(&made);
    let _ = fs::remove_dir(&private);
    bound
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
