import type { CallOptions } from "./call.js";
import { type Closes, Closing } from "./dispose.js";
import { ConnectionError, isOfKind } from "./errors.js";
import type { Intake } from "./intake.js";
import { limit, NEVER } from "./limits.js";
import type { AnyMethod } from "./method.js";
import { type CancelReason, Session, type SessionLimits } from "./session.js";
import { type ConnectionState, type OnState, tell } from "./states.js";
import type { Transport } from "./transport.js";

/** Default of how many bytes may wait for a peer that does not read. Above it a new call waits before it is sent. */
export const MAX_UNSENT_BYTES: number = 1024 * 1024;

/**
 * Default of how many bytes of items one stream may hold for a slow reader, each item counted as its payload and 64
 * bytes more. Beyond it that stream alone fails, as ResourceExhausted; other calls of the connection go on. A single
 * item is always held: a frame within its own limit can be read.
 */
export const MAX_STREAM_BYTES: number = 64 * 1024 * 1024;

/**
 * Default of how many bytes of items one stream may hold before the connection is read no further, until half of them are
 * left; each counts as with {@link MAX_STREAM_BYTES}. While a call waits for its answer, or a reader for an item, the
 * connection is read all the same.
 */
export const STREAM_HIGH_WATER_BYTES: number = 1024 * 1024;

/** `setTimeout` ends at once beyond this many milliseconds, some 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a connection may be told. */
export interface ConnectionOptions extends SessionLimits {
	/** Most bytes that wait to be sent; above it a call waits, within its timeout. Default {@link MAX_UNSENT_BYTES}. */
	readonly maxUnsentBytes?: number | undefined;
	/**
	 * Most bytes of items that one stream holds for its reader; a single item is held whatever its size. Default
	 * {@link MAX_STREAM_BYTES}.
	 */
	readonly maxStreamBytes?: number | undefined;
	/**
	 * How many bytes of items a stream may hold before nothing more is received, where the transport can be paused: a
	 * WebSocket of a browser cannot. Default {@link STREAM_HIGH_WATER_BYTES}.
	 */
	readonly streamHighWaterBytes?: number | undefined;
	/** Hears of every change of the connection's state. */
	readonly onState?: OnState | undefined;
	/**
	 * Hears of what is wrong with the peer and ends neither a call nor the connection, in a sentence: for logs. What it throws
	 * is an error of its own.
	 */
	readonly onWarning?: ((warning: string) => void) | undefined;
	/** True to accept answers with bytes behind their value, as Rust does. By default they are a DecodeError. */
	readonly allowTrailingBytes?: boolean | undefined;
}

/**
 * What clients are made on. The clients of several services share it, and many calls are in flight at once.
 *
 * When it is lost, every call in flight fails at once as `Unavailable`; it is made anew only when that was asked for.
 */
export interface Connection extends Closes {
	/** The peer's address, for messages: `tcp://127.0.0.1:9000`; of a WebSocket's without the query, which may be a secret. */
	readonly peer: string;
	/** How it stands. */
	readonly state: ConnectionState["state"];
	/** How many calls wait for their answer or the end of their stream. */
	readonly inFlight: number;
	/** How many frames came for calls that are unknown, over or given up. */
	readonly droppedFrames: number;
	/**
	 * Resolves when the connection is over: with the error that ended it, or with nothing after {@link close}. Never
	 * rejects.
	 */
	readonly closed: Promise<ConnectionError | undefined>;
	/** For the runtime's own use: the one connection that this is; nothing when it may be another one for the next call. */
	readonly single: SingleConnection | undefined;
	/**
	 * Closes the connection. Calls in flight fail with a ConnectionError of reason `closed`, and so does every later one.
	 * May be called again. Resolves when the socket is gone.
	 */
	close(): Promise<void>;
	/** For the runtime's own use: makes a call, of the kind that the method is. */
	invoke(
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		timeoutMs: number,
	): unknown;
}

/** What waits for room to be sent. */
export interface Outgoing {
	/** It was handed to the transport. */
	sent(): void;
}

/** One session over one transport: see {@link Connection}. */
export class SingleConnection extends Closing implements Connection {
	/** The protocol's state; for the runtime's own use. */
	readonly session: Session;
	/** See {@link ConnectionOptions.maxStreamBytes}. */
	readonly maxStreamBytes: number;
	/** See {@link ConnectionOptions.streamHighWaterBytes}. */
	readonly streamHighWaterBytes: number;
	/** See {@link ConnectionOptions.allowTrailingBytes}. */
	readonly allowTrailingBytes: boolean;
	readonly closed: Promise<ConnectionError | undefined>;
	readonly #transport: Transport;
	readonly #intake: Intake;
	readonly #maxUnsentBytes: number;
	readonly #onState: OnState | undefined;
	/** The frames that wait for room, in their order. */
	readonly #held = new Map<Outgoing, Uint8Array>();
	/** How many calls wait for an answer, and readers for an item. */
	#waiting = 0;
	/** How many streams hold more than they should. */
	#full = 0;
	#paused = false;
	/** Runs until the earliest deadline of the calls, or until one that was earlier. */
	#timer: ReturnType<typeof setTimeout> | undefined;
	#timerEnds: number = NEVER;
	#over!: (error: ConnectionError | undefined) => void;

	/**
	 * Runs a session over `transport`, which is open.
	 *
	 * @throws StatusError InvalidArgument for a limit that makes no sense. The transport is the caller's then.
	 */
	constructor(transport: Transport, options: ConnectionOptions = {}) {
		super();
		this.#transport = transport;
		this.session = new Session(options);
		this.#maxUnsentBytes = limit(options, "maxUnsentBytes", MAX_UNSENT_BYTES);
		this.maxStreamBytes = limit(options, "maxStreamBytes", MAX_STREAM_BYTES);
		this.streamHighWaterBytes = limit(
			options,
			"streamHighWaterBytes",
			STREAM_HIGH_WATER_BYTES,
		);
		this.allowTrailingBytes = options.allowTrailingBytes ?? false;
		this.#onState = options.onState;
		this.closed = new Promise((resolve) => {
			this.#over = resolve;
		});
		this.session.refused = (frame, method) => {
			// A peer that reads no answers is answered no more.
			if (this.#hasRoom()) {
				transport.send(frame);
				const id = method.toString(16).padStart(8, "0");
				tell(
					options.onWarning,
					`refused a call of the peer: method 0x${id}, no handler`,
				);
			}
		};
		this.#intake = transport.intake(this.session, transport);
		transport.start({
			received: (bytes) => this.#received(bytes),
			sent: () => this.#release(),
			ended: (cause) => this.#lost(cause),
		});
		tell(this.#onState, { state: "connected" });
	}

	get peer(): string {
		return this.#transport.peer;
	}

	get state(): "connected" | "closed" {
		return this.session.error === undefined && !this.#transport.ending
			? "connected"
			: "closed";
	}

	get inFlight(): number {
		return this.session.inFlight;
	}

	get droppedFrames(): number {
		return this.session.droppedFrames;
	}

	get single(): this {
		return this;
	}

	override async close(): Promise<void> {
		const what = `connection to ${this.peer} is closed`;
		this.#end(new ConnectionError("closed", what), undefined);
		await this.#transport.close();
	}

	invoke(
		method: AnyMethod,
		values: readonly unknown[],
		options: CallOptions,
		timeoutMs: number,
	): unknown {
		return method.kind.call(this, method, values, options, timeoutMs);
	}

	/** For the runtime's own use, as what follows. Sends a frame: now, or when less waits to be sent and those that came before it have gone. */
	request(outgoing: Outgoing, frame: Uint8Array): void {
		if (this.#held.size > 0 || !this.#hasRoom()) {
			this.#held.set(outgoing, frame);
			this.#transport.awaitSent?.();
		} else {
			this.#transport.send(frame);
			outgoing.sent();
		}
	}

	/** Gives up to send what waits for room; false when it does not wait. */
	withhold(outgoing: Outgoing): boolean {
		return this.#held.delete(outgoing);
	}

	/** Sends a frame that waits for nothing. */
	send(frame: Uint8Array): void {
		this.#transport.send(frame);
	}

	/** So many more calls wait for an answer, or readers for an item; or fewer. */
	waits(more: number): void {
		this.#waiting += more;
		if (this.#full > 0) {
			this.#steer();
		}
	}

	/** So many more streams hold more than they should; or fewer. */
	fills(more: number): void {
		this.#full += more;
		this.#steer();
	}

	/** Nothing is received while a stream's reader is slow, unless somebody waits for what is to come. */
	#steer(): void {
		const pause = this.#full > 0 && this.#waiting === 0;
		if (pause !== this.#paused) {
			this.#paused = pause;
			this.#transport.pause?.(pause);
		}
	}

	/**
	 * A call is told when its deadline comes, in milliseconds of `performance.now()`. One timer
	 * is enough for all calls: mostly none of those for which it was set is left when it ends.
	 */
	alarm(deadline: number): void {
		if (deadline < this.#timerEnds) {
			clearTimeout(this.#timer);
			this.#timerEnds = deadline;
			const ms = Math.ceil(deadline - performance.now());
			this.#timer = setTimeout(this.#ring, Math.min(ms, LONGEST_TIMER_MS));
		}
	}

	/** Without a call no timer keeps a program alive. */
	#calm(): void {
		if (this.session.inFlight === 0) {
			clearTimeout(this.#timer);
			this.#timerEnds = NEVER;
		}
	}

	readonly #ring = () => {
		this.#timerEnds = NEVER;
		this.alarm(this.session.expire(performance.now()));
	};

	/** Gives a call up, and tells the peer when it knows of the call. */
	cancel(outgoing: Outgoing, channel: number, reason: CancelReason): void {
		if (this.#held.delete(outgoing)) {
			this.session.withdraw(channel);
		} else {
			const frame = this.session.cancel(channel, reason);
			if (frame !== undefined) {
				this.#transport.send(frame);
			}
		}
		this.#calm();
	}

	#hasRoom(): boolean {
		return this.#transport.unsentBytes <= this.#maxUnsentBytes;
	}

	/** Sends what was held, as far as there is room. */
	#release(): void {
		for (const [outgoing, frame] of this.#held) {
			if (!this.#hasRoom()) {
				this.#transport.awaitSent?.();
				return;
			}
			this.#held.delete(outgoing);
			this.#transport.send(frame);
			outgoing.sent();
		}
	}

	#end(error: ConnectionError, cause: ConnectionError | undefined): void {
		if (this.session.error === undefined) {
			this.#intake.stop?.();
			this.#held.clear();
			this.session.end(error);
			this.#calm();
			tell(this.#onState, { state: "closed", cause });
			this.#over(cause);
		}
	}

	#received(bytes: Uint8Array): void {
		try {
			this.#intake.receive(bytes);
		} catch (error) {
			this.#lost(error);
			return;
		}
		this.#calm();
	}

	#lost(cause: unknown): void {
		const what = isOfKind(cause, "protocol")
			? `${cause.message}; connection closed`
			: "connection lost";
		const error = new ConnectionError(
			"lost",
			`${what} (${this.peer})`,
			undefined,
			cause,
		);
		this.#end(error, error);
		void this.#transport.close();
	}
}
