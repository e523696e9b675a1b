/**
 * Lists of numbers as typed arrays. Items are copied where their bytes are equal, and need no check of their range.
 *
 * A decoded array has its own memory, which is at most eight times the rest of the message.
 */

import { following, putI32s, putU32s, SCALAR_BYTES, valueIn } from "./lists.js";
import type { Reader } from "./reader.js";
import { decodeI64, decodeU64, encodeI64, encodeU64 } from "./wide.js";
import { lowHalf } from "./words.js";
import type { Writer } from "./writer.js";

const classOf = /* @__PURE__ */ classGetter();

/** Writes a `Vec<i8>`. */
export function encodeInt8Array(w: Writer, v: Int8Array): void {
	enter(w, v, "an", "Int8Array");
	putCopy(w, v);
	w.leave();
}

/** Writes a `Vec<u16>`. */
export function encodeUint16Array(w: Writer, v: Uint16Array): void {
	enter(w, v, "a", "Uint16Array");
	putU32s(w, v);
	w.leave();
}

/** Writes a `Vec<i16>`. */
export function encodeInt16Array(w: Writer, v: Int16Array): void {
	enter(w, v, "an", "Int16Array");
	putI32s(w, v);
	w.leave();
}

/** Writes a `Vec<u32>`. */
export function encodeUint32Array(w: Writer, v: Uint32Array): void {
	enter(w, v, "a", "Uint32Array");
	putU32s(w, v);
	w.leave();
}

/** Writes a `Vec<i32>`. */
export function encodeInt32Array(w: Writer, v: Int32Array): void {
	enter(w, v, "an", "Int32Array");
	putI32s(w, v);
	w.leave();
}

/** Writes a `Vec<u64>`. */
export function encodeBigUint64Array(w: Writer, v: BigUint64Array): void {
	enter(w, v, "a", "BigUint64Array");
	for (let i = 0; i < v.length; i++) {
		encodeU64(w, v[i] as bigint, i);
	}
	w.leave();
}

/** Writes a `Vec<i64>`. */
export function encodeBigInt64Array(w: Writer, v: BigInt64Array): void {
	enter(w, v, "a", "BigInt64Array");
	for (let i = 0; i < v.length; i++) {
		encodeI64(w, v[i] as bigint, i);
	}
	w.leave();
}

/** Writes a `Vec<f32>`. */
export function encodeFloat32Array(w: Writer, v: Float32Array): void {
	enter(w, v, "a", "Float32Array");
	putCopy(w, v);
	w.leave();
}

/** Writes a `Vec<f64>`. */
export function encodeFloat64Array(w: Writer, v: Float64Array): void {
	enter(w, v, "a", "Float64Array");
	putCopy(w, v);
	w.leave();
}

/** Reads a `Vec<i8>`. */
export function decodeInt8Array(r: Reader): Int8Array {
	return r.leave(new Int8Array(takeCopy(r, Int8Array.BYTES_PER_ELEMENT)));
}

/** Reads a `Vec<u16>`. */
export function decodeUint16Array(r: Reader): Uint16Array {
	const items = new Uint16Array(r.list(SCALAR_BYTES));
	for (let i = 0; i < items.length; i++) {
		items[i] = r.u16(i);
	}
	return r.leave(items);
}

/** Reads a `Vec<i16>`. */
export function decodeInt16Array(r: Reader): Int16Array {
	const items = new Int16Array(r.list(SCALAR_BYTES));
	for (let i = 0; i < items.length; i++) {
		items[i] = r.i16(i);
	}
	return r.leave(items);
}

/** Reads a `Vec<u32>`. The loop is that of arrays again: one that fills both is slower for arrays by half. */
export function decodeUint32Array(r: Reader): Uint32Array {
	const count = r.list(SCALAR_BYTES);
	const items = new Uint32Array(count);
	const { view, end } = r;
	let at = r.position;
	for (let i = 0; i < count; i++) {
		const word = at + 4 <= end ? view.getInt32(at, true) : -1;
		const more = following(word);
		if (more < 4) {
			items[i] = valueIn(word, more);
			at += more + 1;
		} else {
			r.position = at;
			items[i] = r.u32(i);
			at = r.position;
		}
	}
	r.position = at;
	return r.leave(items);
}

/** Reads a `Vec<i32>`. */
export function decodeInt32Array(r: Reader): Int32Array {
	const count = r.list(SCALAR_BYTES);
	const items = new Int32Array(count);
	const { view, end } = r;
	let at = r.position;
	for (let i = 0; i < count; i++) {
		const word = at + 4 <= end ? view.getInt32(at, true) : -1;
		const more = following(word);
		if (more < 4) {
			const zigzag = valueIn(word, more);
			items[i] = (zigzag >>> 1) ^ -(zigzag & 1);
			at += more + 1;
		} else {
			r.position = at;
			items[i] = r.i32(i);
			at = r.position;
		}
	}
	r.position = at;
	return r.leave(items);
}

/** Reads a `Vec<u64>`. */
export function decodeBigUint64Array(r: Reader): BigUint64Array {
	const items = new BigUint64Array(r.list(SCALAR_BYTES));
	for (let i = 0; i < items.length; i++) {
		items[i] = decodeU64(r, i);
	}
	return r.leave(items);
}

/** Reads a `Vec<i64>`. */
export function decodeBigInt64Array(r: Reader): BigInt64Array {
	const items = new BigInt64Array(r.list(SCALAR_BYTES));
	for (let i = 0; i < items.length; i++) {
		items[i] = decodeI64(r, i);
	}
	return r.leave(items);
}

/** Reads a `Vec<f32>`. */
export function decodeFloat32Array(r: Reader): Float32Array {
	return r.leave(new Float32Array(takeCopy(r, Float32Array.BYTES_PER_ELEMENT)));
}

/** Reads a `Vec<f64>`. */
export function decodeFloat64Array(r: Reader): Float64Array {
	return r.leave(new Float64Array(takeCopy(r, Float64Array.BYTES_PER_ELEMENT)));
}

/** Writes the count of `value` and enters it, when it is of the class: also of that of another realm. */
function enter(
	w: Writer,
	value: ArrayLike<unknown>,
	article: string,
	name: string,
): void {
	if (classOf?.call(value) !== name) {
		w.wrong(`${article} ${name}`, value, w.here());
	}
	w.count(value.length);
}

/** The getter that tells the class of a typed array by what it is made of, whatever its properties say. */
function classGetter(): (() => string | undefined) | undefined {
	const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
	const tag = Object.getOwnPropertyDescriptor(typedArray, Symbol.toStringTag);
	return tag?.get;
}

/** Writes items whose bytes travel as they are in memory. */
function putCopy(w: Writer, v: Int8Array | Float32Array | Float64Array): void {
	const { buffer, byteOffset, byteLength } = v;
	w.raw(new Uint8Array(buffer, byteOffset, byteLength), "");
	const written = w.buffer.subarray(w.position - byteLength, w.position);
	littleEndian(written, v.BYTES_PER_ELEMENT);
}

/** Reads the count of a list and enters it; the memory of its items, of `size` bytes each, as they are. */
function takeCopy(r: Reader, size: number): ArrayBufferLike {
	const count = r.list(SCALAR_BYTES);
	const whole = Math.floor((r.end - r.position) / size);
	if (whole < count) {
		r.position += whole * size;
		r.need(size, whole);
	}
	const bytes = r.take(count * size);
	littleEndian(bytes, size);
	return bytes.buffer;
}

/** Turns each word of `size` bytes around on a machine of the other byte order. */
function littleEndian(bytes: Uint8Array, size: number): void {
	if (lowHalf !== 0) {
		for (let at = 0; at < bytes.length; at += size) {
			bytes.subarray(at, at + size).reverse();
		}
	}
}
