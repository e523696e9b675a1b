/**
 * Lists of numbers. Each function does what the method of an item does, in one loop with its state in local variables.
 *
 * Unusual items are left to the method, which reads the item or throws its error. These are functions and not methods, so that
 * bundlers leave out those that nothing calls.
 */

import type { Reader } from "./reader.js";
import { decodeF32, decodeF64, encodeF32, encodeF64 } from "./wide.js";
import type { Writer } from "./writer.js";

/** The nominal size of a decoded number, in bytes, which is equal in all languages. */
export const SCALAR_BYTES = 16;

/** The longest varint of 32 bits, in bytes. */
const VARINT32_BYTES = 5;

/** The number of bytes after the first of a varint, by the number of leading zeros of its value. */
const FOLLOWING = /* @__PURE__ */ Uint8Array.from({ length: 33 }, (_, zeros) =>
	zeros < 32 ? (31 - zeros) / 7 : 0,
);
/** The continuation bits of the first four bytes, by the number of bytes after the first. */
const ANNOUNCED = /* @__PURE__ */ Int32Array.of(
	0,
	0x80,
	0x8080,
	0x808080,
	0x80808080,
);
/** The bits of the first four bytes that hold the value, by the number of bytes after the first. */
const VALUE_BITS = /* @__PURE__ */ Int32Array.of(
	0x7f,
	0x7f7f,
	0x7f7f7f,
	0x7f7f7f7f,
);

/** Writes a `Vec<u32>`. */
export function encodeU32s(w: Writer, v: readonly number[]): void {
	w.list(v);
	putU32s(w, v);
	w.leave();
}

/** Writes the items of a list of unsigned integers. */
export function putU32s(w: Writer, v: ArrayLike<number>): void {
	const { length } = v;
	let i = 0;
	if (w.hasRoom(VARINT32_BYTES * length)) {
		const { buffer, view } = w;
		let at = w.position;
		for (; i < length; i++) {
			const item = v[i] as number;
			if (typeof item !== "number" || item >>> 0 !== item) {
				break;
			}
			at += putVarint(buffer, view, at, item);
		}
		w.position = at;
	}
	for (; i < length; i++) {
		w.u32(v[i] as number, i);
	}
}

/** Writes a `Vec<i32>`. */
export function encodeI32s(w: Writer, v: readonly number[]): void {
	w.list(v);
	putI32s(w, v);
	w.leave();
}

/** Writes the items of a list of integers. */
export function putI32s(w: Writer, v: ArrayLike<number>): void {
	const { length } = v;
	let i = 0;
	if (w.hasRoom(VARINT32_BYTES * length)) {
		const { buffer, view } = w;
		let at = w.position;
		for (; i < length; i++) {
			const item = v[i] as number;
			if (typeof item !== "number" || (item | 0) !== item) {
				break;
			}
			at += putVarint(buffer, view, at, (item << 1) ^ (item >> 31));
		}
		w.position = at;
	}
	for (; i < length; i++) {
		w.i32(v[i] as number, i);
	}
}

/** Writes a `Vec<f32>`. */
export function encodeF32s(w: Writer, v: readonly number[]): void {
	w.list(v);
	const { length } = v;
	w.hasRoom(4 * length);
	for (let i = 0; i < length; i++) {
		encodeF32(w, v[i] as number, i);
	}
	w.leave();
}

/** Writes a `Vec<f64>`. */
export function encodeF64s(w: Writer, v: readonly number[]): void {
	w.list(v);
	const { length } = v;
	let i = 0;
	if (w.hasRoom(8 * length)) {
		const { view } = w;
		let at = w.position;
		for (; i < length; i++) {
			const item = v[i] as number;
			if (typeof item !== "number") {
				break;
			}
			view.setFloat64(at, item, true);
			at += 8;
		}
		w.position = at;
	}
	for (; i < length; i++) {
		encodeF64(w, v[i] as number, i);
	}
	w.leave();
}

/** Reads a `Vec<u32>`. */
export function decodeU32s(r: Reader): number[] {
	const count = r.list(SCALAR_BYTES);
	const items = new Array<number>(count);
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
export function decodeI32s(r: Reader): number[] {
	const count = r.list(SCALAR_BYTES);
	const items = new Array<number>(count);
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

/** Reads a `Vec<f32>`. */
export function decodeF32s(r: Reader): number[] {
	const count = r.list(SCALAR_BYTES);
	const whole = Math.min(count, (r.end - r.position) >>> 2);
	const items = new Array<number>(whole);
	const { view } = r;
	let at = r.position;
	for (let i = 0; i < whole; i++) {
		items[i] = view.getFloat32(at, true);
		at += 4;
	}
	r.position = at;
	if (whole < count) {
		decodeF32(r, whole);
	}
	return r.leave(items);
}

/** Reads a `Vec<f64>`. */
export function decodeF64s(r: Reader): number[] {
	const count = r.list(SCALAR_BYTES);
	const whole = Math.min(count, (r.end - r.position) >>> 3);
	const items = new Array<number>(whole);
	const { view } = r;
	let at = r.position;
	for (let i = 0; i < whole; i++) {
		items[i] = view.getFloat64(at, true);
		at += 8;
	}
	r.position = at;
	if (whole < count) {
		decodeF64(r, whole);
	}
	return r.leave(items);
}

/** Writes a varint without a branch and returns its length. There must be room for it. */
function putVarint(
	buffer: Uint8Array,
	view: DataView,
	at: number,
	value: number,
): number {
	const more = FOLLOWING[Math.clz32(value)] as number;
	const bits =
		(value & 0x7f) |
		((value << 1) & 0x7f00) |
		((value << 2) & 0x7f0000) |
		((value << 3) & 0x7f000000);
	view.setInt32(at, bits | (ANNOUNCED[more] as number), true);
	buffer[at + 4] = value >>> 28;
	return more + 1;
}

/** Returns the number of bytes after the first of the varint that `word` begins with: 4 for more, and for no word (-1). */
export function following(word: number): number {
	const ends = ~word & 0x80808080;
	return ends === 0 ? 4 : (31 - Math.clz32(ends & -ends)) >>> 3;
}

/** Returns the value of the varint that `word` begins with. Fewer than 4 bytes may follow its first. */
export function valueIn(word: number, more: number): number {
	const bits = word & (VALUE_BITS[more] as number);
	return (
		(bits & 0x7f) |
		((bits >>> 1) & 0x3f80) |
		((bits >>> 2) & 0x1fc000) |
		((bits >>> 3) & 0xfe00000)
	);
}
