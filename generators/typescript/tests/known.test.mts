/** Known types, brands and users' own types: their bytes, their JSON, and what is refused. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Money } from "acme-money";
import fc from "fast-check";
import {
	type All,
	type Day,
	Id,
	Inner,
	Meanings,
	OrderId,
	Outer,
	Place,
	Points,
	Price,
} from "meanings";
import { allForm, allFromJson, allToJson } from "meanings/json";
import * as meanings from "meanings/rapace";
import {
	Amount,
	AtNanos,
	Brand,
	Home,
	type Job,
	JobId,
	type Many,
	NumberId,
	Presented,
	TextId,
	Wait,
} from "presented";
import { jobToJson, manyFromJson, manyToJson } from "presented/json";
import * as presented from "presented/rapace";

import { Mirror } from "./mirror.mjs";

const UUID = "00112233-4455-6677-8899-aabbccddeeff";
const UUID_BYTES = "00112233445566778899aabbccddeeff";
const UUIDS = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => {
	const digits = Buffer.from(bytes).toString("hex");
	const parts = [0, 8, 12, 16, 20].map((from, i, all) =>
		digits.slice(from, all[i + 1]),
	);
	return parts.join("-");
});

/** An integer of the wire, in hexadecimal. */
function varint(value: bigint): string {
	const bytes: number[] = [];
	let rest = value;
	for (; rest >= 0x80n; rest >>= 7n) {
		bytes.push(Number(rest & 0x7fn) | 0x80);
	}
	return Buffer.from([...bytes, Number(rest)]).toString("hex");
}

function integer(type: string, value: bigint): string {
	if (type === "u8" || type === "i8") {
		return Buffer.from([Number(BigInt.asUintN(8, value))]).toString("hex");
	}
	return varint(
		type[0] === "u" ? value : value < 0n ? -2n * value - 1n : 2n * value,
	);
}

describe("known types", () => {
	const mirror = new Mirror();
	const client = presented.createClient(
		Presented,
		new presented.SingleConnection(mirror),
	);
	const job: Job = {
		id: JobId(UUID),
		at: new Date(-1),
		wait: Wait(300n),
		price: { minor: -5n, currency: "EUR" },
		tags: ["new"],
		labels: new Map([["a", 1]]),
		priority: 5,
		colour: "Green",
		ratio: 1,
		amount: Amount("-1.50e3"),
		secret: undefined,
	};
	const many: Many = {
		amount: Amount("0"),
		at: new Date(8.64e15),
		nanos: AtNanos(2n ** 64n - 1n),
		seconds: new Date(1000 * (2 ** 32 - 1)),
		brand: Brand(7),
		home: Home("https://example.com/?q#f"),
		number: NumberId(UUID),
		text: TextId(UUID),
		wait: Wait(1n),
		ids: new Set([JobId(UUID)]),
		prices: [],
		count: 1,
		delta: -1,
	};

	test("have the bytes of what is inside", async () => {
		assert.deepEqual(await client.job(job), job);
		const parts = [
			UUID_BYTES,
			"01",
			"01ac02",
			"0903455552",
			"01036e6577",
			"01016101",
			"05",
			"01",
			"000000000000f03f",
			"072d312e35306533",
			"00",
		];
		assert.equal(mirror.asked, parts.join(""));
		assert.deepEqual(await client.echo(many), many);
		const number = varint(BigInt(`0x${UUID_BYTES}`));
		const wide = [
			"0130",
			integer("i64", 8_640_000_000_000_000n),
			varint(2n ** 64n - 1n),
			varint(2n ** 32n - 1n),
			"07",
			`18${Buffer.from(many.home).toString("hex")}`,
			number,
			`24${Buffer.from(UUID).toString("hex")}`,
			"01",
			`01${UUID_BYTES}`,
			"00",
			"01",
			"01",
		];
		assert.equal(mirror.asked, wide.join(""));
	});

	test("have the JSON form of what is inside", () => {
		const form = jobToJson(job) as { id: unknown; at: unknown; wait: unknown };
		assert.deepEqual(form.id, [...Buffer.from(UUID_BYTES, "hex")]);
		assert.equal(form.at, "-1");
		assert.deepEqual(form.wait, { some: "300" });
		const wide = manyToJson(many) as Record<string, unknown>;
		assert.equal(wide.number, String(BigInt(`0x${UUID_BYTES}`)));
		assert.equal(wide.text, UUID);
		assert.equal(wide.seconds, 4_294_967_295);
		assert.deepEqual(manyFromJson(wide), many);
		for (const [change, message] of [
			[{ at: "8640000000000001" }, "at: the time is beyond those of a Date"],
			[{ amount: "1." + "x" }, "amount: the text is no decimal number"],
			[{ home: "/a" }, "home: the text is no absolute URL"],
			[{ text: UUID.toUpperCase() }, /^text: the text is no UUID/],
			[{ number: "-1" }, /^number: -1 is not an integer from 0/],
			[{ seconds: -1 }, /^seconds: -1 is not an integer from 0/],
		] as const) {
			assert.throws(() => manyFromJson({ ...wide, ...change }), { message });
		}
		assert.throws(() => manyToJson({ ...many, seconds: new Date(1) }), {
			message: "seconds: the Date has a part of less than 1000 ms: round it",
		});
	});

	test("that are not exact are refused with their path", async () => {
		for (const [change, message] of [
			[{ at: new Date(Number.NaN) }, "job.at: the Date is invalid"],
			[{ at: 5 }, "job.at: expected a Date, got number"],
			[{ id: "7" }, /job\.id: the text is no UUID of 32 hexadecimal/],
			[{ id: UUID.toUpperCase() }, /job\.id: the text is no UUID/],
			[{ id: null }, "job.id: expected a string, got null"],
			[{ amount: "1,5" }, "job.amount: the text is no decimal number"],
			[{ wait: 5 }, /job\.wait: /],
			[{ wait: -1n }, /job\.wait: -1 is not an integer from 0/],
		] as const) {
			const wrong = { ...job, ...change } as Job;
			const text = (error: Error) =>
				error.message.replace("Presented.job: ", "");
			await assert.rejects(client.job(wrong), (error: Error) => {
				assert.match(
					text(error),
					typeof message === "string" ? new RegExp(`^${message}$`) : message,
				);
				return true;
			});
		}
		for (const seconds of [new Date(1), new Date(-1000), new Date(2 ** 42)]) {
			await assert.rejects(
				client.echo({ ...many, seconds }),
				/many\.seconds: /,
			);
		}
		const head = `0130${integer("i64", 8_640_000_000_000_001n)}`;
		mirror.answer = head;
		await assert.rejects(client.echo(many), {
			message:
				"Presented.echo: at: the time is beyond those of a Date (at byte 2)",
		});
		mirror.answer = "0178";
		await assert.rejects(client.echo(many), {
			message:
				"Presented.echo: amount: the text is no decimal number (at byte 0)",
		});
		mirror.answer = undefined;
	});

	test("are made by functions of their names, which check", () => {
		for (const text of ["0", "-1.50", "+.5", "1.", "1e10", "12.34E-5"]) {
			assert.equal(Amount(text), text);
		}
		for (const text of ["", "-", ".", "1e", "1e+", "1 ", "Infinity", "0x1"]) {
			assert.throws(() => Amount(text), {
				name: "TypeError",
				message: "Amount: the text is no decimal number",
			});
		}
		for (const text of ["/a", "http://[::1", " https://a", "https://a b", ""]) {
			assert.throws(() => Home(text), TypeError);
		}
		assert.equal(Home("mailto:a@b.c"), "mailto:a@b.c");
		assert.throws(() => JobId(UUID.replaceAll("-", "")), TypeError);
		assert.throws(() => JobId(7 as never), TypeError);
		// A text of any length takes a time that grows with it.
		assert.throws(() => Amount(`${"1".repeat(1_000_000)}x`), TypeError);
		// @ts-expect-error Types of equal form do not mix.
		const mixed: JobId = TextId(UUID);
		assert.equal(mixed, UUID);
		// @ts-expect-error A plain text is no URL.
		const plain: Home = "https://a";
		assert.equal(plain, "https://a");
	});
});

const INTEGERS = [
	["u8", 0n, 255n],
	["u16", 0n, 65_535n],
	["u32", 0n, 2n ** 32n - 1n],
	["u64", 0n, 2n ** 64n - 1n],
	["usize", 0n, 2n ** 53n - 1n],
	["u128", 0n, 2n ** 128n - 1n],
	["i8", -128n, 127n],
	["i16", -32_768n, 32_767n],
	["i32", -(2n ** 31n), 2n ** 31n - 1n],
	["i64", -(2n ** 63n), 2n ** 63n - 1n],
	["isize", 1n - 2n ** 53n, 2n ** 53n - 1n],
	["i128", -(2n ** 127n), 2n ** 127n - 1n],
] as const;

function larger(a: bigint, b: bigint): bigint {
	return [a, b].sort((a, b) => (a < b ? 1 : -1))[0] ?? a;
}

/** Values of all fields that count time, and their bytes. */
const TIMES = fc
	.tuple(
		...INTEGERS.flatMap(([type, least, most]) => {
			const within = (bound: bigint) =>
				fc.bigInt({
					min: larger(least, -bound),
					max: -larger(-most, -bound),
				});
			const narrow = /8|16|32|size/.test(type) && !type.endsWith("128");
			const name = type.toUpperCase();
			const inside = (value: bigint) => (narrow ? Number(value) : value);
			const date = (unit: number) => (value: bigint) =>
				new Date(Number(value) * unit);
			return (
				[
					[`ms${name}`, within(8_640_000_000_000_000n), date(1)],
					[`sec${name}`, within(8_640_000_000_000n), date(1000)],
					[`ns${name}`, within(most), inside],
					[`took${name}`, within(most), inside],
				] as const
			).map(([field, values, make]) =>
				values.map((value) => ({
					field: field.replace(/[A-Z]+/, (capitals) =>
						capitals.length > 1
							? capitals[0] + capitals.slice(1).toLowerCase()
							: capitals,
					),
					value: make(value) as unknown,
					bytes: integer(type, value),
				})),
			);
		}),
	)
	.map((all) => ({
		values: Object.fromEntries(all.map(({ field, value }) => [field, value])),
		bytes: all.map(({ bytes }) => bytes).join(""),
	}));

const WEIGHT = fc.integer().map((grams) => ({ kilograms: grams / 1024 }));
const MONEY = fc
	.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
	.map((cents) => new Money(cents, "EUR"));
const POINT = fc.tuple(fc.nat(), fc.nat()).map(([x, y]) => ({ x, y }));
const DATE = fc.integer({ min: -8.64e15, max: 8.64e15 });
const TREE = fc.letrec<{ tree: Tree }>((tie) => ({
	tree: fc.oneof(
		{ maxDepth: 4 },
		fc.nat(255).map((value) => ({ branch: { kind: "Leaf" as const, value } })),
		fc
			.array(tie("tree"), { maxLength: 3 })
			.map((value) => ({ branch: { kind: "Node" as const, value } })),
	),
})).tree;
type Tree = All["tree"];

function map<K, V>(key: fc.Arbitrary<K>, value: fc.Arbitrary<V>) {
	return fc
		.array(fc.tuple(key, value), { maxLength: 4 })
		.map((all) => new Map(all));
}

/** Values of all other fields. */
const OTHERS = fc.record({
	inner: fc.string().map(Inner),
	outer: fc.string().map((text) => Outer(Inner(text))),
	bytes: fc.uint8Array(),
	points: fc.array(POINT, { maxLength: 3 }).map(Points),
	place: POINT.map(Place),
	choice: POINT.map((value) => ({ kind: "At" as const, value })),
	pair: fc.tuple(fc.nat(255), fc.string()),
	day: DATE.map((time) => new Date(time)),
	orderId: UUIDS.map((text) => OrderId(Id(text))),
	maybe: fc.option(fc.nat(255), { nil: undefined }),
	nothing: fc.constant(undefined),
	hollow: fc.constant(undefined),
	loop: fc.constant([[], [[]]]),
	knot: fc.constant({ value: { value: undefined } }),
	id: UUIDS.map(Id),
	price: fc.constant(Price("1.50")),
	shape: fc.constant({ kind: "Dot" as const }),
	money: MONEY,
	weight: WEIGHT,
	note: fc.option(fc.string()).map((text) => ({ text })),
	level: fc.constantFrom(0 as const, 1 as const),
	tree: TREE,
	later: fc
		.option(DATE, { nil: undefined })
		.map((time) => (time === undefined ? undefined : new Date(time))),
	nested: fc.oneof(
		fc.constantFrom(undefined, { some: undefined }),
		WEIGHT.map((some) => ({ some })),
	),
	byOuter: map(
		fc.string().map((text) => Outer(Inner(text))),
		fc.nat(255),
	),
	byInner: map(fc.string().map(Inner), MONEY),
	byDate: DATE.map((time) => [[new Date(time), 5] as const]),
	byNs: map(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(255)),
	byMoney: MONEY.map((money) => [[money, 5] as const]),
	byId: map(UUIDS.map(Id), fc.nat(255)),
	dates: fc.nat(2 ** 31 - 1).map((seconds) => [new Date(1000 * seconds)]),
	ids: UUIDS.map((text) => new Set([OrderId(Id(text))])),
	weights: fc.array(WEIGHT, { maxLength: 3 }),
	both: fc.tuple(MONEY, MONEY),
	many: fc.constant(new Array(9).fill(Price("-.5"))),
	takes: fc.array(fc.nat(), { maxLength: 3 }),
	maybeNote: fc.constantFrom(undefined, { text: null }, { text: "a" }),
	words: fc.constantFrom(undefined, [], ["a"]),
});

describe("drawn values", () => {
	const mirror = new Mirror();
	const client = meanings.createClient(
		Meanings,
		new meanings.SingleConnection(mirror),
	);

	test("have the bytes of their integers, and come back as they were, also as JSON", async () => {
		const all = fc.tuple(TIMES, OTHERS);
		const check = async ([times, others]: [
			{ values: object; bytes: string },
			object,
		]) => {
			const value = { ...times.values, ...others } as All;
			assert.deepEqual(await client.echo(value), value);
			assert.ok(mirror.asked.startsWith(times.bytes), mirror.asked);
			const data = JSON.parse(JSON.stringify(allToJson(value))) as unknown;
			assert.deepEqual(allFromJson(data), value);
			assert.deepEqual(meanings.toJson(allForm, allFromJson(data)), data);
		};
		await fc.assert(fc.asyncProperty(all, check), { numRuns: 2000 });
	});

	test("of dates are exact to the last one", async () => {
		const day = (time: number) => new Date(time) as Day;
		for (const time of [0, -0, 1, -1, 8.64e15, -8.64e15]) {
			assert.deepEqual(await client.day(day(time)), day(time));
			assert.equal(mirror.asked, integer("i64", BigInt(time)));
		}
		for (const beyond of [8.64e15 + 1, -8.64e15 - 1]) {
			mirror.answer = integer("i64", BigInt(beyond));
			await assert.rejects(client.day(day(0)), {
				message: "Meanings.day: the time is beyond those of a Date (at byte 0)",
			});
		}
		mirror.answer = integer("i64", 2n ** 63n - 1n);
		await assert.rejects(
			client.day(day(0)),
			/Meanings\.day: .* \(at byte 0\)$/,
		);
		mirror.answer = undefined;
	});

	test("of users' types are refused when their functions throw", async () => {
		const wrong = { minor: 1n, currency: "EUR" } as never;
		await assert.rejects(client.money(wrong), {
			name: "EncodeError",
			message: "Meanings.money: money: expected a Money",
		});
		const euros = new Money(1n, "EUR");
		assert.ok((await client.money(euros)) instanceof Money);
		mirror.answer = "020141";
		await assert.rejects(client.money(euros), {
			name: "DecodeError",
			message: "Meanings.money: a currency has three letters (at byte 0)",
		});
		mirror.answer = undefined;
		await assert.rejects(client.level(2 as never), {
			message: "Meanings.level: level: expected a string, got undefined",
		});
	});
});
