/** msgpackr with shared structures: plain objects as they are, maps as `Map`, 64-bit integers as `bigint`. */

import { deepStrictEqual } from "node:assert/strict";

import { Packr } from "msgpackr";

import type { Codec, Library } from "./library.js";
import { plain } from "./plain.js";

function codec(value: unknown): Codec {
	const packr = new Packr({ structures: [] });
	return {
		encode: () => packr.pack(value),
		decode: (bytes) => packr.unpack(bytes),
		check: (bytes) => deepStrictEqual(plain(packr.unpack(bytes)), plain(value)),
	};
}

export const msgpackr: Library = (values) => ({
	small: codec(values.small),
	order: codec(values.order),
	batch: codec(values.batch),
	ints: codec(values.ints),
	floats: codec(values.floats),
	strings: codec(values.strings),
});
