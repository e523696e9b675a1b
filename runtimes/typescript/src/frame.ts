/**
 * Frames: 64-byte descriptor and payload, on a byte stream with a `u32` length before them; all little-endian.
 *
 * Layout and constants are those of rapace-core 0.5.0 (`descriptor.rs`, `flags.rs`, `control.rs`,
 * `transport/stream.rs`).
 */

import { ProtocolError } from "./errors.js";

/** Size of the length prefix, in bytes. It counts descriptor and payload, not itself. */
export const PREFIX_BYTES = 4;
/** Size of the descriptor, in bytes. */
export const DESCRIPTOR_BYTES: number = 64;
/** What stands before a payload, in bytes. */
export const HEADER_BYTES: number = PREFIX_BYTES + DESCRIPTOR_BYTES;
/** Payloads up to this size are copied into the descriptor as well. */
const INLINE_BYTES = 16;

/** Default cap of a frame's length, descriptor and payload, in bytes: nothing longer is sent or received. */
export const MAX_FRAME_BYTES: number = 16 * 1024 * 1024;

/** The frame carries an item or an answer. */
export const DATA = 0x01;
/** The frame belongs to channel 0 and carries a verb as its method. */
export const CONTROL = 0x02;
/** Nothing follows on the channel in this direction. */
export const EOS = 0x04;
/** The payload is an error: code, length, message. */
export const ERROR = 0x10;
/** The request wants no answer of its own: that of a stream comes as items. */
export const NO_REPLY = 0x100;

/** Verb of a control frame: the work on a channel is no longer wanted. */
export const CANCEL_CHANNEL = 3;
/** Verb of a control frame: a sign of life. Rapace 0.5.0 skips it. */
export const PING = 5;

/** `NO_DEADLINE`: all bits set, in both halves of the field. */
const ALL_BITS = 0xffff_ffff;

// Where fields stand in a frame, in bytes from its start.
const MESSAGE_ID_AT = 4;
const CHANNEL_AT = 12;
const METHOD_AT = 16;
const PAYLOAD_SLOT_AT = 20;
const PAYLOAD_LENGTH_AT = 32;
const FLAGS_AT = 36;
const DEADLINE_AT = 44;
const INLINE_AT = 52;

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

/** What a receiver looks at. The payload stands in `memory`, which is not written to again, from `start` to `end`. */
export type OnFrame = (
	channel: number,
	flags: number,
	memory: Uint8Array,
	start: number,
	end: number,
) => void;

/**
 * Looks at a frame that stands in `memory` from `start`, without its length, to `end`.
 *
 * @throws ProtocolError when its length is none: see {@link checkLength}.
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

/** The method of the frame whose payload stands in `memory` from `start`. */
export function methodOf(memory: Uint8Array, start: number): number {
	return uint32(memory, start - DESCRIPTOR_BYTES + METHOD_AT - PREFIX_BYTES);
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
