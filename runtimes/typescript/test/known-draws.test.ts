/**
 * Known types are exact over many drawn values, or refused: nothing is rounded and nothing wraps.
 *
 * `RAPACE_DRAWS` says how many values are drawn for all types together.
 */

import assert from "node:assert/strict";
import { env } from "node:process";
import { describe, test } from "node:test";

import { isRapaceError } from "../src/errors.js";
import * as known from "../src/postcard/known.js";
import {
	decodeI64Number,
	decodeU64Number,
	encodeI64Number,
	encodeU64Number,
} from "../src/postcard/numbers.js";
import { Reader } from "../src/postcard/reader.js";
import { Writer } from "../src/postcard/writer.js";

/** By default enough for a second; a million are drawn by hand. */
const { RAPACE_DRAWS = 60_000 } = env;
const DRAWS = Number(RAPACE_DRAWS);
const LIMIT = 256;

/** Draws of 32 bits, the same in each run: Marsaglia's xorshift. */
class Draws {
	#state = 0x2545f491;

	/** An integer from 0 to `below`, exclusively. */
	below(below: number): number {
		this.#state ^= this.#state << 13;
		this.#state ^= this.#state >>> 17;
		this.#state ^= this.#state << 5;
		return (this.#state >>> 0) % below;
	}

	/** An integer of up to 64 bits, often near an end of what a `Date` or a `number` holds. */
	integer(): bigint {
		const ends = [0n, 2n ** 53n, 2n ** 63n, 8_640_000_000_000n];
		const near = ends[this.below(8)];
		const units = [1n, 1000n][this.below(2)] ?? 1n;
		if (near !== undefined) {
			return near * units + BigInt(this.below(5)) - 2n;
		}
		const bits = BigInt(this.below(64) + 1);
		const high = BigInt(this.below(2 ** 32)) << 32n;
		return (
			BigInt.asUintN(64, high | BigInt(this.below(2 ** 32))) >> (64n - bits)
		);
	}

	/** Bytes of a UUID. */
	bytes(): Uint8Array {
		return Uint8Array.from({ length: 16 }, () => this.below(256));
	}
}

/** A value on the wire, by the bytes that stand for it. */
function varint(value: bigint): Uint8Array {
	const bytes: number[] = [];
	let rest = value;
	for (; rest >= 0x80n; rest >>= 7n) {
		bytes.push(Number(rest & 0x7fn) | 0x80);
	}
	return Uint8Array.of(...bytes, Number(rest));
}

interface Kind {
	readonly name: string;
	/** Bytes as a peer sends them. */
	draw(draws: Draws): Uint8Array;
	decode(r: Reader): unknown;
	encode(w: Writer, value: never): void;
	/** Checks what was read, where that is not done by writing it. */
	check?(value: never): void;
}

const dates = [1, 1000].flatMap((unitMs): Kind[] => [
	{
		name: `dates of ${unitMs} ms, unsigned`,
		draw: (draws) => varint(draws.integer()),
		decode(r) {
			const from = r.position;
			return known.dateFromWire(r, from, decodeU64Number(r, ""), unitMs, "");
		},
		encode(w, value) {
			encodeU64Number(w, known.dateToWire(w, value, unitMs, ""), "");
		},
	},
	{
		name: `dates of ${unitMs} ms, signed`,
		draw: (draws) => varint(draws.integer()),
		decode(r) {
			const from = r.position;
			return known.dateFromWire(r, from, decodeI64Number(r, ""), unitMs, "");
		},
		encode(w, value) {
			encodeI64Number(w, known.dateToWire(w, value, unitMs, ""), "");
		},
	},
]);

const FORM = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;

const kinds: readonly Kind[] = [
	...dates,
	{
		name: "UUIDs of bytes",
		draw: (draws) => draws.bytes(),
		decode: (r) => known.decodeUuid(r, ""),
		encode: (w, value) => known.encodeUuid(w, value, ""),
		check: (value) => assert.match(value, FORM),
	},
	{
		name: "UUIDs of numbers",
		draw(draws) {
			const number = `0x${Buffer.from(draws.bytes()).toString("hex")}`;
			return varint(BigInt(number) >> BigInt(draws.below(3) * 60));
		},
		decode: (r) => known.decodeUuidNumber(r, ""),
		encode: (w, value) => known.encodeUuidNumber(w, value, ""),
		check: (value) => assert.match(value, FORM),
	},
];

describe("what is read is written as it came, or refused", () => {
	const each = Math.ceil(DRAWS / kinds.length);
	for (const { name, draw, decode, encode, check } of kinds) {
		test(`${name}: ${each} values`, () => {
			const draws = new Draws();
			const writer = new Writer(LIMIT);
			const reader = new Reader();
			let exact = 0;
			for (let i = 0; i < each; i++) {
				const bytes = draw(draws);
				let value: never;
				try {
					value = reader.read(decode, bytes) as never;
				} catch (error) {
					assert.ok(
						isRapaceError(error) && error.kind === "decode",
						`${error}`,
					);
					continue;
				}
				check?.(value);
				const written = writer.write(0, encode, [value]);
				assert.equal(Buffer.compare(written, bytes), 0);
				exact++;
			}
			assert.ok(exact > each / 20, `${exact} are exact`);
		});
	}
});
