/** What writing and reading have in common: the path of a value in its message, and the limits of a message. */

import { limit } from "../check.js";
import {
	MAX_DEPTH,
	MAX_ZERO_SIZED_ITEMS,
	type ValueLimits,
} from "../limits.js";

/** An option's value that could itself be `undefined`: `{ some: undefined }` is Rust's `Some(None)`. */
export interface Some<Value> {
	some: Value;
}

/** One level of a path: the name of a property, or the index of an item. */
export type Key = string | number;

/**
 * The path to the current value, and the counts that limits bound. Each level stores one key, and levels are reused: descending
 * allocates and concatenates nothing.
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

	/** Returns to the outermost level, also after an error. The value there has no name. */
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

	/** Counts items that take no bytes, of the list, set, map or array that was entered. */
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

	/** Closes a value that {@link open} has opened. */
	protected close(): void {
		this.#depth--;
	}

	/** The key of the nested value that {@link in} has named. */
	here(): Key {
		return this.keys[this.level] ?? "";
	}

	/** The path of `key` in the current value: `items[3].title`. */
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

	/** Throws an error that names the path of `key`. */
	abstract fail(what: string, key: Key): never;
}
