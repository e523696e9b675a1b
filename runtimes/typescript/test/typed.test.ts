import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";

import fc from "fast-check";

import { Reader } from "../src/postcard/reader.js";
import * as typed from "../src/postcard/typed.js";
import { Writer } from "../src/postcard/writer.js";
import { outcome, scalars } from "./support.js";

type Scalar =
	| "i8"
	| "u16"
	| "i16"
	| "u32"
	| "i32"
	| "u64"
	| "i64"
	| "f32"
	| "f64";
type Items = ArrayLike<unknown> & { readonly buffer: ArrayBufferLike };

/** A class of typed arrays, and what writes and reads them. */
interface Kind {
	readonly scalar: Scalar;
	readonly name: string;
	readonly make: (from: Iterable<never>) => Items;
	readonly encode: (w: Writer, v: never) => void;
	readonly decode: (r: Reader) => Items;
	readonly value: fc.Arbitrary<unknown>;
}

const kinds: Kind[] = [
	{
		scalar: "i8",
		name: "an Int8Array",
		make: (from) => Int8Array.from(from),
		encode: typed.encodeInt8Array,
		decode: typed.decodeInt8Array,
		value: fc.integer({ min: -128, max: 127 }),
	},
	{
		scalar: "u16",
		name: "a Uint16Array",
		make: (from) => Uint16Array.from(from),
		encode: typed.encodeUint16Array,
		decode: typed.decodeUint16Array,
		value: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
	},
	{
		scalar: "i16",
		name: "an Int16Array",
		make: (from) => Int16Array.from(from),
		encode: typed.encodeInt16Array,
		decode: typed.decodeInt16Array,
		value: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }),
	},
	{
		scalar: "u32",
		name: "a Uint32Array",
		make: (from) => Uint32Array.from(from),
		encode: typed.encodeUint32Array,
		decode: typed.decodeUint32Array,
		value: fc
			.integer({ min: 0, max: 32 })
			.chain((bits) => fc.integer({ min: 0, max: 2 ** bits - 1 })),
	},
	{
		scalar: "i32",
		name: "an Int32Array",
		make: (from) => Int32Array.from(from),
		encode: typed.encodeInt32Array,
		decode: typed.decodeInt32Array,
		value: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
	},
	{
		scalar: "u64",
		name: "a BigUint64Array",
		make: (from) => BigUint64Array.from(from),
		encode: typed.encodeBigUint64Array,
		decode: typed.decodeBigUint64Array,
		value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
	},
	{
		scalar: "i64",
		name: "a BigInt64Array",
		make: (from) => BigInt64Array.from(from),
		encode: typed.encodeBigInt64Array,
		decode: typed.decodeBigInt64Array,
		value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
	},
	{
		scalar: "f32",
		name: "a Float32Array",
		make: (from) => Float32Array.from(from),
		encode: typed.encodeFloat32Array,
		decode: typed.decodeFloat32Array,
		value: fc.float(),
	},
	{
		scalar: "f64",
		name: "a Float64Array",
		make: (from) => Float64Array.from(from),
		encode: typed.encodeFloat64Array,
		decode: typed.decodeFloat64Array,
		value: fc.double(),
	},
];

function written(encode: (w: Writer) => void, limit = 4096): number[] {
	const write = (w: Writer) => encode(w.in("list"));
	return [...new Writer(limit).write(4, write, [], "Test.list")];
}

/** What the generated code does for arrays of anything. */
function writtenEach(kind: Kind, values: readonly unknown[]): number[] {
	return written((w) => {
		w.list(values);
		for (const [i, value] of values.entries()) {
			scalars[kind.scalar].encode(w, value as never, i);
		}
		w.leave();
	});
}

function read<Value>(decode: (r: Reader) => Value, bytes: Uint8Array): Value {
	// In the midst of other memory, whose bytes must not be read; an odd start is no multiple of an item's size.
	const memory = new Uint8Array(bytes.length + 18).fill(1);
	memory.set(bytes, 9);
	const end = 9 + bytes.length;
	const read = (r: Reader) => decode(r.in("list"));
	return new Reader().read(read, memory, 9, end, "Test.list");
}

function readEach(kind: Kind, bytes: Uint8Array): unknown[] {
	return read((r) => {
		const items: unknown[] = [];
		for (let i = 0, n = r.list(); i < n; i++) {
			items.push(scalars[kind.scalar].decode(r, i));
		}
		return r.leave(items);
	}, bytes);
}

/** The items that hold these numbers. */
function numbers(kind: Kind, ...values: number[]): unknown[] {
	return /^[ui]64$/.test(kind.scalar) ? values.map(BigInt) : values;
}

for (const kind of kinds) {
	const write = (value: unknown, limit?: number) =>
		written((w) => kind.encode(w, value as never), limit);

	describe(`${kind.name} and an array`, () => {
		const lists = fc.array(kind.value);

		test("are the same bytes, and come back in memory of their own", () => {
			fc.assert(
				fc.property(lists, (values) => {
					const items = kind.make(values as never[]);
					const bytes = write(items);
					assert.deepEqual(bytes, writtenEach(kind, values));
					const back = read(kind.decode, Uint8Array.from(bytes.slice(4)));
					assert.deepEqual(back, items);
					assert.equal(back.buffer.byteLength, items.buffer.byteLength);
				}),
			);
		});

		test("are refused the same at any beginning of a message", () => {
			fc.assert(
				fc.property(lists, (values) => {
					const bytes = Uint8Array.from(writtenEach(kind, values).slice(4));
					for (let size = 0; size <= bytes.length; size++) {
						const beginning = bytes.subarray(0, size);
						assert.deepEqual(
							outcome(() => Array.from(read(kind.decode, beginning))),
							outcome(() => readEach(kind, beginning)),
						);
					}
				}),
				{ numRuns: 30 },
			);
		});

		test("are read or refused the same whatever the bytes", () => {
			const byte = fc.oneof(
				fc.integer({ min: 0, max: 255 }),
				fc.constantFrom(0, 0x7f, 0x80, 0xff, 0x0f, 0x10, 0x03, 0x04, 1, 2),
			);
			const bytes = fc.tuple(fc.nat(12), fc.array(byte, { maxLength: 100 }));
			fc.assert(
				fc.property(bytes, ([count, rest]) => {
					const message = Uint8Array.of(count, ...rest);
					assert.deepEqual(
						outcome(() => Array.from(read(kind.decode, message))),
						outcome(() => readEach(kind, message)),
					);
				}),
				{ numRuns: 2000 },
			);
		});
	});

	test(`${kind.name} may be a part of its memory, or of another realm`, () => {
		const values = numbers(kind, 1, 2, 3);
		const expected = writtenEach(kind, values.slice(1));
		const items = kind.make(values as never[]) as Uint8Array;
		assert.deepEqual(write(items.subarray(1)), expected);
		const foreign = runInNewContext(`${items.constructor.name}.from(values)`, {
			values: values.slice(1),
		});
		assert.deepEqual(write(foreign), expected);
	});

	test(`nothing but ${kind.name} is written`, () => {
		for (const wrong of [
			[1],
			new Uint8Array(8),
			new Uint8ClampedArray(8),
			new ArrayBuffer(8),
			new DataView(new ArrayBuffer(8)),
			{ length: 0 },
			{ [Symbol.toStringTag]: kind.name.split(" ")[1], length: 0 },
			null,
			undefined,
			"1",
			...kinds.filter((other) => other !== kind).map((other) => other.make([])),
		]) {
			const got = Array.isArray(wrong)
				? "an array"
				: wrong === null
					? "null"
					: typeof wrong;
			assert.throws(() => write(wrong), {
				name: "EncodeError",
				message: `Test.list: list: expected ${kind.name}, got ${got}`,
			});
		}
	});

	test(`${kind.name} beyond the limit of a frame names its place`, () => {
		const values = numbers(kind, ...new Array<number>(3000).fill(100));
		const items = kind.make(values as never[]);
		assert.throws(() => write(items, 1000), {
			code: "ResourceExhausted",
			message:
				/^Test\.list: (list: )?message of \d+ bytes( or more)? exceeds limit 1000$/,
		});
	});

	test(`a count of ${kind.name} beyond what is left is refused before there is memory for it`, () => {
		const bytes = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 1);
		assert.throws(() => read(kind.decode, bytes), {
			message:
				"Test.list: list: 4294967295 items, but 1 bytes are left (at byte 0)",
		});
	});
}

test("the bits of a NaN stay as they are", () => {
	const bits = Uint8Array.of(1, 0x78, 0x56, 0x34, 0x12, 0xef, 0xcd, 0xf8, 0x7f);
	const nan = read(typed.decodeFloat64Array, bits);
	assert.deepEqual(written((w) => typed.encodeFloat64Array(w, nan)).slice(4), [
		...bits,
	]);
});
