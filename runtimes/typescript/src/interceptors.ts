/** Interceptors: functions around the calls of a connection. */

import type { Connection } from "./connection.js";
import type { AnyMethod } from "./method.js";
import type { CallOptions } from "./options.js";
import type { ServedCall } from "./served-call.js";

/** The call that an interceptor receives. */
export interface InterceptedCall {
	/** The name of the trait: `Catalog`. */
	readonly service: string;
	/** The name of the method in Rust: `find`. */
	readonly method: string;
	/** Whether the answer is one value, a stream, or nothing. */
	readonly kind: "unary" | "stream" | "notification";
	/** Whether the call may be made twice. */
	readonly idempotent: boolean;
	/** The peer's address, see {@link Connection.peer}: `tcp://127.0.0.1:9000`. */
	readonly peer: string;
	/** The arguments as the caller gave them. */
	readonly arguments: readonly unknown[];
	/** Cancels the call when it aborts. */
	readonly signal: AbortSignal | undefined;
	/** How long the call may wait for its answer, or for each item of a stream, in milliseconds; `Infinity` for no limit. */
	readonly timeoutMs: number;
	/** The call of the peer that a handler answers; undefined for a call that this side makes. */
	readonly served?: ServedCall | undefined;
}

/**
 * Functions around calls. Each function makes the call with `next`: not at all, once, or again, unchanged or with other options.
 * It returns the answer, or something else.
 */
export interface Interceptor {
	/** Wraps calls with one answer, and notifications. */
	unary?(
		call: InterceptedCall,
		next: (call: InterceptedCall) => Promise<unknown>,
	): Promise<unknown>;
	/** Wraps streams. It returns the stream, and may be an async generator. */
	streaming?(
		call: InterceptedCall,
		next: (call: InterceptedCall) => AsyncIterable<unknown>,
	): AsyncIterable<unknown>;
}

/**
 * Returns a connection that shares everything with `connection`, and whose calls pass through the interceptors. The first one is
 * the outermost. `connection` itself is not changed.
 */
export function intercept(
	connection: Connection,
	interceptors: readonly Interceptor[],
): Connection {
	const invoke: Connection["invoke"] = (method, values, options, timeoutMs) =>
		run(connection, interceptors, method, values, options, timeoutMs);
	// Everything else belongs to the connection, and may change.
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

/** What a call is, in the words of every language. */
export function described(
	name: string,
	form: string,
): Pick<InterceptedCall, "service" | "method" | "kind"> {
	// Rust's raw identifiers have a mark on the wire.
	const [service = "", method = ""] = name.replaceAll("r#", "").split(".");
	const kind = (
		form === "streaming" ? "stream" : form
	) as InterceptedCall["kind"];
	return { service, method, kind };
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
		...described(method.name, method.kind.form),
		idempotent: method.idempotent === true,
		peer: connection.peer,
		arguments: values.slice(0, method.arity),
		signal: options.signal,
		timeoutMs: options.timeoutMs ?? timeoutMs,
	});
}
