import type { Socket } from "node:net";

import type { Transport, TransportEvents } from "../transport.js";

/** A connected TCP or Unix socket as a transport. */
export class SocketTransport implements Transport {
	readonly peer: string;
	readonly delaysAcknowledgements: boolean;
	private readonly socket: Socket;
	private readonly gone: Promise<void>;
	private corked = false;
	private events: TransportEvents | undefined;
	private readonly uncork = () => {
		this.corked = false;
		this.socket.uncork();
	};

	private readonly wrote = (error?: Error | null) => {
		if (!error) {
			this.events?.sent();
		}
	};

	/** Takes the socket over. `tcp` tells it from a Unix socket. */
	constructor(socket: Socket, peer: string, tcp: boolean) {
		this.socket = socket;
		this.peer = peer;
		this.delaysAcknowledgements = tcp;
		this.gone = new Promise((resolve) => {
			socket.once("close", () => resolve());
		});
		if (tcp) {
			socket.setNoDelay(true);
		}
	}

	get unsentBytes(): number {
		return this.socket.writableLength;
	}

	send(frame: Uint8Array): void {
		if (this.socket.destroyed) {
			return;
		}
		if (!this.corked) {
			// Frames of the same moment leave in one system call.
			this.corked = true;
			this.socket.cork();
			process.nextTick(this.uncork);
		}
		this.socket.write(frame, this.wrote);
	}

	start(events: TransportEvents): void {
		const { socket } = this;
		this.events = events;
		let cause: unknown;
		let over = false;
		const end = (why: unknown) => {
			if (!over) {
				over = true;
				events.ended(why);
			}
		};
		socket.on("data", (chunk: Buffer) => {
			events.received(
				new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length),
			);
		});
		socket.on("error", (error) => {
			cause = error;
		});
		socket.once("end", () => end(new Error("the peer closed the connection")));
		socket.once("close", () => end(cause));
	}

	close(): Promise<void> {
		this.socket.destroy();
		return this.gone;
	}
}
