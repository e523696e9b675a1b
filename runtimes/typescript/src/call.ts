import { checkTimeout } from "./check.js";
import { type RapaceError, StatusError } from "./errors.js";
import type { AnyMethod } from "./method.js";
import type { CallOptions } from "./options.js";
import type { CancelReason, Exchange, Form } from "./session/exchange.js";
import { NEVER, whole } from "./time.js";
import type { Outgoing, Wire } from "./wire.js";

/** Receives what becomes of a call: the part of {@link Exchange} that differs between kinds of calls. */
export type Listener = Pick<Exchange, "form" | "item" | "end" | "fail">;

/**
 * A call in flight. Its listener receives the answer, the deadline or the abort of the signal, whichever comes first, and
 * nothing after it. The call stops listening to the signal at that moment.
 */
export class Call implements Exchange, Outgoing {
	readonly method: string;
	readonly form: Form;
	readonly #wire: Wire;
	readonly #listener: Listener;
	readonly #signal: AbortSignal | undefined;
	readonly #channel: number;
	readonly #timeoutMs: number;
	deadline: number = NEVER;
	#waiting = false;
	#over = false;

	/**
	 * Sends the request as soon as there is room for it. The timeout does not run yet: see {@link startTimeout}.
	 *
	 * @throws EncodeError for a bad argument; StatusError when the arguments exceed a frame, an option is refused, or the
	 * signal has aborted; ConnectionError on a closed connection. Nothing was sent then.
	 */
	constructor(
		wire: Wire,
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		defaultTimeoutMs: number,
		listener: Listener,
	) {
		const { signal, timeoutMs = defaultTimeoutMs } = options;
		this.method = method.name;
		this.form = listener.form;
		this.#wire = wire;
		this.#listener = listener;
		this.#signal = signal;
		this.#timeoutMs = timeoutMs;
		checkTimeout(timeoutMs, this.method);
		this.#refuseAborted();
		const { session } = wire;
		const frame = session.write(
			method.encode ?? nothing,
			values as never[],
			method.name,
		);
		// Reading the arguments may have run the caller's code (a getter), which may also have closed the connection.
		this.#refuseAborted();
		this.#channel = session.open(this, method.id, frame);
		signal?.addEventListener("abort", this);
		wire.request(this, frame);
	}

	/** Starts the call's timeout, or starts it again. */
	startTimeout(): void {
		if (!this.#over) {
			this.deadline = performance.now() + this.#timeoutMs;
			this.#wire.deadline.set(this.deadline);
			if (!this.#waiting) {
				this.#waiting = true;
				this.#wire.addWaiting(1);
			}
		}
	}

	/** Stops the timeout: nobody waits for the call. */
	stopTimeout(): void {
		this.deadline = NEVER;
		if (this.#waiting) {
			this.#waiting = false;
			this.#wire.addWaiting(-1);
		}
	}

	/** Cancels the call without telling the listener. */
	cancel(reason: CancelReason): void {
		if (this.#settle()) {
			this.#wire.cancel(this, this.#channel, reason);
		}
	}

	item(memory: Uint8Array, start: number, end: number): void {
		if (!this.#over) {
			this.#wire.session.reader.deadline = this.deadline;
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

	/** The request was sent, which ends a notification. */
	sent(): void {
		if (this.form === "notification") {
			this.#wire.session.withdraw(this.#channel);
			this.end();
		}
	}

	/** The signal aborted. The call itself is the listener, which saves a function. */
	handleEvent(): void {
		this.#abandon("ClientCancel", this.#aborted());
	}

	expire(): void {
		const [item, of] =
			this.form === "streaming"
				? ["item", ", the call's timeoutMs"]
				: ["answer", ""];
		const what = `no ${item} within ${whole(this.#timeoutMs)} ms${of}`;
		this.#abandon(
			"DeadlineExceeded",
			new StatusError("DeadlineExceeded", what, false, this.method),
		);
	}

	#abandon(reason: CancelReason, error: StatusError): void {
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

	/** Ends the call and stops listening to the signal. True the first time. */
	#settle(): boolean {
		if (this.#over) {
			return false;
		}
		this.#over = true;
		this.stopTimeout();
		this.#signal?.removeEventListener("abort", this);
		return true;
	}
}

/** Writes no arguments, or reads the answer that takes no bytes. */
function nothing(): undefined {}

/** Reads what lies in `memory` from `start` to `end` as the answer of `method`. */
export function decode(
	wire: Wire,
	method: AnyMethod,
	memory: Uint8Array,
	start: number,
	end: number,
): unknown {
	const { reader } = wire.session;
	try {
		return reader.read(
			method.decode ?? nothing,
			memory,
			start,
			end,
			method.name,
			wire.allowTrailingBytes,
		);
	} finally {
		reader.release();
	}
}
