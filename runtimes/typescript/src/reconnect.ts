/** Connections that are made anew when they are lost. */

import type { CallOptions } from "./call.js";
import type { Arrangement, ConnectOptions, Dial } from "./connect.js";
import type { Connection } from "./connection.js";
import { Closing } from "./dispose.js";
import { ConnectionError, isRapaceError, type RapaceError } from "./errors.js";
import { type Find, later, left, within } from "./later.js";
import { limit } from "./limits.js";
import type { AnyMethod } from "./method.js";
import { type ConnectionState, tell } from "./states.js";

/** How long is waited before attempts. */
export interface BackoffOptions {
	/** Most milliseconds before the first attempt after a loss. Default 100. */
	readonly initialMs?: number | undefined;
	/** How much longer the wait before each further attempt may be. Default 2. */
	readonly factor?: number | undefined;
	/** Most milliseconds before any attempt. Default 10,000. */
	readonly maxMs?: number | undefined;
	/** Most attempts after the loss of a connection that was good for something; then the connection is closed. Default: no limit. */
	readonly attempts?: number | undefined;
}

/**
 * A connection that lived for so many milliseconds, or has answered a call, was a good one: after it waits begin small again. A
 * server that accepts and closes is asked ever more rarely.
 */
const GOOD_AFTER_MS = 5000;

type Waits = { readonly [Name in keyof BackoffOptions]-?: number };

/**
 * For `connect`'s option `reconnect`: a connection that is made anew when it is lost, after a random part of a wait that
 * doubles with each attempt. The first attempt is made once, as without it.
 *
 * A call that was in flight fails at once, as `Unavailable`, unless its method is idempotent: that call is made again, once
 * per loss, within its time. New calls wait for the connection within theirs. A stream is never begun again.
 *
 * @throws StatusError InvalidArgument for an option that makes no sense.
 */
export function backoff(options: BackoffOptions = {}): Arrangement {
	const waits: Waits = {
		initialMs: limit(options, "initialMs", 100),
		factor: limit(options, "factor", 2, 1),
		maxMs: limit(options, "maxMs", 10_000),
		attempts: limit(options, "attempts", Number.POSITIVE_INFINITY, 1),
	};
	return async (dial, connectOptions) => {
		const { onState } = connectOptions;
		tell(onState, { state: "connecting" });
		try {
			const first = await dial({ ...connectOptions, onState: undefined });
			tell(onState, { state: "connected" });
			return new LastingConnection(first, dial, connectOptions, waits);
		} catch (error) {
			tell(onState, { state: "closed", cause: error as RapaceError });
			throw error;
		}
	};
}

class LastingConnection extends Closing implements Connection {
	readonly closed: Promise<ConnectionError | undefined>;
	/** The next call may be made on another one. */
	readonly single = undefined;
	state: ConnectionState["state"] = "connected";
	private readonly dial: Dial;
	private readonly options: ConnectOptions;
	private readonly waits: Waits;
	/** Gives up the attempt that is being made, or the wait before it. */
	private readonly stop = new AbortController();
	/** The connection, or the one that was lost last. */
	private current!: Connection;
	/** What follows when it is lost. */
	private next!: Promise<Connection>;
	private over!: (error: ConnectionError | undefined) => void;
	/** Why there will be none any more. */
	private ended: ConnectionError | undefined;
	/** Why the last one was lost, or the last attempt failed. */
	#cause: RapaceError | undefined;
	/** How many attempts were made since a connection was good for something. */
	#tried = 0;
	/** When the present connection was made, in milliseconds of `performance.now()`. */
	#made = 0;
	/** What the connections before this one dropped. */
	private dropped = 0;

	constructor(
		first: Connection,
		dial: Dial,
		options: ConnectOptions,
		waits: Waits,
	) {
		super();
		this.dial = dial;
		this.options = options;
		this.waits = waits;
		this.closed = new Promise((resolve) => {
			this.over = resolve;
		});
		this.use(first);
	}

	get peer(): string {
		return this.current.peer;
	}

	get inFlight(): number {
		return this.current.inFlight;
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
			: later(this.find, method, values, options, timeoutMs);
	}

	/** Makes a call, and makes it again as often as the connection is lost meanwhile. */
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
					: later(this.find, method, values, own, defaultTimeoutMs));
			} catch (error) {
				const lost =
					isRapaceError(error) &&
					error.kind === "connection" &&
					error.reason === "lost";
				if (!lost || this.ended !== undefined) {
					throw error;
				}
				own = { ...options, timeoutMs: left(timeoutMs, begun) };
			}
		}
	}

	/** The connection, as soon as there is one. */
	private readonly find: Find = async (method, signal, timeoutMs) => {
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
				// Why there is none is told above.
				this.next.catch(() => {}),
				() => [
					`the connection to ${this.peer} is down, and none could be made`,
					this.#cause,
				],
				method,
				signal,
				left(timeoutMs, begun),
			);
		}
	};

	private use(connection: Connection): void {
		this.current = connection;
		this.#made = performance.now();
		this.next = connection.closed.then((cause) => this.recover(cause));
		this.next.catch(() => {});
	}

	/** Makes a connection after the present one was lost. */
	private async recover(
		lost: ConnectionError | undefined,
	): Promise<Connection> {
		const { initialMs, factor, maxMs, attempts } = this.waits;
		const lived = performance.now() - this.#made;
		if (lived >= GOOD_AFTER_MS || this.current.single?.session.answered) {
			this.#tried = 0;
		}
		this.#cause = lost;
		while (this.ended === undefined && this.#tried < attempts) {
			this.change("disconnected", this.#cause);
			const longest = Math.min(maxMs, initialMs * factor ** this.#tried++);
			await rest(Math.random() * longest, this.stop.signal);
			if (this.ended !== undefined) {
				break;
			}
			this.change("connecting");
			try {
				const connection = await this.dial({
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

	/** There will be no connection any more. Only the first end counts. */
	private end(
		error: ConnectionError,
		cause: ConnectionError | undefined,
	): void {
		if (this.ended === undefined) {
			this.ended = error;
			this.change("closed", cause);
			this.over(cause);
		}
	}

	private change(state: ConnectionState["state"], cause?: RapaceError): void {
		this.state = state;
		tell(this.options.onState, { state, cause } as ConnectionState);
	}
}

/** Resolves after so many milliseconds, or when the signal aborts. */
function rest(ms: number, signal: AbortSignal): Promise<void> {
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
