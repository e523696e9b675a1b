/** Tunnels: bytes in both directions on a channel whose id a call has returned. */

import type { Connection } from "./connection.js";
import { DATA, EOS } from "./descriptor.js";
import { type RapaceError, StatusError } from "./errors.js";
import { Inbox } from "./inbox.js";
import { TUNNEL_FRAME_BYTES } from "./limits.js";
import { isBytes } from "./realm.js";
import { takeEarly } from "./session/early.js";
import type { Exchange } from "./session/exchange.js";
import type { Session } from "./session.js";
import { NEVER } from "./time.js";
import type { Wire } from "./wire.js";

const NO_BYTES = /* @__PURE__ */ new Uint8Array(0);

/** Both directions of a tunnel. Each ends separately, like those of a socket. */
export interface Tunnel {
	/** The channel, which the peer learns from an answer. */
	readonly channel: number;
	/** The bytes that the peer writes. Cancelling it drops what still arrives. */
	readonly readable: ReadableStream<Uint8Array>;
	/**
	 * The bytes for the peer, in frames of at most 64 KiB. A write is done when there was room to hand it to the layer. Closing it
	 * ends this direction; aborting it cancels both.
	 */
	readonly writable: WritableStream<Uint8Array>;
	/** Cancels both directions, unless they are over, and tells the peer. May be called again. */
	close(): void;
}

/**
 * Opens the tunnel on `channel`, which a call on this same connection has returned. Without `channel` it opens a new tunnel on a
 * channel of this side, which the peer must learn from an answer. When the connection is lost, or the peer ends the tunnel with an
 * error, both directions fail with that error.
 *
 * @throws StatusError FailedPrecondition when the channel is in use, or when `connection` reconnects or is a pool: then the
 * connection that the channel belongs to is not known. ConnectionError on a closed connection.
 */
export function openTunnel(connection: Connection, channel?: number): Tunnel {
	const { wire } = connection;
	if (wire === undefined) {
		const what = `channel ${channel ?? "of a new tunnel"} belongs to one connection, and ${connection.peer} is a pool or made anew when it is lost`;
		throw new StatusError("FailedPrecondition", what, false, "");
	}
	return new Ends(wire, channel ?? wire.session.free());
}

/** A writer that waits for room. */
interface Writer {
	resolve(): void;
	reject(error: unknown): void;
}

class Ends implements Tunnel, Exchange {
	readonly form = "tunnel";
	readonly method: string;
	readonly deadline: number = NEVER;
	readonly readable: ReadableStream<Uint8Array>;
	readonly writable: WritableStream<Uint8Array>;
	private readonly wire: Wire;
	readonly channel: number;
	private readonly inbox: Inbox;
	/** Ends the wait of a reader. */
	private reader: (() => void) | undefined;
	private writer: Writer | undefined;
	private input!: ReadableStreamDefaultController<Uint8Array>;
	private output!: WritableStreamDefaultController;
	/** The peer has ended its direction. */
	private ended = false;
	/** The peer has ended its direction, or the reader has cancelled it. */
	private read = false;
	/** The error that follows the bytes that wait. */
	private error: RapaceError | undefined;
	/** This side has ended its direction. */
	private written = false;

	constructor(wire: Wire, channel: number) {
		this.wire = wire;
		this.channel = channel;
		this.method = `tunnel ${channel}`;
		this.inbox = new Inbox(wire);
		this.readable = new ReadableStream<Uint8Array>(
			{
				start: (controller) => {
					this.input = controller;
				},
				pull: () => this.pull(),
				cancel: () => {
					this.inbox.clear();
					this.read = true;
					this.wakeReader();
					this.settle();
				},
			},
			// Bytes wait in the inbox, where they are counted.
			{ highWaterMark: 0 },
		);
		this.writable = new WritableStream<Uint8Array>({
			start: (controller) => {
				this.output = controller;
			},
			write: (bytes) => this.write(bytes),
			close: async () => {
				await this.hand(NO_BYTES, DATA | EOS);
				this.written = true;
				this.settle();
			},
			abort: () => this.close(),
		});
		attach(wire.session, this, channel);
	}

	close(): void {
		if (!(this.read && this.written)) {
			this.wire.withhold(this);
			this.wire.cancel(this, this.channel, "ClientCancel");
			const what = "the tunnel was closed";
			this.fail(new StatusError("Cancelled", what, false, this.method));
		}
	}

	item(memory: Uint8Array, start: number, end: number): void {
		// The last frame of a direction is empty.
		if (this.read || start === end) {
			return;
		}
		if (this.reader !== undefined) {
			this.input.enqueue(memory.slice(start, end));
			this.wakeReader();
			return;
		}
		const what = this.inbox.push(memory, start, end);
		if (what !== undefined) {
			this.wire.cancel(this, this.channel, "ResourceExhausted");
			this.fail(new StatusError("ResourceExhausted", what, false, this.method));
		}
	}

	end(): void {
		this.ended = true;
		this.inbox.complete();
		if (!this.read && this.reader !== undefined) {
			this.input.close();
			this.wakeReader();
		}
		this.read = true;
		this.settle();
	}

	fail(error: RapaceError): void {
		const { writer } = this;
		this.wire.withhold(this);
		this.written = true;
		this.output.error(error);
		if (error.kind === "status" && !(error as StatusError).remote) {
			this.inbox.clear();
		}
		this.inbox.complete();
		if (!this.read) {
			this.read = true;
			// The reader first gets what arrived before it.
			this.error = error;
			if (this.reader !== undefined || this.inbox.empty) {
				this.input.error(error);
			}
		}
		this.wakeReader();
		this.writer = undefined;
		writer?.reject(error);
	}

	/** A tunnel has no deadline. */
	expire(): void {}

	sent(): void {
		this.writer?.resolve();
		this.writer = undefined;
	}

	private pull(): Promise<void> | undefined {
		const bytes = this.inbox.take();
		if (bytes !== undefined) {
			this.input.enqueue(bytes);
			return undefined;
		}
		if (this.error !== undefined) {
			this.input.error(this.error);
			return undefined;
		}
		if (this.read) {
			this.input.close();
			return undefined;
		}
		this.wire.addWaiting(1);
		return new Promise((resolve) => {
			this.reader = resolve;
		});
	}

	private async write(bytes: Uint8Array): Promise<void> {
		if (!isBytes(bytes)) {
			throw new TypeError(`${this.method}: expected a Uint8Array`);
		}
		for (let at = 0; at < bytes.length; at += TUNNEL_FRAME_BYTES) {
			await this.hand(bytes.subarray(at, at + TUNNEL_FRAME_BYTES), DATA);
		}
	}

	/** Sends a frame. Resolves when there was room for it. */
	private hand(bytes: Uint8Array, flags: number): Promise<void> {
		return new Promise((resolve, reject) => {
			this.writer = { resolve, reject };
			const { session } = this.wire;
			this.wire.request(this, session.chunk(this.channel, bytes, flags));
		});
	}

	/** Ends the wait of the reader. */
	private wakeReader(): void {
		const { reader } = this;
		if (reader !== undefined) {
			this.reader = undefined;
			this.wire.addWaiting(-1);
			reader();
		}
	}

	/** Closes the channel when both directions are over. */
	private settle(): void {
		if (this.read && this.written) {
			if (this.ended) {
				this.wire.session.withdraw(this.channel);
			} else {
				// What still arrives is dropped.
				this.wire.cancel(this, this.channel, "ClientCancel");
			}
		}
	}
}

/**
 * Makes a tunnel receive what arrives on a channel that the peer has named, and what has arrived there before.
 *
 * @throws what {@link Session.open} throws, and StatusError FailedPrecondition for a channel in use.
 */
function attach(session: Session, tunnel: Exchange, channel: number): void {
	if (session.exchanges.has(channel)) {
		const what = `channel ${channel} is in use`;
		throw new StatusError("FailedPrecondition", what, false, tunnel.method);
	}
	session.attach(tunnel, channel);
	session.channels.abandoned.delete(channel);
	for (const [flags, payload] of takeEarly(session.early, channel)) {
		session.dispatch(channel, 0, flags, payload, 0, payload.length);
	}
}
