/**
 * UTF-8 to text. Most texts are short. For these a call of `TextDecoder` costs more than reading their characters.
 */

/** Above this many bytes `TextDecoder` is faster. */
const SHORT_BYTES = 96;

/** Refuses what is not UTF-8, and keeps a byte order mark as a character. */
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
	if (end - start > SHORT_BYTES) {
		try {
			return decoder.decode(bytes.subarray(start, end));
		} catch {
			return undefined;
		}
	}
	let whole = "";
	for (let at = start; at < end; at += 16) {
		const next = upTo16(view, at, end - at);
		if (next === undefined) {
			return unicode(bytes, start, end);
		}
		whole += next;
	}
	return whole;
}

const text: (...units: number[]) => string = String.fromCharCode;

/**
 * The text of `count` bytes from `start` on, of the first 16 if there are more; `undefined` unless they are ASCII. Four
 * bytes are read at once, the last four of which some may have been read before, and one call is made for all.
 */
// biome-ignore format: a line for each length.
function upTo16(view: DataView, start: number, count: number): string | undefined {
	if (count < 4) {
		let short = "";
		for (let i = 0; i < count; i++) {
			const byte = view.getUint8(start + i);
			if (byte > 127) {
				return undefined;
			}
			short += text(byte);
		}
		return short;
	}
	const a = view.getInt32(start, true);
	const b = count > 8 ? view.getInt32(start + 4, true) : 0;
	const c = count > 12 ? view.getInt32(start + 8, true) : 0;
	const d = view.getInt32(start + Math.min(count, 16) - 4, true);
	if (((a | b | c | d) & 0x80808080) !== 0) {
		return undefined;
	}
	switch (count) {
		case 4: return text(d & 127, (d >> 8) & 127, (d >> 16) & 127, d >> 24);
		case 5: return text(a & 127, (a >> 8) & 127, (a >> 16) & 127, a >> 24, d >> 24);
		case 6: return text(a & 127, (a >> 8) & 127, (a >> 16) & 127, a >> 24, (d >> 16) & 127, d >> 24);
		case 7: return text(a & 127, (a >> 8) & 127, (a >> 16) & 127, a >> 24, (d >> 8) & 127, (d >> 16) & 127, d >> 24);
		case 8: return text(a & 127, (a >> 8) & 127, (a >> 16) & 127, a >> 24, d & 127, (d >> 8) & 127, (d >> 16) & 127, d >> 24);
		case 9: return text(a & 127, (a >> 8) & 127, (a >> 16) & 127, a >> 24, b & 127, (b >> 8) & 127, (b >> 16) & 127, b >> 24, d >> 24);
		case 10: return text(a & 127, (a >> 8) & 127, (a >> 16) & 127, a >> 24, b & 127, (b >> 8) & 127, (b >> 16) & 127, b >> 24, (d >> 16) & 127, d >> 24);
		case 11: return text(a & 127, (a >> 8) & 127, (a >> 16) & 127, a >> 24, b & 127, (b >> 8) & 127, (b >> 16) & 127, b >> 24, (d >> 8) & 127, (d >> 16) & 127, d >> 24);
		case 12: return text(a & 127, (a >> 8) & 127, (a >> 16) & 127, a >> 24, b & 127, (b >> 8) & 127, (b >> 16) & 127, b >> 24, d & 127, (d >> 8) & 127, (d >> 16) & 127, d >> 24);
		case 13: return text(a & 127, (a >> 8) & 127, (a >> 16) & 127, a >> 24, b & 127, (b >> 8) & 127, (b >> 16) & 127, b >> 24, c & 127, (c >> 8) & 127, (c >> 16) & 127, c >> 24, d >> 24);
		case 14: return text(a & 127, (a >> 8) & 127, (a >> 16) & 127, a >> 24, b & 127, (b >> 8) & 127, (b >> 16) & 127, b >> 24, c & 127, (c >> 8) & 127, (c >> 16) & 127, c >> 24, (d >> 16) & 127, d >> 24);
		case 15: return text(a & 127, (a >> 8) & 127, (a >> 16) & 127, a >> 24, b & 127, (b >> 8) & 127, (b >> 16) & 127, b >> 24, c & 127, (c >> 8) & 127, (c >> 16) & 127, c >> 24, (d >> 8) & 127, (d >> 16) & 127, d >> 24);
		default: return text(a & 127, (a >> 8) & 127, (a >> 16) & 127, a >> 24, b & 127, (b >> 8) & 127, (b >> 16) & 127, b >> 24, c & 127, (c >> 8) & 127, (c >> 16) & 127, c >> 24, d & 127, (d >> 8) & 127, (d >> 16) & 127, d >> 24);
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
