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
/** The UTF-16 of a short text. */
const units = /* @__PURE__ */ new Uint16Array(SHORT_BYTES);

/** The text of the bytes from `start` to `end`, or `undefined` when they are not UTF-8. */
export function decodeText(
	bytes: Uint8Array,
	start: number,
	end: number,
): string | undefined {
	if (end - start > SHORT_BYTES) {
		try {
			return decoder.decode(bytes.subarray(start, end));
		} catch {
			return undefined;
		}
	}
	let count = 0;
	for (let at = start; at < end; ) {
		const lead = bytes[at++] as number;
		if (lead < 0x80) {
			units[count++] = lead;
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
			point = ((point & 0x7fff) << 6) | (byte & 0x3f);
			if (point < 0x10000 || point > 0x10ffff) {
				return undefined;
			}
			units[count++] = 0xd7c0 + (point >> 10);
			point = 0xdc00 | (point & 0x3ff);
		}
		if (wrong >= 0x40) {
			return undefined;
		}
		units[count++] = point;
	}
	if (count <= 16) {
		return upTo16(units, 0, count);
	}
	let text = "";
	for (let i = 0; i < count; i += 16) {
		text += upTo16(units, i, count - i);
	}
	return text;
}

const text = String.fromCharCode as (
	...units: (number | undefined)[]
) => string;

/** The text of the units from `i` on: all that there are, at most 16. One call costs less than one for each. */
// biome-ignore format: a line for each length.
function upTo16(u: Uint16Array, i: number, count: number): string {
	switch (count) {
		case 0: return "";
		case 1: return text(u[i]);
		case 2: return text(u[i], u[i + 1]);
		case 3: return text(u[i], u[i + 1], u[i + 2]);
		case 4: return text(u[i], u[i + 1], u[i + 2], u[i + 3]);
		case 5: return text(u[i], u[i + 1], u[i + 2], u[i + 3], u[i + 4]);
		case 6: return text(u[i], u[i + 1], u[i + 2], u[i + 3], u[i + 4], u[i + 5]);
		case 7: return text(u[i], u[i + 1], u[i + 2], u[i + 3], u[i + 4], u[i + 5], u[i + 6]);
		case 8: return text(u[i], u[i + 1], u[i + 2], u[i + 3], u[i + 4], u[i + 5], u[i + 6], u[i + 7]);
		case 9: return text(u[i], u[i + 1], u[i + 2], u[i + 3], u[i + 4], u[i + 5], u[i + 6], u[i + 7], u[i + 8]);
		case 10: return text(u[i], u[i + 1], u[i + 2], u[i + 3], u[i + 4], u[i + 5], u[i + 6], u[i + 7], u[i + 8], u[i + 9]);
		case 11: return text(u[i], u[i + 1], u[i + 2], u[i + 3], u[i + 4], u[i + 5], u[i + 6], u[i + 7], u[i + 8], u[i + 9], u[i + 10]);
		case 12: return text(u[i], u[i + 1], u[i + 2], u[i + 3], u[i + 4], u[i + 5], u[i + 6], u[i + 7], u[i + 8], u[i + 9], u[i + 10], u[i + 11]);
		case 13: return text(u[i], u[i + 1], u[i + 2], u[i + 3], u[i + 4], u[i + 5], u[i + 6], u[i + 7], u[i + 8], u[i + 9], u[i + 10], u[i + 11], u[i + 12]);
		case 14: return text(u[i], u[i + 1], u[i + 2], u[i + 3], u[i + 4], u[i + 5], u[i + 6], u[i + 7], u[i + 8], u[i + 9], u[i + 10], u[i + 11], u[i + 12], u[i + 13]);
		case 15: return text(u[i], u[i + 1], u[i + 2], u[i + 3], u[i + 4], u[i + 5], u[i + 6], u[i + 7], u[i + 8], u[i + 9], u[i + 10], u[i + 11], u[i + 12], u[i + 13], u[i + 14]);
		default: return text(u[i], u[i + 1], u[i + 2], u[i + 3], u[i + 4], u[i + 5], u[i + 6], u[i + 7], u[i + 8], u[i + 9], u[i + 10], u[i + 11], u[i + 12], u[i + 13], u[i + 14], u[i + 15]);
	}
}
