/** The place of a value inside a message, kept while codecs run and written out only when something is wrong. */

/**
 * How many values of recursive types may be open in one another, in both directions. A peer's payload cannot overflow
 * our stack, and ours not that of a Rust peer, which a payload nested 500 deep aborts.
 */
export const MAX_DEPTH = 128;

/**
 * How many items that take no bytes, such as those of a `Vec<()>`, the lists, sets and maps of one message may have.
 * The bytes that were received do not bound them: four bytes could cost the reader 2^28 steps.
 */
export const MAX_ZERO_SIZED_ITEMS = 65_536;

/** An option's value that could itself be `undefined`: `{ some: undefined }` is Rust's `Some(None)`. */
export interface Some<Value> {
	some: Value;
}

/** What stands at one level of a path: a property's name, or the index of an item. */
export type Key = string | number;

/**
 * The path to the value at hand. Only a key per level is stored, and levels are used again: on the way down nothing is
 * allocated or concatenated.
 */
export abstract class Path {
	private readonly keys: Key[] = [];
	private level = 0;
	private depth = 0;

	/** Names the nested value that is read or written next. */
	in(key: Key): this {
		this.keys[this.level] = key;
		return this;
	}

	/** Back to the outermost level, whatever happened before. The value there has no name of its own. */
	protected restart(): void {
		this.level = 0;
		this.depth = 0;
		this.keys[0] = "";
	}

	/** Opens a value of a recursive type, which counts against {@link MAX_DEPTH}. */
	nest(): void {
		if (++this.depth > MAX_DEPTH) {
			const what = `nested deeper than the limit of ${MAX_DEPTH}`;
			this.fail(what, this.here());
		}
	}

	/** Enters the nested value that {@link in} has named. */
	protected down(): void {
		this.level++;
	}

	/** Leaves the nested value. */
	protected up(): void {
		this.level--;
	}

	/** Closes what {@link nest} has opened. */
	protected close(): void {
		this.depth--;
	}

	/** The key of the nested value that {@link in} has named. */
	protected here(): Key {
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
	protected abstract fail(what: string, key: Key): never;
}
