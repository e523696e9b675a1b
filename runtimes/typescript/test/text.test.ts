import assert from "node:assert/strict";
import { test } from "node:test";

import fc from "fast-check";

import { decodeText } from "../src/postcard/text.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text that the platform makes of the bytes. */
function expected(bytes: Uint8Array): string | undefined {
	try {
		return decoder.decode(bytes);
	} catch {
		return undefined;
	}
}

/** Reads the bytes in the midst of others, which would continue a character. */
function check(bytes: Uint8Array): void {
	const memory = new Uint8Array(bytes.length + 16).fill(0x80);
	memory.set(bytes, 8);
	const view = new DataView(memory.buffer);
	assert.equal(
		decodeText(memory, view, 8, 8 + bytes.length),
		expected(bytes),
		Buffer.from(bytes).toString("hex"),
	);
}

test("texts of every length, and each of their beginnings", () => {
	for (const text of ["abcdefghij", "zoë", "дом", "汉字", "a😀", "\ufeff\0"]) {
		const bytes = new TextEncoder().encode(text.repeat(60));
		for (let size = 0; size <= 120; size++) {
			check(bytes.subarray(0, size));
		}
	}
});

test("every character, and every sequence of up to three bytes that begins like one", () => {
	for (let point = 0; point <= 0x10ffff; point++) {
		if ((point & 0xf800) !== 0xd800 && (point < 0x1000 || point % 17 === 0)) {
			check(new TextEncoder().encode(String.fromCodePoint(point)));
		}
	}
	const edges = [0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
	for (let lead = 0x80; lead <= 0xff; lead++) {
		for (const second of edges) {
			for (const third of edges) {
				for (const fourth of edges) {
					check(Uint8Array.of(lead, second, third, fourth));
				}
			}
			check(Uint8Array.of(0x61, lead, second));
		}
	}
});

test("any bytes", () => {
	const byte = fc.oneof(
		fc.integer({ min: 0, max: 255 }),
		fc.integer({ min: 0x80, max: 0xbf }),
		fc.integer({ min: 0x20, max: 0x7e }),
		fc.constantFrom(0xc3, 0xd0, 0xe4, 0xed, 0xf0),
	);
	fc.assert(
		fc.property(fc.array(byte, { maxLength: 110 }), (bytes) => {
			check(Uint8Array.from(bytes));
		}),
		{ numRuns: 5000 },
	);
	fc.assert(
		fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
			check(new TextEncoder().encode(text));
		}),
		{ numRuns: 5000 },
	);
});
