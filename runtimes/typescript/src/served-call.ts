import type { Connection } from "./connection.js";
import type { CallOptions } from "./options.js";
import type { Tunnel } from "./tunnel.js";

/**
 * A call of the peer, which is the last argument of a handler's functions. It can be passed on as the options of a call: that call is
 * then cancelled with this one.
 */
export interface ServedCall extends CallOptions {
	/** Aborts when the peer cancels the call, when the connection is lost, and when a closing host does not wait any longer. */
	readonly signal: AbortSignal;
	/** The name on the wire: `Catalog.find`. */
	readonly method: string;
	/** The peer's address, for messages: `tcp://127.0.0.1:43210`. */
	readonly peer: string;
	/** The connection that the call arrived on. A handler can call its peer back on it. */
	readonly connection: Connection;
	/**
	 * Opens a tunnel on this connection. The handler returns `tunnel.channel` to the peer, which opens the tunnel with it.
	 *
	 * @throws StatusError ResourceExhausted beyond `maxCalls`; ConnectionError when the connection is over.
	 */
	openTunnel(): Tunnel;
}
