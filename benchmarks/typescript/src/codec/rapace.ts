/** Our generated code, reached as a call reaches it: a request's frame behind the space for its header. */

import { deepStrictEqual } from "node:assert/strict";

import { Workload } from "../../generated/rapace/src/index.js";
import { HEADER_BYTES } from "../../generated/rapace/src/rapace/descriptor.js";
import { MAX_FRAME_BYTES } from "../../generated/rapace/src/rapace/limits.js";
import type { AnyMethod } from "../../generated/rapace/src/rapace/method.js";
import { Reader } from "../../generated/rapace/src/rapace/postcard/reader.js";
import { Writer } from "../../generated/rapace/src/rapace/postcard/writer.js";
import type { Case, Values } from "../values.js";
import type { Codec, Library } from "./library.js";

const writer = new Writer(MAX_FRAME_BYTES);
const reader = new Reader();

/** The method of a case. All have something to write and to read. */
function method(name: Case): Required<AnyMethod> {
	const declared: AnyMethod = Workload[name];
	return declared as Required<AnyMethod>;
}

/** The value of the payload that lies in `memory` from `start` on. */
export function decode(name: Case, memory: Uint8Array, start = 0): unknown {
	const { decode, name: called } = method(name);
	return reader.read(decode, memory, start, memory.length, called);
}

/** The frame of a request with the value, whose header is empty. */
export function encode(name: Case, value: unknown): Uint8Array {
	const { encode, name: called } = method(name);
	return writer.write(HEADER_BYTES, encode, [value as never], called);
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
