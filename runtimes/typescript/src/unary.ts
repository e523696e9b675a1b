import { Call, type CallOptions, decode } from "./call.js";
import type { Connection } from "./connection.js";
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
		const call = new Call(
			connection,
			method,
			values,
			options,
			defaultTimeoutMs,
			{
				streaming: false,
				item(payload) {
					try {
						resolve(decode(connection, method, payload));
					} catch (error) {
						reject(error);
					}
				},
				end() {},
				fail: reject,
			},
		);
		call.wait();
	});
}
