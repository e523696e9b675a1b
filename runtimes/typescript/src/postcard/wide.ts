/** Numbers of several words. Functions and not methods, so that a client without them leaves them out. */

import type { Key } from "./path.js";
import type { Reader } from "./reader.js";
import { halves, highHalf, int64, lowHalf, uint64 } from "./words.js";
import type { Writer } from "./writer.js";

/** Varint; `usize` too. */
export function encodeU64(w: Writer, value: bigint, key: Key): void {
	if (typeof value !== "bigint") {
		w.outOfRange(value, 0n, 0xffff_ffff_ffff_ffffn, key);
	}
	uint64[0] = value;
	if (uint64[0] !== value) {
		w.outOfRange(value, 0n, 0xffff_ffff_ffff_ffffn, key);
	}
	writeVarint64(w, halves[lowHalf] as number, halves[highHalf] as number);
}

/** Zigzag, then varint; `isize` too. */
export function encodeI64(w: Writer, value: bigint, key: Key): void {
	if (typeof value !== "bigint") {
		w.outOfRange(value, -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn, key);
	}
	int64[0] = value;
	if (int64[0] !== value) {
		w.outOfRange(value, -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn, key);
	}
	writeZigzag64(w, halves[lowHalf] as number, halves[highHalf] as number);
}

/** Four bytes, little-endian. Precision may be lost; a finite number that single precision cannot hold is refused. */
export function encodeF32(w: Writer, value: number, key: Key): void {
	if (typeof value !== "number") {
		w.wrong("a number", value, key);
	}
	if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) {
		w.fail(`${value} is out of range for an f32`, key);
	}
	w.reserve(4);
	w.view.setFloat32(w.position, value, true);
	w.position += 4;
}

/** Eight bytes, little-endian. */
export function encodeF64(w: Writer, value: number, key: Key): void {
	if (typeof value !== "number") {
		w.wrong("a number", value, key);
	}
	w.reserve(8);
	w.view.setFloat64(w.position, value, true);
	w.position += 8;
}

/** Varint of up to 10 bytes; `usize` too. */
export function decodeU64(r: Reader, key: Key): bigint {
	halves[lowHalf] = r.varint64("u64", key);
	halves[highHalf] = r.high;
	return uint64[0] as bigint;
}

/** Varint of up to 10 bytes, zigzag; `isize` too. */
export function decodeI64(r: Reader, key: Key): bigint {
	const low = r.varint64("i64", key);
	const sign = -(low & 1);
	halves[lowHalf] = ((low >>> 1) | (r.high << 31)) ^ sign;
	halves[highHalf] = (r.high >>> 1) ^ sign;
	return int64[0] as bigint;
}

/** Four bytes, little-endian. */
export function decodeF32(r: Reader, key: Key): number {
	const { position } = r;
	r.need(4, key);
	r.position = position + 4;
	return r.view.getFloat32(position, true);
}

/** Eight bytes, little-endian. */
export function decodeF64(r: Reader, key: Key): number {
	const { position } = r;
	r.need(8, key);
	r.position = position + 8;
	return r.view.getFloat64(position, true);
}

/** Writes 64 bits, of which each half is in two's complement, as zigzag and varint. */
export function writeZigzag64(w: Writer, low: number, high: number): void {
	const sign = (high | 0) >> 31;
	writeVarint64(
		w,
		((low << 1) ^ sign) >>> 0,
		(((high << 1) | (low >>> 31)) ^ sign) >>> 0,
	);
}

/** Writes 64 bits, of which each half is below 2^32, as a varint. */
export function writeVarint64(
	w: Writer,
	lowest: number,
	highest: number,
): void {
	w.reserve(10);
	const { buffer } = w;
	let { position } = w;
	let low = lowest;
	let high = highest;
	while (high !== 0) {
		buffer[position++] = (low & 0x7f) | 0x80;
		low = ((low >>> 7) | (high << 25)) >>> 0;
		high >>>= 7;
	}
	w.position = position;
	w.varint(low);
}
