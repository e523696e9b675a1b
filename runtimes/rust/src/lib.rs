//! Serves several rapace services on one listener, as clients in any language need it: over TCP, Unix sockets and
//! WebSocket, with TLS or without.
//!
//! A plain `FooServer::new(…).serve(transport)` serves one service, one request after another, in three small writes
//! per frame. A [`Host`] serves any number of services at once on every connection:
//!
//! ```no_run
//! # use rapace_host::{Host, Listener};
//! # #[rapace::service]
//! # pub trait Echo { async fn echo(&self, text: String) -> String; }
//! # #[derive(Clone)] struct Echoing;
//! # impl Echo for Echoing { async fn echo(&self, text: String) -> String { text } }
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let host = Host::new().service(echo_register, |transport| {
//!     EchoServer::new(Echoing).into_session_dispatcher(transport)
//! })?;
//! let listener = Listener::bind(&"tcp://127.0.0.1:9000".parse()?).await?;
//! host.serve(listener, async {
//!     tokio::signal::ctrl_c().await.ok();
//! })
//! .await;
//! # Ok(()) }
//! ```
//!
//! - Calls run concurrently through rapace's own `RpcSession`, and are routed by method id.
//! - Sockets have Nagle's algorithm turned off; reads are buffered; frames that are ready together leave in one write.
//! - A request is checked before it is read, by the rules of every generated client: facet-postcard takes minutes over some
//!   payloads, and ends the process over others. What is wrong where is answered with `InvalidArgument`.
//! - All connections share one budget of memory, and a client that does not read its answers is not read: [`Limits`].
//! - Large payloads are decoded and encoded on blocking threads, so that they keep no other client waiting.
//! - Connections that ask for nothing, frames that do not end and tunnels that nobody reads are not waited for; a client for which
//!   there is no place gets an error that says so, and so does one that speaks HTTP or TLS to a port of rapace.
//! - Web pages of other origins are refused when [`Listener::allow_origins`] lists the allowed ones.
//! - A handler that panics answers with an error, in a stream too, and the connection lives on. The panic's text is logged.
//! - A `CancelChannel` control frame stops the call on that channel.
//! - A service may call back its client on the same connection, in a call or outside: [`Host::service_with_session`]. What a client
//!   answers is checked as requests are: [`Host::calls`].
//! - A call may carry metadata and a deadline: [`current_call`]. A client may send a token: [`Host::authenticate`] and
//!   [`Host::authorize`]. Clients that understand control frames get a notice of a shutdown.
//! - On shutdown, what had arrived is answered: calls in flight may finish within a period of grace.
//!
//! Breaches of the protocol, refusals and panics are reported through `tracing`, and each call is a span `rapace.call` with the trace
//! that its caller has sent. A server installs a subscriber to see them.

mod accept;
mod budget;
mod callbacks;
mod calls;
mod connection;
mod context;
mod dispatch;
mod dispatched;
mod farewell;
mod frames;
mod host;
mod intake;
mod limits;
mod linger;
mod listener;
mod meter;
mod offload;
mod opening;
mod origins;
mod outbox;
mod pair;
mod payload;
mod places;
mod rate;
mod reader;
mod services;
mod shared;
mod stranger;
mod tls;
mod websocket;
mod writer;

pub use callbacks::Channels;
pub use context::{CurrentCall, Hello, Identity, Peer, Refused, current_call};
pub use dispatched::Dispatch;
pub use host::Host;
pub use limits::{
    DECODED_BYTES_PER_FRAME_BYTE, DEFAULT_AUTHENTICATION, DEFAULT_FIRST_REQUEST, DEFAULT_FRAME_TIME, DEFAULT_GRACE,
    DEFAULT_HANDSHAKE, DEFAULT_MAX_CALLS, DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_CONNECTIONS_PER_ADDRESS,
    DEFAULT_MAX_DEPTH, DEFAULT_MAX_FRAME_BYTES, DEFAULT_MAX_HOST_BYTES, DEFAULT_MAX_TUNNELS,
    DEFAULT_MAX_ZERO_SIZED_ITEMS, DEFAULT_MEMORY_WAIT, DEFAULT_MIN_FRAME_RATE, DEFAULT_STALL,
    DEFAULT_WRITE_BUFFER_BYTES, Limits,
};
pub use listener::Listener;
pub use rapace_wire::metadata::MAX_METADATA_BYTES;
pub use rapace_wire::{Address, AddressError, Metadata, MetadataError};
pub use services::RegisterError;
pub use tls::Tls;
