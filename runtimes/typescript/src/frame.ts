/**
 * Frames: a 64-byte descriptor and a payload. On a byte stream a `u32` length precedes them. All numbers are little-endian.
 */

import {
	ALL_BITS,
	CHANNEL_AT,
	DEADLINE_AT,
	DESCRIPTOR_BYTES,
	FLAGS_AT,
	HEADER_BYTES,
	INLINE_AT,
	INLINE_BYTES,
	MESSAGE_ID_AT,
	METHOD_AT,
	PAYLOAD_LENGTH_AT,
	PAYLOAD_SLOT_AT,
	PREFIX_BYTES,
} from "./descriptor.js";
import { ProtocolError } from "./errors.js";

/** Fills the header of `frame`, whose first {@link HEADER_BYTES} bytes are zero and whose payload is there. */
export function seal(
	frame: Uint8Array,
	messageId: number,
	channel: number,
	method: number,
	flags: number,
): void {
	const size = frame.length - HEADER_BYTES;
	put(frame, 0, DESCRIPTOR_BYTES + size);
	put(frame, MESSAGE_ID_AT, messageId);
	put(frame, MESSAGE_ID_AT + 4, Math.floor(messageId / 2 ** 32));
	put(frame, CHANNEL_AT, channel);
	put(frame, METHOD_AT, method);
	put(frame, PAYLOAD_LENGTH_AT, size);
	put(frame, FLAGS_AT, flags);
	put(frame, DEADLINE_AT, ALL_BITS);
	put(frame, DEADLINE_AT + 4, ALL_BITS);
	if (size <= INLINE_BYTES) {
		put(frame, PAYLOAD_SLOT_AT, ALL_BITS);
		frame.copyWithin(INLINE_AT, HEADER_BYTES);
	}
}

/** Receives a decoded frame. The payload lies in `memory`, which is not written to again, from `start` to `end`. */
export type OnFrame = (
	channel: number,
	method: number,
	flags: number,
	memory: Uint8Array,
	start: number,
	end: number,
) => void;

/**
 * Decodes a frame that lies in `memory` from `start`, without its length, to `end`.
 *
 * @throws ProtocolError when its length is wrong: see {@link checkLength}.
 */
export function open(
	memory: Uint8Array,
	start: number,
	end: number,
	limit: number,
	onFrame: OnFrame,
): void {
	checkLength(end - start, limit);
	onFrame(
		uint32(memory, start + CHANNEL_AT - PREFIX_BYTES),
		uint32(memory, start + METHOD_AT - PREFIX_BYTES),
		uint32(memory, start + FLAGS_AT - PREFIX_BYTES),
		memory,
		start + DESCRIPTOR_BYTES,
		end,
	);
}

/**
 * Checks the length of a frame, which counts descriptor and payload.
 *
 * @throws ProtocolError when it is below 64 or above the limit.
 */
export function checkLength(length: number, limit: number): void {
	if (length < DESCRIPTOR_BYTES) {
		throw new ProtocolError(
			`frame length ${length} is below the descriptor's ${DESCRIPTOR_BYTES}`,
		);
	}
	if (length > limit) {
		throw new ProtocolError(`frame length ${length} exceeds limit ${limit}`);
	}
}

/** Writes a `u32`. A view for it would cost more than the four bytes. */
function put(bytes: Uint8Array, at: number, value: number): void {
	bytes[at] = value;
	bytes[at + 1] = value >>> 8;
	bytes[at + 2] = value >>> 16;
	bytes[at + 3] = value >>> 24;
}

/** Reads a `u32`. */
export function uint32(bytes: Uint8Array, at: number): number {
	return (
		((bytes[at] as number) |
			((bytes[at + 1] as number) << 8) |
			((bytes[at + 2] as number) << 16) |
			((bytes[at + 3] as number) << 24)) >>>
		0
	);
}
