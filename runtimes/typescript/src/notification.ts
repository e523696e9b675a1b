import { Call } from "./call.js";
import { CODEGEN_VERSION, type Kind, type Method } from "./method.js";

/** Calls without an answer. They are done when the request was handed to the layer, and do not learn what becomes of it. */
const notify: Kind = {
	codegen: CODEGEN_VERSION,
	form: "notification",
	call(wire, method, values, options, defaultTimeoutMs) {
		return new Promise((resolve, reject) => {
			new Call(wire, method, values, options, defaultTimeoutMs, {
				form: "notification",
				item() {},
				end: () => resolve(undefined),
				fail: reject,
			}).startTimeout();
		});
	},
};

/** Returns the same method without an answer. */
export function notification<Call>(method: Method<Call>): Method<Call> {
	return { ...method, kind: notify };
}
