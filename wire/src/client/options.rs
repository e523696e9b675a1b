//! How a client connects, and its limits.

use std::path::PathBuf;
use std::time::Duration;

use crate::Metadata;

/// How a client connects, and its limits.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long connecting may take with all handshakes. 10 seconds.
    pub connect_timeout: Duration,
    /// The longest frame, in bytes. 16 MiB: the most that the WebSocket transport of rapace 0.5.0 accepts.
    pub longest_frame: usize,
    /// What TLS needs.
    pub tls: TlsFiles,
    /// The metadata of the hello before the first request, such as a token. `None` sends no hello.
    pub hello: Option<Metadata>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            longest_frame: 16 << 20,
            tls: TlsFiles::default(),
            hello: None,
        }
    }
}

/// What TLS needs: PEM files, and the name that the server's certificate must have.
#[derive(Debug, Clone, Default)]
pub struct TlsFiles {
    /// The certificates of authorities that may vouch for the server; those of the system when absent.
    pub authorities: Option<PathBuf>,
    /// The client's own certificate and the chain above it.
    pub certificate: Option<PathBuf>,
    /// The key of the client's certificate.
    pub key: Option<PathBuf>,
    /// The name that the server's certificate is for; the address's host when absent.
    pub server_name: Option<String>,
}

/// How many bytes of items may wait before the client stops reading, while nobody waits for something else. 1 MiB, as in the
/// runtimes.
pub(super) const HIGH_WATER_BYTES: usize = 1 << 20;
/// How many bytes of a stream's items may wait. The stream fails when there are more. 64 MiB, as in the runtimes.
pub(super) const MAX_STREAM_BYTES: usize = 64 << 20;
/// What an item counts beside its payload, in bytes.
pub(super) const ITEM_BYTES: usize = 64;
/// So much is read at once, in bytes.
pub(super) const READ_BYTES: usize = 64 << 10;
