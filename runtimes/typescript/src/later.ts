import type { CallOptions } from "./call.js";
import type { Connection } from "./connection.js";
import { isRapaceError, StatusError } from "./errors.js";
import { whole } from "./limits.js";
import type { AnyMethod } from "./method.js";

/** What finds the connection for a call, within its time, unless its signal aborts. */
export type Find = (
	method: string,
	signal: AbortSignal | undefined,
	timeoutMs: number,
) => Promise<Connection>;

/** A call on a connection that is yet to be found, for which the time of the call runs. */
export function later(
	find: Find,
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
			{ signal, timeoutMs: left(timeoutMs, begun) },
			defaultTimeoutMs,
		);
	};
	return method.kind.form === "streaming"
		? new LaterStream(invoke as () => Promise<AsyncIterable<unknown>>)
		: invoke();
}

/** What is left of a call's time, in milliseconds; at least so much that the call itself says that it is late. */
export function left(timeoutMs: number, begun: number): number {
	return timeoutMs > 0
		? Math.max(timeoutMs - (performance.now() - begun), Number.MIN_VALUE)
		: timeoutMs;
}

/**
 * What `promise` becomes, unless the time is over or the signal aborts before.
 *
 * @throws StatusError DeadlineExceeded, which says by `what` what was not there and why, or Cancelled.
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
			timeoutMs < 2 ** 31
				? setTimeout(() => {
						const [lacking, cause] = what();
						const why = isRapaceError(cause) ? `: ${cause.message}` : "";
						const detail = `${lacking} within ${whole(timeoutMs)} ms${why}`;
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

/** A stream whose request is sent, to a connection that is found then, when it is first read. */
class LaterStream implements AsyncIterableIterator<unknown> {
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
		// One that was not found has nothing to be left.
		const stream = await this.stream?.catch(() => undefined);
		await stream?.return?.();
		return { value: undefined, done: true };
	}
}
