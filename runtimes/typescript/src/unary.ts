import { Call, type CallOptions, decode, type Listener } from "./call.js";
import type { SingleConnection } from "./connection.js";
import type { RapaceError } from "./errors.js";
import type { AnyMethod, Kind } from "./method.js";

/** Methods that answer once. Every failure of a call is a rejection. */
export const unary: Kind = {
	form: "unary",
	call(
		connection: SingleConnection,
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		defaultTimeoutMs: number,
	): Promise<unknown> {
		return new Promise((resolve, reject) => {
			new Call(
				connection,
				method,
				values,
				options,
				defaultTimeoutMs,
				new Answer(connection, method, resolve, reject),
			).wait();
		});
	},
};

/** Settles the promise of a call. */
class Answer implements Listener {
	readonly form = "unary";
	readonly #connection: SingleConnection;
	readonly #method: AnyMethod;
	readonly #resolve: (value: unknown) => void;
	readonly fail: (error: RapaceError) => void;

	constructor(
		connection: SingleConnection,
		method: AnyMethod,
		resolve: (value: unknown) => void,
		reject: (error: unknown) => void,
	) {
		this.#connection = connection;
		this.#method = method;
		this.#resolve = resolve;
		this.fail = reject;
	}

	item(memory: Uint8Array, start: number, end: number): void {
		try {
			this.#resolve(decode(this.#connection, this.#method, memory, start, end));
		} catch (error) {
			this.fail(error as RapaceError);
		}
	}

	end(): void {}
}
