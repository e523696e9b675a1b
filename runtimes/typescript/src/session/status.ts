import { codeOf, StatusError } from "../errors.js";
import { ERROR_MESSAGE_BYTES } from "../limits.js";
import { quote } from "../quote.js";

/** Code and length, which precede the message, in bytes. */
const HEAD_BYTES = 8;

/** Replaces what is not UTF-8, and keeps a byte order mark as a character. */
const messageDecoder = /* @__PURE__ */ new TextDecoder("utf-8", {
	ignoreBOM: true,
});

/** Reads the payload of an error frame: code (`u32`), length (`u32`) and message in UTF-8. Bad bytes are replaced. */
export function statusOf(payload: Uint8Array, method: string): StatusError {
	if (payload.length >= HEAD_BYTES) {
		const view = new DataView(
			payload.buffer,
			payload.byteOffset,
			payload.length,
		);
		const length = view.getUint32(4, true);
		if (length <= payload.length - HEAD_BYTES) {
			const end = HEAD_BYTES + Math.min(length, ERROR_MESSAGE_BYTES);
			return new StatusError(
				codeOf(view.getUint32(0, true)),
				quote(messageDecoder.decode(payload.subarray(HEAD_BYTES, end))),
				true,
				method,
			);
		}
	}
	return new StatusError(
		"Internal",
		`malformed error frame of ${payload.length} bytes`,
		true,
		method,
	);
}
