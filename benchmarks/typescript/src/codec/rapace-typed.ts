/** Our generated code whose lists of numbers are typed arrays, reached as a call reaches it. The other cases are those of `rapace`. */

import { deepStrictEqual } from "node:assert/strict";

import { Workload } from "#rapace-typed/index.js";
import { HEADER_BYTES } from "#rapace-typed/rapace/descriptor.js";
import { MAX_FRAME_BYTES } from "#rapace-typed/rapace/limits.js";
import type { AnyMethod } from "#rapace-typed/rapace/method.js";
import { Reader } from "#rapace-typed/rapace/postcard/reader.js";
import { Writer } from "#rapace-typed/rapace/postcard/writer.js";
import type { Codec, Library } from "./library.js";
import * as rapace from "./rapace.js";

const writer = new Writer(MAX_FRAME_BYTES);
const reader = new Reader();

function codec(
	name: "ints" | "floats",
	value: Uint32Array | Float64Array,
	list: number[],
): Codec {
	const declared: AnyMethod = Workload[name];
	const method = declared as Required<AnyMethod>;
	const encode = () =>
		writer.write(HEADER_BYTES, method.encode, [value as never], method.name);
	const decode = (frame: Uint8Array) =>
		reader.read(method.decode, frame, HEADER_BYTES, frame.length, method.name);
	return {
		encode,
		decode,
		check: (frame) => {
			deepStrictEqual(decode(frame), value);
			const payload = rapace.payload(rapace.encode(name, list));
			deepStrictEqual(rapace.payload(frame), payload);
		},
	};
}

export const rapaceTyped: Library = ({ ints, floats }) => ({
	ints: codec("ints", Uint32Array.from(ints), ints),
	floats: codec("floats", Float64Array.from(floats), floats),
});
