import { HEADER_BYTES, PREFIX_BYTES } from "./descriptor.js";
import { checkLength, uint32 } from "./frame.js";

/** Receives a frame, which lies in `memory` from `start`, without its length, to `end`. */
export type OnWhole = (memory: Uint8Array, start: number, end: number) => void;

/** Splits received bytes into frames. */
export class FrameParser {
	private readonly limit: number;
	private readonly onFrame: OnWhole;
	/** The beginning of a frame whose rest has not arrived. */
	private partial: Uint8Array = new Uint8Array(0);
	private filled = 0;
	private headSeenAlone = false;

	/** Calls `onFrame` with each frame. A frame is at most `limit` bytes long. */
	constructor(limit: number, onFrame: OnWhole) {
		this.limit = limit;
		this.onFrame = onFrame;
	}

	/** True when part of a frame has arrived and the rest has not. */
	get waiting(): boolean {
		return this.filled > 0;
	}

	/**
	 * True after the head of a frame, its length and perhaps its descriptor, has arrived alone: the peer writes frames in
	 * parts. A whole frame that the network splits elsewhere does not count.
	 */
	get inParts(): boolean {
		return this.headSeenAlone;
	}

	/**
	 * Reports all complete frames, and keeps the beginning of an incomplete one.
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
			this.onFrame(chunk, from + PREFIX_BYTES, end);
			from = end;
		}
		if (from < chunk.length) {
			if (from === 0 && chunk.length <= HEADER_BYTES) {
				this.headSeenAlone = true;
			}
			this.store(chunk, from, chunk.length);
		}
	}

	/** Adds received bytes to the incomplete frame, and returns how many it took. */
	private complete(chunk: Uint8Array, from: number): number {
		const wanted =
			this.filled < PREFIX_BYTES
				? PREFIX_BYTES
				: this.frameBytes(this.partial, 0);
		const to = Math.min(chunk.length, from + wanted - this.filled);
		this.store(chunk, from, to);
		if (this.filled === wanted && wanted > PREFIX_BYTES) {
			const frame = this.partial;
			// The payload is a view of these bytes: the next incomplete frame needs others.
			this.partial = new Uint8Array(0);
			this.filled = 0;
			this.onFrame(frame, PREFIX_BYTES, wanted);
		} else if (this.filled === PREFIX_BYTES) {
			this.frameBytes(this.partial, 0);
		}
		return to - from;
	}

	/** Appends to the incomplete frame. Its memory grows with the received bytes, not with the announced length. */
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
		checkLength(length, this.limit);
		return PREFIX_BYTES + length;
	}
}
