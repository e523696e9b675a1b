import { Call } from "./call.js";
import type { Kind, Method } from "./method.js";

/** Calls that nobody answers: done when the request is handed to the transport, whatever becomes of it. */
const notify: Kind = {
	form: "notification",
	call(connection, method, values, options, defaultTimeoutMs) {
		return new Promise((resolve, reject) => {
			new Call(connection, method, values, options, defaultTimeoutMs, {
				form: "notification",
				item() {},
				end: () => resolve(undefined),
				fail: reject,
			}).wait();
		});
	},
};

/** The same method, without an answer. */
export function notification<Call>(method: Method<Call>): Method<Call> {
	return { ...method, kind: notify };
}
