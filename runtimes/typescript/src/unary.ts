import { Call, type CallOptions, decode, type Listener } from "./call.js";
import type { Connection } from "./connection.js";
import type { RapaceError } from "./errors.js";
import type { AnyMethod } from "./method.js";

/** Calls a method that answers once. Every failure is a rejection. */
export function unary(
	connection: Connection,
	method: AnyMethod,
	values: readonly unknown[],
	options: CallOptions,
	defaultTimeoutMs: number,
): Promise<unknown> {
	return new Promise((resolve, reject) => {
		const listener = new Answer(connection, method, resolve, reject);
		new Call(
			connection,
			method,
			values,
			options,
			defaultTimeoutMs,
			listener,
		).wait();
	});
}

/** Settles the promise of a call. */
class Answer implements Listener {
	readonly streaming = false;
	private readonly connection: Connection;
	private readonly method: AnyMethod;
	private readonly resolve: (value: unknown) => void;
	readonly fail: (error: RapaceError) => void;

	constructor(
		connection: Connection,
		method: AnyMethod,
		resolve: (value: unknown) => void,
		reject: (error: unknown) => void,
	) {
		this.connection = connection;
		this.method = method;
		this.resolve = resolve;
		this.fail = reject;
	}

	item(memory: Uint8Array, start: number, end: number): void {
		try {
			this.resolve(decode(this.connection, this.method, memory, start, end));
		} catch (error) {
			this.fail(error as RapaceError);
		}
	}

	end(): void {}
}
