/** What `--opt int64=number` and `--opt int64=string` make of a package: the bytes of the one with `bigint`, and its own types. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import fc from "fast-check";
import { type All, Wide } from "int64-bigint";
import * as bigint from "int64-bigint/rapace";
import { type All as NumberAll, Wide as NumberWide } from "int64-number";
import * as number from "int64-number/rapace";
import {
	type All as StringAll,
	Wide as StringWide,
	type WideClient as StringWideClient,
} from "int64-string";
import * as string from "int64-string/rapace";

import { Mirror } from "./mirror.mjs";

const plain = new Mirror();
const mirror = new Mirror();
const digits = new Mirror();
const bigints = bigint.createClient(Wide, new bigint.SingleConnection(plain));
const numbers = number.createClient(
	NumberWide,
	new number.SingleConnection(mirror),
);
const strings = string.createClient(
	StringWide,
	new string.SingleConnection(digits),
);

const EXACT = BigInt(Number.MAX_SAFE_INTEGER);
const U64 = 2n ** 64n - 1n;
const I64 = 2n ** 63n - 1n;

const LEAF = { weight: 0n, children: [] };

/** Values in which every integer of 64 bits lies between `-most` and `most`, as far as its type goes. */
function everything(most: bigint): fc.Arbitrary<All> {
	const smaller = (a: bigint, b: bigint) => (a < b ? a : b);
	const unsigned = fc.bigInt({ min: 0n, max: smaller(most, U64) });
	const signed = fc.bigInt({
		min: -smaller(most, I64),
		max: smaller(most, I64),
	});
	const wide = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
	const wideSigned = fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n });
	const map = <K, V>(key: fc.Arbitrary<K>, value: fc.Arbitrary<V>) =>
		fc.array(fc.tuple(key, value), { maxLength: 3 }).map((all) => new Map(all));
	const list = <Item,>(item: fc.Arbitrary<Item>) =>
		fc.array(item, { maxLength: 3 });
	const amount: fc.Arbitrary<All["amount"]> = fc.oneof(
		fc.constant({ kind: "Nothing" } as const),
		fc.record({ kind: fc.constant("Exact" as const), value: unsigned }),
		fc.record({
			kind: fc.constant("Between" as const),
			least: signed,
			most: signed,
		}),
	);
	const leaf = fc.record({ weight: signed, children: list(fc.constant(LEAF)) });
	const option = <Value,>(value: fc.Arbitrary<Value>) =>
		fc.option(value, { nil: undefined });
	return fc.record({
		unsigned,
		signed,
		wide,
		wideSigned,
		maybe: option(unsigned),
		nested: option(fc.record({ some: option(signed) })),
		list: list(unsigned),
		signedList: list(signed),
		wideList: list(wide),
		rows: list(list(signed)),
		set: list(unsigned).map((items) => new Set(items)),
		byUnsigned: map(unsigned, fc.string({ maxLength: 3 })),
		bySigned: map(signed, unsigned),
		byWide: map(wideSigned, signed),
		byId: map(unsigned, unsigned),
		byPair: fc.uniqueArray(fc.tuple(fc.tuple(unsigned, signed), unsigned), {
			maxLength: 3,
			selector: ([key]) => String(key),
		}),
		pair: fc.tuple(unsigned, signed),
		three: fc.tuple(unsigned, unsigned, unsigned),
		nine: fc.array(signed, { minLength: 9, maxLength: 9 }),
		id: unsigned,
		ids: list(unsigned),
		span: fc.tuple(unsigned, signed),
		amount,
		amounts: list(amount),
		tree: fc.record({ weight: signed, children: list(leaf) }),
	});
}

/** The same value with each integer as `turn` makes it. `wide` says how those of 128 bits are made. */
function turned(
	value: unknown,
	turn: (integer: bigint) => unknown,
	wide: (integer: bigint) => unknown,
): unknown {
	const inner = (value: unknown): unknown => turned(value, turn, wide);
	if (typeof value === "bigint") {
		return turn(value);
	}
	if (Array.isArray(value)) {
		return value.map(inner);
	}
	if (value instanceof Set) {
		return new Set([...value].map(inner));
	}
	if (value instanceof Map) {
		return new Map(
			[...value].map(([key, value]) => [inner(key), inner(value)]),
		);
	}
	if (typeof value !== "object" || value === null) {
		return value;
	}
	const properties = Object.entries(value).map(([name, value]) => {
		if (name === "byWide") {
			const entries = [...(value as Map<bigint, bigint>)];
			return [name, new Map(entries.map(([k, v]) => [wide(k), turn(v)]))];
		}
		return [
			name,
			name.startsWith("wide") ? turned(value, wide, wide) : inner(value),
		];
	});
	return Object.fromEntries(properties);
}

const itself = (integer: bigint) => integer;

describe("64 bits as number", () => {
	test("have the bytes of their bigints, and come back", async () => {
		const property = fc.asyncProperty(everything(EXACT), async (all) => {
			await bigints.echo(all);
			const same = turned(all, Number, itself) as NumberAll;
			assert.deepEqual(await numbers.echo(same), same);
			assert.equal(mirror.asked, plain.asked);
		});
		await fc.assert(property, { numRuns: 500 });
	});

	test("are numbers and no bigints, wherever they stand; those of 128 bits are bigints", async () => {
		assert.equal(await numbers.unsigned(Number.MAX_SAFE_INTEGER), 2 ** 53 - 1);
		assert.equal(await numbers.signed(-5), -5);
		await assert.rejects(
			// @ts-expect-error: a number is wanted
			numbers.unsigned(5n),
			{ message: "Wide.unsigned: value: expected a number, got bigint" },
		);
		assert.deepEqual(await numbers.wide(2n ** 127n, -1n), [2n ** 127n, -1n]);
	});

	test("that are not exact are refused both ways, with their place", async () => {
		const [all] = fc.sample(everything(9n), { numRuns: 1, seed: 1 });
		assert.ok(all);
		const mine = turned(all, Number, itself) as NumberAll;
		mine.byPair = [[[1, 2], 2 ** 53]];
		await assert.rejects(numbers.echo(mine), {
			kind: "encode",
			path: "all.byPair[0][1]",
			message: `Wide.echo: all.byPair[0][1]: ${2 ** 53} is not an integer from 0 to ${EXACT}`,
		});

		// The first byte is that of `unsigned`, the second that of `signed`.
		await bigints.echo({ ...all, unsigned: 1n, signed: -(2n ** 53n) });
		mirror.answer = plain.asked;
		await assert.rejects(
			numbers.echo(turned(all, Number, itself) as NumberAll),
			{
				kind: "decode",
				path: "signed",
				offset: 1,
				message: `Wide.echo: signed: ${-(2n ** 53n)} is beyond -${EXACT}, the last exact number (at byte 1)`,
			},
		);
		mirror.answer = undefined;
	});
});

describe("64 bits and up as string", () => {
	test("have the bytes of their bigints, and come back", async () => {
		const property = fc.asyncProperty(everything(U64), async (all) => {
			await bigints.echo(all);
			const same = turned(all, String, String) as StringAll;
			assert.deepEqual(await strings.echo(same), same);
			assert.equal(digits.asked, plain.asked);
		});
		await fc.assert(property, { numRuns: 500 });
	});

	test("are decimal digits, and nothing else is taken for them", async () => {
		assert.equal(await strings.unsigned(`${U64}`), "18446744073709551615");
		assert.deepEqual(await strings.wide("0", "-1"), ["0", "-1"]);
		await assert.rejects(
			// @ts-expect-error: a string is wanted
			strings.signed(5),
			{ message: "Wide.signed: value: expected a string, got number" },
		);
		await assert.rejects(strings.unsigned("07"), {
			kind: "encode",
			path: "value",
			message:
				'Wide.unsigned: value: "07" is not an integer of up to 39 decimal digits',
		});
	});
});

test("a stream's items and a fake have the same types", async () => {
	mirror.answer = "ff01";
	for await (const item of numbers.count(0, -1)) {
		const exact: number = item;
		assert.equal(exact, 255);
	}
	mirror.answer = undefined;
	const fake: StringWideClient = string.createFake(StringWide, {
		unsigned: async (value: string) => `${value}0`,
	});
	assert.equal(await fake.unsigned("1"), "10");
});
