import { REMEMBERED_KEY_BYTES, REMEMBERED_KEYS } from "../limits.js";
import type { Key } from "./path.js";
import type { Reader } from "./reader.js";
import { decodeString } from "./strings.js";

/** The remembered keys, each at the hash of its bytes. They are ASCII. */
const texts: string[] = /* @__PURE__ */ new Array(REMEMBERED_KEYS).fill("");
/** Four words for each key: its first twelve bytes, which overlap in a shorter key, and its last four. */
const words = /* @__PURE__ */ new Int32Array(4 * REMEMBERED_KEYS);

/** Reads a string that is the key of a map, like {@link decodeString}: length in bytes, UTF-8. */
export function decodeMapKey(r: Reader, key: Key): string {
	const { view, position, end } = r;
	const size = position < end ? view.getUint8(position) : 0;
	const start = position + 1;
	if (size < 4 || size > REMEMBERED_KEY_BYTES || size > end - start) {
		return decodeString(r, key);
	}
	const last = start + size - 4;
	const first = view.getInt32(start);
	const second = view.getInt32(Math.min(start + 4, last));
	const third = view.getInt32(Math.min(start + 8, last));
	const fourth = view.getInt32(last);
	const mixed =
		first ^
		Math.imul(second, 0x9e3779b1) ^
		Math.imul(third, 0x85ebca6b) ^
		Math.imul(fourth, 0xc2b2ae35);
	const place = (Math.imul(mixed, 0x9e3779b1) >>> 16) % REMEMBERED_KEYS;
	const at = 4 * place;
	const known = texts[place] as string;
	if (
		known.length === size &&
		words[at] === first &&
		words[at + 1] === second &&
		words[at + 2] === third &&
		words[at + 3] === fourth
	) {
		r.position = start + size;
		return known;
	}
	const text = decodeString(r, key);
	// As many characters as bytes: the text is ASCII, and no other text has these bytes.
	if (text.length === size) {
		texts[place] = text;
		words[at] = first;
		words[at + 1] = second;
		words[at + 2] = third;
		words[at + 3] = fourth;
	}
	return text;
}
