/** Integers of 64 and 128 bits as strings of decimal digits, in the form of `String(value)` alone. */

import type { Key } from "./path.js";
import { decodeI128, decodeU128, encodeI128, encodeU128 } from "./rare.js";
import type { Reader } from "./reader.js";
import { decodeI64, decodeU64, encodeI64, encodeU64 } from "./wide.js";
import type { Writer } from "./writer.js";

/** As many digits as 128 bits can have, without leading zeros: equal numbers are equal strings, which may be keys of maps. */
const DECIMAL = /^(?:0|-?[1-9]\d{0,38})$/;

/** Varint; `usize` too. */
export function encodeU64String(w: Writer, value: string, key: Key): void {
	encodeU64(w, parse(w, value, key), key);
}

/** Zigzag, then varint; `isize` too. */
export function encodeI64String(w: Writer, value: string, key: Key): void {
	encodeI64(w, parse(w, value, key), key);
}

/** Varint of up to 19 bytes. */
export function encodeU128String(w: Writer, value: string, key: Key): void {
	encodeU128(w, parse(w, value, key), key);
}

/** Zigzag, then varint of up to 19 bytes. */
export function encodeI128String(w: Writer, value: string, key: Key): void {
	encodeI128(w, parse(w, value, key), key);
}

/** Varint of up to 10 bytes; `usize` too. */
export function decodeU64String(r: Reader, key: Key): string {
	return decodeU64(r, key).toString();
}

/** Varint of up to 10 bytes, zigzag; `isize` too. */
export function decodeI64String(r: Reader, key: Key): string {
	return decodeI64(r, key).toString();
}

/** Varint of up to 19 bytes. */
export function decodeU128String(r: Reader, key: Key): string {
	return decodeU128(r, key).toString();
}

/** Varint of up to 19 bytes, zigzag. */
export function decodeI128String(r: Reader, key: Key): string {
	return decodeI128(r, key).toString();
}

function parse(w: Writer, value: string, key: Key): bigint {
	if (typeof value !== "string") {
		w.wrong("a string", value, key);
	}
	if (!DECIMAL.test(value)) {
		const what = `${JSON.stringify(value)} is not an integer of up to 39 decimal digits`;
		w.fail(what, key);
	}
	return BigInt(value);
}
