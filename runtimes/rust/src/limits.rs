//! The limits of a host, each with its default.

use std::time::Duration;

use rapace_wire::metadata::MAX_METADATA_BYTES;

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

/// How much memory the frames, requests, answers and tunnels of all connections may take together: 1 GiB.
pub const DEFAULT_MAX_HOST_BYTES: usize = 1024 * 1024 * 1024;
/// How long a request waits for memory before it is refused.
pub const DEFAULT_MEMORY_WAIT: Duration = Duration::from_secs(5);
/// A request may take so many times the longest frame in memory, as in the clients.
pub const DECODED_BYTES_PER_FRAME_BYTE: u64 = 16;
/// How many tunnels may be open at once on a connection.
pub const DEFAULT_MAX_TUNNELS: usize = 1024;
/// How many connections one address may have at once: a quarter of all.
pub const DEFAULT_MAX_CONNECTIONS_PER_ADDRESS: usize = 1024;
/// How long a new connection may take to its first request, as a client has to log in to PostgreSQL or to send nginx its header.
pub const DEFAULT_FIRST_REQUEST: Duration = Duration::from_secs(60);
/// How long a frame may take from its first byte to its last, and longer by the time that [`DEFAULT_MIN_FRAME_RATE`] allows.
pub const DEFAULT_FRAME_TIME: Duration = Duration::from_secs(30);
/// How fast a long frame must come once [`DEFAULT_FRAME_TIME`] is over, in bytes a second: that of a slow mobile connection.
pub const DEFAULT_MIN_FRAME_RATE: u32 = 16 * 1024;
/// How long a connection may be held up by a tunnel that its handler does not read.
pub const DEFAULT_STALL: Duration = Duration::from_secs(60);
/// How long [`Host::authenticate`](crate::Host::authenticate) may take: a few round trips to a token service.
pub const DEFAULT_AUTHENTICATION: Duration = Duration::from_secs(10);

/// What a host allows. Start from [`Limits::default`] and change what should differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The longest frame that is read, in bytes: the descriptor's 64 and the payload. A longer one closes the
    /// connection before anything is allocated for it.
    pub max_frame_bytes: u32,
    /// How many calls may run at once on a connection, streams included; a call runs until its answer has left. One more is answered with
    /// `ResourceExhausted`.
    pub max_calls: usize,
    /// How many connections may be open at once on a listener. A further one waits for a second, then it is refused with
    /// `ResourceExhausted` and closed.
    pub max_connections: usize,
    /// How many of them one IP address may have, or one /64 network of IPv6; `None` for any number. Connections from this machine
    /// and those of Unix sockets are not counted. Set it to `None` where all clients come through a proxy on another machine.
    pub max_connections_per_address: Option<usize>,
    /// How much memory all connections together may use for frames, requests, answers and the queues of tunnels, in bytes. When it
    /// is used up, the host stops reading from connections that use much, then it refuses requests with `ResourceExhausted`. A
    /// connection gets as much as it leaves free for others, at most half. What handlers keep for themselves is not counted.
    pub max_host_bytes: usize,
    /// How long a request waits for memory before it is refused.
    pub memory_wait: Duration,
    /// How much memory the arguments of one request may take once they are decoded, in bytes: each item of a collection as much as
    /// its type has in Rust. More is answered with `InvalidArgument`, before anything is allocated. `None` stands for
    /// [`DECODED_BYTES_PER_FRAME_BYTE`] times [`max_frame_bytes`](Self::max_frame_bytes).
    pub max_decoded_bytes: Option<u64>,
    /// How many tunnels may be open at once on a connection. With one more, calls of services that open tunnels are answered with
    /// `ResourceExhausted`.
    pub max_tunnels: usize,
    /// The high-water mark of a connection's answers, in bytes. At the mark, nothing more is read from the connection, no call
    /// starts and streams wait, until the waiting bytes are handed to the socket.
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
    /// How long the handshakes of TLS and WebSocket may take together. A slower client is not served.
    pub handshake: Duration,
    /// How long a connection may take from its handshake to the first byte of its first request. A slower
    /// connection is closed, and so is that of a client that is not authenticated.
    pub first_request: Duration,
    /// How long a frame may take from its first byte to its last. The connection of a slower frame is closed.
    pub frame_time: Duration,
    /// Each so many bytes of a frame give it another second, so that a long frame is allowed on a slow connection.
    pub min_frame_rate: u32,
    /// How long a connection may be held up by a tunnel that its handler does not read. Then it is closed.
    pub stall: Duration,
    /// How many bytes the keys and values of a call's metadata may have together, and those of a hello. A call with more is answered
    /// with `ResourceExhausted`.
    pub max_metadata_bytes: usize,
    /// How long [`Host::authenticate`](crate::Host::authenticate) may take for a client. If it takes longer, the client is refused.
    pub authentication: Duration,
    /// How long a connection may be idle: nothing arrives, no call runs and no tunnel is open. Then it is closed, after a notice to a
    /// client that understands control frames. `None`, the default, sets no limit, because clients of rapace itself do not reconnect.
    pub idle: Option<Duration>,
    /// How many connections are accepted a second on average, on a listener; `None`, the default, for any number. Others wait in the
    /// queue of the system. Set it where handshakes of TLS would take all processors: one takes about a millisecond.
    pub max_connections_per_second: Option<u32>,
    /// How many calls of one [`Identity`](crate::Identity) may run at once, on all connections together; `None`, the default, for any
    /// number, because only the host knows how many clients share a name. One more is answered with `ResourceExhausted`.
    pub max_calls_per_identity: Option<usize>,
    /// Whether a client is answered with the text of a handler's panic. Otherwise that is logged, and the client is answered with
    /// a fixed text.
    pub panic_texts: bool,
    /// How long calls in flight may go on after shutdown began or their peer closed the connection.
    pub grace: Duration,
}

impl Limits {
    /// What one request may take once it is decoded, in bytes.
    pub(crate) fn decoded_bytes(&self) -> u64 {
        let of_frames = DECODED_BYTES_PER_FRAME_BYTE.saturating_mul(self.max_frame_bytes.into());
        self.max_decoded_bytes.unwrap_or(of_frames)
    }
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
            max_connections_per_address: Some(DEFAULT_MAX_CONNECTIONS_PER_ADDRESS),
            max_host_bytes: DEFAULT_MAX_HOST_BYTES,
            memory_wait: DEFAULT_MEMORY_WAIT,
            max_decoded_bytes: None,
            max_tunnels: DEFAULT_MAX_TUNNELS,
            first_request: DEFAULT_FIRST_REQUEST,
            frame_time: DEFAULT_FRAME_TIME,
            min_frame_rate: DEFAULT_MIN_FRAME_RATE,
            stall: DEFAULT_STALL,
            max_metadata_bytes: MAX_METADATA_BYTES,
            authentication: DEFAULT_AUTHENTICATION,
            idle: None,
            max_connections_per_second: None,
            max_calls_per_identity: None,
            panic_texts: false,
            trailing_bytes: false,
            handshake: DEFAULT_HANDSHAKE,
            grace: DEFAULT_GRACE,
        }
    }
}
