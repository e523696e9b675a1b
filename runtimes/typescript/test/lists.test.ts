import assert from "node:assert/strict";
import { describe, test } from "node:test";

import fc from "fast-check";

import {
	decodeF32s,
	decodeF64s,
	decodeI32s,
	decodeU32s,
	encodeF32s,
	encodeF64s,
	encodeI32s,
	encodeU32s,
} from "../src/postcard/lists.js";
import { Reader } from "../src/postcard/reader.js";
import { Writer } from "../src/postcard/writer.js";
import { outcome, scalars } from "./support.js";

type Scalar = "u32" | "i32" | "f32" | "f64";
type Encode = (w: Writer, v: readonly number[]) => void;

const u32 = fc
	.integer({ min: 0, max: 32 })
	.chain((bits) => fc.integer({ min: 0, max: 2 ** bits - 1 }));
const lists: [Scalar, Encode, (r: Reader) => number[], fc.Arbitrary<number>][] =
	[
		["u32", encodeU32s, decodeU32s, u32],
		["i32", encodeI32s, decodeI32s, u32.map((value) => value | 0)],
		["f32", encodeF32s, decodeF32s, fc.float()],
		["f64", encodeF64s, decodeF64s, fc.double()],
	];

/** What the generated code does for lists of anything else. */
function encodeEach(scalar: Scalar): Encode {
	return (w, v) => {
		w.list(v);
		let i = 0;
		for (const item of v) {
			scalars[scalar].encode(w, item as never, i);
			i++;
		}
		w.leave();
	};
}

function decodeEach(scalar: Scalar): (r: Reader) => number[] {
	return (r) => {
		const items: number[] = [];
		for (let i = 0, n = r.list(); i < n; i++) {
			items.push(scalars[scalar].decode(r, i));
		}
		return r.leave(items);
	};
}

function written(encode: Encode, values: readonly number[], limit: number) {
	const write = (w: Writer) => encode(w.in("list"), values);
	return [...new Writer(limit).write(4, write, [], "Test.list")];
}

function read(decode: (r: Reader) => number[], bytes: Uint8Array) {
	const reader = new Reader();
	// In the midst of other memory, whose bytes must not be read.
	const memory = new Uint8Array(bytes.length + 16).fill(1);
	memory.set(bytes, 8);
	const end = 8 + bytes.length;
	return reader.read((r) => decode(r.in("list")), memory, 8, end, "Test.list");
}

for (const [scalar, encode, decode, value] of lists) {
	describe(`a list of ${scalar} as a whole and item by item`, () => {
		const one = encodeEach(scalar);
		const each = decodeEach(scalar);

		test("any values are written and read the same, within any limit", () => {
			fc.assert(
				fc.property(fc.array(value), fc.nat(400), (values, limit) => {
					const expected = outcome(() => written(one, values, limit));
					assert.deepEqual(
						outcome(() => written(encode, values, limit)),
						expected,
					);
					const bytes = Uint8Array.from(written(encode, values, 4096).slice(4));
					assert.deepEqual(
						read(decode, bytes),
						scalar === "f32" ? values.map(Math.fround) : values,
					);
				}),
			);
		});

		test("what is no such value is refused the same", () => {
			const wrong = fc.constantFrom<unknown>(
				-1,
				1.5,
				2 ** 31,
				2 ** 32,
				1e39,
				Number.NaN,
				"7",
				7n,
				null,
				undefined,
				{},
			);
			const values = fc.array(fc.oneof(value, wrong));
			fc.assert(
				fc.property(values, (values) => {
					assert.deepEqual(
						outcome(() => written(encode, values as number[], 4096)),
						outcome(() => written(one, values as number[], 4096)),
					);
				}),
			);
			assert.deepEqual(
				outcome(() => written(encode, new Set() as never, 4096)),
				outcome(() => written(one, new Set() as never, 4096)),
			);
		});

		test("every beginning of a message is refused the same", () => {
			fc.assert(
				fc.property(fc.array(value), (values) => {
					const bytes = Uint8Array.from(written(one, values, 4096).slice(4));
					for (let size = 0; size <= bytes.length; size++) {
						const beginning = bytes.subarray(0, size);
						assert.deepEqual(
							outcome(() => read(decode, beginning)),
							outcome(() => read(each, beginning)),
						);
					}
				}),
				{ numRuns: 30 },
			);
		});

		test("any bytes are read or refused the same", () => {
			const byte = fc.oneof(
				fc.integer({ min: 0, max: 255 }),
				fc.constantFrom(0, 0x7f, 0x80, 0xff, 0x0f, 0x10),
			);
			const bytes = fc.tuple(fc.nat(12), fc.array(byte, { maxLength: 40 }));
			fc.assert(
				fc.property(bytes, ([count, rest]) => {
					const message = Uint8Array.of(count, ...rest);
					assert.deepEqual(
						outcome(() => read(decode, message)),
						outcome(() => read(each, message)),
					);
				}),
				{ numRuns: 2000 },
			);
		});
	});
}

test("a count beyond what is left is refused before there is memory for it", () => {
	const bytes = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 1);
	for (const [, , decode] of lists) {
		assert.throws(() => read(decode, bytes), {
			message:
				"Test.list: list: 4294967295 items, but 1 bytes are left (at byte 0)",
		});
	}
});
