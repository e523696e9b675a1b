import { ResultError } from "./errors.js";
import { CODEGEN_VERSION, type Kind } from "./method.js";
import { unary } from "./unary.js";

/** Methods with one answer, which may be an error that the method declares: it is thrown. */
export const unaryResult: Kind = {
	codegen: CODEGEN_VERSION,
	form: "unary",
	async call(wire, method, values, options, defaultTimeoutMs) {
		const answer = await unary.call(
			wire,
			method,
			values,
			options,
			defaultTimeoutMs,
		);
		if (answer instanceof ResultError) {
			throw answer;
		}
		return answer;
	},
};
