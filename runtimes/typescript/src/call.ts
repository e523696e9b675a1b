import type { Outgoing, SingleConnection } from "./connection.js";
import { type RapaceError, StatusError } from "./errors.js";
import { NEVER, whole } from "./limits.js";
import type { AnyMethod } from "./method.js";
import type { CancelReason, Exchange, Form } from "./session.js";

/** What a single call may be told, as its last argument. */
export interface CallOptions {
	/** Gives the call up when it aborts: the call fails as `Cancelled`, with the signal's reason as `cause`. */
	readonly signal?: AbortSignal | undefined;
	/**
	 * How long to wait for the answer, or for each item of a stream, in milliseconds; `Infinity` for no limit. Beyond it
	 * the call fails as `DeadlineExceeded`. Default: the client's for an answer, and no limit for the items of a stream.
	 */
	readonly timeoutMs?: number | undefined;
}

/** What hears how a call fares: all of {@link Exchange} that differs between kinds of calls. */
export type Listener = Pick<Exchange, "form" | "item" | "end" | "fail">;

/**
 * A call in flight: tells its listener of the answer, of the deadline, or that its signal aborted; whichever is first,
 * and nothing after it. The signal is let go of at that moment.
 */
export class Call implements Exchange, Outgoing {
	readonly method: string;
	readonly form: Form;
	readonly #connection: SingleConnection;
	readonly #listener: Listener;
	readonly #signal: AbortSignal | undefined;
	readonly #channel: number;
	readonly #timeoutMs: number;
	deadline: number = NEVER;
	#waiting = false;
	#over = false;

	/**
	 * Sends the request, as soon as there is room for it. No time runs yet: see {@link wait}.
	 *
	 * @throws EncodeError for a bad argument; StatusError when the arguments exceed a frame, an option is refused, or the
	 * signal has aborted; ConnectionError on a closed connection. Nothing was sent then.
	 */
	constructor(
		connection: SingleConnection,
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		defaultTimeoutMs: number,
		listener: Listener,
	) {
		const { signal, timeoutMs = defaultTimeoutMs } = options;
		this.method = method.name;
		this.form = listener.form;
		this.#connection = connection;
		this.#listener = listener;
		this.#signal = signal;
		this.#timeoutMs = timeoutMs;
		if (!(timeoutMs > 0)) {
			const what = `timeoutMs ${timeoutMs} is not above 0`;
			throw new StatusError("InvalidArgument", what, false, this.method);
		}
		this.#refuseAborted();
		const { session } = connection;
		const frame = session.write(method.encode, values as never[], method.name);
		// Reading the arguments may have run the caller's code (a getter), which may also have closed the connection.
		this.#refuseAborted();
		this.#channel = session.open(this, method.id, frame);
		signal?.addEventListener("abort", this);
		connection.request(this, frame);
	}

	/** From now on the call may take its timeout, until the next {@link wait} or {@link rest}. */
	wait(): void {
		if (!this.#over) {
			this.deadline = performance.now() + this.#timeoutMs;
			this.#connection.alarm(this.deadline);
			if (!this.#waiting) {
				this.#waiting = true;
				this.#connection.waits(1);
			}
		}
	}

	/** Nobody waits: no time runs. */
	rest(): void {
		this.deadline = NEVER;
		if (this.#waiting) {
			this.#waiting = false;
			this.#connection.waits(-1);
		}
	}

	/** Gives the call up without telling the listener. */
	cancel(reason: CancelReason): void {
		if (this.#settle()) {
			this.#connection.cancel(this, this.#channel, reason);
		}
	}

	item(memory: Uint8Array, start: number, end: number): void {
		if (!this.#over) {
			this.#connection.session.reader.deadline = this.deadline;
			this.#listener.item(memory, start, end);
		}
	}

	end(): void {
		if (this.#settle()) {
			this.#listener.end();
		}
	}

	fail(error: RapaceError): void {
		if (this.#settle()) {
			this.#listener.fail(error);
		}
	}

	/** The request has left: that is all of a notification. */
	sent(): void {
		if (this.form === "notification") {
			this.#connection.session.withdraw(this.#channel);
			this.end();
		}
	}

	/** The signal aborted: the call itself is the listener, so that no function is made for it. */
	handleEvent(): void {
		this.#giveUp("ClientCancel", this.#aborted());
	}

	expire(): void {
		const [item, of] =
			this.form === "streaming"
				? ["item", ", the call's timeoutMs"]
				: ["answer", ""];
		const what = `no ${item} within ${whole(this.#timeoutMs)} ms${of}`;
		this.#giveUp(
			"DeadlineExceeded",
			new StatusError("DeadlineExceeded", what, false, this.method),
		);
	}

	#giveUp(reason: CancelReason, error: StatusError): void {
		if (!this.#over) {
			this.cancel(reason);
			this.#listener.fail(error);
		}
	}

	#refuseAborted(): void {
		if (this.#signal?.aborted) {
			throw this.#aborted();
		}
	}

	#aborted(): StatusError {
		return new StatusError(
			"Cancelled",
			"the call was aborted",
			false,
			this.method,
			this.#signal?.reason,
		);
	}

	/** True the first time: the call is over then, and does not hold the signal. */
	#settle(): boolean {
		if (this.#over) {
			return false;
		}
		this.#over = true;
		this.rest();
		this.#signal?.removeEventListener("abort", this);
		return true;
	}
}

/** Reads what stands in `memory` from `start` to `end` as the answer of `method`. */
export function decode(
	connection: SingleConnection,
	method: AnyMethod,
	memory: Uint8Array,
	start: number,
	end: number,
): unknown {
	const { reader } = connection.session;
	try {
		return reader.read(
			method.decode,
			memory,
			start,
			end,
			method.name,
			connection.allowTrailingBytes,
		);
	} finally {
		reader.release();
	}
}
