import { Backlog } from "./backlog.js";
import { Call, type CallOptions, decode, type Listener } from "./call.js";
import type { SingleConnection } from "./connection.js";
import { type RapaceError, StatusError } from "./errors.js";
import { whenForgotten } from "./forgotten.js";
import { NEVER } from "./limits.js";
import type { AnyMethod, Kind } from "./method.js";

/** Gives up the calls of streams that nobody can read any more, such as those of generators that were never ended. */
const forgotten = /* @__PURE__ */ whenForgotten<Stream>((stream) =>
	stream.leave(),
);

/**
 * Methods that answer with a stream. The request is sent when the first item is asked for. The stream can be read once;
 * leaving the loop early gives the call up.
 */
export const serverStreaming: Kind = {
	form: "streaming",
	call(
		connection: SingleConnection,
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		defaultTimeoutMs: number,
	): AsyncIterableIterator<unknown> {
		return new Reading(
			new Stream(connection, method, values, options, defaultTimeoutMs),
		);
	},
};

type Result = IteratorResult<unknown, undefined>;

/** A stream as its reader has it. The call holds what is behind it, and so does not keep it from being forgotten. */
class Reading implements AsyncIterableIterator<unknown> {
	private readonly stream: Stream;

	constructor(stream: Stream) {
		this.stream = stream;
		forgotten?.register(this, stream);
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	next(): Promise<Result> {
		return new Promise((resolve, reject) =>
			this.stream.next({ resolve, reject, reading: this }),
		);
	}

	return(): Promise<Result> {
		this.stream.leave();
		return Promise.resolve(DONE);
	}
}

/** A reader who waits for an item. Meanwhile the stream is not forgotten, whoever else holds it. */
interface Waiter {
	readonly resolve: (result: Result) => void;
	readonly reject: (error: unknown) => void;
	readonly reading: Reading;
}

/** What is behind a stream: either items wait here for the reader, or the reader waits for items. */
class Stream implements Listener {
	readonly form = "streaming";
	private readonly connection: SingleConnection;
	private readonly method: AnyMethod;
	private readonly values: readonly unknown[];
	private readonly options: CallOptions;
	private readonly defaultTimeoutMs: number;
	private call: Call | undefined;
	private readonly backlog: Backlog;
	private readonly waiters: Waiter[] = [];
	/** True when no item will be added. */
	private complete = false;
	/** Raised once, behind the items. */
	private error: unknown;

	constructor(
		connection: SingleConnection,
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		defaultTimeoutMs: number,
	) {
		this.connection = connection;
		this.backlog = new Backlog(connection);
		this.method = method;
		this.values = values;
		this.options = options;
		this.defaultTimeoutMs = defaultTimeoutMs;
	}

	/** Gives the waiter the next item, or the end, as soon as there is one. */
	next(waiter: Waiter): void {
		this.start();
		const item = this.backlog.take();
		if (item !== undefined) {
			// It came in time.
			this.connection.session.reader.deadline = NEVER;
			this.deliver(waiter, item, 0, item.length);
		} else if (this.complete) {
			this.finish(waiter);
		} else {
			this.waiters.push(waiter);
			this.call?.wait();
		}
	}

	/** Ends the stream for its reader, and gives the call up. */
	leave(): void {
		this.discard();
		this.call?.cancel("ClientCancel");
		this.end();
	}

	item(memory: Uint8Array, start: number, end: number): void {
		const waiter = this.waiters.shift();
		if (waiter !== undefined) {
			if (this.waiters.length > 0) {
				this.call?.wait();
			} else {
				this.call?.rest();
			}
			this.deliver(waiter, memory, start, end);
			return;
		}
		const what = this.backlog.push(memory, start, end);
		if (what !== undefined) {
			this.abandon(
				new StatusError("ResourceExhausted", what, false, this.method.name),
			);
		}
	}

	end(): void {
		this.complete = true;
		this.backlog.complete();
		for (const waiter of this.waiters.splice(0)) {
			this.finish(waiter);
		}
	}

	fail(error: RapaceError): void {
		if (error.kind === "status" && !(error as StatusError).remote) {
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

	private deliver(
		waiter: Waiter,
		memory: Uint8Array,
		start: number,
		end: number,
	): void {
		let value: unknown;
		try {
			value = decode(this.connection, this.method, memory, start, end);
		} catch (error) {
			waiter.reject(error);
			this.leave();
			return;
		}
		waiter.resolve({ value, done: false });
	}

	private finish(waiter: Waiter): void {
		const { error } = this;
		this.error = undefined;
		if (error === undefined) {
			waiter.resolve(DONE);
		} else {
			waiter.reject(error);
		}
	}

	/** Gives the call up. The items that are here remain readable, and the error stands behind them. */
	private abandon(error: StatusError): void {
		this.call?.cancel("ResourceExhausted");
		this.error = error;
		this.end();
	}

	private discard(): void {
		this.backlog.clear();
		this.error = undefined;
	}
}

const DONE: Result = { value: undefined, done: true };
