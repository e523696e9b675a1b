/** What tests of values share: bytes as texts, and scalars by their names. */

import { Reader } from "../src/postcard/reader.js";
import { Writer } from "../src/postcard/writer.js";
import { scalars } from "./support.js";

export const LIMIT = 1024 * 1024;

export function written(write: (w: Writer) => void): Uint8Array {
	return new Writer(LIMIT).write(0, write, []);
}

export function read<Value>(
	bytes: Uint8Array,
	decode: (r: Reader) => Value,
): Value {
	return new Reader().read(decode, bytes);
}

export function hex(bytes: Uint8Array): string {
	return Buffer.from(bytes).toString("hex");
}

export function unhex(text: string): Uint8Array {
	return new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

export type Scalar = keyof typeof scalars;

export function write(scalar: Scalar, value: unknown): Uint8Array {
	return written((w) => scalars[scalar].encode(w, value as never, "value"));
}

export function readScalar(r: Reader, scalar: Scalar): unknown {
	return scalars[scalar].decode(r, "");
}

export const U64 = 2n ** 64n - 1n;
export const U128 = 2n ** 128n - 1n;
