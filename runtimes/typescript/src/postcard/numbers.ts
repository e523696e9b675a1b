/**
 * Integers of 64 bits as numbers. Numbers are exact up to 2^53 - 1 on either side of zero; other integers are refused in both
 * directions.
 */

import type { Key } from "./path.js";
import type { Reader } from "./reader.js";
import { decodeI64, decodeU64, writeVarint64, writeZigzag64 } from "./wide.js";
import type { Writer } from "./writer.js";

/** The value of one in the high half. */
const HIGH = 2 ** 32;

/** Varint; `usize` too. */
export function encodeU64Number(w: Writer, value: number, key: Key): void {
	if (!Number.isSafeInteger(value) || value < 0) {
		refuse(w, value, 0, key);
	}
	writeVarint64(w, value >>> 0, Math.floor(value / HIGH));
}

/** Zigzag, then varint; `isize` too. */
export function encodeI64Number(w: Writer, value: number, key: Key): void {
	if (!Number.isSafeInteger(value)) {
		refuse(w, value, Number.MIN_SAFE_INTEGER, key);
	}
	writeZigzag64(w, value >>> 0, Math.floor(value / HIGH));
}

/** Varint of up to 10 bytes; `usize` too. */
export function decodeU64Number(r: Reader, key: Key): number {
	const from = r.position;
	const low = r.varint64("u64", key);
	const value = r.high * HIGH + low;
	return Number.isSafeInteger(value) ? value : inexact(r, from, decodeU64, key);
}

/** Varint of up to 10 bytes, zigzag; `isize` too. */
export function decodeI64Number(r: Reader, key: Key): number {
	const from = r.position;
	const zigzag = r.varint64("i64", key);
	const sign = -(zigzag & 1);
	const low = ((zigzag >>> 1) | (r.high << 31)) ^ sign;
	const high = (r.high >>> 1) ^ sign;
	const value = high * HIGH + (low >>> 0);
	return Number.isSafeInteger(value) ? value : inexact(r, from, decodeI64, key);
}

function refuse(w: Writer, value: unknown, least: number, key: Key): never {
	if (typeof value !== "number") {
		w.wrong("a number", value, key);
	}
	const what = `${value} is not an integer from ${least} to ${Number.MAX_SAFE_INTEGER}`;
	w.fail(what, key);
}

/** Throws an error for a value that is not exact as a number. It is read again, as a bigint, for the message. */
function inexact(
	r: Reader,
	from: number,
	decode: (r: Reader, key: Key) => bigint,
	key: Key,
): never {
	r.position = from;
	const value = decode(r, key);
	const bound = value < 0n ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER;
	r.failAt(from, `${value} is beyond ${bound}, the last exact number`, key);
}
