import { Call, type CallOptions, decode, type Listener } from "./call.js";
import type { Connection } from "./connection.js";
import { type RapaceError, StatusError } from "./errors.js";
import type { AnyMethod } from "./method.js";

/** What a waiting item costs besides its bytes, in bytes: items of no bytes must count as well. */
const ITEM_OVERHEAD_BYTES = 64;

/**
 * Calls a method that answers with a stream. The request is sent when the first item is asked for. The stream can be
 * read once; leaving the loop early gives the call up.
 */
export function serverStreaming(
	connection: Connection,
	method: AnyMethod,
	values: readonly unknown[],
	options: CallOptions,
	defaultTimeoutMs: number,
): AsyncIterableIterator<unknown> {
	return new Stream(connection, method, values, options, defaultTimeoutMs);
}

type Result = IteratorResult<unknown, undefined>;

interface Reading {
	readonly resolve: (result: Result) => void;
	readonly reject: (error: unknown) => void;
}

/** The reading side of a stream: either items wait here for the reader, or the reader waits for items. */
class Stream implements AsyncIterableIterator<unknown>, Listener {
	readonly streaming = true;
	private readonly connection: Connection;
	private readonly method: AnyMethod;
	private readonly values: readonly unknown[];
	private readonly options: CallOptions;
	private readonly defaultTimeoutMs: number;
	private call: Call | undefined;
	/** The items that wait, from `first` on. */
	private items: Uint8Array[] = [];
	private first = 0;
	/** Size of the waiting items, each with its overhead. */
	private bytes = 0;
	private readonly readings: Reading[] = [];
	/** True when no item will be added. */
	private complete = false;
	/** Raised once, behind the items. */
	private error: unknown;

	constructor(
		connection: Connection,
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		defaultTimeoutMs: number,
	) {
		this.connection = connection;
		this.method = method;
		this.values = values;
		this.options = options;
		this.defaultTimeoutMs = defaultTimeoutMs;
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	next(): Promise<Result> {
		return new Promise((resolve, reject) => {
			this.start();
			const item = this.take();
			if (item !== undefined) {
				this.deliver(item, { resolve, reject });
			} else if (this.complete) {
				this.finish({ resolve, reject });
			} else {
				this.readings.push({ resolve, reject });
				this.call?.wait();
			}
		});
	}

	return(): Promise<Result> {
		this.discard();
		this.call?.cancel("ClientCancel");
		this.end();
		return Promise.resolve(DONE);
	}

	item(payload: Uint8Array): void {
		const reading = this.readings.shift();
		if (reading !== undefined) {
			if (this.readings.length > 0) {
				this.call?.wait();
			} else {
				this.call?.rest();
			}
			this.deliver(payload, reading);
			return;
		}
		const size = payload.length + ITEM_OVERHEAD_BYTES;
		const limit = this.connection.maxStreamBytes;
		if (this.bytes + size > limit) {
			const what = `the reader is ${this.items.length - this.first} items behind, ${this.bytes} bytes of at most ${limit}`;
			this.abandon(
				new StatusError("ResourceExhausted", what, false, this.method.name),
			);
			return;
		}
		this.bytes += size;
		// A copy: the item may wait for long, and would keep all that arrived with it.
		this.items.push(payload.slice());
	}

	end(): void {
		this.complete = true;
		for (const reading of this.readings.splice(0)) {
			this.finish(reading);
		}
	}

	fail(error: RapaceError): void {
		if (error instanceof StatusError && !error.remote) {
			// A deadline or a signal ends the stream for its reader at once.
			this.discard();
		}
		this.error = error;
		this.end();
	}

	/** Sends the request, the first time. */
	private start(): void {
		if (this.call === undefined && !this.complete) {
			const { connection, method, values } = this;
			try {
				this.call = new Call(
					connection,
					method,
					values,
					this.options,
					this.defaultTimeoutMs,
					this,
				);
			} catch (error) {
				this.complete = true;
				this.error = error;
			}
		}
	}

	private deliver(payload: Uint8Array, reading: Reading): void {
		let value: unknown;
		try {
			value = decode(this.connection, this.method, payload);
		} catch (error) {
			reading.reject(error);
			this.discard();
			this.call?.cancel("ClientCancel");
			this.end();
			return;
		}
		reading.resolve({ value, done: false });
	}

	private finish(reading: Reading): void {
		const { error } = this;
		this.error = undefined;
		if (error === undefined) {
			reading.resolve(DONE);
		} else {
			reading.reject(error);
		}
	}

	/** Gives the call up. The items that are here remain readable, and the error stands behind them. */
	private abandon(error: StatusError): void {
		this.call?.cancel("ResourceExhausted");
		this.error = error;
		this.end();
	}

	/** The oldest of the items that wait. */
	private take(): Uint8Array | undefined {
		const item = this.items[this.first];
		if (item === undefined) {
			return undefined;
		}
		this.bytes -= item.length + ITEM_OVERHEAD_BYTES;
		this.first++;
		// Half of the array is done with: cheaper than to move all items for each one.
		if (2 * this.first >= this.items.length) {
			this.items = this.items.slice(this.first);
			this.first = 0;
		}
		return item;
	}

	private discard(): void {
		this.items = [];
		this.first = 0;
		this.bytes = 0;
		this.error = undefined;
	}
}

const DONE: Result = { value: undefined, done: true };
