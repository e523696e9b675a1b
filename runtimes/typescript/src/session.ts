/**
 * One session of the protocol, without I/O and without a clock: received bytes go in and calls hear of their
 * answers; frames to send come out. Whoever drives it owns the socket and the time.
 */

import {
	type ConnectionError,
	codeOf,
	ofMethod,
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
	HEADER_BYTES,
	MAX_FRAME_BYTES,
	methodOf,
	NO_REPLY,
	type OnFrame,
	open,
	seal,
} from "./frame.js";
import { limit, NEVER } from "./limits.js";
import type { ValueLimits } from "./postcard/path.js";
import { Reader } from "./postcard/reader.js";
import { Writer } from "./postcard/writer.js";
import { quote } from "./quote.js";

/**
 * Default of how many calls that were given up are remembered until their end arrives, so that a channel id that comes
 * round again after 2^31 calls cannot meet a late answer. The oldest are forgotten first.
 */
export const MAX_ABANDONED_CALLS = 65_536;

/** Default of how many calls, streams and tunnels one connection may have at once: a loop that awaits nothing finds an end. */
export const MAX_CALLS = 65_536;

/**
 * How many bytes are kept that came for tunnels which nobody has opened yet: a peer may write to one before its id has
 * reached the caller. The oldest are dropped first.
 */
const MAX_EARLY_BYTES = 1024 * 1024;

/** Channel ids of the side that connects are odd (the side that accepts uses even ones). */
const FIRST_CHANNEL = 1;
const LAST_CHANNEL = 0xffff_ffff;

/** Bounds of a session. */
export interface SessionLimits extends ValueLimits {
	/** Longest frame in either direction, descriptor and payload, in bytes. Default {@link MAX_FRAME_BYTES}. */
	readonly maxFrameBytes?: number | undefined;
	/** Most calls that were given up and are remembered. Default {@link MAX_ABANDONED_CALLS}. */
	readonly maxAbandonedCalls?: number | undefined;
	/** Most calls, streams and tunnels at once; one more fails as ResourceExhausted. Default {@link MAX_CALLS}. */
	readonly maxCalls?: number | undefined;
}

/**
 * What goes over a channel: one answer, several, none (then the request goes over channel 0, and its own channel only
 * marks that it waits to be sent), or bytes both ways.
 */
export type Form = "unary" | "streaming" | "notification" | "tunnel";

/** What hears of the answers to one call. None of these may throw. */
export interface Exchange {
	/** The method that was called, for errors. */
	readonly method: string;
	/** What comes back. To a unary call the first item is the end as well. */
	readonly form: Form;
	/** When it has waited long enough, in milliseconds of the clock of {@link Session.expire}; or `NEVER`. */
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
	readonly #writers: Writer[] = [];
	readonly #limits: SessionLimits;
	/** See {@link SessionLimits.maxFrameBytes}. */
	readonly maxFrameBytes: number;
	readonly #maxAbandonedCalls: number;
	readonly #maxCalls: number;
	/** For the runtime's own use, as what follows: what hears of each channel. */
	readonly exchanges: Map<number, Exchange> = new Map<number, Exchange>();
	/** The channels of calls that were given up, and are not over for the peer. */
	readonly tombstones: Set<number> = new Set<number>();
	/** What came for tunnels that are not open yet: copies of payloads, with their flags, in order. */
	early: [channel: number, flags: number, payload: Uint8Array][] = [];
	/** What {@link early} takes, each with its overhead. */
	earlyBytes = 0;
	private nextChannel = FIRST_CHANNEL;
	#lastMessage = 0;
	#dropped = 0;
	#ended: ConnectionError | undefined;
	/** Whether the peer has ever answered a call. */
	answered = false;
	/** Hears of a call of the peer, which this side does not serve: the frame that says so, and the method's number. */
	refused: ((frame: Uint8Array, method: number) => void) | undefined;

	/**
	 * A new session of the side that connects.
	 *
	 * @throws StatusError InvalidArgument for a limit that makes no sense.
	 */
	constructor(limits: SessionLimits = {}) {
		this.#limits = limits;
		this.maxFrameBytes = limit(
			limits,
			"maxFrameBytes",
			MAX_FRAME_BYTES,
			DESCRIPTOR_BYTES,
		);
		this.#maxAbandonedCalls = limit(
			limits,
			"maxAbandonedCalls",
			MAX_ABANDONED_CALLS,
		);
		this.#maxCalls = limit(limits, "maxCalls", MAX_CALLS);
		this.reader = new Reader(limits, this.maxFrameBytes);
	}

	/** How many calls wait for their answer or the end of their stream. */
	get inFlight(): number {
		return this.exchanges.size;
	}

	/** How many frames came for channels that are unknown, finished or given up. */
	get droppedFrames(): number {
		return this.#dropped + this.early.length;
	}

	/** Why the session has ended; undefined while it lives. */
	get error(): ConnectionError | undefined {
		return this.#ended;
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
			this.#writers.pop() ??
			new Writer(this.maxFrameBytes - DESCRIPTOR_BYTES, this.#limits);
		try {
			return writer.write(HEADER_BYTES, encode, values, method);
		} finally {
			this.#writers.push(writer);
		}
	}

	/**
	 * Opens a channel for a call and returns its id. The request's frame, with the arguments, gets its header and must be
	 * sent.
	 *
	 * @throws ConnectionError when the session has ended, StatusError ResourceExhausted beyond {@link SessionLimits.maxCalls}.
	 * Nothing is open then.
	 */
	open(exchange: Exchange, methodId: number, frame: Uint8Array): number {
		const channel = this.#freeChannel();
		this.attach(exchange, channel);
		const { form } = exchange;
		seal(
			frame,
			++this.#lastMessage,
			form === "notification" ? 0 : channel,
			methodId,
			form === "unary" ? DATA | EOS : DATA | EOS | NO_REPLY,
		);
		return channel;
	}

	/** A frame without a method: bytes of a tunnel, or the end of a direction. */
	chunk(channel: number, bytes: Uint8Array, flags: number): Uint8Array {
		const frame = new Uint8Array(HEADER_BYTES + bytes.length);
		frame.set(bytes, HEADER_BYTES);
		seal(frame, ++this.#lastMessage, channel, 0, flags);
		return frame;
	}

	/**
	 * Gives a call up: what still arrives for it is dropped. Returns the frame that tells the peer so, as a courtesy: a
	 * plain rapace 0.5.0 server skips it. Nothing when the call is over already.
	 */
	cancel(channel: number, reason: CancelReason): Uint8Array | undefined {
		if (!this.exchanges.delete(channel)) {
			return undefined;
		}
		this.#bury(channel);
		const frame = this.write(encodeCancel, [channel, reason]);
		return this.control(frame, CANCEL_CHANNEL);
	}

	/**
	 * Lets go of a call or tunnel that is over: no answer comes for it, and the peer need not be told. What comes behind a
	 * tunnel's end is not for a later one on its channel.
	 */
	withdraw(channel: number): void {
		if (this.exchanges.delete(channel) && channel % 2 === 0) {
			this.#bury(channel);
		}
	}

	/** Makes a control frame of one with an empty header: what stands behind it is the content. */
	control(frame: Uint8Array, verb: number): Uint8Array {
		seal(frame, ++this.#lastMessage, 0, verb, CONTROL);
		return frame;
	}

	/**
	 * Takes a received frame, which stands in `memory` from `start`, without its length, to `end`; the call concerned hears of
	 * it before this returns.
	 *
	 * @throws ProtocolError when the peer breaks the protocol: the connection must be closed.
	 */
	receive(memory: Uint8Array, start = 0, end: number = memory.length): void {
		if (this.#ended === undefined) {
			open(memory, start, end, this.maxFrameBytes, this.dispatch);
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
		if (this.#ended !== undefined) {
			return;
		}
		this.#ended = error;
		const exchanges = [...this.exchanges.values()];
		this.exchanges.clear();
		this.tombstones.clear();
		this.early = [];
		for (const exchange of exchanges) {
			exchange.fail(ofMethod(error, exchange.method));
		}
	}

	/**
	 * For the runtime's own use, as what follows. Lets a call or tunnel hear of its channel.
	 *
	 * @throws what {@link open} throws.
	 */
	attach(exchange: Exchange, channel: number): void {
		if (this.#ended !== undefined) {
			throw ofMethod(this.#ended, exchange.method);
		}
		if (this.exchanges.size >= this.#maxCalls) {
			const what = `${this.exchanges.size} calls are in flight, of at most ${this.#maxCalls}`;
			throw new StatusError("ResourceExhausted", what, false, exchange.method);
		}
		this.exchanges.set(channel, exchange);
	}

	/** Hands a frame to what hears of its channel. */
	readonly dispatch: OnFrame = (channel, flags, memory, start, end) => {
		// Channel 0 carries control frames, and what `serve()` answers to those of ours.
		if (channel === 0 || (flags & CONTROL) !== 0) {
			return;
		}
		const exchange = this.exchanges.get(channel);
		if (exchange === undefined) {
			this.#keepEarly(channel, flags, memory, start, end);
			if ((flags & (EOS | ERROR)) !== 0) {
				this.tombstones.delete(channel);
			}
			return;
		}
		this.answered = true;
		if ((flags & ERROR) !== 0) {
			this.withdraw(channel);
			const payload = memory.subarray(start, end);
			exchange.fail(statusOf(payload, exchange.method));
		} else if ((flags & (DATA | EOS)) === 0) {
			this.#dropped++;
		} else if (exchange.form === "unary") {
			// The first answer is the answer, whether or not it says that it is the last.
			this.exchanges.delete(channel);
			exchange.item(memory, start, end);
			exchange.end();
		} else {
			// A tunnel may still write.
			if ((flags & EOS) !== 0 && exchange.form === "streaming") {
				this.exchanges.delete(channel);
			}
			if ((flags & DATA) !== 0) {
				exchange.item(memory, start, end);
			}
			if ((flags & EOS) !== 0) {
				exchange.end();
			}
		}
	};

	/**
	 * Drops a frame that nobody waits for, unless the peer has begun it, which chooses even channels: with a method it is a
	 * call, which is refused, and without one it may be for a tunnel.
	 */
	#keepEarly(
		channel: number,
		flags: number,
		memory: Uint8Array,
		start: number,
		end: number,
	): void {
		if (channel % 2 === 1 || this.tombstones.has(channel)) {
			this.#dropped++;
			return;
		}
		const method = methodOf(memory, start);
		if (method !== 0 && (flags & (DATA | ERROR)) === DATA) {
			// What the request consists of besides is no further request. With its end the channel is forgotten again.
			this.#bury(channel);
			this.refused?.(this.chunk(channel, REFUSAL, ERROR | EOS), method);
			return;
		}
		this.early.push([channel, flags, memory.slice(start, end)]);
		this.earlyBytes += end - start + DESCRIPTOR_BYTES;
		while (this.earlyBytes > MAX_EARLY_BYTES) {
			const oldest = this.early.shift();
			this.earlyBytes -= (oldest?.[2].length ?? 0) + DESCRIPTOR_BYTES;
			this.#dropped++;
		}
	}

	#bury(channel: number): void {
		this.tombstones.add(channel);
		if (this.tombstones.size > this.#maxAbandonedCalls) {
			for (const oldest of this.tombstones) {
				this.tombstones.delete(oldest);
				break;
			}
		}
	}

	/** The next odd id that no live or given-up call holds. There is one: both kinds are bounded. */
	#freeChannel(): number {
		for (;;) {
			const channel = this.nextChannel;
			this.nextChannel = channel >= LAST_CHANNEL ? FIRST_CHANNEL : channel + 2;
			if (!this.exchanges.has(channel) && !this.tombstones.has(channel)) {
				return channel;
			}
		}
	}
}

/** The payload of an error frame: `Unimplemented`, the length of the message, and it. */
const REFUSAL = /* @__PURE__ */ Uint8Array.from(
	"\v\0\0\0\x1d\0\0\0this client serves no methods",
	(character) => character.charCodeAt(0),
);

function encodeCancel(w: Writer, channel: number, reason: CancelReason): void {
	w.variant(CANCEL_CHANNEL_VARIANT);
	w.u32(channel, "");
	w.variant(CANCEL_REASONS.indexOf(reason));
}

/** So far the message of an error frame is looked at, in bytes from its start: further than is ever shown. */
const MESSAGE_END = 4200;

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
			const end = Math.min(8 + length, MESSAGE_END);
			const message = quote(messageDecoder.decode(payload.subarray(8, end)));
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
