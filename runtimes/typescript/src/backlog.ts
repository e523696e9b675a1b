import type { SingleConnection } from "./connection.js";

/** What a waiting item costs besides its bytes, in bytes: items of no bytes must count as well. */
const ITEM_OVERHEAD_BYTES = 64;

/** The items that wait for the reader of one stream or tunnel. Tells the connection when they are too many. */
export class Backlog {
	private readonly connection: SingleConnection;
	/** The items that wait, from `first` on. */
	private items: Uint8Array[] = [];
	private first = 0;
	/** Size of the waiting items, each with its overhead. */
	private bytes = 0;
	private full = false;

	/** Nothing waits yet. */
	constructor(connection: SingleConnection) {
		this.connection = connection;
	}

	/**
	 * Adds a copy of an item: it may wait for long, and would keep all that arrived with it. Beyond the limit nothing is
	 * added, and what is returned says why.
	 */
	push(memory: Uint8Array, start: number, end: number): string | undefined {
		const { maxStreamBytes, streamHighWaterBytes } = this.connection;
		const bytes = this.bytes + end - start + ITEM_OVERHEAD_BYTES;
		if (this.bytes > 0 && bytes > maxStreamBytes) {
			return `the reader is ${this.items.length - this.first} items behind, ${this.bytes} bytes of at most ${maxStreamBytes}`;
		}
		this.bytes = bytes;
		this.items.push(memory.slice(start, end));
		if (bytes > streamHighWaterBytes) {
			this.fill(true);
		}
		return undefined;
	}

	/** The oldest item. */
	take(): Uint8Array | undefined {
		const item = this.items[this.first];
		if (item === undefined) {
			return undefined;
		}
		this.bytes -= item.length + ITEM_OVERHEAD_BYTES;
		this.first++;
		// Half of the array is done with: cheaper than to move all items for each one.
		if (2 * this.first >= this.items.length) {
			this.items = this.items.slice(this.first);
			this.first = 0;
		}
		if (2 * this.bytes <= this.connection.streamHighWaterBytes) {
			this.fill(false);
		}
		return item;
	}

	/** Whether nothing waits. */
	get empty(): boolean {
		return this.first === this.items.length;
	}

	/** Lets go of all items. */
	clear(): void {
		this.items = [];
		this.first = 0;
		this.bytes = 0;
		this.fill(false);
	}

	/** Nothing more will come: however much is here, it does not grow. */
	complete(): void {
		this.fill(false);
	}

	private fill(full: boolean): void {
		if (full !== this.full) {
			this.full = full;
			this.connection.fills(full ? 1 : -1);
		}
	}
}
