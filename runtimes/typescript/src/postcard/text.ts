/**
 * UTF-8 to text. Most texts are short, and then a call of `TextDecoder` costs more than all of their characters.
 */

/** Above this many bytes `TextDecoder` is faster. */
const SHORT_BYTES = 96;

/** Refuses what is not UTF-8, and keeps a byte order mark as the character that it is. */
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", {
	fatal: true,
	ignoreBOM: true,
});

/**
 * The text of the bytes from `start` to `end`, or `undefined` when they are not UTF-8. `view` is of the same memory as
 * `bytes`.
 */
export function decodeText(
	bytes: Uint8Array,
	view: DataView,
	start: number,
	end: number,
): string | undefined {
	// Four bytes at once: the last four may be partly looked at already.
	const last = end - 4;
	let all = 0;
	let at = start;
	if (at > last) {
		for (; at < end; at++) {
			all |= bytes[at] as number;
		}
	} else if (end - start <= SHORT_BYTES) {
		all = view.getInt32(last);
		for (; at < last; at += 4) {
			all |= view.getInt32(at);
		}
	} else {
		return long(bytes, start, end);
	}
	if ((all & 0x80808080) !== 0) {
		return unicode(bytes, start, end);
	}
	const first = upTo16(bytes, start, end - start);
	return end - start <= 16 ? first : first + ascii(bytes, start + 16, end);
}

function long(
	bytes: Uint8Array,
	start: number,
	end: number,
): string | undefined {
	try {
		return decoder.decode(bytes.subarray(start, end));
	} catch {
		return undefined;
	}
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
	let text = "";
	for (let at = start; at < end; at += 16) {
		text += upTo16(bytes, at, end - at);
	}
	return text;
}

const text = String.fromCharCode as (
	...units: (number | undefined)[]
) => string;

/** The text of `count` ASCII bytes from `p` on, of the first 16 if there are more. One call costs less than one for each. */
// biome-ignore format: a line for each length.
function upTo16(b: Uint8Array, p: number, count: number): string {
	switch (count) {
		case 0: return "";
		case 1: return text(b[p]);
		case 2: return text(b[p], b[p + 1]);
		case 3: return text(b[p], b[p + 1], b[p + 2]);
		case 4: return text(b[p], b[p + 1], b[p + 2], b[p + 3]);
		case 5: return text(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4]);
		case 6: return text(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5]);
		case 7: return text(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5], b[p + 6]);
		case 8: return text(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5], b[p + 6], b[p + 7]);
		case 9: return text(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5], b[p + 6], b[p + 7], b[p + 8]);
		case 10: return text(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5], b[p + 6], b[p + 7], b[p + 8], b[p + 9]);
		case 11: return text(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5], b[p + 6], b[p + 7], b[p + 8], b[p + 9], b[p + 10]);
		case 12: return text(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5], b[p + 6], b[p + 7], b[p + 8], b[p + 9], b[p + 10], b[p + 11]);
		case 13: return text(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5], b[p + 6], b[p + 7], b[p + 8], b[p + 9], b[p + 10], b[p + 11], b[p + 12]);
		case 14: return text(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5], b[p + 6], b[p + 7], b[p + 8], b[p + 9], b[p + 10], b[p + 11], b[p + 12], b[p + 13]);
		case 15: return text(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5], b[p + 6], b[p + 7], b[p + 8], b[p + 9], b[p + 10], b[p + 11], b[p + 12], b[p + 13], b[p + 14]);
		default: return text(b[p], b[p + 1], b[p + 2], b[p + 3], b[p + 4], b[p + 5], b[p + 6], b[p + 7], b[p + 8], b[p + 9], b[p + 10], b[p + 11], b[p + 12], b[p + 13], b[p + 14], b[p + 15]);
	}
}

/** A text that is not all ASCII, or `undefined` when it is not UTF-8. */
function unicode(
	bytes: Uint8Array,
	start: number,
	end: number,
): string | undefined {
	const units: number[] = [];
	for (let at = start; at < end; ) {
		const lead = bytes[at++] as number;
		if (lead < 0x80) {
			units.push(lead);
			continue;
		}
		const more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
		if (lead < 0xc2 || lead > 0xf4 || end - at < more) {
			return undefined;
		}
		let byte = bytes[at++] as number;
		// The upper two bits of each byte that continues are 10: what differs is collected.
		let wrong = byte ^ 0x80;
		let point = ((lead & 0x1f) << 6) | (byte & 0x3f);
		if (more > 1) {
			byte = bytes[at++] as number;
			wrong |= byte ^ 0x80;
			point = ((point & 0x3ff) << 6) | (byte & 0x3f);
			if (more === 2 && (point < 0x800 || (point & 0xf800) === 0xd800)) {
				return undefined;
			}
		}
		if (more > 2) {
			byte = bytes[at++] as number;
			wrong |= byte ^ 0x80;
			point = (point << 6) | (byte & 0x3f);
			if (point < 0x10000 || point > 0x10ffff) {
				return undefined;
			}
			units.push(0xd7c0 + (point >> 10));
			point = 0xdc00 | (point & 0x3ff);
		}
		if (wrong >= 0x40) {
			return undefined;
		}
		units.push(point);
	}
	return String.fromCharCode(...units);
}
