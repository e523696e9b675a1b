/**
 * Every limit of the runtime, with its default, its unit and its reason; and the options that change them.
 *
 * This module imports nothing and its values are literals: bundlers then replace each use by its value.
 */

// Frames and messages.

/**
 * Default of {@link SessionLimits.maxFrameBytes}: 16 MiB, which is what Rust's WebSocket transport accepts. The length that a peer
 * announces would otherwise decide how much memory is allocated.
 */
export const MAX_FRAME_BYTES = 16_777_216;

/**
 * Default of {@link ValueLimits.maxDepth}, in values. A payload that is nested too deeply overflows the stack: ours, or that
 * of a Rust peer, which ends its process at a depth of 500.
 */
export const MAX_DEPTH = 128;

/**
 * Default of {@link ValueLimits.maxZeroSizedItems}, in items. The length of a payload does not bound items that take no
 * bytes: four bytes can announce 2^28 of them.
 */
export const MAX_ZERO_SIZED_ITEMS = 65_536;

/**
 * Default of {@link ValueLimits.maxDecodedBytes}, in bytes for each byte of the longest frame: a few bytes can announce a
 * large value. The sizes are nominal and equal in all languages: 16 bytes for a number, 32 for a text.
 */
export const DECODED_BYTES_PER_FRAME_BYTE = 16;

/** How many items of a list get memory before they are read, whatever the count says: nested lists could all announce too many. */
export const PREALLOCATED_ITEMS = 1024;

/** A deadline is checked after this many more bytes of decoded values, by their nominal sizes: some tens of milliseconds. */
export const CLOCK_BYTES = 4_194_304;

/** A deadline is also checked after this many more entries of a map or set, a power of two: adding an entry may be slow. */
export const CLOCK_ENTRIES = 1024;

/** A received message up to this size, in bytes, keeps its memory after it was read: the next one is likely to be in it. */
export const KEPT_MESSAGE_BYTES = 65_536;

/** How many keys of maps are remembered: the keys of one map are mostly those of the next, and are then made once. */
export const REMEMBERED_KEYS = 256;

/** The longest key that is remembered, in bytes: four words hold it. */
export const REMEMBERED_KEY_BYTES = 16;

/** A map or set of integers with up to this many entries is fast whatever its keys are. */
export const FAST_ENTRIES = 2048;

/**
 * How many keys of a map or set may have the same hash bits. For each {@link COLLIDING_SHARE} entries there may be one more, which is
 * four times what keys have that were not chosen to collide.
 */
export const MAX_COLLIDING_KEYS = 1024;

/** See {@link MAX_COLLIDING_KEYS}. */
export const COLLIDING_SHARE = 1024;

/** Requests are cut from blocks of this size, in bytes: many small calls need one allocation. */
export const BLOCK_BYTES = 65_536;

// Calls.

/**
 * Default of {@link SessionLimits.maxCalls}, in calls, streams and tunnels. It stops a loop that makes calls and awaits
 * none.
 */
export const MAX_CALLS = 65_536;

/**
 * Default of {@link SessionLimits.maxAbandonedCalls}, in calls. Channel ids start again after 2^31 calls, and a new call must
 * not receive the late answer to an old one.
 */
export const MAX_ABANDONED_CALLS = 65_536;

/** Default timeout of a call with one answer, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 30_000;

// Handlers.

/** Default of `maxServedCalls`, in calls of the peer that run on one connection. A peer could otherwise start any number of them. */
export const MAX_SERVED_CALLS = 1024;

/** Default of `maxServedBytes`, in bytes of the requests that run on one connection: 64 MiB. Arguments take memory while a handler runs. */
export const MAX_SERVED_BYTES = 67_108_864;

/** How many refused calls of one connection are logged: a peer must not fill a log. */
export const LOGGED_REFUSALS = 100;

/** A served stream lets other work run after this many items for which there was room: a generator may never wait. */
export const STREAM_BURST_ITEMS = 4096;

/** How much of an answer that is too long is measured for its error, in the longest frame's length: the answer is in memory, and not bounded. */
export const MEASURED_FRAMES = 4;

// Hosts.

/** Default of how many connections a host has at once. One more is closed at once. */
export const MAX_CONNECTIONS = 4096;

/** Default of how long the handshakes of TLS and WebSocket may take, in milliseconds. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Default of how long a closing host waits for the calls that run, in milliseconds. */
export const GRACE_MS = 10_000;

/** How long a closing host waits for handlers that it has cancelled, in milliseconds: those that heed it end within moments. */
export const CANCELLED_GRACE_MS = 200;

// Streams and tunnels.

/**
 * Default of how many bytes of items one stream holds for a slow reader: 64 MiB. Each item counts as its payload and
 * {@link ITEM_OVERHEAD_BYTES}. Beyond it that stream alone fails with `ResourceExhausted`; other calls continue. A single
 * item is always held, because its frame is within its own limit.
 */
export const MAX_STREAM_BYTES = 67_108_864;

/**
 * Default of how many bytes of items one stream holds before the wire stops receiving: 1 MiB. It receives again when half
 * of them are left. It also receives while a call waits for its answer or a reader waits for an item; then only
 * {@link MAX_STREAM_BYTES} holds.
 */
export const STREAM_HIGH_WATER_BYTES = 1_048_576;

/** What a waiting item costs in addition to its bytes, in bytes: items without bytes take memory too. */
export const ITEM_OVERHEAD_BYTES = 64;

/**
 * How many bytes are kept for tunnels that are not open yet, in payloads and descriptors: 1 MiB. A peer may write to a tunnel before
 * the call that returns its channel has returned. The oldest frames are dropped first.
 */
export const MAX_EARLY_BYTES = 1_048_576;

/** The longest payload that one frame of a tunnel carries: 64 KiB. Frames of other calls must get their turn. */
export const TUNNEL_FRAME_BYTES = 65_536;

// Connections.

/**
 * Default of how many bytes may wait for a peer that does not read: 1 MiB. Above it a new call waits before it is sent, within
 * its timeout.
 */
export const MAX_UNSENT_BYTES = 1_048_576;

/** Default timeout of an attempt to connect, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** Default of the longest wait before the first attempt to reconnect, in milliseconds: most losses are short. */
export const BACKOFF_INITIAL_MS = 100;

/** Default of the factor by which the longest wait grows with each attempt, so that a server is not flooded when it starts. */
export const BACKOFF_FACTOR = 2;

/** Default of the longest wait before any attempt, in milliseconds: a server that is back is found within this time. */
export const BACKOFF_MAX_MS = 10_000;

/**
 * A connection that has lived for this long, in milliseconds, or has answered a call, resets the waits of `backoff`. A server
 * that accepts and closes is therefore asked less and less often.
 */
export const PROVEN_AFTER_MS = 5000;

/** How long closing a WebSocket may take, in milliseconds: the server of rapace 0.5.0 never answers a close frame. */
export const CLOSE_TIMEOUT_MS = 1000;

/**
 * How many informational responses, such as `100 Continue`, a server may send before the one that opens a WebSocket. Without
 * a limit they would keep an attempt alive for as long as its timeout allows.
 */
export const MAX_INFORMATIONAL_RESPONSES = 16;

// Texts of a peer.

/** The longest text of a peer that errors and logs quote, in bytes: a peer must not fill a log. */
export const QUOTED_BYTES = 1024;

/** How many bytes of the message in an error frame are decoded: more than {@link QUOTED_BYTES} characters can take. */
export const ERROR_MESSAGE_BYTES = 4192;

// The options that change limits.

/** Bounds of the values in one message, in both directions. */
export interface ValueLimits {
	/** Most values of recursive types that contain one another. Default {@link MAX_DEPTH}. */
	readonly maxDepth?: number | undefined;
	/** Most items without bytes, such as those of a `Vec<()>`, in one message. Default {@link MAX_ZERO_SIZED_ITEMS}. */
	readonly maxZeroSizedItems?: number | undefined;
	/**
	 * Most bytes that the values of one received message may take, by their nominal sizes. Default
	 * {@link DECODED_BYTES_PER_FRAME_BYTE} times the longest frame: 256 MiB.
	 */
	readonly maxDecodedBytes?: number | undefined;
}

/** Bounds of a session. */
export interface SessionLimits extends ValueLimits {
	/** Longest frame in either direction, descriptor and payload, in bytes. Default {@link MAX_FRAME_BYTES}. */
	readonly maxFrameBytes?: number | undefined;
	/** Most abandoned calls that are remembered; the oldest are forgotten first. Default {@link MAX_ABANDONED_CALLS}. */
	readonly maxAbandonedCalls?: number | undefined;
	/** Most calls, streams and tunnels at once; one more fails with `ResourceExhausted`. Default {@link MAX_CALLS}. */
	readonly maxCalls?: number | undefined;
}
