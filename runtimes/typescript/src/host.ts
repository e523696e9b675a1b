/** A host: it accepts connections and serves handlers on them. */

import { limit } from "./check.js";
import { SingleConnection } from "./connection.js";
import { Closing } from "./dispose.js";
import { StatusError } from "./errors.js";
import type { ServingOptions } from "./handlers/options.js";
import { ServedCalls } from "./handlers/serving.js";
import { tableOf } from "./handlers/table.js";
import type { Layer } from "./layer.js";
import {
	CANCELLED_GRACE_MS,
	GRACE_MS,
	HANDSHAKE_TIMEOUT_MS,
	MAX_CONNECTIONS,
} from "./limits.js";
import { LONGEST_TIMER_MS, NEVER } from "./time.js";
import type { ConnectionOptions, Handler } from "./wire.js";

/** The options of a host. Those of connections apply to each that it accepts. */
export interface HostOptions
	extends Omit<ConnectionOptions, "handlers">,
		ServingOptions {
	/** Most connections at once, handshakes included; one more is closed at once. Default {@link MAX_CONNECTIONS}. */
	readonly maxConnections?: number | undefined;
	/** How long the handshakes of TLS and WebSocket may take, in milliseconds. Default {@link HANDSHAKE_TIMEOUT_MS}. */
	readonly handshakeTimeoutMs?: number | undefined;
	/**
	 * After how many milliseconds a connection is closed on which no call runs, either way, and no tunnel is open. Default: never, because
	 * plug-ins may be quiet for hours.
	 */
	readonly idleTimeoutMs?: number | undefined;
}

/** How a host is closed. */
export interface CloseOptions {
	/** How long the calls that run may go on, in milliseconds; then they are cancelled. Default {@link GRACE_MS}. */
	readonly graceMs?: number | undefined;
}

/**
 * Returns a host that serves `handlers`, which {@link serve} makes. `listen` of the module `node` lets it accept connections.
 *
 * @throws StatusError InvalidArgument when two handlers serve one method, or for a limit that makes no sense.
 */
export function createHost(
	handlers: Handler | readonly Handler[],
	options: HostOptions = {},
): Host {
	return new Host("serveOn" in handlers ? [handlers] : handlers, options);
}

/** What a host closes when it is closed: a listener. */
export interface Door {
	close(): Promise<void>;
}

/** What accepts connections and serves handlers on them. `await using` closes it. */
export class Host extends Closing {
	/** For the runtime's own use: see {@link HostOptions.handshakeTimeoutMs}. */
	readonly handshakeTimeoutMs: number;
	/** For the runtime's own use: see {@link HostOptions.maxFrameBytes}. */
	readonly options: ConnectionOptions & ServingOptions;
	readonly #maxConnections: number;
	readonly #idleTimeoutMs: number;
	readonly #open = new Set<SingleConnection>();
	readonly #doors = new Set<Door>();
	/** The connections that are accepted or in their handshake. */
	#admitted = 0;
	/** Whether it was logged that there are too many connections. */
	#full = false;
	#closing: Promise<void> | undefined;

	/** See {@link createHost}. */
	constructor(handlers: readonly Handler[], options: HostOptions) {
		super();
		if (handlers.length > 0) {
			tableOf(handlers);
		}
		this.#maxConnections = limit(options, "maxConnections", MAX_CONNECTIONS, 1);
		this.handshakeTimeoutMs = limit(
			options,
			"handshakeTimeoutMs",
			HANDSHAKE_TIMEOUT_MS,
			1,
		);
		this.#idleTimeoutMs = limit(options, "idleTimeoutMs", NEVER, 1);
		this.options = {
			...options,
			firstChannel: options.firstChannel ?? 2,
			handlers,
		};
		checkLimits(this.options);
	}

	/** How many connections are open. */
	get connections(): number {
		return this.#open.size;
	}

	/** How many calls run on all connections. */
	get serving(): number {
		let sum = 0;
		for (const { serving } of this.#open) {
			sum += serving;
		}
		return sum;
	}

	/**
	 * Serves a connection over `layer`, which is open. The host owns it.
	 *
	 * @throws StatusError ResourceExhausted beyond the option `maxConnections`, Unavailable when the host is closing. The layer is closed
	 * then.
	 */
	accept(layer: Layer): SingleConnection {
		const leave = this.admit();
		if (leave === undefined) {
			void layer.close();
			const [code, what] =
				this.#closing !== undefined
					? (["Unavailable", "the host is shutting down"] as const)
					: ([
							"ResourceExhausted",
							`${this.#admitted} connections are open, of at most ${this.#maxConnections}`,
						] as const);
			throw new StatusError(code, what, false, "");
		}
		const connection = this.serve(layer);
		void connection.closed.then(leave);
		return connection;
	}

	/** For the runtime's own use, like what follows: takes a place for a connection. Nothing when there is none. The result gives it back. */
	admit(): (() => void) | undefined {
		if (this.#closing !== undefined) {
			return undefined;
		}
		if (this.#admitted >= this.#maxConnections) {
			if (!this.#full) {
				this.#full = true;
				this.warn(
					`${this.#admitted} connections are open: more are closed at once`,
				);
			}
			return undefined;
		}
		this.#admitted++;
		let left = false;
		return () => {
			if (!left) {
				left = true;
				this.#admitted--;
				this.#full = false;
			}
		};
	}

	/** Serves a connection that has a place. */
	serve(layer: Layer): SingleConnection {
		const connection = new SingleConnection(layer, this.options);
		this.#open.add(connection);
		const idle = this.#watch(connection);
		void connection.closed.then((error) => {
			clearTimeout(idle.timer);
			this.#open.delete(connection);
			if (error !== undefined && isMistake(error.cause)) {
				this.warn(error.message);
			}
		});
		if (this.#closing !== undefined) {
			void connection.close();
		}
		return connection;
	}

	/** The host closes a listener with itself. */
	addDoor(door: Door): void {
		this.#doors.add(door);
	}

	/** Logs a mistake of a peer. */
	warn(message: string): void {
		(this.options.logger ?? console).warn(message);
	}

	/**
	 * Stops listening, refuses new calls with `Unavailable`, and waits for the calls that run; after `graceMs` it cancels them. Resolves when
	 * everything is closed. A handler that ignores its cancellation is left running, and logged. May be called again.
	 */
	override close({ graceMs = GRACE_MS }: CloseOptions = {}): Promise<void> {
		this.#closing ??= this.#close(graceMs);
		return this.#closing;
	}

	async #close(graceMs: number): Promise<void> {
		// The field is set before anything else runs.
		await undefined;
		const doors = [...this.#doors].map((door) => door.close());
		const connections = [...this.#open];
		const served = connections.flatMap(({ served }) =>
			served instanceof ServedCalls ? [served] : [],
		);
		for (const calls of served) {
			calls.drain();
		}
		await progress(served, graceMs, (calls) => calls.drained);
		for (const calls of served) {
			calls.cancelAll();
		}
		await progress(
			served,
			CANCELLED_GRACE_MS,
			(calls) => calls.unsettled.size === 0 && calls.drained,
		);
		for (const calls of served) {
			for (const { method } of calls.unsettled) {
				this.warn(`${method} ignores its cancellation and is left running`);
			}
		}
		await Promise.all(connections.map((connection) => connection.close()));
		await Promise.all([...this.#open].map((connection) => connection.close()));
		await Promise.all(doors);
	}

	/** Closes a connection that is idle for too long. */
	#watch(connection: SingleConnection): {
		timer: ReturnType<typeof setTimeout> | undefined;
	} {
		const idle: { timer: ReturnType<typeof setTimeout> | undefined } = {
			timer: undefined,
		};
		const most = this.#idleTimeoutMs;
		if (most > LONGEST_TIMER_MS) {
			return idle;
		}
		const begun = performance.now();
		const calls =
			connection.served instanceof ServedCalls ? connection.served : undefined;
		calls?.watch();
		const wait = (ms: number) => {
			idle.timer = setTimeout(() => {
				const { inFlight, serving } = connection;
				const left = (calls?.lastActive ?? begun) + most - performance.now();
				if (inFlight > 0 || serving > 0) {
					wait(most);
				} else if (left > 0) {
					wait(Math.ceil(left));
				} else {
					void connection.close();
				}
			}, ms);
		};
		wait(most);
		return idle;
	}
}

/** Reports whether the peer broke the protocol. */
function isMistake(cause: unknown): boolean {
	return (cause as { kind?: unknown } | undefined)?.kind === "protocol";
}

/** Throws the errors of limits that make no sense before there is a connection. */
function checkLimits(options: ConnectionOptions): void {
	const layer: Layer = {
		peer: "",
		intake: () => ({ receive() {} }),
		unsentBytes: 0,
		send() {},
		start() {},
		close: () => Promise.resolve(),
	};
	void new SingleConnection(layer, { ...options, onState: undefined }).close();
}

/** Waits until all of these are done, or until the time is over. */
function progress(
	served: readonly ServedCalls[],
	ms: number,
	isDone: (calls: ServedCalls) => boolean,
): Promise<void> {
	return new Promise((resolve) => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const end = () => {
			clearTimeout(timer);
			for (const calls of served) {
				calls.onProgress = undefined;
			}
			resolve();
		};
		const check = () => {
			if (served.every(isDone)) {
				end();
			}
		};
		if (ms <= LONGEST_TIMER_MS) {
			timer = setTimeout(end, ms);
		}
		for (const calls of served) {
			calls.onProgress = check;
		}
		check();
	});
}
