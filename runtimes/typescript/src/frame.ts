/**
 * Frames on a byte stream: `u32` length, 64-byte descriptor, payload, all little-endian.
 *
 * Layout and constants are those of rapace-core 0.5.0 (`descriptor.rs`, `flags.rs`, `control.rs`,
 * `transport/stream.rs`).
 */

import { ProtocolError } from "./errors.js";

/** Size of the length prefix, in bytes. It counts descriptor and payload, not itself. */
const PREFIX_BYTES = 4;
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

/** Where fields stand in a frame, in bytes from its start. */
const at = {
	messageId: 4,
	channel: 12,
	method: 16,
	payloadSlot: 20,
	payloadLength: 32,
	flags: 36,
	deadline: 44,
	inline: 52,
} as const;

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
	put(frame, at.messageId, messageId);
	put(frame, at.messageId + 4, Math.floor(messageId / 2 ** 32));
	put(frame, at.channel, channel);
	put(frame, at.method, method);
	put(frame, at.payloadLength, size);
	put(frame, at.flags, flags);
	put(frame, at.deadline, ALL_BITS);
	put(frame, at.deadline + 4, ALL_BITS);
	if (size <= INLINE_BYTES) {
		put(frame, at.payloadSlot, ALL_BITS);
		frame.copyWithin(at.inline, HEADER_BYTES);
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

/** Cuts received bytes into frames. */
export class FrameParser {
	private readonly limit: number;
	private readonly onFrame: OnFrame;
	/** The beginning of a frame whose rest has not arrived. */
	private partial: Uint8Array = new Uint8Array(0);
	private filled = 0;
	private headSeenAlone = false;

	/** Hands each frame to `onFrame`. A frame's length is at most `limit`. */
	constructor(limit: number, onFrame: OnFrame) {
		this.limit = limit;
		this.onFrame = onFrame;
	}

	/** True when part of a frame has arrived and the rest has not. */
	get waiting(): boolean {
		return this.filled > 0;
	}

	/**
	 * True from when a frame's head, its length and perhaps its descriptor, first arrived by itself: the peer writes
	 * frames in parts. A whole frame that the network cuts elsewhere does not count.
	 */
	get inParts(): boolean {
		return this.headSeenAlone;
	}

	/**
	 * Takes all frames out of what was received; keeps the beginning of one that is not complete.
	 *
	 * @throws ProtocolError when a length is below 64 or above the limit, before anything is allocated for it.
	 */
	push(chunk: Uint8Array): void {
		let from = 0;
		while (this.filled > 0 && from < chunk.length) {
			from += this.complete(chunk, from);
		}
		while (chunk.length - from >= PREFIX_BYTES) {
			const end = from + this.frameBytes(chunk, from);
			if (end > chunk.length) {
				break;
			}
			this.emit(chunk, from, end);
			from = end;
		}
		if (from < chunk.length) {
			if (from === 0 && chunk.length <= HEADER_BYTES) {
				this.headSeenAlone = true;
			}
			this.store(chunk, from, chunk.length);
		}
	}

	/** Adds to the incomplete frame what it lacks, as far as it is there; returns how many bytes were used. */
	private complete(chunk: Uint8Array, from: number): number {
		const wanted =
			this.filled < PREFIX_BYTES
				? PREFIX_BYTES
				: this.frameBytes(this.partial, 0);
		const to = Math.min(chunk.length, from + wanted - this.filled);
		this.store(chunk, from, to);
		if (this.filled === wanted && wanted > PREFIX_BYTES) {
			const frame = this.partial;
			// The payload is a view of these bytes: the next incomplete frame gets others.
			this.partial = new Uint8Array(0);
			this.filled = 0;
			this.emit(frame, 0, wanted);
		} else if (this.filled === PREFIX_BYTES) {
			this.frameBytes(this.partial, 0);
		}
		return to - from;
	}

	/** Appends to the incomplete frame. The store grows with what has arrived, not with what is promised. */
	private store(chunk: Uint8Array, from: number, to: number): void {
		const filled = this.filled + to - from;
		if (filled > this.partial.length) {
			const grown = new Uint8Array(Math.max(HEADER_BYTES, 2 * filled));
			grown.set(this.partial.subarray(0, this.filled));
			this.partial = grown;
		}
		this.partial.set(chunk.subarray(from, to), this.filled);
		this.filled = filled;
	}

	/** Size of the frame that starts at `from`, prefix included. */
	private frameBytes(bytes: Uint8Array, from: number): number {
		const length = uint32(bytes, from);
		if (length < DESCRIPTOR_BYTES) {
			throw new ProtocolError(
				`frame length ${length} is below the descriptor's ${DESCRIPTOR_BYTES}`,
			);
		}
		if (length > this.limit) {
			throw new ProtocolError(
				`frame length ${length} exceeds limit ${this.limit}`,
			);
		}
		return PREFIX_BYTES + length;
	}

	private emit(bytes: Uint8Array, from: number, end: number): void {
		this.onFrame(
			uint32(bytes, from + at.channel),
			uint32(bytes, from + at.flags),
			bytes,
			from + HEADER_BYTES,
			end,
		);
	}
}

/** Writes a `u32`. A view for it would cost more than the four bytes. */
function put(bytes: Uint8Array, at: number, value: number): void {
	bytes[at] = value;
	bytes[at + 1] = value >>> 8;
	bytes[at + 2] = value >>> 16;
	bytes[at + 3] = value >>> 24;
}

function uint32(bytes: Uint8Array, at: number): number {
	return (
		((bytes[at] as number) |
			((bytes[at + 1] as number) << 8) |
			((bytes[at + 2] as number) << 16) |
			((bytes[at + 3] as number) << 24)) >>>
		0
	);
}
