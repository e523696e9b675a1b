/** Several connections to one address that act as one, for servers that answer one request after another. */

import { limit } from "./check.js";
import {
	type ConnectOptions,
	type ConnectStrategy,
	type MakeConnection,
	withFirst,
} from "./connect.js";
import type { Connection } from "./connection.js";
import { callWhenConnected, type FindConnection, within } from "./deferred.js";
import { Closing } from "./dispose.js";
import { ConnectionError, isOfKind, type RapaceError } from "./errors.js";
import type { AnyMethod } from "./method.js";
import type { CallOptions } from "./options.js";
import { tell } from "./states.js";

/**
 * For `connect`'s option `pool`: up to `size` connections, which are made when they are needed. A call uses a connection with
 * nothing in flight, else a new one, else the one with the fewest calls. The pool closes when its last connection is lost.
 *
 * @throws StatusError InvalidArgument for a size below 1.
 */
export function poolOf(size: number): ConnectStrategy {
	const most = limit({ pool: size }, "pool", size, 1);
	return (makeConnection, options) =>
		withFirst(
			makeConnection,
			options,
			(first) => new Pool(first, most, makeConnection, options),
		);
}

/** A place for a connection. */
interface Place {
	/** The connection, once it is made. */
	connection?: Connection;
	readonly ready: Promise<Connection>;
	/** How many calls wait for the connection. */
	waiting: number;
}

class Pool extends Closing implements Connection {
	readonly peer: string;
	readonly closed: Promise<ConnectionError | undefined>;
	/** The next call may use another wire. */
	readonly wire = undefined;
	private readonly most: number;
	private readonly makeConnection: MakeConnection;
	private readonly options: ConnectOptions;
	/** Cancels the attempts that are running. */
	private readonly stop = new AbortController();
	private readonly places = new Set<Place>();
	private resolveClosed!: (error: ConnectionError | undefined) => void;
	/** Why the pool is closed. */
	private ended: ConnectionError | undefined;
	/** The frames that closed connections dropped. */
	private dropped = 0;

	constructor(
		first: Connection,
		most: number,
		makeConnection: MakeConnection,
		options: ConnectOptions,
	) {
		super();
		this.peer = first.peer;
		this.most = most;
		this.makeConnection = makeConnection;
		this.options = options;
		this.closed = new Promise((resolve) => {
			this.resolveClosed = resolve;
		});
		this.fill(Promise.resolve(first)).connection = first;
	}

	get state(): "connected" | "closed" {
		return this.ended === undefined ? "connected" : "closed";
	}

	get inFlight(): number {
		return this.sum((connection) => connection.inFlight);
	}

	get serving(): number {
		return this.sum((connection) => connection.serving);
	}

	get droppedFrames(): number {
		return this.dropped + this.sum((connection) => connection.droppedFrames);
	}

	override async close(): Promise<void> {
		const what = `connection to ${this.peer} is closed`;
		const places = [...this.places];
		this.end(new ConnectionError("closed", what), undefined);
		this.stop.abort();
		for (const { ready } of places) {
			await ready.then((connection) => connection.close()).catch(() => {});
		}
	}

	invoke(
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		timeoutMs: number,
	): unknown {
		const { connection } = this.choose() ?? {};
		return connection === undefined
			? callWhenConnected(this.find, method, values, options, timeoutMs)
			: connection.invoke(method, values, options, timeoutMs);
	}

	/** Returns the place for the next call; nothing when the pool is closed. */
	private choose(): Place | undefined {
		let best: Place | undefined;
		for (const place of this.places) {
			if (best === undefined || load(place) < load(best)) {
				best = place;
			}
		}
		const needed = best === undefined || load(best) > 0;
		if (this.ended === undefined && needed && this.places.size < this.most) {
			const { signal } = this.stop;
			return this.fill(
				this.makeConnection({ ...this.options, signal, onState: undefined }),
			);
		}
		return best;
	}

	/** Waits for a connection. */
	private readonly find: FindConnection = async (method, signal, timeoutMs) => {
		const place = this.choose();
		if (place === undefined) {
			const { reason, message, cause } = this.ended as ConnectionError;
			throw new ConnectionError(reason, message, method, cause);
		}
		place.waiting++;
		try {
			const what = (): [string] => [`no connection to ${this.peer}`];
			return await within(place.ready, what, method, signal, timeoutMs);
		} catch (error) {
			// This one could not be made: use another one, if there is one.
			const other = [...this.places].find(({ connection }) => connection);
			if (this.places.has(place) || other?.connection === undefined) {
				throw error;
			}
			return other.connection;
		} finally {
			place.waiting--;
		}
	};

	private fill(ready: Promise<Connection>): Place {
		const place: Place = { ready, waiting: 0 };
		this.places.add(place);
		ready.then(
			async (connection) => {
				place.connection = connection;
				const cause = await connection.closed;
				this.dropped += connection.droppedFrames;
				this.remove(place, cause);
			},
			(error: RapaceError) => this.remove(place, error),
		);
		return place;
	}

	private remove(place: Place, cause: RapaceError | undefined): void {
		this.places.delete(place);
		if (this.places.size === 0) {
			const error = isOfKind(cause, "connection")
				? cause
				: new ConnectionError(
						"lost",
						`connection lost (${this.peer})`,
						undefined,
						cause,
					);
			this.end(error, error);
		}
	}

	/** Closes the pool. Only the first end counts. */
	private end(
		error: ConnectionError,
		cause: ConnectionError | undefined,
	): void {
		if (this.ended === undefined) {
			this.ended = error;
			tell(this.options.onState, { state: "closed", cause });
			this.resolveClosed(cause);
		}
	}

	private sum(of: (connection: Connection) => number): number {
		let sum = 0;
		for (const { connection } of this.places) {
			sum += connection === undefined ? 0 : of(connection);
		}
		return sum;
	}
}

/** How many calls use a place or wait for it. */
function load({ connection, waiting }: Place): number {
	return waiting + (connection?.inFlight ?? 0);
}
