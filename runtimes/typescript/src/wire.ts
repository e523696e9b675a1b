import { limit } from "./check.js";
import { Deadline } from "./deadline.js";
import { CHANNEL_AT, EOS, ERROR, MESSAGE_ID_AT } from "./descriptor.js";
import { Closing } from "./dispose.js";
import { ConnectionError, isOfKind } from "./errors.js";
import type { Intake, Layer } from "./layer.js";
import {
	MAX_STREAM_BYTES,
	MAX_UNSENT_BYTES,
	type SessionLimits,
	STREAM_HIGH_WATER_BYTES,
} from "./limits.js";
import type { CancelReason } from "./session/exchange.js";
import { REFUSAL } from "./session/served.js";
import { Session } from "./session.js";
import { type OnState, tell } from "./states.js";

/**
 * A service that this program implements: what `serve` returns. A connection that gets none answers every request of its peer with
 * `Unimplemented`.
 */
export interface Handler {
	/** For the runtime's own use: serves the handlers of a wire's options. It is a part of the handler so that bundlers leave it out with them. */
	serveOn(wire: Wire, layer: Layer, options: ConnectionOptions): Serving;
}

/** The served calls of a wire, for the wire and its host. */
export interface Serving {
	/** How many calls of the peer run. */
	readonly running: number;
	/** There may be room for more frames. */
	sent(): void;
	/** Something arrived, or a call of this side was cancelled. */
	touch(): void;
	/** The connection is over. */
	end(error: ConnectionError): void;
}

/** The options of a connection. */
export interface ConnectionOptions extends SessionLimits {
	/** The services that the peer may call on this connection. Default: none. */
	readonly handlers?: readonly Handler[] | undefined;
	/**
	 * The first channel of this side's calls, 1 or 2; the peer's must be the other one. Defaults to 1 for the side that connects and to
	 * 2 for a host. By rapace's own convention the host of plug-ins has 1 and a plug-in 2, whoever connects.
	 */
	readonly firstChannel?: 1 | 2 | undefined;
	/** Most bytes that wait to be sent; above it a call waits, within its timeout. Default {@link MAX_UNSENT_BYTES}. */
	readonly maxUnsentBytes?: number | undefined;
	/**
	 * Most bytes of items that one stream holds for its reader. A single item is held whatever its size. Default
	 * {@link MAX_STREAM_BYTES}.
	 */
	readonly maxStreamBytes?: number | undefined;
	/**
	 * How many bytes of items a stream holds before the connection stops receiving, if its layer can be paused: a browser's
	 * WebSocket cannot. Default {@link STREAM_HIGH_WATER_BYTES}.
	 */
	readonly streamHighWaterBytes?: number | undefined;
	/** Called after every change of the connection's state. */
	readonly onState?: OnState | undefined;
	/**
	 * Called with a sentence about each mistake of the peer that ends neither a call nor the connection: for logs. An error that it
	 * throws does not affect the connection.
	 */
	readonly onWarning?: ((warning: string) => void) | undefined;
	/** True to accept answers with bytes after their value, as Rust does. By default they are a DecodeError. */
	readonly allowTrailingBytes?: boolean | undefined;
}

/** Receives what happens to a frame that waits to be sent. */
export interface Outgoing {
	/** The frame was handed to the layer. */
	sent(): void;
}

/** A session on a layer: it reads and writes for all calls of a connection, and keeps their deadlines. */
export class Wire extends Closing {
	/** The protocol's state; for the runtime's own use. */
	readonly session: Session;
	/** The timer of the calls' deadlines; for the runtime's own use. */
	readonly deadline: Deadline = new Deadline((now) => this.session.expire(now));
	/** See {@link ConnectionOptions.maxStreamBytes}. */
	readonly maxStreamBytes: number;
	/** See {@link ConnectionOptions.streamHighWaterBytes}. */
	readonly streamHighWaterBytes: number;
	/** See {@link ConnectionOptions.allowTrailingBytes}. */
	readonly allowTrailingBytes: boolean;
	/**
	 * Resolves when the connection is over: with the error that ended it, or with nothing after {@link close}. Never
	 * rejects.
	 */
	readonly closed: Promise<ConnectionError | undefined>;
	/** For the runtime's own use: the calls of the peer, where handlers are served. */
	readonly served: Serving | undefined;
	readonly #layer: Layer;
	readonly #intake: Intake;
	readonly #maxUnsentBytes: number;
	readonly #onState: OnState | undefined;
	/** The frames that wait until less is unsent, in their order. */
	readonly #held = new Map<Outgoing, Uint8Array>();
	/** How many calls wait for an answer, and readers for an item. */
	#waiting = 0;
	/** How many streams hold more than their high-water mark. */
	#full = 0;
	#paused = false;
	#over!: (error: ConnectionError | undefined) => void;

	/**
	 * Runs a session over `layer`, which is open.
	 *
	 * @throws StatusError InvalidArgument for a limit that makes no sense. The caller then has to close the layer.
	 */
	constructor(layer: Layer, options: ConnectionOptions = {}) {
		super();
		this.#layer = layer;
		this.session = new Session(options, options.firstChannel);
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
		this.session.onRequest = (channel, method) => {
			// A peer that does not read its answers gets no more of them.
			if (this.#hasRoom()) {
				const frame = this.session.chunk(channel, REFUSAL, ERROR | EOS);
				// An answer has no message id.
				layer.send(frame.fill(0, MESSAGE_ID_AT, CHANNEL_AT));
				const id = method.toString(16).padStart(8, "0");
				tell(
					options.onWarning,
					`refused a call of the peer: method 0x${id}, no handler`,
				);
			}
		};
		this.served = options.handlers?.[0]?.serveOn(this, layer, options);
		this.#intake = layer.intake(this.session, layer);
		layer.start({
			received: (bytes) => this.#received(bytes),
			sent: () => this.#release(),
			ended: (cause) => this.#lost(cause),
		});
		tell(this.#onState, { state: "connected" });
	}

	/** See `Connection.peer`. */
	get peer(): string {
		return this.#layer.peer;
	}

	/** Whether calls can be made. */
	get state(): "connected" | "closed" {
		return this.session.error === undefined && !this.#layer.ending
			? "connected"
			: "closed";
	}

	/** How many calls wait for their answer or the end of their stream. */
	get inFlight(): number {
		return this.session.inFlight;
	}

	/** How many calls of the peer run here, where handlers are served. */
	get serving(): number {
		return this.served?.running ?? 0;
	}

	/** How many frames arrived for calls that are unknown, over or cancelled. */
	get droppedFrames(): number {
		return this.session.droppedFrames;
	}

	override async close(): Promise<void> {
		const what = `connection to ${this.peer} is closed`;
		this.#end(new ConnectionError("closed", what), undefined);
		await this.#layer.close();
	}

	/**
	 * For the runtime's own use, like what follows. Sends a frame: at once, or after the frames that wait and when there is
	 * room.
	 */
	request(outgoing: Outgoing, frame: Uint8Array): void {
		if (this.#held.size > 0 || !this.#hasRoom()) {
			this.#held.set(outgoing, frame);
			this.#layer.awaitSent?.();
		} else {
			this.#layer.send(frame);
			outgoing.sent();
		}
	}

	/** Removes a frame from those that wait for room; false when it does not wait. */
	withhold(outgoing: Outgoing): boolean {
		return this.#held.delete(outgoing);
	}

	/** Adds to the number of calls that wait for an answer, and of readers that wait for an item. */
	addWaiting(change: number): void {
		this.#waiting += change;
		if (this.#full > 0) {
			this.#updatePause();
		}
	}

	/** Adds to the number of streams that hold more than their high-water mark. */
	addFull(change: number): void {
		this.#full += change;
		this.#updatePause();
	}

	/** Nothing is received while the reader of a stream is slow, unless somebody waits for what is to come. */
	#updatePause(): void {
		const pause = this.#full > 0 && this.#waiting === 0;
		if (pause !== this.#paused) {
			this.#paused = pause;
			this.#layer.pause?.(pause);
		}
	}

	/** Cancels a call, and tells the peer if its request was sent. */
	cancel(outgoing: Outgoing, channel: number, reason: CancelReason): void {
		if (this.#held.delete(outgoing)) {
			this.session.withdraw(channel);
		} else {
			const frame = this.session.cancel(channel, reason);
			if (frame !== undefined) {
				this.#layer.send(frame);
			}
		}
		this.#stopTimerWhenIdle();
	}

	#stopTimerWhenIdle(): void {
		this.served?.touch();
		if (this.session.inFlight === 0) {
			this.deadline.clear();
		}
	}

	#hasRoom(): boolean {
		return this.#layer.unsentBytes <= this.#maxUnsentBytes;
	}

	/** Sends the frames that wait, while there is room. */
	#release(): void {
		for (const [outgoing, frame] of this.#held) {
			if (!this.#hasRoom()) {
				this.#layer.awaitSent?.();
				return;
			}
			this.#held.delete(outgoing);
			this.#layer.send(frame);
			outgoing.sent();
		}
		this.served?.sent();
	}

	#end(error: ConnectionError, cause: ConnectionError | undefined): void {
		if (this.session.error === undefined) {
			this.#intake.stop?.();
			this.#held.clear();
			this.session.end(error);
			this.served?.end(error);
			this.#stopTimerWhenIdle();
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
		this.#stopTimerWhenIdle();
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
		void this.#layer.close();
	}
}
