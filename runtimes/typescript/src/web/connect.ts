import { type ConnectOptions, establish } from "../connect.js";
import type { Connection } from "../connection.js";
import { StatusError } from "../errors.js";
import { opener, type WebSocketLike } from "../websocket.js";

/**
 * Connects to a server at `ws://host[:port][/path]` or `wss://host[:port][/path]`, with the platform's WebSocket.
 *
 * The platform judges certificates, answers pings, and holds each message in memory before its length can be checked; and it
 * cannot be told to receive no more while the reader of a stream is slow.
 *
 * @throws ConnectionError when it cannot be reached; StatusError `DeadlineExceeded`, `Cancelled`, or `InvalidArgument`
 * for an address or option that makes no sense.
 */
export async function connect(
	address: string,
	options: ConnectOptions = {},
): Promise<Connection> {
	const { WebSocket } = globalThis as unknown as {
		WebSocket?: new (address: string) => WebSocketLike;
	};
	if (WebSocket === undefined) {
		const what = "there is no WebSocket on this platform";
		throw new StatusError("FailedPrecondition", what, false);
	}
	// What is left is the platform's to judge: it throws for what is no address.
	if (!/^wss?:\/\/[^/?#@\s]+(?:[/?][^#\s]*)?$/.test(address)) {
		const what = `${JSON.stringify(address)} is neither ws://host[:port][/path] nor wss://host[:port][/path]`;
		throw new StatusError("InvalidArgument", what, false);
	}
	const make = () => new WebSocket(address);
	return await establish(address, options, opener(address, make));
}
