import { ConnectionError, type ProtocolError } from "./errors.js";
import { limit } from "./limits.js";
import {
	type CancelReason,
	NEVER,
	Session,
	type SessionLimits,
} from "./session.js";
import type { Transport } from "./transport.js";

/** Default of how many bytes may wait for a peer that does not read. Above it a new call waits before it is sent. */
export const MAX_UNSENT_BYTES: number = 1024 * 1024;

/**
 * Default of how many bytes of items one stream may hold for a slow reader, each item counted as its payload and 64
 * bytes more. Beyond it that stream alone fails, as ResourceExhausted; other calls of the connection go on. A single
 * item is always held: a frame within its own limit can be read.
 */
export const MAX_STREAM_BYTES: number = 64 * 1024 * 1024;

/** `setTimeout` ends at once beyond this many milliseconds, some 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How long the acknowledgement of whole frames may wait for more of them, in milliseconds: kernels wait some 40. */
const ACKNOWLEDGE_MS = 1;

/** What a connection may be told. */
export interface ConnectionOptions extends SessionLimits {
	/** Most bytes that wait to be sent; above it a call waits, within its timeout. Default {@link MAX_UNSENT_BYTES}. */
	readonly maxUnsentBytes?: number | undefined;
	/**
	 * Most bytes of items that one stream holds for its reader; a single item is held whatever its size. Default
	 * {@link MAX_STREAM_BYTES}.
	 */
	readonly maxStreamBytes?: number | undefined;
	/** True to accept answers with bytes behind their value, as Rust does. By default they are a DecodeError. */
	readonly allowTrailingBytes?: boolean | undefined;
}

/**
 * One session over one transport. The clients of several services share it, and many calls are in flight at once.
 *
 * When it is lost, every call fails at once as `Unavailable`; it is not made anew.
 */
export class Connection {
	/** The protocol's state; for the runtime's own use. */
	readonly session: Session;
	/** See {@link ConnectionOptions.maxStreamBytes}. */
	readonly maxStreamBytes: number;
	/** See {@link ConnectionOptions.allowTrailingBytes}. */
	readonly allowTrailingBytes: boolean;
	/**
	 * Resolves when the connection is over: with the error that ended it, or with nothing after {@link close}. Never
	 * rejects.
	 */
	readonly closed: Promise<ConnectionError | undefined>;
	private readonly transport: Transport;
	private readonly maxUnsentBytes: number;
	/** The requests that wait for room, by channel, in their order. */
	private readonly held = new Map<number, Uint8Array>();
	/** Runs when the acknowledgement of whole frames is to leave soon. */
	private acknowledging: ReturnType<typeof setTimeout> | undefined;
	/** Runs until the earliest deadline of the calls, or until one that was earlier. */
	private timer: ReturnType<typeof setTimeout> | undefined;
	private timerEnds: number = NEVER;
	private over!: (error: ConnectionError | undefined) => void;

	/**
	 * Runs a session over `transport`, which is open.
	 *
	 * @throws StatusError InvalidArgument for a limit that makes no sense. The transport is the caller's then.
	 */
	constructor(transport: Transport, options: ConnectionOptions = {}) {
		this.transport = transport;
		this.session = new Session(options);
		this.maxUnsentBytes = limit(
			"maxUnsentBytes",
			options.maxUnsentBytes,
			MAX_UNSENT_BYTES,
		);
		this.maxStreamBytes = limit(
			"maxStreamBytes",
			options.maxStreamBytes,
			MAX_STREAM_BYTES,
		);
		this.allowTrailingBytes = options.allowTrailingBytes ?? false;
		this.closed = new Promise((resolve) => {
			this.over = resolve;
		});
		transport.start({
			received: (bytes) => this.received(bytes),
			sent: () => this.release(),
			ended: (cause) => this.lost("connection lost", cause),
		});
	}

	/** The peer's address, for messages: `tcp://127.0.0.1:9000`. */
	get peer(): string {
		return this.transport.peer;
	}

	/** How many calls wait for their answer or the end of their stream. */
	get inFlight(): number {
		return this.session.inFlight;
	}

	/** How many frames came for calls that are unknown, over or given up. */
	get droppedFrames(): number {
		return this.session.droppedFrames;
	}

	/**
	 * Closes the connection. Calls in flight fail with a ConnectionError of reason `closed`, and so does every later one. May be called
	 * again. Resolves when the socket is gone.
	 */
	async close(): Promise<void> {
		const what = `connection to ${this.peer} is closed`;
		this.end(new ConnectionError("closed", what));
		this.over(undefined);
		await this.transport.close();
	}

	/** {@link close}, for `await using`. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	/** For the runtime's own use. Sends a call's request: now, or when less waits to be sent and those that came before it have gone. */
	request(channel: number, frame: Uint8Array): void {
		if (this.held.size > 0 || !this.hasRoom()) {
			this.held.set(channel, frame);
		} else {
			this.transport.send(frame);
		}
	}

	/**
	 * For the runtime's own use. A call is told when its deadline comes, in milliseconds of `performance.now()`. One timer
	 * is enough for all calls: mostly none of those for which it was set is left when it ends.
	 */
	alarm(deadline: number): void {
		if (deadline < this.timerEnds) {
			clearTimeout(this.timer);
			this.timerEnds = deadline;
			const ms = Math.ceil(deadline - performance.now());
			this.timer = setTimeout(this.ring, Math.min(ms, LONGEST_TIMER_MS));
		}
	}

	/** Without a call no timer keeps a program alive. */
	private calm(): void {
		if (this.session.inFlight === 0) {
			clearTimeout(this.timer);
			this.timerEnds = NEVER;
		}
	}

	private readonly ring = () => {
		this.timerEnds = NEVER;
		this.alarm(this.session.expire(performance.now()));
	};

	/** For the runtime's own use. Gives a call up, and tells the peer when it knows of the call. */
	cancel(channel: number, reason: CancelReason): void {
		if (this.held.delete(channel)) {
			this.session.withdraw(channel);
			this.calm();
			return;
		}
		const frame = this.session.cancel(channel, reason);
		if (frame !== undefined) {
			this.transport.send(frame);
		}
		this.calm();
	}

	private hasRoom(): boolean {
		return this.transport.unsentBytes <= this.maxUnsentBytes;
	}

	/** Sends requests that were held, as far as there is room. */
	private release(): void {
		for (const [channel, frame] of this.held) {
			if (!this.hasRoom()) {
				return;
			}
			this.held.delete(channel);
			this.transport.send(frame);
		}
	}

	private end(error: ConnectionError): void {
		clearTimeout(this.acknowledging);
		this.held.clear();
		this.session.end(error);
		this.calm();
	}

	private received(bytes: Uint8Array): void {
		const { session, transport } = this;
		try {
			session.receive(bytes);
		} catch (error) {
			this.lost(
				`${(error as ProtocolError).message}; connection closed`,
				error,
			);
			return;
		}
		this.calm();
		if (!transport.delaysAcknowledgements) {
			return;
		}
		if (session.waiting) {
			this.acknowledge();
		} else if (session.awaitsParts) {
			// Soon, and once for all that arrives until then: plain rapace reads what it is sent during a stream only after
			// it, one frame after another.
			this.acknowledging ??= setTimeout(() => {
				this.acknowledging = undefined;
				if (session.awaitsParts) {
					this.acknowledge();
				}
			}, ACKNOWLEDGE_MS);
		}
	}

	/** Makes the acknowledgement of what has arrived leave at once. */
	private acknowledge(): void {
		// What still waits to be sent carries it as well.
		if (this.transport.unsentBytes === 0) {
			this.transport.send(this.session.nudge());
		}
	}

	private lost(what: string, cause: unknown): void {
		const error = new ConnectionError(
			"lost",
			`${what} (${this.peer})`,
			undefined,
			cause,
		);
		this.end(error);
		this.over(error);
		void this.transport.close();
	}
}
