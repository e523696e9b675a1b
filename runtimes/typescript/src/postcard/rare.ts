/** Types that fewer methods use. These are functions and not methods, so that bundlers leave out those that nothing calls. */

import type { Key } from "./path.js";
import type { Reader } from "./reader.js";
import { decodeString, encodeString } from "./strings.js";
import type { Writer } from "./writer.js";

/** The longest varint of 128 bits, in bytes. */
const VARINT128_BYTES = 19;

/** Varint of up to 19 bytes. */
export function encodeU128(w: Writer, value: bigint, key: Key): void {
	if (typeof value !== "bigint" || BigInt.asUintN(128, value) !== value) {
		w.outOfRange(value, 0n, 2n ** 128n - 1n, key);
	}
	encodeVarint(w, value);
}

/** Varint of up to 19 bytes. */
export function decodeU128(r: Reader, key: Key): bigint {
	return decodeVarint(r, "u128", key);
}

/** Zigzag, then varint of up to 19 bytes. */
export function encodeI128(w: Writer, value: bigint, key: Key): void {
	if (typeof value !== "bigint" || BigInt.asIntN(128, value) !== value) {
		w.outOfRange(value, -(2n ** 127n), 2n ** 127n - 1n, key);
	}
	encodeVarint(w, value < 0n ? (-value << 1n) - 1n : value << 1n);
}

/** Varint of up to 19 bytes, zigzag. */
export function decodeI128(r: Reader, key: Key): bigint {
	const zigzag = decodeVarint(r, "i128", key);
	return (zigzag >> 1n) ^ -(zigzag & 1n);
}

/** One character, as a string: length, UTF-8. */
export function encodeChar(w: Writer, value: string, key: Key): void {
	if (typeof value === "string" && !isCharacter(value)) {
		const what = `expected exactly one character, got ${[...value].length}`;
		w.fail(what, key);
	}
	encodeString(w, value, key);
}

/** A string of exactly one character. */
export function decodeChar(r: Reader, key: Key): string {
	const from = r.position;
	const text = decodeString(r, key);
	if (!isCharacter(text)) {
		r.failAt(from, `char of ${[...text].length} characters`, key);
	}
	return text;
}

/** Exactly `length` raw bytes. */
export function encodeByteArray(
	w: Writer,
	value: Uint8Array,
	length: number,
	key: Key,
): void {
	w.checkBytes(value, key);
	if (value.length !== length) {
		w.fail(`expected ${length} bytes, got ${value.length}`, key);
	}
	w.raw(value, key);
}

/** Exactly `length` raw bytes. */
export function decodeByteArray(
	r: Reader,
	length: number,
	key: Key,
): Uint8Array {
	r.need(length, key);
	return r.take(length);
}

/** An enum without data: the position of its variant among `names`. */
export function encodeOneOf<Name extends string>(
	w: Writer,
	names: readonly Name[],
	value: Name,
	key: Key,
): void {
	const index = names.indexOf(value);
	if (index < 0) {
		if (typeof value !== "string") {
			w.wrong("a string", value, key);
		}
		w.fail(`${JSON.stringify(value)} is none of ${names.join(", ")}`, key);
	}
	w.variant(index);
}

/** An enum without data: the name at the position that is read. */
export function decodeOneOf<Name extends string>(
	r: Reader,
	names: readonly Name[],
	key: Key,
): Name {
	return names[r.variant(names.length, key)] as Name;
}

/** Enters a tuple or an array of `length` items. */
export function enterTuple(
	w: Writer,
	value: readonly unknown[],
	length: number,
): void {
	if (!Array.isArray(value)) {
		w.wrong("an array", value, w.here());
	}
	if (value.length !== length) {
		w.fail(`expected ${length} items, got ${value.length}`, w.here());
	}
	w.down();
}

/** Reads the count of a list, set or map and enters it. Its items take no bytes, and `size` bytes each when they are decoded. */
export function emptyList(r: Reader, size = 0): number {
	const from = r.position;
	const count = r.length(r.here());
	const next = r.position;
	r.down();
	// Too many items are an error at the offset of their count.
	r.position = from;
	r.emptyItems(count);
	r.charge(count * size, from, "");
	r.position = next;
	return count;
}

/** Throws an error for an enum with data whose `kind` is none of its variants: `known` is `Payload: Text, Image`. */
export function unknownKind(w: Writer, value: never, known: string): never {
	const kind = (value as { kind?: unknown }).kind;
	if (typeof kind !== "string") {
		w.wrong("a string", kind, "kind");
	}
	w.fail(`${JSON.stringify(kind)} is no variant of ${known}`, "kind");
}

function isCharacter(text: string): boolean {
	const point = text.codePointAt(0);
	return point !== undefined && text.length === (point > 0xffff ? 2 : 1);
}

function encodeVarint(w: Writer, value: bigint): void {
	w.reserve(VARINT128_BYTES);
	let rest = value;
	while (rest >= 0x80n) {
		w.buffer[w.position++] = Number(rest & 0x7fn) | 0x80;
		rest >>= 7n;
	}
	w.buffer[w.position++] = Number(rest);
}

function decodeVarint(r: Reader, type: string, key: Key): bigint {
	const from = r.position;
	let value = 0n;
	for (let shift = 0n; shift < 133n; shift += 7n) {
		const byte = r.u8(key);
		if (shift === 126n && byte > 3) {
			break;
		}
		value |= BigInt(byte & 0x7f) << shift;
		if (byte < 0x80) {
			return value;
		}
	}
	return r.overflow(from, type, key);
}
