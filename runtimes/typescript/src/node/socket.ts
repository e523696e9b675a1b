import type { Socket } from "node:net";
import { nextTick } from "node:process";

import { byteStream, type MakeIntake } from "../intake.js";
import type { Transport, TransportEvents } from "../transport.js";

/** A connected TCP or Unix socket as a transport. */
export class SocketTransport implements Transport {
	readonly peer: string;
	readonly intake: MakeIntake = byteStream;
	readonly delaysAcknowledgements: boolean;
	private readonly socket: Socket;
	private readonly gone: Promise<void>;
	private events: TransportEvents | undefined;
	/** The frames of this moment. Those that follow one another in memory are one. */
	private frames: Uint8Array[] = [];
	private bytes = 0;
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
			// Frames of the same moment leave in one system call.
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

	pause(stop: boolean): void {
		if (stop) {
			this.socket.pause();
		} else {
			this.socket.resume();
		}
	}

	close(): Promise<void> {
		this.socket.destroy();
		return this.gone;
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
