import { byteStream, type MakeIntake } from "./intake.js";
import type { Transport, TransportEvents } from "./transport.js";

/** A transport in memory: what is sent at one end arrives at the other, in order and soon. */
class MemoryTransport implements Transport {
	readonly peer: string;
	readonly intake: MakeIntake = byteStream;
	readonly delaysAcknowledgements = false;
	other!: MemoryTransport;
	private events: TransportEvents | undefined;
	/** What has arrived and was not received. */
	private arrived: Uint8Array[] = [];
	private paused = false;
	private scheduled = false;
	private closed = false;

	constructor(peer: string) {
		this.peer = peer;
	}

	get unsentBytes(): number {
		return this.other.arrived.reduce((sum, { length }) => sum + length, 0);
	}

	send(frame: Uint8Array): void {
		if (!this.closed && !this.other.closed) {
			// A copy: the sender's memory is the sender's.
			this.other.arrived.push(frame.slice());
			this.other.schedule();
		}
	}

	start(events: TransportEvents): void {
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

/**
 * The two ends of a connection without a socket, for tests: give one to `new SingleConnection`, and let the test be the peer at
 * the other, in bytes or with a SingleConnection as well.
 */
export function memoryTransports(): [Transport, Transport] {
	const near = new MemoryTransport("memory://far");
	const far = new MemoryTransport("memory://near");
	near.other = far;
	far.other = near;
	return [near, far];
}
