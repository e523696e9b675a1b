import { limit } from "../check.js";
import { DecodeError, StatusError } from "../errors.js";
import {
	CLOCK_BYTES,
	CLOCK_ENTRIES,
	DECODED_BYTES_PER_FRAME_BYTE,
	KEPT_MESSAGE_BYTES,
	MAX_FRAME_BYTES,
	PREALLOCATED_ITEMS,
	type ValueLimits,
} from "../limits.js";
import { NEVER } from "../time.js";
import { type Key, Path } from "./path.js";

const NO_BYTES = /* @__PURE__ */ new Uint8Array(0);
const NO_VIEW = /* @__PURE__ */ new DataView(
	/* @__PURE__ */ new ArrayBuffer(0),
);

/**
 * Reads values in the postcard format of facet-postcard 0.32.3. A payload that is not a value is a {@link DecodeError}.
 *
 * A varint may be longer than necessary, up to the longest form of its type (postcard specification). Decoded values own their
 * memory: none refers to the message.
 */
export class Reader extends Path {
	/** The memory that contains the message. For the runtime's own use, like {@link view}, {@link position} and {@link end}. */
	buffer: Uint8Array = NO_BYTES;
	/** The same memory, for numbers of several bytes. */
	view: DataView = NO_VIEW;
	/** The next position to read, in the memory. */
	position = 0;
	/** The end of the message, in the memory. */
	end = 0;
	#memory: Uint8Array = NO_BYTES;
	private start = 0;
	/** The high half of the number that {@link varint64} has read. */
	high = 0;
	#method: string | undefined;
	readonly #maxDecodedBytes: number;
	/** The nominal sizes of the values that were begun. */
	#decoded = 0;
	/** The deadline is checked when the decoded size reaches this. */
	#clockAt = 0;
	/** The deadline of reading, in milliseconds of `performance.now()`. No timer can interrupt the reading of a message. */
	deadline: number = NEVER;

	/** A reader of messages within these limits, in frames of at most `maxFrameBytes`. */
	constructor(
		limits: ValueLimits = {},
		maxFrameBytes: number = MAX_FRAME_BYTES,
	) {
		super(limits);
		this.#maxDecodedBytes = limit(
			limits,
			"maxDecodedBytes",
			DECODED_BYTES_PER_FRAME_BYTE * maxFrameBytes,
		);
	}

	/**
	 * Reads the message that lies in `memory` from `start` to `end`. Errors name `method`.
	 *
	 * @throws DecodeError when the message is not a value that `decode` reads, or is longer.
	 */
	read<Value>(
		decode: (reader: Reader) => Value,
		memory: Uint8Array,
		start = 0,
		end: number = memory.length,
		method?: string,
		allowTrailingBytes = false,
	): Value {
		if (memory !== this.#memory) {
			this.#use(memory);
		}
		this.start = start;
		this.position = start;
		this.end = end;
		this.#method = method;
		this.restart();
		this.#decoded = 0;
		this.#clockAt = CLOCK_BYTES;
		const value = decode(this);
		const left = this.end - this.position;
		if (left > 0 && !allowTrailingBytes) {
			this.fail(`${left} bytes too many`, "");
		}
		return value;
	}

	#use(memory: Uint8Array): void {
		const { buffer, byteOffset, length } = memory;
		this.#memory = memory;
		// A plain `Uint8Array`: slices of a Node `Buffer` would share its memory.
		this.buffer = new Uint8Array(buffer, byteOffset, length);
		this.view = new DataView(buffer, byteOffset, length);
	}

	/** Releases the memory that was read last, unless it is small. */
	release(): void {
		if (this.#memory.length > KEPT_MESSAGE_BYTES) {
			this.#use(NO_BYTES);
		}
	}

	/** Returns an array for `count` items. It has room for at most {@link PREALLOCATED_ITEMS}, because the items may not be there. */
	items<Item>(count: number): Item[] {
		return new Array(Math.min(count, PREALLOCATED_ITEMS));
	}

	/** The offset of the next value in the message, in bytes. */
	get offset(): number {
		return this.position - this.start;
	}

	/** The bytes from `offset` to the current one as a text: equal bytes are equal texts. */
	since(offset: number): string {
		let text = "";
		for (let i = this.start + offset; i < this.position; i++) {
			text += String.fromCharCode(this.buffer[i] as number);
		}
		return text;
	}

	/** Enters a struct, a tuple, an array or an enum with data. */
	enter(): void {
		this.down();
	}

	/** Leaves what `enter` or `list` has entered, and returns `value`. */
	leave<Value>(value: Value): Value {
		this.up();
		return value;
	}

	/** {@link leave} and {@link unnest} in one. */
	leaveNested<Value>(value: Value): Value {
		this.up();
		this.close();
		return value;
	}

	/** Closes a value of a recursive type that `nest` has opened, and returns it. */
	unnest<Value>(value: Value): Value {
		this.close();
		return value;
	}

	/** Opens a value of a recursive type, whose nominal size is `size` bytes. */
	nest(size = 0): void {
		this.open();
		this.charge(size, this.position, this.here());
	}

	/** Reads the count of a list, set or map and enters it. Each item takes at least a byte, and its nominal size is `size` bytes. */
	list(size = 0): number {
		const from = this.position;
		const key = this.here();
		const count = this.length(key);
		const left = this.end - this.position;
		if (count > left) {
			this.failAt(from, `${count} items, but ${left} bytes are left`, key);
		}
		this.charge(count * size, from, key);
		this.down();
		return count;
	}

	/** Begins entry `i` of a map or set. */
	entry(i: number): void {
		if (i % CLOCK_ENTRIES === CLOCK_ENTRIES - 1) {
			this.#clockAt = 0;
			this.charge(0, 0, "");
		}
	}

	/** For the runtime's own use, like what follows. Counts `size` bytes of values, which the bytes at `from` announce. */
	charge(size: number, from: number, key: Key): void {
		this.#decoded += size;
		if (this.#decoded > this.#maxDecodedBytes) {
			const what = `decoded size exceeds the limit of ${this.#maxDecodedBytes} bytes`;
			this.failAt(from, what, key);
		}
		if (this.#decoded >= this.#clockAt) {
			this.#clockAt = this.#decoded + CLOCK_BYTES;
			if (performance.now() > this.deadline) {
				const what = "not read in time";
				throw new StatusError("DeadlineExceeded", what, false, this.#method);
			}
		}
	}

	/** Reads the index of an enum's variant, below `count`. */
	variant(count: number, key: Key = "kind"): number {
		const from = this.position;
		const index = this.length(key);
		if (index >= count) {
			this.failAt(from, `variant ${index}, but there are ${count}`, key);
		}
		return index;
	}

	/** Reads whether an option has a value. Without a key, the option is the one that {@link in} has named. */
	option(key: Key = this.here()): boolean {
		const tag = this.u8(key);
		if (tag > 1) {
			this.#badTag("option", tag, key);
		}
		return tag === 1;
	}

	/** One byte, 0 or 1. */
	bool(key: Key): boolean {
		const tag = this.u8(key);
		if (tag > 1) {
			this.#badTag("bool", tag, key);
		}
		return tag === 1;
	}

	/** One raw byte. */
	u8(key: Key): number {
		if (this.position >= this.end) {
			this.#endOfMessage(1, key);
		}
		return this.buffer[this.position++] as number;
	}

	/** Varint of up to 3 bytes. */
	u16(key: Key): number {
		return this.varint(3, 0xffff, "u16", key);
	}

	/** Varint of up to 5 bytes. */
	u32(key: Key): number {
		return this.varint(5, 0xffff_ffff, "u32", key);
	}

	/** One raw byte, two's complement. */
	i8(key: Key): number {
		return (this.u8(key) << 24) >> 24;
	}

	/** Varint of up to 3 bytes, zigzag. */
	i16(key: Key): number {
		const zigzag = this.varint(3, 0xffff, "i16", key);
		return (zigzag >>> 1) ^ -(zigzag & 1);
	}

	/** Varint of up to 5 bytes, zigzag. */
	i32(key: Key): number {
		const zigzag = this.varint(5, 0xffff_ffff, "i32", key);
		return (zigzag >>> 1) ^ -(zigzag & 1);
	}

	/** Length, raw bytes. */
	bytes(key: Key): Uint8Array {
		return this.take(this.size(key));
	}

	/** Throws an error at the current byte. */
	override fail(what: string, key: Key): never {
		this.failAt(this.position, what, key);
	}

	/** Throws an error at a byte of the memory. */
	failAt(offset: number, what: string, key: Key): never {
		throw new DecodeError(
			what,
			offset - this.start,
			this.pathTo(key),
			this.#method,
		);
	}

	#endOfMessage(size: number, key: Key): never {
		const left = this.end - this.position;
		this.fail(`${size} bytes wanted, but ${left} are left`, key);
	}

	/** Throws an error unless `size` bytes are left. */
	need(size: number, key: Key): void {
		if (size > this.end - this.position) {
			this.#endOfMessage(size, key);
		}
	}

	/** Reads a length in bytes. At least as many bytes are left. */
	size(key: Key): number {
		const from = this.position;
		const size = this.length(key);
		const left = this.end - this.position;
		if (size > left) {
			this.failAt(from, `length ${size}, but ${left} bytes are left`, key);
		}
		return size;
	}

	/** Returns a copy of the next `size` bytes, which must be left. */
	take(size: number): Uint8Array {
		const from = this.position;
		this.position += size;
		return this.buffer.slice(from, this.position);
	}

	#badTag(type: string, tag: number, key: Key): never {
		this.failAt(this.position - 1, `${type} tag ${tag} is not 0 or 1`, key);
	}

	/** For the runtime's own use. Reads a `usize` as a number: exact up to 2^53, and beyond that larger than any message. */
	length(key: Key): number {
		const { position } = this;
		if (position < this.end) {
			const byte = this.buffer[position] as number;
			if (byte < 0x80) {
				this.position++;
				return byte;
			}
		}
		const low = this.varint64("usize", key);
		return this.high * 2 ** 32 + low;
	}

	/** Reads a varint of at most 32 bits, of at most `longest` bytes and with a value of at most `greatest`. */
	private varint(
		longest: number,
		greatest: number,
		type: string,
		key: Key,
	): number {
		const { buffer, position, end } = this;
		const last = Math.min(end, position + longest);
		let value = 0;
		for (let at = position, shift = 0; at < last; shift += 7) {
			const byte = buffer[at++] as number;
			value |= (byte & 0x7f) << shift;
			if (byte < 0x80) {
				value >>>= 0;
				if (value > greatest || (shift === 28 && byte > 0x0f)) {
					break;
				}
				this.position = at;
				return value;
			}
		}
		return this.#badVarint(longest, type, key);
	}

	/** Reads a varint of 64 bits: returns the low half and stores the high one in {@link high}. */
	varint64(type: string, key: Key): number {
		const { buffer, position, end } = this;
		let low = 0;
		let high = 0;
		for (let at = position, shift = 0; at < end && shift < 70; shift += 7) {
			const byte = buffer[at++] as number;
			const bits = byte & 0x7f;
			if (shift < 28) {
				low |= bits << shift;
			} else if (shift === 28) {
				low |= bits << 28;
				high = bits >>> 4;
			} else {
				high |= bits << (shift - 32);
			}
			if (byte < 0x80) {
				if (shift === 63 && byte > 1) {
					break;
				}
				this.position = at;
				this.high = high >>> 0;
				return low >>> 0;
			}
		}
		return this.#badVarint(10, type, key);
	}

	/** Throws the error of a varint that is too long or is not complete. */
	#badVarint(longest: number, type: string, key: Key): never {
		const { buffer, position, end } = this;
		let at = position;
		while (
			at < end &&
			at - position < longest &&
			(buffer[at] as number) >= 0x80
		) {
			at++;
		}
		if (at === end && at - position < longest) {
			this.position = at;
			this.#endOfMessage(1, key);
		}
		this.overflow(position, type, key);
	}

	/** Throws an error at the first byte of a varint. */
	overflow(from: number, type: string, key: Key): never {
		this.failAt(from, `varint overflows ${type}`, key);
	}
}
