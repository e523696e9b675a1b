/** Errors that methods declare: answers of their own, which clients throw. */

import { type DeclaredError, RapaceError } from "./errors.js";
import { CODEGEN_VERSION, type Kind } from "./method.js";
import { unary } from "./unary.js";

/** A call failed with an error that its method declares. A generated package has a class for each such error. */
export abstract class ResultError<Failure>
	extends RapaceError
	implements DeclaredError<Failure>
{
	readonly kind = "result";
	/** The error, as the handler gave it. */
	readonly error: Failure;

	/** The call of `method` failed with `error`. A handler throws it without a method, and its caller gets the error. */
	constructor(error: Failure, method?: string, text: string = nameOf(error)) {
		super("Aborted", text, method);
		this.error = error;
	}
}

/** What names a failure: its variant, or its text. */
function nameOf(error: unknown): string {
	const { kind = error } = Object(error) as { kind?: unknown };
	return typeof kind === "string" ? kind : "the call failed";
}

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
