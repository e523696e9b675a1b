/** Values and their bytes, both ways. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import fc from "fast-check";

import { DecodeError, EncodeError } from "../src/errors.js";
import { decodeByteArray } from "../src/postcard/rare.js";
import type { Reader } from "../src/postcard/reader.js";
import { decodeString, encodeString } from "../src/postcard/strings.js";
import { encodeU64 } from "../src/postcard/wide.js";
import { Writer } from "../src/postcard/writer.js";
import {
	hex,
	LIMIT,
	read,
	readScalar,
	type Scalar,
	U64,
	U128,
	unhex,
	write,
} from "./coding.js";
import { decodeTree } from "./support.js";

describe("values that are written and read back", () => {
	const vectors: [Scalar, unknown, string][] = [
		["bool", false, "00"],
		["bool", true, "01"],
		["u8", 0, "00"],
		["u8", 255, "ff"],
		["i8", -128, "80"],
		["i8", -1, "ff"],
		["i8", 127, "7f"],
		["u16", 127, "7f"],
		["u16", 128, "8001"],
		["u16", 65_535, "ffff03"],
		["u32", 0, "00"],
		["u32", 300, "ac02"],
		["u32", 4_294_967_295, "ffffffff0f"],
		["u64", 0n, "00"],
		["u64", 2n ** 28n - 1n, "ffffff7f"],
		["u64", 2n ** 28n, "8080808001"],
		["u64", 2n ** 32n - 1n, "ffffffff0f"],
		["u64", 2n ** 32n, "8080808010"],
		["u64", 2n ** 35n, "808080808001"],
		["u64", 2n ** 63n, "80808080808080808001"],
		["u64", U64, "ffffffffffffffffff01"],
		["u128", 0n, "00"],
		["u128", U64, "ffffffffffffffffff01"],
		["u128", U128, "ffffffffffffffffffffffffffffffffffff03"],
		["i16", 0, "00"],
		["i16", -1, "01"],
		["i16", 1, "02"],
		["i16", -32_768, "ffff03"],
		["i16", 32_767, "feff03"],
		["i32", -2_147_483_648, "ffffffff0f"],
		["i32", 2_147_483_647, "feffffff0f"],
		["i64", -1n, "01"],
		["i64", -(2n ** 31n) - 1n, "8180808010"],
		["i64", -(2n ** 63n), "ffffffffffffffffff01"],
		["i64", 2n ** 63n - 1n, "feffffffffffffffff01"],
		["i128", -1n, "01"],
		["i128", -(2n ** 127n), "ffffffffffffffffffffffffffffffffffff03"],
		["i128", 2n ** 127n - 1n, "feffffffffffffffffffffffffffffffffff03"],
		["f32", 1.5, "0000c03f"],
		["f32", -0, "00000080"],
		["f32", Number.POSITIVE_INFINITY, "0000807f"],
		["f64", 1.5, "000000000000f83f"],
		["f64", -0, "0000000000000080"],
		["char", "a", "0161"],
		["char", "é", "02c3a9"],
		["char", "🦀", "04f09fa680"],
		["char", "\0", "0100"],
		["string", "", "00"],
		["string", "naïve", "066e61c3af7665"],
		["string", "\ufeffx", "04efbbbf78"],
		["bytes", Uint8Array.of(), "00"],
		["bytes", Uint8Array.of(0, 255), "0200ff"],
	];
	for (const [scalar, value, bytes] of vectors) {
		const name = value instanceof Uint8Array ? hex(value) : String(value);
		test(`${scalar} ${JSON.stringify(name)}`, () => {
			assert.equal(hex(write(scalar, value)), bytes);
			assert.deepEqual(
				read(unhex(bytes), (r) => readScalar(r, scalar)),
				value,
			);
		});
	}

	test("NaN", () => {
		for (const scalar of ["f32", "f64"] as const) {
			const bytes = write(scalar, Number.NaN);
			assert.ok(Number.isNaN(read(bytes, (r) => readScalar(r, scalar))));
		}
	});

	test("varints that are not minimal, up to the longest form of their type", () => {
		const accepted: [Scalar, string, unknown][] = [
			["u16", "808000", 0],
			["u32", "8080808000", 0],
			["u64", "ff808080808080808000", 127n],
			["u128", "81808080808080808080808080808080808000", 1n],
			["i16", "818000", -1],
		];
		for (const [scalar, bytes, value] of accepted) {
			assert.equal(
				read(unhex(bytes), (r) => readScalar(r, scalar)),
				value,
			);
		}
	});
});

describe("memory", () => {
	test("of a large message is not kept for small ones", () => {
		const writer = new Writer(1 << 24);
		const large = (w: Writer) => {
			for (let i = 0; i < 9; i++) {
				w.bytes(new Uint8Array(1_000_000), "x");
			}
		};
		assert.equal(writer.write(68, large, []).length, 68 + 9 * 1_000_003);
		const small = writer.write(68, (w) => w.u8(1, "x"), []);
		assert.ok(small.buffer.byteLength < 100_000);
	});

	test("messages do not share bytes that are written later", () => {
		const writer = new Writer(LIMIT);
		const messages: [Uint8Array, string][] = [];
		for (let i = 0; i < 500; i++) {
			const text = String.fromCharCode(97 + (i % 26)).repeat(i);
			messages.push([
				writer.write(4, (w) => encodeString(w, text, ""), []),
				text,
			]);
		}
		for (const [message, text] of messages) {
			assert.equal(hex(message.subarray(0, 4)), "00000000");
			assert.equal(
				read(message.subarray(4), (r) => decodeString(r, "")),
				text,
			);
		}
	});

	test("what is left of a message that failed is not seen in the next", () => {
		const writer = new Writer(LIMIT);
		const wrong = (w: Writer) => {
			encodeU64(w, U64, "");
			w.u8(-1, "");
		};
		assert.throws(() => writer.write(8, wrong, []), EncodeError);
		assert.equal(hex(writer.write(8, () => {}, [])), "0000000000000000");
	});

	test("keys of any size have a text of their own", () => {
		const bytes = new Uint8Array(500_000).fill(7);
		read(bytes, (r) => {
			decodeByteArray(r, bytes.length, "");
			assert.equal(r.since(0), "\x07".repeat(bytes.length));
			assert.equal(r.since(bytes.length - 1), "\x07");
		});
	});

	test("bytes that were read are a copy, also from a Node buffer", () => {
		const buffer = Buffer.from([2, 1, 2]);
		const value = read(buffer, (r) => r.bytes(""));
		buffer.fill(9);
		assert.deepEqual(value, Uint8Array.of(1, 2));
		assert.equal(Object.getPrototypeOf(value), Uint8Array.prototype);
	});
});

describe("properties", () => {
	const unicode = fc.string({ unit: "binary", maxLength: 300 });
	const arbitraries: Record<Scalar, fc.Arbitrary<unknown>> = {
		bool: fc.boolean(),
		u8: fc.integer({ min: 0, max: 255 }),
		u16: fc.integer({ min: 0, max: 65_535 }),
		u32: fc.integer({ min: 0, max: 4_294_967_295 }),
		u64: fc.bigInt({ min: 0n, max: U64 }),
		u128: fc.bigInt({ min: 0n, max: U128 }),
		i8: fc.integer({ min: -128, max: 127 }),
		i16: fc.integer({ min: -32_768, max: 32_767 }),
		i32: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
		i64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
		i128: fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }),
		f32: fc.float(),
		f64: fc.double(),
		char: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
		string: unicode,
		bytes: fc.uint8Array({ maxLength: 300 }),
	};
	for (const [scalar, arbitrary] of Object.entries(arbitraries) as [
		Scalar,
		fc.Arbitrary<unknown>,
	][]) {
		test(`any ${scalar} is read back as it was written`, () => {
			fc.assert(
				fc.property(arbitrary, (value) => {
					assert.deepEqual(
						read(write(scalar, value), (r) => readScalar(r, scalar)),
						value,
					);
				}),
			);
		});
	}

	test("a varint is the shortest form, least significant bits first", () => {
		fc.assert(
			fc.property(fc.bigInt({ min: 0n, max: U64 }), (value) => {
				const expected: number[] = [];
				let rest = value;
				do {
					expected.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
					rest >>= 7n;
				} while (rest > 0n);
				assert.deepEqual([...write("u64", value)], expected);
			}),
		);
	});

	test("strings are written as Node writes UTF-8, and refused exactly when they are not Unicode", () => {
		fc.assert(
			fc.property(
				fc.string({
					unit: fc
						.integer({ min: 0, max: 0xffff })
						.map((unit) => String.fromCharCode(unit)),
				}),
				(value) => {
					if (!/\p{Surrogate}/u.test(value)) {
						const bytes = write("string", value);
						assert.deepEqual(
							Buffer.from(
								bytes.subarray(-Buffer.byteLength(value) || bytes.length),
							),
							Buffer.from(value),
						);
					} else {
						assert.throws(() => write("string", value), EncodeError);
					}
				},
			),
		);
	});

	test("any bytes are read as a value or refused with a DecodeError inside them", () => {
		const decoders: ((r: Reader) => unknown)[] = [
			decodeTree,
			...(Object.keys(arbitraries) as Scalar[]).map(
				(scalar) => (r: Reader) => readScalar(r, scalar),
			),
		];
		fc.assert(
			fc.property(
				fc.constantFrom(...decoders),
				fc.uint8Array({ maxLength: 40 }),
				(decode, bytes) => {
					try {
						read(bytes, decode);
					} catch (error) {
						assert.ok(error instanceof DecodeError, String(error));
						assert.ok(error.offset >= 0 && error.offset <= bytes.length);
					}
				},
			),
			{ numRuns: 5000 },
		);
	});
});
