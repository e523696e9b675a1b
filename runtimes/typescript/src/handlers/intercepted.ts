import {
	described,
	type InterceptedCall,
	type Interceptor,
} from "../interceptors.js";
import { NEVER } from "../time.js";
import type { Served } from "./served.js";

/** Runs a handler's function within the interceptors, of which the first is the outermost. */
export function runIntercepted(
	interceptors: readonly Interceptor[],
	served: Served,
	values: readonly unknown[],
): unknown {
	const { entry } = served;
	const { form, method } = entry;
	let next = (call: InterceptedCall): unknown =>
		Reflect.apply(entry.run, entry.handler, [...call.arguments, served]);
	if (form === "unary") {
		// Interceptors may wait for it.
		const run = next;
		next = async (call) => await run(call);
	}
	for (const interceptor of [...interceptors].reverse()) {
		const inner = next as never;
		if (interceptor[form] !== undefined) {
			next = (call) => interceptor[form]?.(call, inner);
		}
	}
	return next({
		...described(entry.name, served.silent ? "notification" : form),
		idempotent: method.idempotent === true,
		peer: served.peer,
		arguments: values,
		signal: served.signal,
		timeoutMs: NEVER,
		served,
	});
}
