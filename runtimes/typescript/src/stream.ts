import { Call, decode, type Listener } from "./call.js";
import { type RapaceError, StatusError } from "./errors.js";
import { whenForgotten } from "./forgotten.js";
import { Inbox } from "./inbox.js";
import { type AnyMethod, CODEGEN_VERSION, type Kind } from "./method.js";
import type { CallOptions } from "./options.js";
import { NEVER } from "./time.js";
import type { Wire } from "./wire.js";

/** Cancels the calls of streams that nobody can read any more, for example those of generators that never ended. */
const forgotten = /* @__PURE__ */ whenForgotten<Stream>((stream) =>
	stream.leave(),
);

/**
 * Methods that answer with a stream. The request is sent when the first item is requested. A stream can be read once, and leaving
 * its loop early cancels the call.
 */
export const serverStreaming: Kind = {
	codegen: CODEGEN_VERSION,
	form: "streaming",
	call(
		wire: Wire,
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		defaultTimeoutMs: number,
	): AsyncIterableIterator<unknown> {
		return new Reading(
			new Stream(wire, method, values, options, defaultTimeoutMs),
		);
	},
};

type Result = IteratorResult<unknown, undefined>;

/** The stream that its reader holds. The call refers to the {@link Stream} alone, so this one can be collected. */
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

/** A reader that waits for an item. It holds the stream, which is therefore not collected while somebody waits. */
interface Waiter {
	readonly resolve: (result: Result) => void;
	readonly reject: (error: unknown) => void;
	readonly reading: Reading;
}

/** The state of a stream: either items wait for the reader, or the reader waits for items. */
class Stream implements Listener {
	readonly form = "streaming";
	private readonly wire: Wire;
	private readonly method: AnyMethod;
	private readonly values: readonly unknown[];
	private readonly options: CallOptions;
	private readonly defaultTimeoutMs: number;
	private call: Call | undefined;
	private readonly inbox: Inbox;
	private readonly waiters: Waiter[] = [];
	/** True when no item will be added. */
	private complete = false;
	/** Thrown once, after the items. */
	private error: unknown;

	constructor(
		wire: Wire,
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		defaultTimeoutMs: number,
	) {
		this.wire = wire;
		this.inbox = new Inbox(wire);
		this.method = method;
		this.values = values;
		this.options = options;
		this.defaultTimeoutMs = defaultTimeoutMs;
	}

	/** Gives the waiter the next item or the end, as soon as it is there. */
	next(waiter: Waiter): void {
		this.start();
		const item = this.inbox.take();
		if (item !== undefined) {
			// It arrived in time.
			this.wire.session.reader.deadline = NEVER;
			this.deliver(waiter, item, 0, item.length);
		} else if (this.complete) {
			this.finish(waiter);
		} else {
			this.waiters.push(waiter);
			this.call?.startTimeout();
		}
	}

	/** Ends the stream for its reader, and cancels the call. */
	leave(): void {
		this.discard();
		this.call?.cancel("ClientCancel");
		this.end();
	}

	item(memory: Uint8Array, start: number, end: number): void {
		const waiter = this.waiters.shift();
		if (waiter !== undefined) {
			if (this.waiters.length > 0) {
				this.call?.startTimeout();
			} else {
				this.call?.stopTimeout();
			}
			this.deliver(waiter, memory, start, end);
			return;
		}
		const what = this.inbox.push(memory, start, end);
		if (what !== undefined) {
			this.abandon(
				new StatusError("ResourceExhausted", what, false, this.method.name),
			);
		}
	}

	end(): void {
		this.complete = true;
		this.inbox.complete();
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
			const { wire, method, values } = this;
			try {
				this.call = new Call(
					wire,
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
			value = decode(this.wire, this.method, memory, start, end);
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

	/** Cancels the call. The items that have arrived remain readable, and the error follows them. */
	private abandon(error: StatusError): void {
		this.call?.cancel("ResourceExhausted");
		this.error = error;
		this.end();
	}

	private discard(): void {
		this.inbox.clear();
		this.error = undefined;
	}
}

const DONE: Result = { value: undefined, done: true };
