import {
	type Connection,
	type ConnectionOptions,
	SingleConnection,
} from "./connection.js";
import {
	ConnectionError,
	isOfKind,
	type RapaceError,
	StatusError,
} from "./errors.js";
import { whole } from "./limits.js";
import { quote } from "./quote.js";
import { tell } from "./states.js";
import type { Transport } from "./transport.js";

/** Default of how long making a connection may take, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** What `connect` may be told, on any platform. */
export interface ConnectOptions extends ConnectionOptions {
	/** Gives the attempt up when it aborts, as `Cancelled`. It has no effect on the connection that was made. */
	readonly signal?: AbortSignal | undefined;
	/** How long an attempt may take, in milliseconds; `Infinity` for no limit. Default {@link CONNECT_TIMEOUT_MS}. */
	readonly timeoutMs?: number | undefined;
	/** Makes a connection that is made anew when it is lost: `backoff()`. By default it is not. */
	readonly reconnect?: Arrangement | undefined;
	/** Makes a pool of connections to the same address: `poolOf(4)`. By default there is one. */
	readonly pool?: Arrangement | undefined;
}

/** Makes a connection, as the options say. */
export type Dial = (options: ConnectOptions) => Promise<Connection>;

/** A connection that is made of others, all of which `dial` makes. */
export type Arrangement = (
	dial: Dial,
	options: ConnectOptions,
) => Promise<Connection>;

/** Begins to open a transport, and calls one of the two, once. What it returns gives the attempt up: then it calls neither. */
export type Opener = (
	opened: (transport: Transport) => void,
	failed: (cause: unknown) => void,
) => () => void;

/**
 * Connects to `address`, which `open` does.
 *
 * @throws ConnectionError when it cannot be reached; StatusError `DeadlineExceeded`, `Cancelled`, or `InvalidArgument`
 * for an option that makes no sense.
 */
export function establish(
	address: string,
	options: ConnectOptions,
	open: Opener,
): Promise<Connection> {
	const { reconnect, pool } = options;
	const once: Dial = (own) => attempt(address, own, open);
	const dial: Dial = reconnect ? (own) => reconnect(once, own) : once;
	return pool ? pool(dial, options) : dial(options);
}

/** The address as messages have it: without a WebSocket's query, which may be a secret. */
export function shown(address: string): string {
	return address.replace(/^(wss?:[^?]*)\?.*/s, "$1?...");
}

function attempt(
	address: string,
	options: ConnectOptions,
	open: Opener,
): Promise<Connection> {
	const { signal, timeoutMs = CONNECT_TIMEOUT_MS, onState } = options;
	return new Promise((resolve, reject) => {
		if (!(timeoutMs > 0)) {
			const what = `timeoutMs ${timeoutMs} is not above 0`;
			throw new StatusError("InvalidArgument", what, false);
		}
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
			const what = `connecting to ${shown(address)} was aborted`;
			fail(
				new StatusError("Cancelled", what, false, undefined, signal?.reason),
			);
		};
		let abandon: (() => void) | undefined;
		tell(onState, { state: "connecting" });
		if (signal?.aborted) {
			abort();
			return;
		}
		signal?.addEventListener("abort", abort);
		if (timeoutMs < 2 ** 31) {
			timer = setTimeout(() => {
				abandon?.();
				const what = `no connection to ${shown(address)} within ${whole(timeoutMs)} ms`;
				fail(new StatusError("DeadlineExceeded", what, false));
			}, timeoutMs);
		}
		abandon = open(
			(transport) => {
				// At once, so that nothing happens to the transport while nobody listens.
				try {
					resolve(new SingleConnection(transport, options));
					release();
				} catch (error) {
					void transport.close();
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
				const what = `cannot connect to ${shown(address)}: ${quote(message || code || "no reason is known")}`;
				fail(new ConnectionError("unreachable", what, undefined, cause));
			},
		);
	});
}
