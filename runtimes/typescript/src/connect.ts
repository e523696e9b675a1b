import { checkTimeout } from "./check.js";
import { type Connection, SingleConnection } from "./connection.js";
import {
	ConnectionError,
	isOfKind,
	type RapaceError,
	StatusError,
} from "./errors.js";
import type { ServingOptions } from "./handlers/options.js";
import type { Layer } from "./layer.js";
import { CONNECT_TIMEOUT_MS } from "./limits.js";
import { quote } from "./quote.js";
import { tell } from "./states.js";
import { LONGEST_TIMER_MS, whole } from "./time.js";
import type { ConnectionOptions } from "./wire.js";

/** The options of `connect`, on any platform. */
export interface ConnectOptions extends ConnectionOptions, ServingOptions {
	/** Cancels the attempt when it aborts. It has no effect on a connection that was made. */
	readonly signal?: AbortSignal | undefined;
	/** How long an attempt may take, in milliseconds; `Infinity` for no limit. Default {@link CONNECT_TIMEOUT_MS}. */
	readonly timeoutMs?: number | undefined;
	/**
	 * The class that opens `ws://` and `wss://`, such as that of the package `ws`: for a program whose packages are linked, where this
	 * package does not find it. By default the platform's, and on Node that of `ws` where it is installed.
	 */
	readonly WebSocket?: (new (address: string) => object) | undefined;
	/** Makes the connection reconnect when it is lost: `backoff()`. By default it does not. */
	readonly reconnect?: ConnectStrategy | undefined;
	/** Makes a pool of connections to the same address: `poolOf(4)`. By default there is one connection. */
	readonly pool?: ConnectStrategy | undefined;
}

/** Makes one connection. */
export type MakeConnection = (options: ConnectOptions) => Promise<Connection>;

/** Makes a connection of others, each of which `makeConnection` makes. */
export type ConnectStrategy = (
	makeConnection: MakeConnection,
	options: ConnectOptions,
) => Promise<Connection>;

/** Begins to open a layer, and calls one of the two functions, once. What it returns cancels the attempt: then it calls neither. */
export type OpenLayer = (
	opened: (layer: Layer) => void,
	failed: (cause: unknown) => void,
) => () => void;

/**
 * Connects to `address`. `open` opens the layer.
 *
 * @throws ConnectionError when it cannot be reached; StatusError `DeadlineExceeded`, `Cancelled`, or `InvalidArgument`
 * for an option that makes no sense.
 */
export function establish(
	address: string,
	options: ConnectOptions,
	open: OpenLayer,
): Promise<Connection> {
	const { reconnect, pool } = options;
	const once: MakeConnection = (own) => attempt(address, own, open);
	const lasting: MakeConnection = reconnect
		? (own) => reconnect(once, own)
		: once;
	return pool ? pool(lasting, options) : lasting(options);
}

/**
 * Makes the first connection of a strategy, and `combine` makes of it the connection that the program gets. The states are those of
 * the latter.
 *
 * @throws what `makeConnection` throws.
 */
export async function withFirst(
	makeConnection: MakeConnection,
	options: ConnectOptions,
	combine: (first: Connection) => Connection,
): Promise<Connection> {
	const { onState } = options;
	tell(onState, { state: "connecting" });
	try {
		const first = await makeConnection({ ...options, onState: undefined });
		tell(onState, { state: "connected" });
		return combine(first);
	} catch (error) {
		tell(onState, { state: "closed", cause: error as RapaceError });
		throw error;
	}
}

/** Returns the address as messages show it: without the query of a WebSocket, which may be a secret. */
export function shown(address: string): string {
	return address.replace(/^(wss?:[^?]*)\?.*/s, "$1?...");
}

function attempt(
	address: string,
	options: ConnectOptions,
	open: OpenLayer,
): Promise<Connection> {
	const { signal, timeoutMs = CONNECT_TIMEOUT_MS, onState } = options;
	const place = shown(address);
	return new Promise((resolve, reject) => {
		checkTimeout(timeoutMs);
		let timer: ReturnType<typeof setTimeout> | undefined;
		const release = () => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", abort);
		};
		const fail = (cause: RapaceError) => {
			release();
			tell(onState, { state: "closed", cause });
			reject(cause);
		};
		const abort = () => {
			abandon?.();
			const what = `connecting to ${place} was aborted`;
			fail(new StatusError("Cancelled", what, false, "", signal?.reason));
		};
		let abandon: (() => void) | undefined;
		tell(onState, { state: "connecting" });
		if (signal?.aborted) {
			abort();
			return;
		}
		signal?.addEventListener("abort", abort);
		if (timeoutMs <= LONGEST_TIMER_MS) {
			timer = setTimeout(() => {
				abandon?.();
				const what = `no connection to ${place} within ${whole(timeoutMs)} ms`;
				fail(new StatusError("DeadlineExceeded", what, false, ""));
			}, timeoutMs);
		}
		abandon = open(
			(layer) => {
				// At once, so that no event of the layer is missed.
				try {
					resolve(new SingleConnection(layer, options));
					release();
				} catch (error) {
					void layer.close();
					fail(error as RapaceError);
				}
			},
			(cause) => {
				if (isOfKind(cause, "status")) {
					fail(cause);
					return;
				}
				const { message, code } = (cause ?? {}) as {
					message?: string;
					code?: string;
				};
				const what = `cannot connect to ${place}: ${quote(message || code || "no reason is known")}`;
				fail(new ConnectionError("unreachable", what, undefined, cause));
			},
		);
	});
}
