import type { Closes } from "./dispose.js";
import type { ConnectionError } from "./errors.js";
import type { AnyMethod } from "./method.js";
import type { CallOptions } from "./options.js";
import type { ConnectionState } from "./states.js";
import { Wire } from "./wire.js";

/**
 * What clients make their calls on. The clients of several services share a connection, and many calls are in flight at once.
 *
 * When the connection is lost, every call in flight fails at once with `Unavailable`. It comes back only if the option
 * `reconnect` was given.
 */
export interface Connection extends Closes {
	/** The peer's address, for messages: `tcp://127.0.0.1:9000`. A WebSocket's has no query, which may be a secret. */
	readonly peer: string;
	/** The state of the connection. */
	readonly state: ConnectionState["state"];
	/** How many calls wait for their answer or the end of their stream. */
	readonly inFlight: number;
	/** How many calls of the peer run here, where handlers are served. */
	readonly serving: number;
	/** How many frames arrived for calls that are unknown, over or cancelled. */
	readonly droppedFrames: number;
	/**
	 * Resolves when the connection is over: with the error that ended it, or with nothing after {@link close}. Never
	 * rejects.
	 */
	readonly closed: Promise<ConnectionError | undefined>;
	/** For the runtime's own use: the wire of every call; nothing when the next call may use another one. */
	readonly wire: Wire | undefined;
	/**
	 * Closes the connection. Calls in flight fail with a ConnectionError of reason `closed`, and so does every later one.
	 * May be called again. Resolves when the socket is closed.
	 */
	close(): Promise<void>;
	/** For the runtime's own use: makes a call of a method. */
	invoke(
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		timeoutMs: number,
	): unknown;
}

/** A connection that is one wire. */
export class SingleConnection extends Wire implements Connection {
	get wire(): Wire {
		return this;
	}

	invoke(
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		timeoutMs: number,
	): unknown {
		return method.kind.call(this, method, values, options, timeoutMs);
	}
}
