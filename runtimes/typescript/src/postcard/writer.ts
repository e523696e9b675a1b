import { EncodeError, StatusError } from "../errors.js";
import { BLOCK_BYTES, type ValueLimits } from "../limits.js";
import { isA, isBytes } from "../realm.js";
import { type Key, Path } from "./path.js";

/** The longest varint that {@link Writer.varint} writes, in bytes: that of a u32. */
export const VARINT32_BYTES = 5;

const NO_BYTES = /* @__PURE__ */ new Uint8Array(0);
const NO_VIEW = /* @__PURE__ */ new DataView(
	/* @__PURE__ */ new ArrayBuffer(0),
);

/**
 * Writes values in postcard's form, as facet-postcard 0.32.3 does.
 *
 * Each method checks its value and refuses a wrong one with an {@link EncodeError}; `key` names the value in its path.
 */
export class Writer extends Path {
	/** The memory that is written to. For the runtime's own use, like {@link view} and {@link position}. */
	buffer: Uint8Array = NO_BYTES;
	/** The same memory, for numbers of several bytes. */
	view: DataView = NO_VIEW;
	/** Where in the memory is written next. */
	position = 0;
	#memory: ArrayBufferLike = NO_BYTES.buffer;
	#start = 0;
	#method: string | undefined;
	readonly #limit: number;
	#space = 0;

	/** A writer of messages of at most `limit` bytes, the space before them not counted. */
	constructor(limit: number, limits: ValueLimits = {}) {
		super(limits);
		this.#limit = limit;
	}

	/**
	 * Returns the message that `encode` writes of `values`, after `space` bytes that are zero. The memory belongs to the caller:
	 * nothing is written to it any more. Errors name `method`.
	 *
	 * @throws EncodeError when a value is refused, StatusError ResourceExhausted when the message exceeds the limit.
	 */
	write<Values extends readonly unknown[]>(
		space: number,
		encode: (writer: Writer, ...values: Values) => void,
		values: Values,
		method?: string,
	): Uint8Array {
		this.#space = space;
		this.#method = method;
		this.restart();
		if (this.position > this.#start) {
			// What is left of a message that failed. Beyond it nothing was ever written.
			this.buffer.fill(0, this.#start, this.position);
			this.position = this.#start;
		}
		this.reserve(space);
		this.position += space;
		// Mostly there is one, and that is cheaper by itself.
		if (values.length === 1) {
			(encode as unknown as (w: Writer, value: unknown) => void)(
				this,
				values[0],
			);
		} else {
			encode(this, ...values);
		}
		const size = this.position - this.#start - space;
		if (size > this.#limit) {
			this.#tooLarge(`${size} bytes`, "");
		}
		const message = new Uint8Array(this.#memory, this.#start, space + size);
		this.#start = this.position;
		if (this.buffer.length > BLOCK_BYTES) {
			// Small messages that follow a large one would keep all of its memory.
			this.#use(NO_BYTES);
			this.position = 0;
		}
		return message;
	}

	#use(buffer: Uint8Array): void {
		this.#memory = buffer.buffer;
		this.buffer = buffer;
		this.view = new DataView(buffer.buffer);
		this.#start = 0;
	}

	/** Enters a struct or an enum with data: a plain object. */
	enter(value: object): void {
		if (typeof value !== "object" || value === null) {
			this.wrong("an object", value, this.here());
		}
		this.down();
	}

	/** Leaves what `enter`, `enterTuple`, `list`, `set` or `map` has entered. */
	leave(): void {
		this.up();
	}

	/** Opens a value of a recursive type. */
	nest(): void {
		this.open();
	}

	/** Closes a value of a recursive type, which `nest` has opened. */
	unnest(): void {
		this.close();
	}

	/** Writes the count of a list and enters it. */
	list(value: readonly unknown[]): void {
		if (!Array.isArray(value)) {
			this.wrong("an array", value, this.here());
		}
		this.count(value.length);
	}

	/** Writes the count of a set and enters it. */
	set(value: ReadonlySet<unknown>): void {
		if (!isA(value, Set, "Set")) {
			this.wrong("a Set", value, this.here());
		}
		this.count(value.size);
	}

	/** Writes the count of a map and enters it. */
	map(value: ReadonlyMap<unknown, unknown>): void {
		if (!isA(value, Map, "Map")) {
			this.wrong("a Map", value, this.here());
		}
		this.count(value.size);
	}

	/** Writes the index of an enum's variant. */
	variant(index: number): void {
		this.varint(index);
	}

	/** An option without a value. */
	none(): void {
		this.#byte(0);
	}

	/** An option with a value, which follows. */
	some(): void {
		this.#byte(1);
	}

	/** `()`: nothing is written. */
	unit(value: undefined, key: Key): void {
		if (value !== undefined) {
			this.wrong("undefined", value, key);
		}
	}

	/** One byte, 0 or 1. */
	bool(value: boolean, key: Key): void {
		if (typeof value !== "boolean") {
			this.wrong("a boolean", value, key);
		}
		this.#byte(value ? 1 : 0);
	}

	/** One raw byte. */
	u8(value: number, key: Key): void {
		if (typeof value !== "number" || (value & 0xff) !== value) {
			this.outOfRange(value, 0, 0xff, key);
		}
		this.#byte(value);
	}

	/** Varint. */
	u16(value: number, key: Key): void {
		if (typeof value !== "number" || (value & 0xffff) !== value) {
			this.outOfRange(value, 0, 0xffff, key);
		}
		this.varint(value);
	}

	/** Varint. */
	u32(value: number, key: Key): void {
		if (typeof value !== "number" || value >>> 0 !== value) {
			this.outOfRange(value, 0, 0xffff_ffff, key);
		}
		this.varint(value);
	}

	/** One raw byte, two's complement. */
	i8(value: number, key: Key): void {
		if (typeof value !== "number" || (value << 24) >> 24 !== value) {
			this.outOfRange(value, -0x80, 0x7f, key);
		}
		this.#byte(value & 0xff);
	}

	/** Zigzag, then varint. */
	i16(value: number, key: Key): void {
		if (typeof value !== "number" || (value << 16) >> 16 !== value) {
			this.outOfRange(value, -0x8000, 0x7fff, key);
		}
		this.varint(((value << 1) ^ (value >> 31)) >>> 0);
	}

	/** Zigzag, then varint. */
	i32(value: number, key: Key): void {
		if (typeof value !== "number" || (value | 0) !== value) {
			this.outOfRange(value, -0x8000_0000, 0x7fff_ffff, key);
		}
		this.varint(((value << 1) ^ (value >> 31)) >>> 0);
	}

	/** Length, raw bytes. */
	bytes(value: Uint8Array, key: Key): void {
		this.checkBytes(value, key);
		this.reserve(VARINT32_BYTES + value.length, key);
		this.varint(value.length);
		this.raw(value, key);
	}

	/** For the runtime's own use, like what follows. Throws an error. */
	override fail(what: string, key: Key): never {
		throw new EncodeError(what, this.pathTo(key), this.#method);
	}

	/** Makes room for `size` more bytes. */
	reserve(size: number, key: Key = ""): void {
		if (this.position + size > this.buffer.length) {
			this.#grow(size, key);
		}
	}

	/** Makes room for `size` more bytes. False when a frame cannot hold them. */
	hasRoom(size: number): boolean {
		const used = this.position - this.#start - this.#space;
		if (used + size > this.#limit) {
			return false;
		}
		this.reserve(size);
		return true;
	}

	/** Allocates no more than a frame can hold. */
	#grow(size: number, key: Key): void {
		const { buffer, position } = this;
		const start = this.#start;
		const used = position - start;
		const least = used - this.#space + size - VARINT32_BYTES;
		if (least > this.#limit) {
			this.#tooLarge(`${least} bytes or more`, key);
		}
		const grown = new Uint8Array(
			Math.max(BLOCK_BYTES, used + size, Math.min(4 * used, this.#limit)),
		);
		grown.set(buffer.subarray(start, position));
		this.#use(grown);
		this.position = used;
	}

	/** This is no EncodeError: the value may be right, and the limit of the connection too small for it. */
	#tooLarge(size: string, key: Key): never {
		const path = this.pathTo(key);
		const what = `message of ${size} exceeds limit ${this.#limit}`;
		const where = path === "" ? what : `${path}: ${what}`;
		throw new StatusError("ResourceExhausted", where, false, this.#method);
	}

	/** Writes the count of a list, set or map and enters it. */
	count(count: number): void {
		this.varint(count);
		this.down();
	}

	#byte(value: number): void {
		this.reserve(1);
		this.buffer[this.position++] = value;
	}

	/** Throws an error unless the value is a `Uint8Array`. */
	checkBytes(value: Uint8Array, key: Key): void {
		if (!isBytes(value)) {
			this.wrong("a Uint8Array", value, key);
		}
	}

	/** Bytes as they are. */
	raw(bytes: Uint8Array, key: Key): void {
		this.reserve(bytes.length, key);
		this.buffer.set(bytes, this.position);
		this.position += bytes.length;
	}

	/** A varint below 2^32. */
	varint(value: number): void {
		this.reserve(VARINT32_BYTES);
		const { buffer, position } = this;
		if (value < 0x80) {
			buffer[position] = value;
			this.position = position + 1;
			return;
		}
		let at = position;
		let rest = value;
		do {
			buffer[at++] = (rest & 0x7f) | 0x80;
			rest >>>= 7;
		} while (rest >= 0x80);
		buffer[at++] = rest;
		this.position = at;
	}

	/** Throws an error: the value is of another type. */
	wrong(expected: string, value: unknown, key: Key): never {
		const got = Array.isArray(value)
			? "an array"
			: value === null
				? "null"
				: typeof value;
		this.fail(`expected ${expected}, got ${got}`, key);
	}

	/** Throws an error: the value is not an integer within these two, or of another type. */
	outOfRange<Integer extends number | bigint>(
		value: unknown,
		least: Integer,
		greatest: Integer,
		key: Key,
	): never {
		if (typeof value !== typeof least) {
			this.wrong(`a ${typeof least}`, value, key);
		}
		const what = `${value} is not an integer from ${least} to ${greatest}`;
		this.fail(what, key);
	}
}
