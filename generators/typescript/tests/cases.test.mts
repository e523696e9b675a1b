/**
 * Values through the packages that are generated for the cases: as arguments to bytes, and as answers back.
 *
 * The peer answers a request with its own arguments, so that a method which returns its argument returns it as it was
 * written and read.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Collections, type Everything } from "collections";
import * as collections from "collections/rapace";
import { Enums, type Shape } from "enums";
import * as enums from "enums/rapace";
import { Methods } from "methods";
import * as methods from "methods/rapace";
import { CatalogService, Keywords } from "names";
import * as names from "names/rapace";
import { type All, Newtypes } from "newtypes";
import * as newtypes from "newtypes/rapace";
import { type Change, type Format, Shelves } from "open";
import { bookFromJson, bookToJson } from "open/json";
import * as open from "open/rapace";
import { Options, type Options_ } from "options";
import * as options from "options/rapace";
import { type Expr, type Json, Recursion, type Tree } from "recursion";
import * as recursion from "recursion/rapace";
import { Structs } from "structs";
import * as structs from "structs/rapace";
import { type All as Lists, Numbers } from "typed-arrays";
import * as typed from "typed-arrays/rapace";

import { Mirror } from "./mirror.mjs";

const u128 = "ffffffffffffffffffffffffffffffffffff03";

describe("open enums", () => {
	const mirror = new Mirror();
	const client = open.createClient(Shelves, new open.SingleConnection(mirror));

	test("keep the number of a variant that they do not know", async () => {
		const cases: [Change, string][] = [
			[{ kind: "To", value: "Ebook" }, "0101"],
			[{ kind: "To", value: 300 }, "01ac02"],
			[{ kind: "From", before: 2 ** 32 - 1, after: 2 }, "02ffffffff0f0102"],
		];
		for (const [change, bytes] of cases) {
			assert.deepEqual(await client.change(change), change);
			assert.equal(mirror.asked, bytes);
		}
		await assert.rejects(client.change({ kind: "To", value: 1 }), {
			message: 'Shelves.change: change.value: 1 is "Ebook": write its name',
		});
	});

	test("are items and keys, in JSON too", async () => {
		const book: Awaited<ReturnType<typeof client.book>> = {
			format: "Paper",
			others: ["Ebook", 2],
			pair: [3, 1],
			kinds: new Set<Format>(["Paper", 5]),
			stock: new Map<Format, number>([[7, 1]]),
			liked: new Set<Format>([9]),
			binding: "Hard",
		};
		assert.deepEqual(await client.book(book), { ...book, second: undefined });
		const data = JSON.parse(JSON.stringify(bookToJson(book)));
		assert.deepEqual(data.stock, [[7, 1]]);
		assert.deepEqual(bookFromJson(data), { ...book, second: undefined });
	});

	test("are told apart with all their variants", () => {
		const pages = (format: Format): string => {
			switch (format) {
				case "Paper":
					return "paper";
				case "Ebook":
					return "screen";
				default:
					// A variant that is added to the enum is an error here.
					return `format ${format satisfies number}`;
			}
		};
		assert.equal(pages(7), "format 7");
	});
});

describe("options", () => {
	const mirror = new Mirror();
	const client = options.createClient(
		Options,
		new options.SingleConnection(mirror),
	);

	test("nested ones keep Some(None) apart from None", async () => {
		const cases: [Options_, string][] = [
			[{ listOf: [], map: new Map() }, "00".repeat(12)],
			[
				{ nested: { some: undefined }, listOf: [], map: new Map() },
				`00000100${"00".repeat(9)}`,
			],
			[
				{ nested: { some: 5 }, listOf: [], map: new Map() },
				`0000010105${"00".repeat(9)}`,
			],
			[
				{
					scalar: 300,
					text: "",
					thrice: { some: { some: undefined } },
					nothing: { some: undefined },
					kind: { kind: "B", value: { some: undefined } },
					record: { value: 255 },
					list: [1, 2],
					bytes: Uint8Array.of(3),
					listOf: ["a", undefined],
					newtype: { some: undefined },
					map: new Map([
						["x", { some: -1n }],
						["y", { some: undefined }],
						["z", undefined],
					]),
				},
				"01ac02" +
					"0100" +
					"00" +
					"010100" +
					"01" +
					"01010100" +
					"01ff" +
					"01020102" +
					"010103" +
					"0201016100" +
					"0100" +
					"03" +
					"0178010101" +
					"01790100" +
					"017a00",
			],
		];
		for (const [value, bytes] of cases) {
			const back = await client.echo(value);
			assert.equal(mirror.asked, bytes);
			for (const [property, expected] of Object.entries(value)) {
				assert.deepEqual(back[property as keyof Options_], expected, property);
			}
			assert.deepEqual(Object.keys(back), [
				"scalar",
				"text",
				"nested",
				"thrice",
				"nothing",
				"kind",
				"record",
				"list",
				"bytes",
				"listOf",
				"newtype",
				"map",
			]);
		}
	});

	test("as answers and arguments themselves", async () => {
		for (const [bytes, expected] of [
			["00", undefined],
			["0100", { some: undefined }],
			["010100", { some: { some: undefined } }],
			["0101010161", { some: { some: "a" } }],
		] as const) {
			mirror.answer = bytes;
			assert.deepEqual(await client.bare(undefined, undefined), expected);
			assert.equal(mirror.asked, "0000");
		}
		for (const [bytes, expected] of [
			["00", undefined],
			["0100", { some: undefined }],
			["0101", { some: { some: undefined } }],
		] as const) {
			mirror.answer = bytes;
			assert.deepEqual(await client.unit({ some: undefined }), expected);
			assert.equal(mirror.asked, "01");
		}
		mirror.answer = undefined;
	});

	test("errors name their place", async () => {
		const value = { listOf: ["a", 7], map: new Map() } as unknown as Options_;
		await assert.rejects(client.echo(value), {
			message: "Options.echo: o.listOf[1]: expected a string, got number",
		});
		const nested: Options_ = {
			listOf: [],
			map: new Map(),
			nested: { some: -1 },
		};
		await assert.rejects(client.echo(nested), {
			message:
				"Options.echo: o.nested.some: -1 is not an integer from 0 to 4294967295",
		});
		mirror.answer = "000002";
		await assert.rejects(client.echo({ listOf: [], map: new Map() }), {
			message: "Options.echo: nested: option tag 2 is not 0 or 1 (at byte 2)",
		});
		mirror.answer = undefined;
	});
});

describe("collections", () => {
	const mirror = new Mirror();
	const client = collections.createClient(
		Collections,
		new collections.SingleConnection(mirror),
	);
	const key = { id: 1n, name: "a" };
	const everything: Everything = {
		units: [undefined, undefined],
		strings: ["", "é"],
		records: [key],
		bytesList: [Uint8Array.of(), Uint8Array.of(255)],
		small: Uint8Array.from({ length: 16 }, (_, i) => i),
		triple: [1, 2, 3],
		none: Uint8Array.of(),
		units3: [undefined, undefined, undefined],
		ids: new Set([1n, 2n]),
		colors: new Set(["Green", "Red"]),
		listKeys: [{ parts: ["x"] }],
		tags: [{ kind: "None" }, { kind: "Names", names: ["n"] }],
		byteSet: [Uint8Array.of(1), Uint8Array.of(2)],
		u128s: new Set([2n ** 128n - 1n]),
		bools: new Set([true, false]),
		options: new Set([undefined, 7]),
		tuples: [[1, "one"]],
		arrays: [Uint8Array.of(1, 2)],
		byBool: new Map([[true, 1]]),
		byColor: new Map([["Red", 0]]),
		byId: new Map([[9n, "nine"]]),
		byKey: [[key, [key]]],
		byList: [[[1, 2], 3]],
		byBytes: [[Uint8Array.of(1), 1]],
		byI64: new Map([[-1n, 1n]]),
		byUnit: new Map([[undefined, 1]]),
		byOption: new Map([
			[undefined, 0],
			["x", 1],
		]),
		nested: new Map([["a", new Map([["b", new Set([1, 2])]])]]),
	};

	test("of everything come back as they were", async () => {
		assert.deepEqual(await client.echo(everything), everything);
		assert.ok(mirror.asked.includes(u128));
	});

	test("whose keys are objects hold each key once: the last wins", async () => {
		mirror.answer =
			"03" + "02" + "0161" + "00" + "03" + "0161" + "01" + "02" + "0161" + "01";
		const answer = await client.maps(new Map(), []);
		assert.deepEqual(answer, [
			[[2, "a"], true],
			[[3, "a"], true],
		]);
		mirror.answer = undefined;
	});

	test("of units have a limit", async () => {
		const units = new Array<undefined>(65_537).fill(undefined);
		await assert.rejects(client.lists(units, [], []), {
			message: "Collections.lists: units: more than 65536 items without bytes",
		});
		// Those of all lists and arrays count together, both ways.
		const together = { ...everything, units: units.slice(0, 65_534) };
		await assert.rejects(client.echo(together), {
			message:
				"Collections.echo: all.units3: more than 65536 items without bytes",
		});
		together.units.pop();
		assert.equal((await client.echo(together)).units.length, 65_533);
		mirror.answer = `feff03${mirror.asked.slice(6)}`;
		await assert.rejects(client.echo(everything), {
			message:
				/^Collections\.echo: units3: more than 65536 items without bytes/,
		});
		mirror.answer = undefined;
	});

	test("of another type are refused with their path", async () => {
		for (const wrong of [undefined, null, 3, new Map(), { length: 1 }]) {
			const got = wrong === null ? "null" : typeof wrong;
			await assert.rejects(client.lists(wrong as never, [], []), {
				message: `Collections.lists: units: expected an array, got ${got}`,
			});
		}
	});

	test("arrays have their exact length", async () => {
		const [a, b, c] = [new Uint8Array(4), [1, 2, 3] as const, [] as const];
		const d = [
			[1, 2],
			[3, 4],
		] as const;
		await client.arrays(a, b, c, d).catch(() => {});
		assert.equal(mirror.asked, "00000000" + "010203" + "02040608");
		await assert.rejects(client.arrays(new Uint8Array(3), b, c, d), {
			message: "Collections.arrays: a: expected 4 bytes, got 3",
		});
		await assert.rejects(client.arrays(a, [1, 2] as never, c, d), {
			message: "Collections.arrays: b: expected 3 items, got 2",
		});
		await assert.rejects(client.arrays(a, b, c, [[1, 2], [3]] as never), {
			message: "Collections.arrays: d[1]: expected 2 items, got 1",
		});
	});
});

describe("typed arrays", () => {
	const mirror = new Mirror();
	const client = typed.createClient(
		Numbers,
		new typed.SingleConnection(mirror),
	);
	const lists: Lists = {
		u8s: Uint8Array.of(0, 255),
		i8s: Int8Array.of(-128, 127),
		u16s: Uint16Array.of(0, 65_535),
		i16s: Int16Array.of(-32_768, 32_767),
		u32s: Uint32Array.of(0, 2 ** 32 - 1),
		i32s: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
		u64s: BigUint64Array.of(0n, 2n ** 64n - 1n),
		i64s: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
		f32s: Float32Array.of(1.5, Number.NaN, -0),
		f64s: Float64Array.of(0.1, Number.NEGATIVE_INFINITY),
		i128s: [-1n],
		bools: [true],
		bytes: Uint8Array.of(7),
		maybe: Float64Array.of(2),
		rows: [Float64Array.of(), Float64Array.of(3)],
		maybes: [undefined, Uint32Array.of(4)],
		pair: [Uint16Array.of(5), BigInt64Array.of(6n)],
		byName: new Map([["a", Int32Array.of(-7)]]),
		byPath: [[Uint8Array.of(8), Uint8Array.of(9)]],
		set: [Float32Array.of(10)],
		ids: new Set([11]),
		pairs: [Float64Array.of(12), Float64Array.of()],
		many: [1, 2, 3, 4, 5, 6, 7, 8, 9],
		lists: new Array(9).fill(Float32Array.of(13)),
		series: Float64Array.of(14),
		lengths: [15],
		samples: {
			kind: "Stereo",
			left: Int16Array.of(16),
			right: Int16Array.of(-16),
		},
		tree: {
			weights: Float32Array.of(17),
			children: [{ weights: Float32Array.of(), children: [] }],
		},
	};

	test("of every kind come back as they were", async () => {
		assert.deepEqual(await client.echo(lists), lists);
		const { maybe, ...without } = lists;
		assert.equal((await client.echo(without)).maybe, undefined);
		const values = Float64Array.of(1, 2);
		const back = await client.floats(values);
		assert.equal(mirror.asked, "02000000000000f03f0000000000000040");
		assert.deepEqual(back, values);
		assert.equal(back.buffer.byteLength, 16);
		const rows = [Float32Array.of(1), Float32Array.of()];
		assert.deepEqual(await client.nested(rows), rows);
		assert.equal(mirror.asked, "0102010000803f00");
		assert.equal(await client.nested(undefined), undefined);
	});

	test("of another class are refused with their path", async () => {
		for (const wrong of [[1, 2], new Float32Array(2), null, undefined]) {
			const got = Array.isArray(wrong)
				? "an array"
				: wrong === null
					? "null"
					: typeof wrong;
			await assert.rejects(client.floats(wrong as never), {
				message: `Numbers.floats: values: expected a Float64Array, got ${got}`,
			});
		}
		const rows = [Float64Array.of(), [1]] as Float64Array[];
		await assert.rejects(client.echo({ ...lists, rows }), {
			message:
				"Numbers.echo: all.rows[1]: expected a Float64Array, got an array",
		});
		const samples = { kind: "Mono", value: Int16Array.of() } as never;
		await assert.rejects(client.echo({ ...lists, samples }), {
			message:
				"Numbers.echo: all.samples.value: expected a Float32Array, got object",
		});
	});

	test("that end too early are refused with their path", async () => {
		mirror.answer = "02000000000000f03f00000000000000";
		await assert.rejects(client.floats(Float64Array.of()), {
			message:
				"Numbers.floats: [1]: 8 bytes wanted, but 7 are left (at byte 9)",
		});
		mirror.answer = "0102010000803f04";
		await assert.rejects(client.nested(undefined), {
			message: "Numbers.nested: [1]: 4 items, but 0 bytes are left (at byte 7)",
		});
		mirror.answer = undefined;
	});
});

describe("enums", () => {
	const mirror = new Mirror();
	const client = enums.createClient(Enums, new enums.SingleConnection(mirror));

	test("every variant comes back as it was", async () => {
		const shapes: [Shape, string][] = [
			[{ kind: "Nothing" }, "00"],
			[{ kind: "Rectangle", width: 1, height: 2 }, "03"],
			[
				{
					kind: "Painted",
					kind_: "DeepBlue",
					value: "v",
					shape: { kind: "Circle", value: "c" },
				},
				"0402" + "0176" + "010163",
			],
			[{ kind: "Wrapped", value: { kind: "Rectangle", width: 30 } }, "05"],
			[{ kind: "EmptyStruct" }, "06"],
			[{ kind: "Unit", value: undefined }, "07"],
		];
		for (const [shape, bytes] of shapes) {
			assert.deepEqual(await client.echo(shape), shape);
			assert.ok(mirror.asked.startsWith(bytes), `${mirror.asked} ${bytes}`);
		}
		assert.equal(await client.color("DeepBlue"), "DeepBlue");
		assert.equal(mirror.asked, "02");
	});

	test("what is none of the variants is refused", async () => {
		await assert.rejects(client.echo({ kind: "Triangle" } as never), {
			message:
				'Enums.echo: shape.kind: "Triangle" is no variant of Shape: Nothing, Circle, Segment, Rectangle, Painted, Wrapped, EmptyStruct, Unit',
		});
		await assert.rejects(client.color("Blue" as never), {
			message: 'Enums.color: color: "Blue" is none of Red, Green, DeepBlue',
		});
		mirror.answer = "08";
		await assert.rejects(client.echo({ kind: "Nothing" }), {
			message: "Enums.echo: kind: variant 8, but there are 8 (at byte 0)",
		});
		mirror.answer = "03";
		await assert.rejects(client.color("Red"), {
			message: "Enums.color: variant 3, but there are 3 (at byte 0)",
		});
		mirror.answer = undefined;
	});

	test("`kind` can be matched to the end", () => {
		const name = (shape: Shape): string => {
			switch (shape.kind) {
				case "Nothing":
				case "Circle":
				case "Segment":
				case "Rectangle":
				case "Painted":
				case "Wrapped":
				case "EmptyStruct":
				case "Unit":
					return shape.kind;
				default:
					return shape satisfies never;
			}
		};
		assert.equal(name({ kind: "Nothing" }), "Nothing");
	});
});

describe("newtypes", () => {
	test("are what is inside", async () => {
		const mirror = new Mirror();
		const client = newtypes.createClient(
			Newtypes,
			new newtypes.SingleConnection(mirror),
		);
		const all: All = {
			isbn: "978",
			count: 1n,
			small: 2,
			flag: true,
			ratio: 0.5,
			letter: "é",
			blob: Uint8Array.of(1),
			tags: ["t"],
			hash: new Uint8Array(8),
			deep: "d",
			nothing: undefined,
			maybe: undefined,
			lookup: new Map([["978", 1n]]),
			shade: "Green",
			home: { name: "here" },
			both: [1, "b"],
			wide: 2n,
			choice: { kind: "Right" },
			maybeIsbn: "x",
			maybeMaybe: { some: undefined },
			isbns: new Set(["978"]),
			byIsbn: new Map([["978", { name: "there" }]]),
		};
		assert.deepEqual(await client.all(all), all);
		assert.equal(await client.isbn("978"), "978");
		assert.equal(mirror.asked, "03393738");
	});
});

describe("structs", () => {
	test("without fields are undefined and take no bytes", async () => {
		const mirror = new Mirror();
		const client = structs.createClient(
			Structs,
			new structs.SingleConnection(mirror),
		);
		const outer = {
			point: { x: 1, y: 2 },
			nested: { name: "n", points: [{ x: 3, y: 4 }], unit: undefined },
			pair: [5, "p"] as const,
			nothing: undefined,
			empty: undefined,
			triple: [6, { x: 7, y: 8 }, [9, 10]] as const,
		};
		assert.deepEqual(await client.echo(outer), outer);
		assert.deepEqual(await client.pair([5, "p"], undefined), [5, "p"]);
		await assert.rejects(client.pair([5, "p"], null as never), {
			message: "Structs.pair: nothing: expected undefined, got null",
		});
	});
});

describe("recursion", () => {
	const mirror = new Mirror();
	const client = recursion.createClient(
		Recursion,
		new recursion.SingleConnection(mirror),
	);

	test("comes back as it was", async () => {
		const tree: Tree = { label: "a", children: [{ label: "b", children: [] }] };
		assert.deepEqual(await client.tree(tree), tree);
		const expr: Expr = {
			kind: "Add",
			left: { kind: "Negate", value: { kind: "Number", value: -1n } },
			right: { kind: "Call", value: ["f", [{ kind: "Number", value: 2n }]] },
		};
		assert.deepEqual(await client.expr(expr), expr);
		const json: Json = {
			kind: "Object",
			value: new Map<string, Json>([
				[
					"a",
					{
						kind: "Array",
						value: [{ kind: "Null" }, { kind: "Number", value: 0.5 }],
					},
				],
			]),
		};
		assert.deepEqual(await client.json(json), json);
	});

	test("is bounded in both directions: 128 values of recursive types", async () => {
		const nested = (depth: number): Tree => {
			let tree: Tree = { label: "", children: [] };
			for (let i = 1; i < depth; i++) {
				tree = { label: "", children: [tree] };
			}
			return tree;
		};
		assert.deepEqual(await client.tree(nested(128)), nested(128));
		await assert.rejects(
			client.tree(nested(129)),
			/nested deeper than the limit of 128$/,
		);
		mirror.answer = "0001".repeat(129);
		await assert.rejects(
			client.tree(nested(1)),
			/nested deeper than the limit of 128 \(at byte 256\)$/,
		);
		mirror.answer = undefined;
	});
});

describe("names", () => {
	test("of methods are no trap: clients are no promises, and print themselves", async () => {
		const connection = new names.SingleConnection(new Mirror());
		const client = names.createClient(Keywords, connection);
		assert.equal(await client, client);
		assert.equal(typeof (client as { then?: unknown }).then, "undefined");
		assert.equal(String(client), "[object Object]");
		await assert.rejects(client.class(1, 2, 3, 4, 5, 6), {
			message: "Keywords.class: 5 bytes too many (at byte 1)",
		});
		assert.equal(
			typeof names.createClient(CatalogService, connection).close_,
			"function",
		);
	});
});

describe("methods", () => {
	test("without arguments, with one, with several, with units", async () => {
		const mirror = new Mirror();
		const client = methods.createClient(
			Methods,
			new methods.SingleConnection(mirror),
		);
		assert.equal(await client.nothing(), undefined);
		assert.equal(mirror.asked, "");
		assert.equal(await client.one(300), 300);
		assert.equal(mirror.asked, "ac02");
		assert.equal(await client.old(-1), -1);
		assert.equal(await client.twoUnits(undefined, undefined), undefined);
		assert.equal(mirror.asked, "");
	});
});
