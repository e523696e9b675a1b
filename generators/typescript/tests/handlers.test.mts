/** Generated handlers: what they are given and return travels as it is, and the compiler knows what they must have. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { Enums, type EnumsHandler } from "enums/handlers";
import * as enums from "enums/rapace";
import { Methods, type MethodsHandler } from "methods/handlers";
import * as methods from "methods/rapace";
import type { Options_ } from "options";
import { Options } from "options/handlers";
import * as options from "options/rapace";
import type { Json } from "recursion";
import { Recursion } from "recursion/handlers";
import * as recursion from "recursion/rapace";

/** What a handler's functions were called with, without the call. */
const seen: unknown[][] = [];

const handler: MethodsHandler = {
	nothing: () => {
		seen.push(["nothing"]);
	},
	one: (value, { method }) => {
		seen.push([method, value]);
		return value + 1;
	},
	several: async (a, b, c) => {
		seen.push([a, b, c]);
		return c;
	},
	async *stream(count) {
		for (let id = 0; id < count; id++) {
			yield { id } as never;
		}
	},
	async *streamNone() {},
	async *streamUnits(n, m) {
		seen.push([n, m]);
		yield undefined;
	},
	old: (x) => x,
	veryOld() {},
	onlyUnit: (u) => u === undefined,
	twoUnits(u, v) {
		seen.push([u, v]);
	},
	signIn: (credential) => credential,
};

describe("handlers", () => {
	test("get their arguments, and clients get their answers", async () => {
		const connection = methods.memoryConnection(
			methods.serve(Methods, handler),
		);
		const client = methods.createClient(Methods, connection);
		seen.length = 0;
		assert.equal(await client.one(4), 5);
		assert.equal(await client.nothing(), undefined);
		await client.notifyNothing();
		assert.equal(await client.onlyUnit(undefined), true);
		await client.twoUnits(undefined, undefined);
		const secret = Uint8Array.of(1, 2);
		const credential = { kind: "Key", id: 1, secret, old: 2 } as const;
		assert.deepEqual(await client.signIn(credential), credential);
		const units: unknown[] = [];
		for await (const unit of client.streamUnits(3, undefined)) {
			units.push(unit);
		}
		assert.deepEqual(units, [undefined]);
		assert.deepEqual(seen, [
			["Methods.one", 4],
			["nothing"],
			["nothing"],
			[undefined, undefined],
			[3, undefined],
		]);
		await connection.close();
	});

	test("may be clients: a proxy", async () => {
		const behind = methods.memoryConnection(methods.serve(Methods, handler));
		const proxy = methods.memoryConnection(
			methods.serve(Methods, methods.createClient(Methods, behind)),
		);
		assert.equal(await methods.createClient(Methods, proxy).one(41), 42);
		await proxy.close();
		await behind.close();
	});

	test("may call back the client that called them, on its connection", async () => {
		const greeter: EnumsHandler = {
			echo: async (shape, { connection }) =>
				await enums.createClient(Enums, connection).echo(shape),
			color: (color) => color,
			all: () => [],
			one: (only) => ({ only }) as never,
		};
		const connection = enums.memoryConnection(enums.serve(Enums, greeter), {
			connection: {
				handlers: [enums.serve(Enums, { ...greeter, echo: (shape) => shape })],
			},
		});
		const client = enums.createClient(Enums, connection);
		for (const shape of await client.all()) {
			assert.deepEqual(await client.echo(shape), shape);
		}
		assert.equal(await client.color("Red" as never), "Red");
		await connection.close();
	});

	test("get and return nested options and recursive values as they are", async () => {
		const optional = options.memoryConnection(
			options.serve(Options, {
				echo: (value) => value,
				bare: () => undefined,
				unit: () => ({ some: undefined }),
				async *items() {
					yield [1n, undefined];
				},
			}),
		);
		const echo = options.createClient(Options, optional);
		const values: Options_[] = [
			{ listOf: [], map: new Map() },
			{ nested: { some: undefined }, listOf: ["a", undefined], map: new Map() },
			{ nested: { some: 5 }, listOf: [], map: new Map([["k", { some: 1n }]]) },
		];
		for (const value of values) {
			const { nested, listOf, map } = await echo.echo(value);
			assert.deepEqual(
				{ nested, listOf, map },
				{ nested: undefined, ...value },
			);
		}
		assert.deepEqual(await echo.unit(undefined), { some: undefined });
		await optional.close();

		const nested = recursion.memoryConnection(
			recursion.serve(Recursion, {
				tree: (tree) => tree,
				expr: (e) => e,
				chain: () => undefined,
				async *walk() {},
				even: (e) => e as never,
				json: (value) => value,
				rings: (_, ring) => ring,
			}),
		);
		const json: Json = {
			kind: "Object",
			value: new Map([["a", { kind: "Array", value: [{ kind: "Null" }] }]]),
		};
		const client = recursion.createClient(Recursion, nested);
		assert.deepEqual(await client.json(json), json);
		let deep: Json = { kind: "Null" };
		for (let i = 0; i < 200; i++) {
			deep = { kind: "Array", value: [deep] };
		}
		const shallow = recursion.createClient(
			Recursion,
			recursion.memoryConnection(recursion.serve(Recursion, client), {
				connection: { maxDepth: 1000 },
			}),
		);
		await assert.rejects(
			shallow.json(deep),
			/cannot read the arguments of Recursion.json: value.value/,
		);
		await nested.close();
	});

	test("that lack a method, or answer with another type, do not compile", () => {
		assert.throws(
			// @ts-expect-error All methods but one are forgotten.
			() => methods.serve(Methods, { one: (value: number) => value }),
			/the handler has no function nothing: Methods.nothing/,
		);
		methods.serve(Methods, {
			...handler,
			// @ts-expect-error It answers with a number.
			one: () => "text",
		});
		methods.serve(Methods, {
			...handler,
			// @ts-expect-error It is no method of the service.
			three: () => 3,
		});
	});
});
