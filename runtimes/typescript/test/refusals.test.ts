/** What is no value, on the way in and on the way out: refused, with its place. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { DecodeError, EncodeError } from "../src/errors.js";
import { MAX_DEPTH, MAX_ZERO_SIZED_ITEMS } from "../src/limits.js";
import { decodeOpen, encodeOpen } from "../src/postcard/open.js";
import {
	decodeByteArray,
	decodeChar,
	decodeI128,
	decodeOneOf,
	decodeU128,
	emptyList,
	encodeByteArray,
	encodeChar,
	encodeI128,
	encodeOneOf,
	encodeU128,
	enterTuple,
	unknownKind,
} from "../src/postcard/rare.js";
import type { Reader } from "../src/postcard/reader.js";
import { decodeString, encodeString } from "../src/postcard/strings.js";
import {
	decodeF32,
	decodeF64,
	decodeI64,
	decodeU64,
	encodeF32,
	encodeF64,
	encodeI64,
	encodeU64,
} from "../src/postcard/wide.js";
import { Writer } from "../src/postcard/writer.js";
import { hex, read, U64, U128, unhex, written } from "./coding.js";
import { decodeTree, encodeTree, type Tree } from "./support.js";

describe("bytes that are refused", () => {
	const currencies = ["Eur", "Usd"] as const;
	const cases: [string, (r: Reader) => unknown, string, number, string][] = [
		["", (r) => r.u8("x"), "1 bytes wanted, but 0 are left", 0, "x"],
		["808080", (r) => r.u16("x"), "varint overflows u16", 0, "x"],
		["ffff04", (r) => r.u16("x"), "varint overflows u16", 0, "x"],
		["ffffffff10", (r) => r.u32("x"), "varint overflows u32", 0, "x"],
		["808080808000", (r) => r.u32("x"), "varint overflows u32", 0, "x"],
		["ffff04", (r) => r.i16("x"), "varint overflows i16", 0, "x"],
		["ffffffff10", (r) => r.i32("x"), "varint overflows i32", 0, "x"],
		[
			"ffffffffffffffffff02",
			(r) => decodeU64(r, "x"),
			"varint overflows u64",
			0,
			"x",
		],
		[
			"8080808080808080808000",
			(r) => decodeU64(r, "x"),
			"varint overflows u64",
			0,
			"x",
		],
		[
			"ffffffffffffffffff02",
			(r) => decodeI64(r, "x"),
			"varint overflows i64",
			0,
			"x",
		],
		[
			"ffffffffffffffffffffffffffffffffffff04",
			(r) => decodeU128(r, "x"),
			"varint overflows u128",
			0,
			"x",
		],
		[
			"ffffffffffffffffffffffffffffffffffff8300",
			(r) => decodeI128(r, "x"),
			"varint overflows i128",
			0,
			"x",
		],
		["ff", (r) => r.u32("x"), "1 bytes wanted, but 0 are left", 1, "x"],
		["02", (r) => r.bool("x"), "bool tag 2 is not 0 or 1", 0, "x"],
		["ff", (r) => r.option("x"), "option tag 255 is not 0 or 1", 0, "x"],
		[
			"000000",
			(r) => decodeF32(r, "x"),
			"4 bytes wanted, but 3 are left",
			0,
			"x",
		],
		["00", (r) => decodeF64(r, "x"), "8 bytes wanted, but 1 are left", 0, "x"],
		["00", (r) => decodeChar(r, "x"), "char of 0 characters", 0, "x"],
		["026162", (r) => decodeChar(r, "x"), "char of 2 characters", 0, "x"],
		[
			"05ff",
			(r) => decodeString(r, "x"),
			"length 5, but 1 bytes are left",
			0,
			"x",
		],
		["01ff", (r) => decodeString(r, "x"), "string is not UTF-8", 0, "x"],
		["03eda080", (r) => decodeString(r, "x"), "string is not UTF-8", 0, "x"],
		[
			`1c${"61".repeat(27)}ff`,
			(r) => decodeString(r, "x"),
			"string is not UTF-8",
			0,
			"x",
		],
		[
			"ffffffffffffffffff01",
			(r) => r.bytes("x"),
			"length 18446744073709552000, but 0 bytes are left",
			0,
			"x",
		],
		[
			"0102",
			(r) => decodeByteArray(r, 4, "x"),
			"4 bytes wanted, but 2 are left",
			0,
			"x",
		],
		["0361", (r) => r.in("x").list(), "3 items, but 1 bytes are left", 0, "x"],
		[
			"02",
			(r) => decodeOneOf(r, currencies, "x"),
			"variant 2, but there are 2",
			0,
			"x",
		],
		[
			"8080808010",
			(r) => decodeOpen(r, currencies, "x"),
			"variant 4294967296, but there are 4294967296",
			0,
			"x",
		],
		["05", (r) => r.variant(2), "variant 5, but there are 2", 0, "kind"],
		["0000", (r) => r.u8("x"), "1 bytes too many", 1, ""],
		[
			"818004",
			(r) => emptyList(r.in("x")),
			"more than 65536 items without bytes",
			0,
			"x",
		],
	];
	for (const [bytes, decode, what, offset, path] of cases) {
		test(`${bytes || "nothing"}: ${what}`, () => {
			const where = path === "" ? "" : `${path}: `;
			assert.throws(
				() => read(unhex(bytes), decode),
				(error) => {
					assert.ok(error instanceof DecodeError);
					assert.equal(error.message, `${where}${what} (at byte ${offset})`);
					assert.equal(error.offset, offset);
					assert.equal(error.path, path);
					return true;
				},
			);
		});
	}

	test("the limit of items without bytes is one for the whole message", () => {
		// A list of lists of units: each inner one takes three bytes and claims 65,536 items.
		const bytes = unhex("02 808004 01");
		const decode = (r: Reader) => {
			const n = r.in("lists").list();
			for (let i = 0; i < n; i++) {
				emptyList(r.in(i));
				r.leave(undefined);
			}
			return r.leave(n);
		};
		assert.throws(() => read(bytes, decode), { path: "lists[1]" });
		assert.equal(MAX_ZERO_SIZED_ITEMS, 65_536);
	});

	test("the path leads through structs and lists", () => {
		const tree = { label: "a", children: [{ label: "b", children: [] }] };
		const bytes = written((w) => encodeTree(w, tree));
		assert.equal(hex(bytes), "0161" + "01" + "0162" + "00");
		bytes[4] = 0xff;
		assert.throws(() => read(bytes, decodeTree), {
			path: "children[0].label",
			offset: 3,
		});
	});
});

describe("values that are refused", () => {
	const names = ["Eur", "Usd"] as const;
	type Write = (w: Writer, value: never) => void;
	const cases: [string, Write, unknown, string][] = [
		["u8", (w, v) => w.u8(v, "x"), 256, "256 is not an integer from 0 to 255"],
		["u8", (w, v) => w.u8(v, "x"), -1, "-1 is not an integer from 0 to 255"],
		["u8", (w, v) => w.u8(v, "x"), 1.5, "1.5 is not an integer from 0 to 255"],
		[
			"u8",
			(w, v) => w.u8(v, "x"),
			Number.NaN,
			"NaN is not an integer from 0 to 255",
		],
		["u8", (w, v) => w.u8(v, "x"), 1n, "expected a number, got bigint"],
		[
			"u16",
			(w, v) => w.u16(v, "x"),
			65_536,
			"65536 is not an integer from 0 to 65535",
		],
		["u16", (w, v) => w.u16(v, "x"), "7", "expected a number, got string"],
		[
			"u32",
			(w, v) => w.u32(v, "x"),
			2 ** 32,
			"4294967296 is not an integer from 0 to 4294967295",
		],
		["u32", (w, v) => w.u32(v, "x"), null, "expected a number, got null"],
		["u32", (w, v) => w.u32(v, "x"), 1n, "expected a number, got bigint"],
		["u64", (w, v) => encodeU64(w, v, "x"), 7, "expected a bigint, got number"],
		[
			"u64",
			(w, v) => encodeU64(w, v, "x"),
			-1n,
			`-1 is not an integer from 0 to ${U64}`,
		],
		[
			"u64",
			(w, v) => encodeU64(w, v, "x"),
			U64 + 1n,
			`${U64 + 1n} is not an integer from 0 to ${U64}`,
		],
		[
			"u128",
			(w, v) => encodeU128(w, v, "x"),
			U128 + 1n,
			`${U128 + 1n} is not an integer from 0 to ${U128}`,
		],
		[
			"i8",
			(w, v) => w.i8(v, "x"),
			128,
			"128 is not an integer from -128 to 127",
		],
		[
			"i8",
			(w, v) => w.i8(v, "x"),
			undefined,
			"expected a number, got undefined",
		],
		[
			"i16",
			(w, v) => w.i16(v, "x"),
			-32_769,
			"-32769 is not an integer from -32768 to 32767",
		],
		[
			"i32",
			(w, v) => w.i32(v, "x"),
			2 ** 31,
			"2147483648 is not an integer from -2147483648 to 2147483647",
		],
		[
			"i64",
			(w, v) => encodeI64(w, v, "x"),
			2n ** 63n,
			`${2n ** 63n} is not an integer from ${-(2n ** 63n)} to ${2n ** 63n - 1n}`,
		],
		[
			"i128",
			(w, v) => encodeI128(w, v, "x"),
			2n ** 127n,
			`${2n ** 127n} is not an integer from ${-(2n ** 127n)} to ${2n ** 127n - 1n}`,
		],
		[
			"f32",
			(w, v) => encodeF32(w, v, "x"),
			1e39,
			"1e+39 is out of range for an f32",
		],
		[
			"f32",
			(w, v) => encodeF32(w, v, "x"),
			"1",
			"expected a number, got string",
		],
		[
			"f64",
			(w, v) => encodeF64(w, v, "x"),
			1n,
			"expected a number, got bigint",
		],
		["bool", (w, v) => w.bool(v, "x"), 1, "expected a boolean, got number"],
		["unit", (w, v) => w.unit(v, "x"), null, "expected undefined, got null"],
		[
			"string",
			(w, v) => encodeString(w, v, "x"),
			7,
			"expected a string, got number",
		],
		[
			"string",
			(w, v) => encodeString(w, v, "x"),
			"ab\ud800",
			"unpaired surrogate at index 2",
		],
		[
			"string",
			(w, v) => encodeString(w, v, "x"),
			"\udc00\ud800",
			"unpaired surrogate at index 0",
		],
		[
			"string",
			(w, v) => encodeString(w, v, "x"),
			`${"é".repeat(99)}\ud83d!`,
			"unpaired surrogate at index 99",
		],
		[
			"char",
			(w, v) => encodeChar(w, v, "x"),
			"",
			"expected exactly one character, got 0",
		],
		[
			"char",
			(w, v) => encodeChar(w, v, "x"),
			"ab",
			"expected exactly one character, got 2",
		],
		[
			"char",
			(w, v) => encodeChar(w, v, "x"),
			"e\u0301",
			"expected exactly one character, got 2",
		],
		[
			"char",
			(w, v) => encodeChar(w, v, "x"),
			"\ud83d",
			"unpaired surrogate at index 0",
		],
		[
			"char",
			(w, v) => encodeChar(w, v, "x"),
			7,
			"expected a string, got number",
		],
		[
			"bytes",
			(w, v) => w.bytes(v, "x"),
			[1, 2],
			"expected a Uint8Array, got an array",
		],
		[
			"bytes",
			(w, v) => w.bytes(v, "x"),
			Uint16Array.of(1),
			"expected a Uint8Array, got object",
		],
		[
			"byteArray",
			(w, v) => encodeByteArray(w, v, 4, "x"),
			Uint8Array.of(1),
			"expected 4 bytes, got 1",
		],
		[
			"byteArray",
			(w, v) => encodeByteArray(w, v, 4, "x"),
			"abcd",
			"expected a Uint8Array, got string",
		],
		[
			"oneOf",
			(w, v) => encodeOneOf(w, names, v, "x"),
			"Gbp",
			'"Gbp" is none of Eur, Usd',
		],
		[
			"oneOf",
			(w, v) => encodeOneOf(w, names, v, "x"),
			1,
			"expected a string, got number",
		],
		[
			"open",
			(w, v) => encodeOpen(w, names, v, "x"),
			"Gbp",
			'"Gbp" is none of Eur, Usd',
		],
		[
			"open",
			(w, v) => encodeOpen(w, names, v, "x"),
			1,
			'1 is "Usd": write its name',
		],
		[
			"open",
			(w, v) => encodeOpen(w, names, v, "x"),
			2 ** 32,
			"4294967296 is not an integer from 0 to 4294967295",
		],
		[
			"open",
			(w, v) => encodeOpen(w, names, v, "x"),
			true,
			"expected a string, got boolean",
		],
		[
			"enter",
			(w, v) => w.in("x").enter(v),
			"text",
			"expected an object, got string",
		],
		[
			"enter",
			(w, v) => w.in("x").enter(v),
			null,
			"expected an object, got null",
		],
		[
			"enter",
			(w, v) => w.in("x").enter(v),
			7,
			"expected an object, got number",
		],
		[
			"enterTuple",
			(w, v) => enterTuple(w.in("x"), v, 2),
			[1],
			"expected 2 items, got 1",
		],
		[
			"enterTuple",
			(w, v) => enterTuple(w.in("x"), v, 2),
			{ length: 2 },
			"expected an array, got object",
		],
		[
			"list",
			(w, v) => w.in("x").list(v),
			new Set([1]),
			"expected an array, got object",
		],
		["set", (w, v) => w.in("x").set(v), [1], "expected a Set, got an array"],
		["map", (w, v) => w.in("x").map(v), {}, "expected a Map, got object"],
		[
			"emptyItems",
			(w, v) => {
				w.in("x").list([]);
				w.emptyItems(v);
			},
			65_537,
			"more than 65536 items without bytes",
		],
	];
	for (const [scalar, write, value, what] of cases) {
		test(`${scalar}: ${what}`, () => {
			assert.throws(
				() => written((w) => write(w, value as never)),
				(error) => {
					assert.ok(error instanceof EncodeError);
					assert.equal(error.message, `x: ${what}`);
					assert.equal(error.path, "x");
					assert.equal(error.code, "InvalidArgument");
					return true;
				},
			);
		});
	}

	test("an enum whose kind is none of its variants", () => {
		const write = (value: unknown) =>
			written((w) => {
				w.in("status").enter(value as object);
				unknownKind(w, value as never, "Status: Placed, Packed");
			});
		assert.throws(() => write({ kind: "Nope" }), {
			message: 'status.kind: "Nope" is no variant of Status: Placed, Packed',
		});
		assert.throws(() => write({}), {
			message: "status.kind: expected a string, got undefined",
		});
	});

	test("the path leads through structs and lists", () => {
		const tree = {
			label: "a",
			children: [
				{ label: "b", children: [] },
				{ label: 7, children: [] },
			],
		} as unknown as Tree;
		assert.throws(() => written((w) => encodeTree(w.in("tree"), tree)), {
			path: "tree.children[1].label",
		});
	});

	test("a message beyond the limit, before it is built", () => {
		const writer = new Writer(1000);
		const write = (size: number) =>
			writer.write(68, (w) => w.bytes(new Uint8Array(size), "x"), []);
		assert.throws(() => write(10_000_000), {
			code: "ResourceExhausted",
			message: "x: message of 10000000 bytes or more exceeds limit 1000",
		});
		assert.throws(() => write(999), {
			code: "ResourceExhausted",
			message: "message of 1001 bytes exceeds limit 1000",
		});
		assert.equal(write(998).length, 1068);
	});
});

describe("depth", () => {
	const nested = (depth: number): Tree => {
		let tree: Tree = { label: "", children: [] };
		for (let i = 1; i < depth; i++) {
			tree = { label: "", children: [tree] };
		}
		return tree;
	};

	test(`${MAX_DEPTH} levels are written and read`, () => {
		const tree = nested(MAX_DEPTH);
		const bytes = written((w) => encodeTree(w, tree));
		assert.deepEqual(read(bytes, decodeTree), tree);
	});

	test("one more is refused on both ways", () => {
		const what = /nested deeper than the limit of 128/;
		assert.throws(
			() => written((w) => encodeTree(w, nested(MAX_DEPTH + 1))),
			what,
		);
		const bytes = Uint8Array.from(
			{ length: 2 * MAX_DEPTH + 2 },
			(_, i) => i % 2,
		);
		assert.throws(() => read(bytes, decodeTree), what);
	});

	test("a value that contains itself is refused", () => {
		const tree: Tree = { label: "", children: [] };
		tree.children.push(tree);
		assert.throws(() => written((w) => encodeTree(w, tree)), EncodeError);
	});
});
