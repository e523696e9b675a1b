/** Connections that reconnect when they are lost. */

import { limit } from "./check.js";
import {
	type ConnectOptions,
	type ConnectStrategy,
	type MakeConnection,
	withFirst,
} from "./connect.js";
import type { Connection } from "./connection.js";
import {
	callWhenConnected,
	type FindConnection,
	timeLeft,
	within,
} from "./deferred.js";
import { Closing } from "./dispose.js";
import { ConnectionError, isRapaceError, type RapaceError } from "./errors.js";
import {
	BACKOFF_FACTOR,
	BACKOFF_INITIAL_MS,
	BACKOFF_MAX_MS,
	PROVEN_AFTER_MS,
} from "./limits.js";
import type { AnyMethod } from "./method.js";
import type { CallOptions } from "./options.js";
import { type ConnectionState, tell } from "./states.js";

/** The waits before attempts to reconnect. */
export interface BackoffOptions {
	/** Most milliseconds before the first attempt after a loss. Default {@link BACKOFF_INITIAL_MS}. */
	readonly initialMs?: number | undefined;
	/** By how much the longest wait grows with each further attempt. Default {@link BACKOFF_FACTOR}. */
	readonly factor?: number | undefined;
	/** Most milliseconds before any attempt. Default {@link BACKOFF_MAX_MS}. */
	readonly maxMs?: number | undefined;
	/** Most attempts after the loss of a proven connection; then the connection is closed. Default: no limit. */
	readonly attempts?: number | undefined;
}

type Waits = { readonly [Name in keyof BackoffOptions]-?: number };

/**
 * For `connect`'s option `reconnect`: a connection that reconnects when it is lost, after a random part of a wait that doubles
 * with each attempt. The first connection is attempted once, as without this option.
 *
 * A call in flight fails at once with `Unavailable`, unless its method is idempotent: that call is made again, once per loss,
 * within its timeout. New calls wait for the connection, within their timeout. A stream is never started again.
 *
 * @throws StatusError InvalidArgument for an option that makes no sense.
 */
export function backoff(options: BackoffOptions = {}): ConnectStrategy {
	const waits: Waits = {
		initialMs: limit(options, "initialMs", BACKOFF_INITIAL_MS),
		factor: limit(options, "factor", BACKOFF_FACTOR, 1),
		maxMs: limit(options, "maxMs", BACKOFF_MAX_MS),
		attempts: limit(options, "attempts", Number.POSITIVE_INFINITY, 1),
	};
	return (makeConnection, connectOptions) =>
		withFirst(
			makeConnection,
			connectOptions,
			(first) => new Reconnecting(first, makeConnection, connectOptions, waits),
		);
}

class Reconnecting extends Closing implements Connection {
	readonly closed: Promise<ConnectionError | undefined>;
	/** The next call may use another wire. */
	readonly wire = undefined;
	state: ConnectionState["state"] = "connected";
	private readonly makeConnection: MakeConnection;
	private readonly options: ConnectOptions;
	private readonly waits: Waits;
	/** Cancels the attempt that is running, or the wait before it. */
	private readonly stop = new AbortController();
	/** The connection, or the one that was lost last. */
	private current!: Connection;
	/** The connection that follows it when it is lost. */
	private next!: Promise<Connection>;
	private resolveClosed!: (error: ConnectionError | undefined) => void;
	/** Why this connection is closed. */
	private ended: ConnectionError | undefined;
	/** Why the last connection was lost, or the last attempt failed. */
	#cause: RapaceError | undefined;
	/** How many attempts were made since the last proven connection. */
	#tried = 0;
	/** When the current connection was made, in milliseconds of `performance.now()`. */
	#made = 0;
	/** The frames that earlier connections dropped. */
	private dropped = 0;

	constructor(
		first: Connection,
		makeConnection: MakeConnection,
		options: ConnectOptions,
		waits: Waits,
	) {
		super();
		this.makeConnection = makeConnection;
		this.options = options;
		this.waits = waits;
		this.closed = new Promise((resolve) => {
			this.resolveClosed = resolve;
		});
		this.use(first);
	}

	get peer(): string {
		return this.current.peer;
	}

	get inFlight(): number {
		return this.current.inFlight;
	}

	get serving(): number {
		return this.current.serving;
	}

	get droppedFrames(): number {
		return this.dropped + this.current.droppedFrames;
	}

	override async close(): Promise<void> {
		const what = `connection to ${this.peer} is closed`;
		this.end(new ConnectionError("closed", what), undefined);
		this.stop.abort();
		await this.current.close();
		await this.next.catch(() => {});
	}

	invoke(
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		timeoutMs: number,
	): unknown {
		if (method.idempotent && method.kind.form === "unary") {
			return this.repeat(method, values, options, timeoutMs);
		}
		return this.current.state === "connected"
			? this.current.invoke(method, values, options, timeoutMs)
			: callWhenConnected(this.find, method, values, options, timeoutMs);
	}

	/** Makes a call, and makes it again each time the connection is lost. */
	private async repeat(
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		defaultTimeoutMs: number,
	): Promise<unknown> {
		const { timeoutMs = defaultTimeoutMs } = options;
		const begun = performance.now();
		let own = options;
		for (;;) {
			try {
				return await (this.current.state === "connected"
					? this.current.invoke(method, values, own, defaultTimeoutMs)
					: callWhenConnected(
							this.find,
							method,
							values,
							own,
							defaultTimeoutMs,
						));
			} catch (error) {
				const lost =
					isRapaceError(error) &&
					error.kind === "connection" &&
					error.reason === "lost";
				if (!lost || this.ended !== undefined) {
					throw error;
				}
				own = { ...options, timeoutMs: timeLeft(timeoutMs, begun) };
			}
		}
	}

	/** Waits for the connection. */
	private readonly find: FindConnection = async (method, signal, timeoutMs) => {
		const begun = performance.now();
		for (;;) {
			if (this.ended !== undefined) {
				const { reason, message, cause } = this.ended;
				throw new ConnectionError(reason, message, method, cause);
			}
			if (this.current.state === "connected") {
				return this.current;
			}
			await within(
				// The loop above reports the error.
				this.next.catch(() => {}),
				() => [
					`the connection to ${this.peer} is down, and none could be made`,
					this.#cause,
				],
				method,
				signal,
				timeLeft(timeoutMs, begun),
			);
		}
	};

	private use(connection: Connection): void {
		this.current = connection;
		this.#made = performance.now();
		this.next = connection.closed.then((cause) => this.recover(cause));
		this.next.catch(() => {});
	}

	/** Makes a connection after the current one was lost. */
	private async recover(
		lost: ConnectionError | undefined,
	): Promise<Connection> {
		const { initialMs, factor, maxMs, attempts } = this.waits;
		const lived = performance.now() - this.#made;
		if (lived >= PROVEN_AFTER_MS || this.current.wire?.session.answered) {
			this.#tried = 0;
		}
		this.#cause = lost;
		while (this.ended === undefined && this.#tried < attempts) {
			this.change("disconnected", this.#cause);
			const longest = Math.min(maxMs, initialMs * factor ** this.#tried++);
			await sleep(Math.random() * longest, this.stop.signal);
			if (this.ended !== undefined) {
				break;
			}
			this.change("connecting");
			try {
				const connection = await this.makeConnection({
					...this.options,
					onState: undefined,
					signal: this.stop.signal,
				});
				if (this.ended !== undefined) {
					await connection.close();
					break;
				}
				this.dropped += this.current.droppedFrames;
				this.use(connection);
				this.change("connected");
				return connection;
			} catch (error) {
				this.#cause = error as RapaceError;
			}
		}
		const cause = this.#cause;
		const what = `${cause?.message}; no connection after ${attempts} attempts`;
		const error =
			this.ended ?? new ConnectionError("lost", what, undefined, cause);
		this.end(error, error);
		throw error;
	}

	/** Closes this connection. Only the first end counts. */
	private end(
		error: ConnectionError,
		cause: ConnectionError | undefined,
	): void {
		if (this.ended === undefined) {
			this.ended = error;
			this.change("closed", cause);
			this.resolveClosed(cause);
		}
	}

	private change(state: ConnectionState["state"], cause?: RapaceError): void {
		this.state = state;
		tell(this.options.onState, { state, cause } as ConnectionState);
	}
}

/** Resolves after `ms` milliseconds, or when the signal aborts. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const wake = () => {
			clearTimeout(timer);
			signal.removeEventListener("abort", wake);
			resolve();
		};
		const timer = setTimeout(wake, ms);
		signal.addEventListener("abort", wake);
	});
}
