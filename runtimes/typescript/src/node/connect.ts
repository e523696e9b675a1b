import { connect as netConnect } from "node:net";

import { Connection, type ConnectionOptions } from "../connection.js";
import { ConnectionError, StatusError } from "../errors.js";
import { parseAddress } from "./address.js";
import { SocketTransport } from "./socket.js";

/** Default of how long making a connection may take, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** What {@link connect} may be told. */
export interface ConnectOptions extends ConnectionOptions {
	/** Gives the attempt up when it aborts, as `Cancelled`. It has no effect on the connection that was made. */
	readonly signal?: AbortSignal | undefined;
	/** How long the attempt may take, in milliseconds; `Infinity` for no limit. Default {@link CONNECT_TIMEOUT_MS}. */
	readonly timeoutMs?: number | undefined;
}

/**
 * Connects to a server at `tcp://host:port` or `unix:///path`.
 *
 * @throws ConnectionError when it cannot be reached; StatusError `DeadlineExceeded`, `Cancelled`, or `InvalidArgument`
 * for an address or option that makes no sense.
 */
export async function connect(
	address: string,
	options: ConnectOptions = {},
): Promise<Connection> {
	const { signal, timeoutMs = CONNECT_TIMEOUT_MS } = options;
	const target = parseAddress(address);
	if (!(timeoutMs > 0)) {
		throw new StatusError(
			"InvalidArgument",
			`timeoutMs ${timeoutMs} is not above 0`,
			false,
		);
	}
	if (signal?.aborted) {
		throw aborted(address, signal);
	}
	const socket = netConnect(target);
	return await new Promise((resolve, reject) => {
		const timer =
			timeoutMs < 2 ** 31 ? setTimeout(expire, timeoutMs) : undefined;
		signal?.addEventListener("abort", abort);
		socket.once("connect", succeed);
		socket.once("error", refuse);

		function succeed() {
			// At once, so that nothing happens to the socket while nobody listens.
			const transport = new SocketTransport(
				socket,
				address,
				!("path" in target),
			);
			try {
				resolve(new Connection(transport, options));
				release();
			} catch (error) {
				giveUp(error as StatusError);
			}
		}
		function refuse(cause: Error & { code?: string }) {
			const why = cause.message || cause.code;
			giveUp(
				new ConnectionError(
					"unreachable",
					`cannot connect to ${address}: ${why}`,
					undefined,
					cause,
				),
			);
		}
		function expire() {
			giveUp(
				new StatusError(
					"DeadlineExceeded",
					`no connection to ${address} within ${timeoutMs} ms`,
					false,
				),
			);
		}
		function abort() {
			giveUp(aborted(address, signal));
		}
		function giveUp(error: Error) {
			release();
			// The socket may still report what it was about to.
			socket.on("error", () => {});
			socket.destroy();
			reject(error);
		}
		function release() {
			clearTimeout(timer);
			signal?.removeEventListener("abort", abort);
			socket.off("connect", succeed);
			socket.off("error", refuse);
		}
	});
}

function aborted(
	address: string,
	signal: AbortSignal | undefined,
): StatusError {
	return new StatusError(
		"Cancelled",
		`connecting to ${address} was aborted`,
		false,
		undefined,
		signal?.reason,
	);
}
