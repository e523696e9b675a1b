/** Our generated code, reached as a call reaches it: a request's frame behind the space for its header. */

import { deepStrictEqual } from "node:assert/strict";

import { Workload } from "#rapace/index.js";
import { HEADER_BYTES } from "#rapace/rapace/descriptor.js";
import { MAX_FRAME_BYTES } from "#rapace/rapace/limits.js";
import type { AnyMethod } from "#rapace/rapace/method.js";
import { Reader } from "#rapace/rapace/postcard/reader.js";
import { Writer } from "#rapace/rapace/postcard/writer.js";
import type { Case, Values } from "../values.js";
import type { Codec, Library } from "./library.js";

const writer = new Writer(MAX_FRAME_BYTES);
const reader = new Reader();

/** The value of the payload that lies in `memory` from `start` on. */
export function decode(name: Case, memory: Uint8Array, start = 0): unknown {
	const declared: AnyMethod = Workload[name];
	// All methods have something to write and to read.
	const method = declared as Required<AnyMethod>;
	return reader.read(method.decode, memory, start, memory.length, method.name);
}

/** The frame of a request with the value, whose header is empty. */
export function encode(name: Case, value: unknown): Uint8Array {
	const declared: AnyMethod = Workload[name];
	const method = declared as Required<AnyMethod>;
	return writer.write(
		HEADER_BYTES,
		method.encode,
		[value as never],
		method.name,
	);
}

/** The payload of a frame. */
export function payload(frame: Uint8Array): Uint8Array {
	return frame.subarray(HEADER_BYTES);
}

function codec<Name extends Case>(name: Name, value: Values[Name]): Codec {
	return {
		encode: () => encode(name, value),
		decode: (frame) => decode(name, frame, HEADER_BYTES),
		check: (frame) => deepStrictEqual(decode(name, frame, HEADER_BYTES), value),
	};
}

export const rapace: Library = (values) => ({
	small: codec("small", values.small),
	order: codec("order", values.order),
	batch: codec("batch", values.batch),
	ints: codec("ints", values.ints),
	floats: codec("floats", values.floats),
	strings: codec("strings", values.strings),
});
