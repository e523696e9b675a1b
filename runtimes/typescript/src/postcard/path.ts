/** What writing and reading have in common: the place of a value inside its message, and what a message may hold. */

import { limit } from "../limits.js";

/**
 * Default of how many values of recursive types may be open in one another, in both directions. A peer's payload cannot overflow
 * our stack, and ours not that of a Rust peer, which a payload nested 500 deep aborts.
 */
export const MAX_DEPTH = 128;

/**
 * Default of how many items that take no bytes, such as those of a `Vec<()>`, one message may have in all its lists,
 * sets, maps and arrays. The bytes that were received do not bound them: four bytes could cost the reader 2^28 steps.
 */
export const MAX_ZERO_SIZED_ITEMS = 65_536;

/**
 * Default of what the values of one received message may take when they are decoded, in bytes for each byte of the longest
 * frame: a few bytes may be a large value. The sizes are nominal, and equal in all languages: a number is 16, a text 32.
 */
export const DECODED_BYTES_PER_FRAME_BYTE = 16;

/** Bounds of the values in one message, in both directions. */
export interface ValueLimits {
	/** Most values of recursive types that are open in one another. Default {@link MAX_DEPTH}. */
	readonly maxDepth?: number | undefined;
	/** Most items that take no bytes, in one message. Default {@link MAX_ZERO_SIZED_ITEMS}. */
	readonly maxZeroSizedItems?: number | undefined;
	/**
	 * Most bytes that the values of one received message may take, by their nominal sizes. Default
	 * {@link DECODED_BYTES_PER_FRAME_BYTE} times the longest frame: 256 MiB.
	 */
	readonly maxDecodedBytes?: number | undefined;
}

/** An option's value that could itself be `undefined`: `{ some: undefined }` is Rust's `Some(None)`. */
export interface Some<Value> {
	some: Value;
}

/** What stands at one level of a path: a property's name, or the index of an item. */
export type Key = string | number;

/**
 * The path to the value at hand, and the count of what is bounded. Only a key per level is stored, and levels are used
 * again: on the way down nothing is allocated or concatenated.
 */
export abstract class Path {
	private readonly keys: Key[] = [];
	readonly #maxDepth: number;
	readonly #maxZeroSizedItems: number;
	private level = 0;
	#depth = 0;
	#zeroSizedItems = 0;

	/** At the outermost level. */
	constructor(limits: ValueLimits) {
		this.#maxDepth = limit(limits, "maxDepth", MAX_DEPTH);
		this.#maxZeroSizedItems = limit(
			limits,
			"maxZeroSizedItems",
			MAX_ZERO_SIZED_ITEMS,
		);
	}

	/** Names the nested value that is read or written next. */
	in(key: Key): this {
		this.keys[this.level] = key;
		return this;
	}

	/** Back to the outermost level, whatever happened before. The value there has no name of its own. */
	protected restart(): void {
		this.level = 0;
		this.#depth = 0;
		this.#zeroSizedItems = 0;
		this.keys[0] = "";
	}

	/** Opens a value of a recursive type. */
	protected open(): void {
		if (++this.#depth > this.#maxDepth) {
			const what = `nested deeper than the limit of ${this.#maxDepth}`;
			this.fail(what, this.here());
		}
	}

	/** Counts the items that take no bytes of the list, set, map or array that was entered. */
	emptyItems(count: number): void {
		this.#zeroSizedItems += count;
		if (this.#zeroSizedItems > this.#maxZeroSizedItems) {
			const what = `more than ${this.#maxZeroSizedItems} items without bytes`;
			this.fail(what, "");
		}
	}

	/** Enters the nested value that {@link in} has named. */
	down(): void {
		this.level++;
	}

	/** Leaves the nested value. */
	protected up(): void {
		this.level--;
	}

	/** Closes what {@link nest} has opened. */
	protected close(): void {
		this.#depth--;
	}

	/** The key of the nested value that {@link in} has named. */
	here(): Key {
		return this.keys[this.level] ?? "";
	}

	/** The path of `key` in the value at hand: `items[3].title`. */
	protected pathTo(key: Key): string {
		let path = "";
		for (const part of [...this.keys.slice(0, this.level), key]) {
			if (typeof part === "number") {
				path += `[${part}]`;
			} else if (part !== "") {
				path += path === "" ? part : `.${part}`;
			}
		}
		return path;
	}

	/** Ends the work with an error that names the path of `key`. */
	abstract fail(what: string, key: Key): never;
}
