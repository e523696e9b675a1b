import { type Connection, SingleConnection } from "./connection.js";
import type { ServingOptions } from "./handlers/options.js";
import { createHost, type HostOptions } from "./host.js";
import { byteStream } from "./intake.js";
import type { Layer, LayerEvents, MakeIntake } from "./layer.js";
import type { ConnectionOptions, Handler } from "./wire.js";

/** A layer in memory: what is sent at one end soon arrives at the other, in order. */
class MemoryLayer implements Layer {
	readonly peer: string;
	readonly intake: MakeIntake = byteStream;
	other!: MemoryLayer;
	private events: LayerEvents | undefined;
	/** The bytes that have arrived and were not received. */
	private arrived: Uint8Array[] = [];
	private arrivedBytes = 0;
	private paused = false;
	private scheduled = false;
	private closed = false;

	constructor(peer: string) {
		this.peer = peer;
	}

	get unsentBytes(): number {
		return this.other.arrivedBytes;
	}

	send(frame: Uint8Array): void {
		if (!this.closed && !this.other.closed) {
			// A copy: the memory belongs to the sender.
			this.other.arrived.push(frame.slice());
			this.other.arrivedBytes += frame.length;
			this.other.schedule();
		}
	}

	start(events: LayerEvents): void {
		this.events = events;
		this.schedule();
	}

	pause(stop: boolean): void {
		this.paused = stop;
		this.schedule();
	}

	close(): Promise<void> {
		this.closed = true;
		this.arrived = [];
		this.arrivedBytes = 0;
		this.other.schedule();
		return Promise.resolve();
	}

	private schedule(): void {
		if (!this.scheduled) {
			this.scheduled = true;
			queueMicrotask(() => {
				this.scheduled = false;
				this.deliver();
			});
		}
	}

	private deliver(): void {
		const { events } = this;
		while (events && !this.paused && !this.closed) {
			const bytes = this.arrived.shift();
			if (bytes === undefined) {
				break;
			}
			this.arrivedBytes -= bytes.length;
			events.received(bytes);
			this.other.events?.sent();
		}
		if (events && this.arrived.length === 0 && this.other.closed) {
			this.events = undefined;
			if (!this.closed) {
				events.ended(new Error("the peer closed the connection"));
			}
		}
	}
}

/** The options of {@link memoryConnection}. */
export interface MemoryOptions {
	/** The options of the side that serves. */
	readonly host?: HostOptions | undefined;
	/** The options of the side that calls; with handlers of its own it serves too. */
	readonly connection?: (ConnectionOptions & ServingOptions) | undefined;
}

/**
 * Returns a connection to a host of these handlers, without a socket, for tests. Calls are encoded, sent and decoded as on a socket.
 * Closing the connection also ends the other side.
 *
 * @throws StatusError InvalidArgument for a limit that makes no sense.
 */
export function memoryConnection(
	handlers: Handler | readonly Handler[],
	{ host = {}, connection = {} }: MemoryOptions = {},
): Connection {
	const [near, far] = memoryLayers();
	createHost(handlers, host).accept(far);
	return new SingleConnection(near, connection);
}

/**
 * Returns the two ends of a connection without a socket, for tests. Give one to `new SingleConnection`. The test is the peer at
 * the other end, with bytes or with another SingleConnection.
 */
export function memoryLayers(): [Layer, Layer] {
	const near = new MemoryLayer("memory://far");
	const far = new MemoryLayer("memory://near");
	near.other = far;
	far.other = near;
	return [near, far];
}
