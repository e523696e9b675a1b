/** Tunnels: bytes both ways over a channel whose id a call has returned. */

import { Backlog } from "./backlog.js";
import type { Connection, SingleConnection } from "./connection.js";
import { type RapaceError, StatusError } from "./errors.js";
import { DATA, DESCRIPTOR_BYTES, EOS } from "./frame.js";
import { NEVER } from "./limits.js";
import { isBytes } from "./realm.js";
import type { Exchange, Session } from "./session.js";

/** Most bytes that one frame of a tunnel carries. */
const MAX_CHUNK_BYTES = 64 * 1024;

const NO_BYTES = /* @__PURE__ */ new Uint8Array(0);

/** Both directions of a tunnel. Each ends by itself, as those of a socket do. */
export interface Tunnel {
	/** What the peer writes. To cancel it says that no more is wanted; what still comes is dropped. */
	readonly readable: ReadableStream<Uint8Array>;
	/**
	 * What the peer is to read, in frames of at most 64 KiB. A write is done when there was room to hand it to the
	 * transport; to close it ends this direction; to abort it gives up both.
	 */
	readonly writable: WritableStream<Uint8Array>;
	/** Gives up both directions, unless they are over. The peer is told. May be called again. */
	close(): void;
}

/**
 * Opens the tunnel on `channel`, which a call on this very connection has returned. When the connection is lost, or the
 * peer ends the tunnel with an error, both directions fail with it.
 *
 * @throws StatusError FailedPrecondition when the channel is in use, or when `connection` is one that is made anew or a
 * pool: then it is not known which connection the channel belongs to. ConnectionError on a closed connection.
 */
export function openTunnel(connection: Connection, channel: number): Tunnel {
	const { single } = connection;
	if (single === undefined) {
		const what = `channel ${channel} belongs to one connection, and ${connection.peer} is a pool or made anew when it is lost`;
		throw new StatusError("FailedPrecondition", what, false);
	}
	return new Ends(single, channel);
}

/** A writer who waits for room. */
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
	private readonly connection: SingleConnection;
	private readonly channel: number;
	private readonly backlog: Backlog;
	/** Called when what a reader waits for is there. */
	private reader: (() => void) | undefined;
	private writer: Writer | undefined;
	private input!: ReadableStreamDefaultController<Uint8Array>;
	private output!: WritableStreamDefaultController;
	/** The peer has ended its direction. */
	private ended = false;
	/** It has, or what it writes is not wanted. */
	private read = false;
	/** Why there is no more to read, behind what waits. */
	private error: RapaceError | undefined;
	/** This side has ended its direction. */
	private written = false;

	constructor(connection: SingleConnection, channel: number) {
		this.connection = connection;
		this.channel = channel;
		this.method = `tunnel ${channel}`;
		this.backlog = new Backlog(connection);
		this.readable = new ReadableStream<Uint8Array>(
			{
				start: (controller) => {
					this.input = controller;
				},
				pull: () => this.pull(),
				cancel: () => {
					this.backlog.clear();
					this.read = true;
					this.rest();
					this.settle();
				},
			},
			// Bytes wait in the backlog, where they are counted.
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
		hear(connection.session, this, channel);
	}

	close(): void {
		if (!(this.read && this.written)) {
			this.connection.withhold(this);
			this.connection.cancel(this, this.channel, "ClientCancel");
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
			this.rest();
			return;
		}
		const what = this.backlog.push(memory, start, end);
		if (what !== undefined) {
			this.connection.cancel(this, this.channel, "ResourceExhausted");
			this.fail(new StatusError("ResourceExhausted", what, false, this.method));
		}
	}

	end(): void {
		this.ended = true;
		this.backlog.complete();
		if (!this.read && this.reader !== undefined) {
			this.input.close();
			this.rest();
		}
		this.read = true;
		this.settle();
	}

	fail(error: RapaceError): void {
		const { writer } = this;
		this.connection.withhold(this);
		this.written = true;
		this.output.error(error);
		if (error.kind === "status" && !(error as StatusError).remote) {
			this.backlog.clear();
		}
		this.backlog.complete();
		if (!this.read) {
			this.read = true;
			// The reader gets what came before it.
			this.error = error;
			if (this.reader !== undefined || this.backlog.empty) {
				this.input.error(error);
			}
		}
		this.rest();
		this.writer = undefined;
		writer?.reject(error);
	}

	/** No time is given to a tunnel. */
	expire(): void {}

	sent(): void {
		this.writer?.resolve();
		this.writer = undefined;
	}

	private pull(): Promise<void> | undefined {
		const bytes = this.backlog.take();
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
		this.connection.waits(1);
		return new Promise((resolve) => {
			this.reader = resolve;
		});
	}

	private async write(bytes: Uint8Array): Promise<void> {
		if (!isBytes(bytes)) {
			throw new TypeError(`${this.method}: expected a Uint8Array`);
		}
		for (let at = 0; at < bytes.length; at += MAX_CHUNK_BYTES) {
			await this.hand(bytes.subarray(at, at + MAX_CHUNK_BYTES), DATA);
		}
	}

	/** Done when there was room for the frame. */
	private hand(bytes: Uint8Array, flags: number): Promise<void> {
		return new Promise((resolve, reject) => {
			this.writer = { resolve, reject };
			const { session } = this.connection;
			this.connection.request(this, session.chunk(this.channel, bytes, flags));
		});
	}

	/** The reader waits no longer. */
	private rest(): void {
		const { reader } = this;
		if (reader !== undefined) {
			this.reader = undefined;
			this.connection.waits(-1);
			reader();
		}
	}

	/** Lets go of the channel when both directions are over. */
	private settle(): void {
		if (this.read && this.written) {
			if (this.ended) {
				this.connection.session.withdraw(this.channel);
			} else {
				// What still comes is dropped.
				this.connection.cancel(this, this.channel, "ClientCancel");
			}
		}
	}
}

/**
 * Lets a tunnel hear what comes on a channel that the peer has named: from now on, and what came before it.
 *
 * @throws what {@link Session.open} throws, and StatusError FailedPrecondition for a channel that is taken.
 */
function hear(session: Session, tunnel: Exchange, channel: number): void {
	if (session.exchanges.has(channel)) {
		const what = `channel ${channel} is in use`;
		throw new StatusError("FailedPrecondition", what, false, tunnel.method);
	}
	session.attach(tunnel, channel);
	session.tombstones.delete(channel);
	const early = session.early.filter(([of]) => of === channel);
	session.early = session.early.filter(([of]) => of !== channel);
	for (const [, flags, payload] of early) {
		session.earlyBytes -= payload.length + DESCRIPTOR_BYTES;
		session.dispatch(channel, flags, payload, 0, payload.length);
	}
}
