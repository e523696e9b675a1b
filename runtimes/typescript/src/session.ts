/**
 * One session of the protocol, without I/O and without a clock: received bytes go in and calls hear of their
 * answers; frames to send come out. Whoever drives it owns the socket and the time.
 */

import {
	ConnectionError,
	codeOf,
	type RapaceError,
	StatusError,
} from "./errors.js";
import {
	CANCEL_CHANNEL,
	CONTROL,
	DATA,
	DESCRIPTOR_BYTES,
	EOS,
	ERROR,
	FrameParser,
	HEADER_BYTES,
	MAX_FRAME_BYTES,
	NO_REPLY,
	PING,
	seal,
} from "./frame.js";
import { limit } from "./limits.js";
import type { ValueLimits } from "./postcard/path.js";
import { Reader } from "./postcard/reader.js";
import { Writer } from "./postcard/writer.js";

/**
 * Default of how many calls that were given up are remembered until their end arrives, so that a channel id that comes
 * round again after 2^31 calls cannot meet a late answer. The oldest are forgotten first.
 */
export const MAX_ABANDONED_CALLS = 65_536;

/** The deadline of a call while nobody waits for it. */
export const NEVER: number = Number.POSITIVE_INFINITY;

/** Channel ids of the side that connects are odd (the side that accepts uses even ones). */
const FIRST_CHANNEL = 1;
const LAST_CHANNEL = 0xffff_ffff;

/** Bounds of a session. */
export interface SessionLimits extends ValueLimits {
	/** Longest frame in either direction, descriptor and payload, in bytes. Default {@link MAX_FRAME_BYTES}. */
	readonly maxFrameBytes?: number | undefined;
	/** Most calls that were given up and are remembered. Default {@link MAX_ABANDONED_CALLS}. */
	readonly maxAbandonedCalls?: number | undefined;
}

/** What hears of the answers to one call. None of these may throw. */
export interface Exchange {
	/** The method that was called, for errors. */
	readonly method: string;
	/** True when several items may come. Otherwise the first ends the call. */
	readonly streaming: boolean;
	/** When it has waited long enough, in milliseconds of the clock of {@link Session.expire}; or {@link NEVER}. */
	readonly deadline: number;
	/** It has waited long enough. It gives itself up. */
	expire(): void;
	/** An item, or the one answer. It stands in `memory`, among other things, from `start` to `end`: copy what is kept. */
	item(memory: Uint8Array, start: number, end: number): void;
	/** The end: nothing follows. */
	end(): void;
	/** The end by an error: nothing follows. */
	fail(error: RapaceError): void;
}

/** Why a call is given up: `CancelReason` of rapace-core 0.5.0, in its order. */
export type CancelReason =
	| "ClientCancel"
	| "DeadlineExceeded"
	| "ResourceExhausted";

const CANCEL_REASONS: readonly CancelReason[] = [
	"ClientCancel",
	"DeadlineExceeded",
	"ResourceExhausted",
];

/** Position of `CancelChannel` among the variants of `ControlPayload` (rapace-core 0.5.0). */
const CANCEL_CHANNEL_VARIANT = 2;

/** The state of the protocol on one connection. */
export class Session {
	/** Reads payloads; for whoever hears of one, while it hears of it. */
	readonly reader: Reader;
	/** The writers that nothing is written with: mostly one. */
	private readonly writers: Writer[] = [];
	private readonly parser: FrameParser;
	private readonly limits: SessionLimits;
	private readonly maxFrameBytes: number;
	private readonly maxAbandonedCalls: number;
	private readonly exchanges = new Map<number, Exchange>();
	private readonly tombstones = new Set<number>();
	private nextChannel = FIRST_CHANNEL;
	private lastMessage = 0;
	private dropped = 0;
	private ended: ConnectionError | undefined;

	/**
	 * A new session of the side that connects.
	 *
	 * @throws StatusError InvalidArgument for a limit that makes no sense.
	 */
	constructor(limits: SessionLimits = {}) {
		this.limits = limits;
		this.maxFrameBytes = limit(
			"maxFrameBytes",
			limits.maxFrameBytes,
			MAX_FRAME_BYTES,
			DESCRIPTOR_BYTES,
		);
		this.maxAbandonedCalls = limit(
			"maxAbandonedCalls",
			limits.maxAbandonedCalls,
			MAX_ABANDONED_CALLS,
		);
		this.reader = new Reader(limits);
		this.parser = new FrameParser(
			this.maxFrameBytes,
			(channel, flags, memory, start, end) =>
				this.dispatch(channel, flags, memory, start, end),
		);
	}

	/** How many calls wait for their answer or the end of their stream. */
	get inFlight(): number {
		return this.exchanges.size;
	}

	/** How many frames came for channels that are unknown, finished or given up. */
	get droppedFrames(): number {
		return this.dropped;
	}

	/** Why the session has ended; undefined while it lives. */
	get error(): ConnectionError | undefined {
		return this.ended;
	}

	/** True when part of a frame has arrived and the rest has not. */
	get waiting(): boolean {
		return this.parser.waiting;
	}

	/** True when a call awaits more of a peer that writes frames in parts. */
	get awaitsParts(): boolean {
		return this.parser.inParts && this.exchanges.size > 0;
	}

	/**
	 * A frame with an empty header: see {@link open}. `encode` writes the values.
	 *
	 * @throws EncodeError when a value is refused, StatusError ResourceExhausted when they exceed a frame.
	 */
	write<Values extends readonly unknown[]>(
		encode: (writer: Writer, ...values: Values) => void,
		values: Values,
		method?: string,
	): Uint8Array {
		// Reading arguments may run the caller's code (a getter), which may make or give up another call meanwhile: that
		// one needs a writer of its own.
		const writer =
			this.writers.pop() ??
			new Writer(this.maxFrameBytes - DESCRIPTOR_BYTES, this.limits);
		try {
			return writer.write(HEADER_BYTES, encode, values, method);
		} finally {
			this.writers.push(writer);
		}
	}

	/**
	 * Opens a channel for a call and returns its id. The request's frame, with the arguments, gets its header and must be
	 * sent.
	 *
	 * @throws ConnectionError when the session has ended. Nothing is open then.
	 */
	open(exchange: Exchange, methodId: number, frame: Uint8Array): number {
		if (this.ended !== undefined) {
			throw new ConnectionError(
				this.ended.reason,
				this.ended.message,
				exchange.method,
				this.ended.cause,
			);
		}
		const channel = this.freeChannel();
		const flags = exchange.streaming ? DATA | EOS | NO_REPLY : DATA | EOS;
		seal(frame, ++this.lastMessage, channel, methodId, flags);
		this.exchanges.set(channel, exchange);
		return channel;
	}

	/**
	 * Gives a call up: what still arrives for it is dropped. Returns the frame that tells the peer so, as a courtesy: a
	 * plain rapace 0.5.0 server skips it. Nothing when the call is over already.
	 */
	cancel(channel: number, reason: CancelReason): Uint8Array | undefined {
		if (!this.exchanges.delete(channel)) {
			return undefined;
		}
		this.bury(channel);
		const frame = this.write(encodeCancel, [channel, reason]);
		return this.control(frame, CANCEL_CHANNEL);
	}

	/** Gives a call up whose request was not sent: no answer can come for it, and the peer need not be told. */
	withdraw(channel: number): void {
		this.exchanges.delete(channel);
	}

	/**
	 * A control frame without content, which peers skip. The acknowledgement of what has arrived rides on it at once: a
	 * peer that writes frames in parts without TCP_NODELAY waits for it with the rest of a frame ({@link waiting}), and
	 * with the next one ({@link awaitsParts}) when no request follows the one before.
	 */
	nudge(): Uint8Array {
		return this.control(new Uint8Array(HEADER_BYTES), PING);
	}

	/**
	 * Takes received bytes; the calls concerned hear of them before this returns.
	 *
	 * @throws ProtocolError when the peer breaks the protocol: the connection must be closed.
	 */
	receive(chunk: Uint8Array): void {
		if (this.ended === undefined) {
			this.parser.push(chunk);
		}
	}

	/** Tells the calls whose deadline has come by `now`, and returns the earliest of the others. */
	expire(now: number): number {
		let earliest = NEVER;
		for (const exchange of this.exchanges.values()) {
			if (exchange.deadline <= now) {
				exchange.expire();
			} else {
				earliest = Math.min(earliest, exchange.deadline);
			}
		}
		return earliest;
	}

	/** Ends the session: every call in flight fails with `error`, at once. Only the first end counts. */
	end(error: ConnectionError): void {
		if (this.ended !== undefined) {
			return;
		}
		this.ended = error;
		const exchanges = [...this.exchanges.values()];
		this.exchanges.clear();
		this.tombstones.clear();
		for (const exchange of exchanges) {
			exchange.fail(
				new ConnectionError(
					error.reason,
					error.message,
					exchange.method,
					error.cause,
				),
			);
		}
	}

	private control(frame: Uint8Array, verb: number): Uint8Array {
		seal(frame, ++this.lastMessage, 0, verb, CONTROL);
		return frame;
	}

	private dispatch(
		channel: number,
		flags: number,
		memory: Uint8Array,
		start: number,
		end: number,
	): void {
		// Channel 0 carries control frames, and what `serve()` answers to those of ours.
		if (channel === 0 || (flags & CONTROL) !== 0) {
			return;
		}
		const exchange = this.exchanges.get(channel);
		if (exchange === undefined) {
			this.dropped++;
			if ((flags & (EOS | ERROR)) !== 0) {
				this.tombstones.delete(channel);
			}
			return;
		}
		if ((flags & ERROR) !== 0) {
			this.exchanges.delete(channel);
			const payload = memory.subarray(start, end);
			exchange.fail(statusOf(payload, exchange.method));
		} else if ((flags & (DATA | EOS)) === 0) {
			this.dropped++;
		} else if (!exchange.streaming) {
			// The first answer is the answer, whether or not it says that it is the last.
			this.exchanges.delete(channel);
			exchange.item(memory, start, end);
			exchange.end();
		} else {
			if ((flags & EOS) !== 0) {
				this.exchanges.delete(channel);
			}
			if ((flags & DATA) !== 0) {
				exchange.item(memory, start, end);
			}
			if ((flags & EOS) !== 0) {
				exchange.end();
			}
		}
	}

	private bury(channel: number): void {
		this.tombstones.add(channel);
		if (this.tombstones.size > this.maxAbandonedCalls) {
			for (const oldest of this.tombstones) {
				this.tombstones.delete(oldest);
				break;
			}
		}
	}

	/** The next odd id that no live or given-up call holds. There is one: both kinds are bounded. */
	private freeChannel(): number {
		for (;;) {
			const channel = this.nextChannel;
			this.nextChannel = channel >= LAST_CHANNEL ? FIRST_CHANNEL : channel + 2;
			if (!this.exchanges.has(channel) && !this.tombstones.has(channel)) {
				return channel;
			}
		}
	}
}

function encodeCancel(w: Writer, channel: number, reason: CancelReason): void {
	w.variant(CANCEL_CHANNEL_VARIANT);
	w.u32(channel, "");
	w.variant(CANCEL_REASONS.indexOf(reason));
}

/** Replaces what is not UTF-8, and keeps a byte order mark as the character that it is. */
const messageDecoder = /* @__PURE__ */ new TextDecoder("utf-8", {
	ignoreBOM: true,
});

/** The status in an error frame: `u32` code, `u32` length, message in UTF-8, where bad bytes are replaced. */
function statusOf(payload: Uint8Array, method: string): StatusError {
	if (payload.length >= 8) {
		const view = new DataView(
			payload.buffer,
			payload.byteOffset,
			payload.length,
		);
		const length = view.getUint32(4, true);
		if (length <= payload.length - 8) {
			const message = messageDecoder.decode(payload.subarray(8, 8 + length));
			return new StatusError(
				codeOf(view.getUint32(0, true)),
				message,
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
