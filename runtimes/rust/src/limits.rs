//! The limits of a host, each with its default.

use std::time::Duration;

/// The longest frame that is read unless [`Limits::max_frame_bytes`] says otherwise: 16 MiB, as in the clients.
pub const DEFAULT_MAX_FRAME_BYTES: u32 = 16 * 1024 * 1024;
/// How many calls may run at once on a connection: as many as rapace's own client keeps pending.
pub const DEFAULT_MAX_CALLS: usize = 8192;
/// How many connections may be open at once.
pub const DEFAULT_MAX_CONNECTIONS: usize = 4096;
/// How many bytes of answers may wait for a slow connection before its calls wait as well: 1 MiB.
pub const DEFAULT_WRITE_BUFFER_BYTES: usize = 1024 * 1024;
/// How deep a request's values of recursive types may be inside each other, as in the clients.
pub const DEFAULT_MAX_DEPTH: u32 = 128;
/// How many items without bytes a request may have in all its collections, as in the clients.
pub const DEFAULT_MAX_ZERO_SIZED_ITEMS: u64 = 65_536;
/// How long a connection may take to become one: the handshakes of TLS and WebSocket.
pub const DEFAULT_HANDSHAKE: Duration = Duration::from_secs(10);
/// How long calls in flight may go on once their connection or the host ends.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(10);

/// What a host allows. Start from [`Limits::default`] and change what should differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The longest frame that is read, in bytes: the descriptor's 64 and the payload. A longer one closes the
    /// connection before anything is allocated for it.
    /// What is read of it can take much more memory: each item as much as its type, however few bytes it travels as.
    pub max_frame_bytes: u32,
    /// How many calls may run at once on a connection, streams included. One more is answered with
    /// `ResourceExhausted`.
    pub max_calls: usize,
    /// How many connections may be open at once on a listener. Further ones wait in the listener's own queue.
    pub max_connections: usize,
    /// The high-water mark of a connection's answers, in bytes. At the mark, calls that have another frame to send
    /// wait until the waiting bytes are handed to the socket.
    pub write_buffer_bytes: usize,
    /// How deep a request's values of recursive types, structs and enums, may be inside each other. One level more is answered with
    /// `InvalidArgument`.
    pub max_depth: u32,
    /// How many items without bytes, such as those of a `Vec<()>`, a request may have in all its collections: nothing else
    /// bounds them. More are answered with `InvalidArgument`.
    pub max_zero_sized_items: u64,
    /// Whether bytes may be left after a request's arguments, as they are when a later version of a method has more of them.
    /// Otherwise such a request is answered with `InvalidArgument`.
    pub trailing_bytes: bool,
    /// How long the handshakes of TLS and WebSocket may take together. Who takes longer is not served.
    pub handshake: Duration,
    /// How long calls in flight may go on after shutdown began or their peer closed the connection.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_frame_bytes: DEFAULT_MAX_FRAME_BYTES,
            max_calls: DEFAULT_MAX_CALLS,
            max_connections: DEFAULT_MAX_CONNECTIONS,
            write_buffer_bytes: DEFAULT_WRITE_BUFFER_BYTES,
            max_depth: DEFAULT_MAX_DEPTH,
            max_zero_sized_items: DEFAULT_MAX_ZERO_SIZED_ITEMS,
            trailing_bytes: false,
            handshake: DEFAULT_HANDSHAKE,
            grace: DEFAULT_GRACE,
        }
    }
}
