/** Interceptors: functions around the calls of a connection. */

import type { CallOptions } from "./call.js";
import type { Connection } from "./connection.js";
import type { AnyMethod } from "./method.js";

/** A call, as an interceptor sees it. */
export interface InterceptedCall {
	/** Name on the wire: `Catalog.find`. */
	readonly method: string;
	/** Whether its answer is a stream, or nobody waits for one. */
	readonly form: "unary" | "streaming" | "notification";
	/** Whether it may be made twice. */
	readonly idempotent: boolean;
	/** The peer's address, as {@link Connection.peer} has it: `tcp://127.0.0.1:9000`. */
	readonly peer: string;
	/** The arguments. */
	readonly arguments: readonly unknown[];
	/** Gives the call up when it aborts. */
	readonly signal: AbortSignal | undefined;
	/** How long the call may wait for its answer, or for each item of a stream, in milliseconds; `Infinity` for no limit. */
	readonly timeoutMs: number;
}

/**
 * What happens around calls. Each function makes the call by `next`: not at all, once, or again; as it is or with other
 * options; and returns what comes of it, or something else.
 */
export interface Interceptor {
	/** Around calls with one answer, and notifications. */
	unary?(
		call: InterceptedCall,
		next: (call: InterceptedCall) => Promise<unknown>,
	): Promise<unknown>;
	/** Around streams. It may be an async generator; what it returns is the stream. */
	streaming?(
		call: InterceptedCall,
		next: (call: InterceptedCall) => AsyncIterable<unknown>,
	): AsyncIterable<unknown>;
}

/**
 * The same connection, with interceptors around the calls that are made on it: the first is the outermost. The connection
 * itself stays as it is.
 */
export function intercept(
	connection: Connection,
	interceptors: readonly Interceptor[],
): Connection {
	const invoke: Connection["invoke"] = (method, values, options, timeoutMs) =>
		run(connection, interceptors, method, values, options, timeoutMs);
	// All else is the connection's own, which may change meanwhile.
	return new Proxy(connection, {
		get(target, name) {
			if (name === "invoke") {
				return invoke;
			}
			const value: unknown = Reflect.get(target, name, target);
			return typeof value === "function" ? value.bind(target) : value;
		},
	});
}

function run(
	connection: Connection,
	interceptors: readonly Interceptor[],
	method: AnyMethod,
	values: readonly unknown[],
	options: CallOptions,
	timeoutMs: number,
): unknown {
	const kind = method.kind.form === "streaming" ? "streaming" : "unary";
	let next = (call: InterceptedCall): unknown =>
		connection.invoke(
			method,
			call.arguments,
			{ signal: call.signal, timeoutMs: call.timeoutMs },
			timeoutMs,
		);
	for (const interceptor of [...interceptors].reverse()) {
		const inner = next as never;
		if (interceptor[kind] !== undefined) {
			next = (call) => interceptor[kind]?.(call, inner);
		}
	}
	return next({
		method: method.name,
		form: method.kind.form as InterceptedCall["form"],
		idempotent: method.idempotent === true,
		peer: connection.peer,
		arguments: values.slice(0, method.arity),
		signal: options.signal,
		timeoutMs: options.timeoutMs ?? timeoutMs,
	});
}
