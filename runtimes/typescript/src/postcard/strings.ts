/** Strings: length in bytes, UTF-8. Functions and not methods, so that a client without strings leaves them out. */

import type { Key } from "./path.js";
import type { Reader } from "./reader.js";
import { decodeText } from "./text.js";
import { VARINT32_BYTES, type Writer } from "./writer.js";

/**
 * Up to this many characters a loop is faster than `TextEncoder`. Each takes at most 3 bytes, and their length takes one
 * byte.
 */
const SHORT_STRING = 42;

const encoder = /* @__PURE__ */ new TextEncoder();

/** Length in bytes, UTF-8. */
export function encodeString(w: Writer, value: string, key: Key): void {
	if (typeof value !== "string") {
		w.wrong("a string", value, key);
	}
	if (value.length > SHORT_STRING) {
		longString(w, value, key);
		return;
	}
	w.reserve(1 + 3 * value.length, key);
	const { buffer, position } = w;
	const { length } = value;
	let at = position + 1;
	let i = 0;
	// Four at once: a step of the loop costs as much as a character does.
	for (; i + 4 <= length; i += 4) {
		const first = value.charCodeAt(i);
		const second = value.charCodeAt(i + 1);
		const third = value.charCodeAt(i + 2);
		const fourth = value.charCodeAt(i + 3);
		if ((first | second | third | fourth) >= 0x80) {
			break;
		}
		buffer[at++] = first;
		buffer[at++] = second;
		buffer[at++] = third;
		buffer[at++] = fourth;
	}
	for (; i < length; i++) {
		const unit = value.charCodeAt(i);
		if (unit >= 0x80) {
			at = shortUnicode(w, value, i, at, key);
			break;
		}
		buffer[at++] = unit;
	}
	buffer[position] = at - position - 1;
	w.position = at;
}

/** Length in bytes, UTF-8. */
export function decodeString(r: Reader, key: Key): string {
	const { buffer, position, end } = r;
	let size = position < end ? (buffer[position] as number) : 0x80;
	let start = position + 1;
	if (size >= 0x80 || size > end - start) {
		size = r.size(key);
		start = r.position;
	}
	r.position = start + size;
	return (
		decodeText(buffer, r.view, start, start + size) ??
		r.failAt(position, "string is not UTF-8", key)
	);
}

/** Writes the characters of a short string from `index` on, where the first is not ASCII. Returns the end. */
function shortUnicode(
	w: Writer,
	text: string,
	index: number,
	position: number,
	key: Key,
): number {
	const { buffer } = w;
	let at = position;
	for (let i = index; i < text.length; i++) {
		let point = text.charCodeAt(i);
		if (point < 0x80) {
			buffer[at++] = point;
			continue;
		}
		if (point < 0x800) {
			buffer[at++] = 0xc0 | (point >> 6);
		} else {
			if ((point & 0xf800) !== 0xd800) {
				buffer[at++] = 0xe0 | (point >> 12);
			} else {
				const next = text.charCodeAt(i + 1);
				if (point >= 0xdc00 || (next & 0xfc00) !== 0xdc00) {
					unpaired(w, i, key);
				}
				i++;
				point = ((point & 0x3ff) << 10) + (next & 0x3ff) + 0x10000;
				buffer[at++] = 0xf0 | (point >> 18);
				buffer[at++] = 0x80 | ((point >> 12) & 0x3f);
			}
			buffer[at++] = 0x80 | ((point >> 6) & 0x3f);
		}
		buffer[at++] = 0x80 | (point & 0x3f);
	}
	return at;
}

function longString(w: Writer, value: string, key: Key): void {
	const size = utf8Length(value);
	if (size < 0) {
		unpaired(w, -1 - size, key);
	}
	w.reserve(VARINT32_BYTES + size, key);
	w.varint(size);
	encoder.encodeInto(value, w.buffer.subarray(w.position));
	w.position += size;
}

function unpaired(w: Writer, index: number, key: Key): never {
	w.fail(`unpaired surrogate at index ${index}`, key);
}

/** Returns the length of a string in UTF-8, or `-1 - i` when the surrogate at index `i` is unpaired. */
function utf8Length(text: string): number {
	const units = text.length;
	let size = units;
	for (let i = 0; i < units; i++) {
		const unit = text.charCodeAt(i);
		if (unit < 0x80) {
			continue;
		}
		if (unit < 0x800) {
			size += 1;
			continue;
		}
		size += 2;
		if ((unit & 0xf800) !== 0xd800) {
			continue;
		}
		const next = text.charCodeAt(i + 1);
		if (unit >= 0xdc00 || (next & 0xfc00) !== 0xdc00) {
			return -1 - i;
		}
		// A surrogate pair takes four bytes: two were counted for the units, and two were added for the first.
		i++;
	}
	return size;
}
