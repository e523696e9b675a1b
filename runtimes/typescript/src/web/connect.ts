import { type ConnectOptions, establish } from "../connect.js";
import type { Connection } from "../connection.js";
import { StatusError } from "../errors.js";
import { openWebSocket, type WebSocketLike } from "../websocket.js";

/**
 * Connects to a server at `ws://host[:port][/path]` or `wss://host[:port][/path]`, with the platform's WebSocket, or the one
 * of the options.
 *
 * The platform checks certificates and answers pings. It holds each message in memory before its length can be checked, and it
 * cannot be paused while the reader of a stream is slow.
 *
 * @throws ConnectionError when the server cannot be reached; StatusError `DeadlineExceeded`, `Cancelled`, or `InvalidArgument`
 * for an address or option that makes no sense.
 */
export async function connect(
	address: string,
	options: ConnectOptions = {},
): Promise<Connection> {
	const { WebSocket = (globalThis as ConnectOptions).WebSocket } = options;
	if (WebSocket === undefined) {
		const what = "there is no WebSocket on this platform";
		throw new StatusError("FailedPrecondition", what, false, "");
	}
	// The platform checks the rest: it throws for a bad address.
	if (!/^wss?:\/\/[^/?#@\s]+(?:[/?][^#\s]*)?$/.test(address)) {
		const what = `${JSON.stringify(address)} is not ws://host[:port][/path] or wss://host[:port][/path]`;
		throw new StatusError("InvalidArgument", what, false, "");
	}
	const make = () => new WebSocket(address) as WebSocketLike;
	return await establish(address, options, openWebSocket(address, make));
}
