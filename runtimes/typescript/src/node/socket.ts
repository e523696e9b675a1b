import type { Socket } from "node:net";
import { nextTick } from "node:process";

import { byteStream } from "../intake.js";
import type { Layer, LayerEvents, MakeIntake } from "../layer.js";

/** The other end of a socket, for messages: `127.0.0.1:43210`. */
export function nameOf({ remoteAddress, remotePort }: Socket): string {
	const host = remoteAddress ?? "an unknown peer";
	return `${host.includes(":") ? `[${host}]` : host}${remotePort === undefined ? "" : `:${remotePort}`}`;
}

/** A connected TCP or Unix socket as a layer. */
export class SocketLayer implements Layer {
	readonly peer: string;
	readonly intake: MakeIntake = byteStream;
	readonly delaysAcknowledgements: boolean;
	private readonly socket: Socket;
	private readonly closed: Promise<void>;
	private events: LayerEvents | undefined;
	/** The frames of this turn of the event loop. Frames that are adjacent in memory are one. */
	private frames: Uint8Array[] = [];
	private bytes = 0;
	private readonly wrote = (error?: Error | null) => {
		if (!error) {
			this.events?.sent();
		}
	};

	/** Takes ownership of the socket. `tcp` is false for a Unix socket. */
	constructor(socket: Socket, peer: string, tcp: boolean) {
		this.socket = socket;
		this.peer = peer;
		this.delaysAcknowledgements = tcp;
		this.closed = new Promise((resolve) => {
			socket.once("close", () => resolve());
		});
		if (tcp) {
			socket.setNoDelay(true);
		}
	}

	get unsentBytes(): number {
		return this.socket.writableLength + this.bytes;
	}

	send(frame: Uint8Array): void {
		if (this.socket.destroyed) {
			return;
		}
		const { frames } = this;
		this.bytes += frame.length;
		const last = frames.length - 1;
		if (last < 0) {
			// Frames of the same turn are sent in one system call.
			nextTick(this.flush);
			frames.push(frame);
			return;
		}
		const { buffer, byteOffset, length } = frames[last] as Uint8Array;
		if (buffer === frame.buffer && byteOffset + length === frame.byteOffset) {
			frames[last] = new Uint8Array(buffer, byteOffset, length + frame.length);
		} else {
			frames.push(frame);
		}
	}

	start(events: LayerEvents): void {
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

	pause(stop: boolean): void {
		if (stop) {
			this.socket.pause();
		} else {
			this.socket.resume();
		}
	}

	close(): Promise<void> {
		this.socket.destroy();
		return this.closed;
	}

	private readonly flush = () => {
		const { socket, frames } = this;
		this.frames = [];
		this.bytes = 0;
		if (socket.destroyed) {
			return;
		}
		socket.cork();
		for (const frame of frames) {
			socket.write(frame, this.wrote);
		}
		socket.uncork();
	};
}
