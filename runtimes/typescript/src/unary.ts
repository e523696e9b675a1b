import { Call, decode } from "./call.js";
import { CODEGEN_VERSION, type Kind } from "./method.js";

/** Methods with one answer. Every failure of a call is a rejection. */
export const unary: Kind = {
	codegen: CODEGEN_VERSION,
	form: "unary",
	call(wire, method, values, options, defaultTimeoutMs) {
		return new Promise((resolve, reject) => {
			new Call(wire, method, values, options, defaultTimeoutMs, {
				form: "unary",
				item(memory, start, end) {
					try {
						resolve(decode(wire, method, memory, start, end));
					} catch (error) {
						reject(error);
					}
				},
				end() {},
				fail: reject,
			}).startTimeout();
		});
	},
};
