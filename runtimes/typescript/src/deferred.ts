import type { Connection } from "./connection.js";
import { isRapaceError, StatusError } from "./errors.js";
import type { AnyMethod } from "./method.js";
import type { CallOptions } from "./options.js";
import { LONGEST_TIMER_MS, whole } from "./time.js";

/** Waits for the connection of a call: within its timeout, and unless its signal aborts. */
export type FindConnection = (
	method: string,
	signal: AbortSignal | undefined,
	timeoutMs: number,
) => Promise<Connection>;

/** Makes a call on a connection that is not there yet. Its timeout includes the wait for the connection. */
export function callWhenConnected(
	find: FindConnection,
	method: AnyMethod,
	values: readonly unknown[],
	options: CallOptions,
	defaultTimeoutMs: number,
): unknown {
	const { signal, timeoutMs = defaultTimeoutMs } = options;
	const invoke = async () => {
		const begun = performance.now();
		const connection = await find(method.name, signal, timeoutMs);
		return connection.invoke(
			method,
			values,
			{ signal, timeoutMs: timeLeft(timeoutMs, begun) },
			defaultTimeoutMs,
		);
	};
	return method.kind.form === "streaming"
		? new DeferredStream(invoke as () => Promise<AsyncIterable<unknown>>)
		: invoke();
}

/**
 * Returns what is left of a timeout that began at `begun`, in milliseconds. It is above 0 even when the timeout is over, so that the
 * call itself fails with `DeadlineExceeded`.
 */
export function timeLeft(timeoutMs: number, begun: number): number {
	return timeoutMs > 0
		? Math.max(timeoutMs - (performance.now() - begun), Number.MIN_VALUE)
		: timeoutMs;
}

/**
 * Settles as `promise` does, unless the timeout ends or the signal aborts first.
 *
 * @throws StatusError Cancelled, or DeadlineExceeded: `what` returns what is missing, and why.
 */
export function within<Value>(
	promise: Promise<Value>,
	what: () => [what: string, cause?: unknown],
	method: string,
	signal: AbortSignal | undefined,
	timeoutMs: number,
): Promise<Value> {
	return new Promise((resolve, reject) => {
		const abort = () =>
			fail("Cancelled", "the call was aborted", signal?.reason);
		const timer =
			timeoutMs <= LONGEST_TIMER_MS
				? setTimeout(() => {
						const [missing, cause] = what();
						const why = isRapaceError(cause) ? `: ${cause.message}` : "";
						const detail = `${missing} within ${whole(timeoutMs)} ms${why}`;
						fail("DeadlineExceeded", detail, cause);
					}, timeoutMs)
				: undefined;
		const release = () => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", abort);
		};
		const fail = (
			code: "Cancelled" | "DeadlineExceeded",
			detail: string,
			cause?: unknown,
		) => {
			release();
			reject(new StatusError(code, detail, false, method, cause));
		};
		if (signal?.aborted) {
			abort();
			return;
		}
		signal?.addEventListener("abort", abort);
		promise.finally(release).then(resolve, reject);
	});
}

/** A stream that finds its connection and sends its request when it is first read. */
class DeferredStream implements AsyncIterableIterator<unknown> {
	private readonly begin: () => Promise<AsyncIterable<unknown>>;
	private stream: Promise<AsyncIterator<unknown>> | undefined;
	private over = false;

	constructor(begin: () => Promise<AsyncIterable<unknown>>) {
		this.begin = begin;
	}

	[Symbol.asyncIterator](): this {
		return this;
	}

	async next(): Promise<IteratorResult<unknown, undefined>> {
		if (this.over) {
			return { value: undefined, done: true };
		}
		this.stream ??= this.begin().then((stream) =>
			stream[Symbol.asyncIterator](),
		);
		let stream: AsyncIterator<unknown>;
		try {
			stream = await this.stream;
		} catch (error) {
			if (this.over) {
				return { value: undefined, done: true };
			}
			this.over = true;
			throw error;
		}
		return await stream.next();
	}

	async return(): Promise<IteratorResult<unknown, undefined>> {
		this.over = true;
		// Without a connection there is nothing to cancel.
		const stream = await this.stream?.catch(() => undefined);
		await stream?.return?.();
		return { value: undefined, done: true };
	}
}
