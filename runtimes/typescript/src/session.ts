/**
 * One session of the protocol, without I/O and without a clock. Received bytes go in, and calls learn of their answers; frames
 * to send come out. The caller owns the socket and the time.
 *
 * A session has two sides: the calls that it makes, on {@link Channels} of its parity, and those that its peer makes
 * ({@link OnRequest}). Tunnels are on channels of the peer, where no method is named.
 */

import { limit } from "./check.js";
import {
	CANCEL_CHANNEL,
	CONTROL,
	DATA,
	DESCRIPTOR_BYTES,
	EOS,
	ERROR,
	HEADER_BYTES,
	NO_REPLY,
} from "./descriptor.js";
import { type ConnectionError, ofMethod, StatusError } from "./errors.js";
import { type OnFrame, open, seal } from "./frame.js";
import {
	MAX_ABANDONED_CALLS,
	MAX_CALLS,
	MAX_FRAME_BYTES,
	type SessionLimits,
} from "./limits.js";
import { Reader } from "./postcard/reader.js";
import { Writer } from "./postcard/writer.js";
import { encodeCancel } from "./session/cancel.js";
import { Channels } from "./session/channels.js";
import { EarlyData } from "./session/early.js";
import type { CancelReason, Exchange } from "./session/exchange.js";
import type { OnRequest } from "./session/served.js";
import { statusOf } from "./session/status.js";
import { NEVER } from "./time.js";

/** The state of the protocol on one connection. */
export class Session {
	/** Reads payloads, for the exchange that receives one and while it receives it. */
	readonly reader: Reader;
	/** The writers that are not in use: mostly one. */
	readonly #writers: Writer[] = [];
	readonly #limits: SessionLimits;
	/** See {@link SessionLimits.maxFrameBytes}. */
	readonly maxFrameBytes: number;
	readonly #maxCalls: number;
	/** For the runtime's own use, like what follows: the calls and tunnels, by channel. */
	readonly exchanges: Map<number, Exchange> = new Map<number, Exchange>();
	readonly channels: Channels;
	/** What arrived for tunnels that are not open yet. */
	readonly early: EarlyData = new EarlyData();
	/** Receives the requests of the peer. Without it they are dropped. */
	onRequest: OnRequest | undefined;
	#lastMessage = 0;
	/** For the runtime's own use: the frames that were dropped, without those that wait for tunnels. */
	dropped = 0;
	#ended: ConnectionError | undefined;
	/** Whether the peer has ever answered a call. */
	answered = false;

	/**
	 * A new session, whose calls use channels of the parity of `firstChannel`. The peer must use the other parity: plain rapace
	 * uses odd channels for a client and even ones for a server.
	 *
	 * @throws StatusError InvalidArgument for a limit that makes no sense.
	 */
	constructor(limits: SessionLimits = {}, firstChannel = 1) {
		this.#limits = limits;
		this.maxFrameBytes = limit(
			limits,
			"maxFrameBytes",
			MAX_FRAME_BYTES,
			DESCRIPTOR_BYTES,
		);
		this.channels = new Channels(
			firstChannel,
			limit(limits, "maxAbandonedCalls", MAX_ABANDONED_CALLS),
		);
		this.#maxCalls = limit(limits, "maxCalls", MAX_CALLS);
		this.reader = new Reader(limits, this.maxFrameBytes);
	}

	/** How many calls wait for their answer or the end of their stream, and how many tunnels are open. */
	get inFlight(): number {
		return this.exchanges.size;
	}

	/** How many frames arrived on channels that are unknown, finished or cancelled. */
	get droppedFrames(): number {
		return this.dropped + this.early.frames.length;
	}

	/** Why the session has ended; undefined while it lives. */
	get error(): ConnectionError | undefined {
		return this.#ended;
	}

	/**
	 * Returns a frame with an empty header, for {@link open}. `encode` writes the values.
	 *
	 * @throws EncodeError when a value is refused, StatusError ResourceExhausted when they exceed a frame.
	 */
	write<Values extends readonly unknown[]>(
		encode: (writer: Writer, ...values: Values) => void,
		values: Values,
		method?: string,
	): Uint8Array {
		// Reading arguments may run the caller's code (a getter), which may make or cancel another call. That call needs a
		// writer of its own.
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
		const channel = this.free();
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

	/** Returns the next channel of this side that nothing uses. There is one: what uses a channel is bounded. */
	free(): number {
		const { channels } = this;
		let channel = channels.next();
		while (this.exchanges.has(channel) || channels.abandoned.has(channel)) {
			channel = channels.next();
		}
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
	 * Cancels a call: what still arrives for it is dropped. Returns the frame that tells the peer, as a courtesy: a plain
	 * rapace 0.5.0 server skips it. Returns nothing when the call is over.
	 */
	cancel(channel: number, reason: CancelReason): Uint8Array | undefined {
		if (!this.exchanges.delete(channel)) {
			return undefined;
		}
		this.channels.abandon(channel);
		const frame = this.write(encodeCancel, [channel, reason]);
		return this.control(frame, CANCEL_CHANNEL);
	}

	/**
	 * Closes the channel of a call or tunnel that is over, without telling the peer. What follows the end of a tunnel is not
	 * for a later one on its channel.
	 */
	withdraw(channel: number): void {
		if (this.exchanges.delete(channel) && !this.channels.owns(channel)) {
			this.channels.abandon(channel);
		}
	}

	/** Makes a control frame of one with an empty header: the rest of the frame is its payload. */
	control(frame: Uint8Array, verb: number): Uint8Array {
		seal(frame, ++this.#lastMessage, 0, verb, CONTROL);
		return frame;
	}

	/**
	 * Takes a received frame, which lies in `memory` from `start`, without its length, to `end`. The exchange concerned receives
	 * it before this returns.
	 *
	 * @throws ProtocolError when the peer breaks the protocol: the connection must be closed.
	 */
	receive(memory: Uint8Array, start = 0, end: number = memory.length): void {
		if (this.#ended === undefined) {
			open(memory, start, end, this.maxFrameBytes, this.dispatch);
		}
	}

	/** Expires the calls whose deadline has come by `now`, and returns the earliest of the other deadlines. */
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
		this.channels.abandoned.clear();
		this.early.frames = [];
		for (const exchange of exchanges) {
			exchange.fail(ofMethod(error, exchange.method));
		}
	}

	/**
	 * For the runtime's own use, like what follows. Makes a call or tunnel receive what arrives on its channel.
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

	/** Hands a frame to the side that it is for. Where handlers are served, their side sees it first. */
	dispatch: OnFrame = (channel, method, flags, memory, start, end) => {
		// Channel 0 carries control frames, and what `serve()` answers to those of ours.
		if (channel === 0 || (flags & CONTROL) !== 0) {
			return;
		}
		const exchange = this.exchanges.get(channel);
		if (exchange !== undefined) {
			this.answered = true;
			this.#answer(exchange, channel, flags, memory, start, end);
			return;
		}
		const { channels } = this;
		if (channels.owns(channel) || channels.abandoned.has(channel)) {
			this.dropped++;
		} else if (method === 0) {
			this.dropped += this.early.keep(channel, flags, memory.slice(start, end));
		} else if ((flags & (DATA | ERROR)) === DATA) {
			// The rest of the request is not another request.
			channels.abandon(channel);
			this.onRequest?.(channel, method, flags, memory, start, end);
		} else {
			this.dropped++;
		}
		if ((flags & (EOS | ERROR)) !== 0) {
			channels.abandoned.delete(channel);
		}
	};

	/** Hands a frame to the call or tunnel on its channel. */
	#answer(
		exchange: Exchange,
		channel: number,
		flags: number,
		memory: Uint8Array,
		start: number,
		end: number,
	): void {
		if ((flags & ERROR) !== 0) {
			this.withdraw(channel);
			const payload = memory.subarray(start, end);
			exchange.fail(statusOf(payload, exchange.method));
		} else if ((flags & (DATA | EOS)) === 0) {
			this.dropped++;
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
	}
}
