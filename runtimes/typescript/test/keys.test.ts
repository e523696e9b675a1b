import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { decodeMapKey } from "../src/postcard/keys.js";
import { Reader } from "../src/postcard/reader.js";
import { decodeString } from "../src/postcard/strings.js";
import { outcome } from "./support.js";

/** Reads the bytes in the midst of others, as a key and as a string. */
function check(bytes: Uint8Array): void {
	const memory = new Uint8Array(bytes.length + 32).fill(0x61);
	memory.set(bytes, 8);
	const read = (decode: (r: Reader) => string) => {
		const reader = new Reader();
		const end = 8 + bytes.length;
		return outcome(() => reader.read(decode, memory, 8, end, "Test.map"));
	};
	const expected = read((r) => decodeString(r, 0));
	// The second time it may be remembered.
	assert.deepEqual(
		read((r) => decodeMapKey(r, 0)),
		expected,
	);
	assert.deepEqual(
		read((r) => decodeMapKey(r, 0)),
		expected,
	);
}

test("keys of every length, and each of their beginnings", () => {
	for (const text of [
		"abcdefghijklmnopqrst",
		"zoëzoëzoëzoë",
		"\0\0\0\0\0\0\0\0",
	]) {
		const bytes = new TextEncoder().encode(text);
		for (let size = 0; size <= bytes.length; size++) {
			for (let there = 0; there <= size; there++) {
				check(Uint8Array.of(size, ...bytes.subarray(0, there)));
			}
		}
	}
});

test("keys that differ in one byte, and more of them than are remembered", () => {
	for (let size = 4; size <= 16; size++) {
		for (let at = 0; at < size; at++) {
			for (const byte of [0x20, 0x61, 0x62, 0x7f, 0x80]) {
				const bytes = new Uint8Array(1 + size).fill(0x61);
				bytes[0] = size;
				bytes[1 + at] = byte;
				check(bytes);
			}
		}
	}
});

test("any bytes", () => {
	const byte = fc.oneof(
		fc.integer({ min: 0, max: 255 }),
		fc.constantFrom(0x61, 0x62),
	);
	const bytes = fc.tuple(fc.nat(20), fc.array(byte, { maxLength: 20 }));
	fc.assert(
		fc.property(bytes, ([size, rest]) => check(Uint8Array.of(size, ...rest))),
		{ numRuns: 5000 },
	);
});

test("a key that comes again is the same string", () => {
	const bytes = new TextEncoder().encode("\x09warehouse\x09warehouse");
	new Reader().read((r) => {
		const first = decodeMapKey(r, 0);
		const again = decodeMapKey(r, 1);
		assert.equal(first, "warehouse");
		assert.ok(Object.is(first, again));
	}, bytes);
});
