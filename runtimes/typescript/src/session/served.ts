/** The calls of the peer: what they arrive as, and the frames that answer them. */

import {
	EOS,
	ERROR,
	HEADER_BYTES,
	INLINE_AT,
	INLINE_BYTES,
	PAYLOAD_SLOT_AT,
} from "../descriptor.js";
import { seal } from "../frame.js";

/**
 * Receives the requests of the peer. Its payload lies in `memory` from `start` to `end`, and is copied if it is kept. The
 * channel drops what follows until its end arrives.
 */
export type OnRequest = (
	channel: number,
	method: number,
	flags: number,
	memory: Uint8Array,
	start: number,
	end: number,
) => void;

/** The payload of the error of a side without handlers: `Unimplemented`, the length of the message, and the message. */
export const REFUSAL: Uint8Array = /* @__PURE__ */ new TextEncoder().encode(
	"\v\0\0\0\x1d\0\0\0this client serves no methods",
);

/** Code and length, which precede the message of an error, in bytes. */
const HEAD_BYTES = 8;

/**
 * The frame that ends a call of the peer with an error. Like every answer it has neither a message id nor a method id: with a
 * method id Rust would take it for a request.
 */
export function errorFrame(
	channel: number,
	code: number,
	message: string,
): Uint8Array {
	const text = new TextEncoder().encode(message);
	const frame = new Uint8Array(HEADER_BYTES + HEAD_BYTES + text.length);
	const view = new DataView(frame.buffer);
	view.setUint32(HEADER_BYTES, code, true);
	view.setUint32(HEADER_BYTES + 4, text.length, true);
	frame.set(text, HEADER_BYTES + HEAD_BYTES);
	seal(frame, 0, channel, 0, ERROR | EOS);
	// Rust never repeats the payload of an error in the descriptor.
	frame.fill(0, PAYLOAD_SLOT_AT, PAYLOAD_SLOT_AT + 4);
	frame.fill(0, INLINE_AT, INLINE_AT + INLINE_BYTES);
	return frame;
}

/** Makes an answer or an item of a frame with an empty header. */
export function sealAnswer(
	frame: Uint8Array,
	channel: number,
	flags: number,
): Uint8Array {
	seal(frame, 0, channel, 0, flags);
	return frame;
}
