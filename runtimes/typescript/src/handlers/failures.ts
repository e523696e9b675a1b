/** What a caller and a log learn of a failure. */

import { DESCRIPTOR_BYTES } from "../descriptor.js";
import { isOfKind, StatusError } from "../errors.js";
import { MEASURED_FRAMES } from "../limits.js";
import { Writer } from "../postcard/writer.js";
import type { AnyHandledMethod } from "./service.js";

/** Returns the status for a failure of a handler that is not for its caller. Its text may be secret, and travels only if `texts`. */
export function failureOf(
	method: string,
	error: unknown,
	texts: boolean,
): StatusError {
	const what = texts
		? `${method} failed: ${textOf(error)}`
		: `${method} failed`;
	return new StatusError("Internal", what);
}

/** Returns the text of whatever was thrown. Reading it may fail. */
export function textOf(error: unknown): string {
	try {
		const { message } = Object(error) as { message?: unknown };
		return typeof message === "string" ? message : String(error);
	} catch {
		return "an error without a text";
	}
}

/** Reports whether the writer refused a value because a frame cannot hold it. */
export function isTooLong(error: unknown): boolean {
	return (
		isOfKind(error, "status") &&
		error.code === "ResourceExhausted" &&
		!error.remote
	);
}

/** Returns the length of the frame that an answer would need: exactly, unless the answer is many times too long. */
export function frameLength(
	{ encodeAnswer }: AnyHandledMethod,
	answer: unknown,
	maxFrameBytes: number,
): string {
	const most = MEASURED_FRAMES * maxFrameBytes;
	try {
		const writer = new Writer(most);
		const { length } = writer.write(0, encodeAnswer ?? (() => {}), [
			answer as never,
		]);
		return `${DESCRIPTOR_BYTES + length}`;
	} catch {
		return `${most} or more`;
	}
}
