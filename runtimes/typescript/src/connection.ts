import { ConnectionError, type ProtocolError, StatusError } from "./errors.js";
import { Session, type SessionLimits } from "./session.js";
import type { Transport } from "./transport.js";

/** Default of how many bytes may wait to be sent: a peer that reads nothing must not fill our memory. */
export const MAX_UNSENT_BYTES: number = 64 * 1024 * 1024;

/**
 * Default of how many bytes of items one stream may hold for a slow reader. At the cap that stream alone fails, as
 * ResourceExhausted; other calls of the connection go on.
 */
export const MAX_STREAM_BYTES: number = 64 * 1024 * 1024;

/** What a connection may be told. */
export interface ConnectionOptions extends SessionLimits {
	/** Most bytes that wait to be sent; a call beyond it fails as ResourceExhausted. Default {@link MAX_UNSENT_BYTES}. */
	readonly maxUnsentBytes?: number | undefined;
	/** Most bytes of items that one stream holds for its reader. Default {@link MAX_STREAM_BYTES}. */
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
	private over!: (error: ConnectionError | undefined) => void;

	/** Runs a session over `transport`, which is open. */
	constructor(transport: Transport, options: ConnectionOptions = {}) {
		this.transport = transport;
		this.session = new Session(options);
		this.maxUnsentBytes = options.maxUnsentBytes ?? MAX_UNSENT_BYTES;
		this.maxStreamBytes = options.maxStreamBytes ?? MAX_STREAM_BYTES;
		this.allowTrailingBytes = options.allowTrailingBytes ?? false;
		this.closed = new Promise((resolve) => {
			this.over = resolve;
		});
		transport.start({
			received: (bytes) => this.received(bytes),
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
		this.session.end(
			new ConnectionError("closed", `connection to ${this.peer} is closed`),
		);
		this.over(undefined);
		await this.transport.close();
	}

	/** {@link close}, for `await using`. */
	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	/** Refuses a call while too much waits to be sent. */
	checkRoom(method: string): void {
		const { unsentBytes } = this.transport;
		if (unsentBytes > this.maxUnsentBytes) {
			const what = `${unsentBytes} bytes wait to be sent, over the limit of ${this.maxUnsentBytes}`;
			throw new StatusError("ResourceExhausted", what, false, method);
		}
	}

	/** Sends a frame of the session. */
	send(frame: Uint8Array | undefined): void {
		if (frame !== undefined && this.session.error === undefined) {
			this.transport.send(frame);
		}
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
		// What still waits to be sent carries the acknowledgement as well.
		if (
			session.waiting &&
			transport.delaysAcknowledgements &&
			transport.unsentBytes === 0
		) {
			this.send(session.nudge());
		}
	}

	private lost(what: string, cause: unknown): void {
		const error = new ConnectionError(
			"lost",
			`${what} (${this.peer})`,
			undefined,
			cause,
		);
		this.session.end(error);
		this.over(error);
		void this.transport.close();
	}
}
