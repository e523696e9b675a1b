import { ITEM_OVERHEAD_BYTES } from "./limits.js";
import type { Wire } from "./wire.js";

/** The items that wait for the reader of one stream or tunnel. The wire learns when they exceed the high-water mark. */
export class Inbox {
	private readonly wire: Wire;
	/** The items that wait, from `first` on. */
	private items: Uint8Array[] = [];
	private first = 0;
	/** Size of the waiting items, each with its overhead. */
	private bytes = 0;
	private full = false;

	/** An empty inbox. */
	constructor(wire: Wire) {
		this.wire = wire;
	}

	/**
	 * Adds a copy of an item: the item may wait for long and would keep the memory of everything that arrived with it. Beyond the
	 * limit it adds nothing and returns the reason.
	 */
	push(memory: Uint8Array, start: number, end: number): string | undefined {
		const { maxStreamBytes, streamHighWaterBytes } = this.wire;
		const bytes = this.bytes + end - start + ITEM_OVERHEAD_BYTES;
		if (this.bytes > 0 && bytes > maxStreamBytes) {
			return `the reader is ${this.items.length - this.first} items behind, ${this.bytes} bytes of at most ${maxStreamBytes}`;
		}
		this.bytes = bytes;
		this.items.push(memory.slice(start, end));
		if (bytes > streamHighWaterBytes) {
			this.setFull(true);
		}
		return undefined;
	}

	/** Removes the oldest item and returns it. */
	take(): Uint8Array | undefined {
		const item = this.items[this.first];
		if (item === undefined) {
			return undefined;
		}
		this.bytes -= item.length + ITEM_OVERHEAD_BYTES;
		this.first++;
		// At half of the array: moving all items for each one would cost more.
		if (2 * this.first >= this.items.length) {
			this.items = this.items.slice(this.first);
			this.first = 0;
		}
		if (2 * this.bytes <= this.wire.streamHighWaterBytes) {
			this.setFull(false);
		}
		return item;
	}

	/** Reports whether nothing waits. */
	get empty(): boolean {
		return this.first === this.items.length;
	}

	/** Drops all items. */
	clear(): void {
		this.items = [];
		this.first = 0;
		this.bytes = 0;
		this.setFull(false);
	}

	/** No more items will arrive, so the wire need not pause for those that wait. */
	complete(): void {
		this.setFull(false);
	}

	private setFull(full: boolean): void {
		if (full !== this.full) {
			this.full = full;
			this.wire.addFull(full ? 1 : -1);
		}
	}
}
