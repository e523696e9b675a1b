/** The codec in a page of `rapace docs` against the values that facet-postcard has judged. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { variable } from "../environment.js";
import { DocsPage, type Method } from "./page.js";

/** A case as the conformance suite records it. */
interface Case {
	readonly name: string;
	readonly method: string;
	readonly bytes?: string;
	readonly value?: unknown;
	readonly decode_only?: boolean;
	readonly refused?: string;
}

const { script, types, methods } = await new DocsPage("fixtures").inside();
const byName = new Map(methods.map((method) => [method.name, method]));
const folder = variable("VECTORS");
const files = (await readdir(folder)).filter((name) => name.endsWith(".json"));

/** The method whose one argument and whose answer have the type. */
function methodOf({
	method,
}: Case): Method & { arguments: [string, unknown][] } {
	const found = byName.get(`Values.${method}`);
	assert.ok(found, method);
	return found as Method & { arguments: [string, unknown][] };
}

function encoded(one: Case, value: unknown): string {
	const method = methodOf(one);
	const [[name] = [""]] = method.arguments;
	const bytes = script.encodeRequest(types, method, { [name]: value });
	return Buffer.from(bytes).toString("hex");
}

function decoded(one: Case): unknown {
	const bytes = new Uint8Array(Buffer.from(expanded(one.bytes ?? ""), "hex"));
	// Through JSON, as the page shows it: its objects have no prototype.
	return JSON.parse(
		JSON.stringify(script.decodeAnswer(types, methodOf(one), bytes)),
	);
}

/** Hex as hex alone: `[3x0f]` is a run of a byte. */
function expanded(hex: string): string {
	return hex.replace(/\[(\d+)x(..)\]/g, (_, count, byte) =>
		byte.repeat(Number(count)),
	);
}

/** A value whose sets and maps are in one order, whatever it was: all its arrays are. */
function inOneOrder(value: unknown): unknown {
	if (Array.isArray(value)) {
		const items = value.map(inOneOrder).map((item) => ({
			item,
			key: JSON.stringify(item),
		}));
		items.sort((a, b) => (a.key < b.key ? -1 : 1));
		return items.map(({ item }) => item);
	}
	if (typeof value !== "object" || value === null) {
		return value;
	}
	const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
	return Object.fromEntries(
		entries.map(([name, inside]) => [name, inOneOrder(inside)]),
	);
}

/** A map or set without what a later item of the same key replaces: the page shows what is in the bytes. */
function withoutRepeated(value: unknown): unknown {
	if (!Array.isArray(value)) {
		return value;
	}
	const keyOf = (item: unknown) =>
		JSON.stringify(Array.isArray(item) ? item[0] : item);
	return [...new Map(value.map((item) => [keyOf(item), item])).values()];
}

/** The reason of the refusal, or what came instead. */
function refusal(action: () => unknown): unknown {
	try {
		return ["accepted", action()];
	} catch (error) {
		return (error as { reason?: string }).reason ?? error;
	}
}

function check(one: Case): void {
	if (one.refused !== undefined) {
		const action = () =>
			one.bytes === undefined ? encoded(one, one.value) : decoded(one);
		assert.equal(refusal(action), one.refused, one.name);
		return;
	}
	const read = decoded(one);
	const value = one.decode_only === true ? withoutRepeated(read) : read;
	assert.deepEqual(inOneOrder(value), inOneOrder(one.value), one.name);
	if (one.decode_only !== true) {
		assert.equal(encoded(one, value), expanded(one.bytes ?? ""), one.name);
	}
	// What it writes itself, it reads in the same order.
	const own = encoded(one, one.value);
	assert.deepEqual(decoded({ ...one, bytes: own }), one.value, one.name);
}

let checked = 0;
for (const file of files) {
	test(`the page reads and writes the values of ${file}`, async () => {
		const text = await readFile(`${folder}/${file}`, "utf8");
		const { cases } = JSON.parse(text) as { cases: Case[] };
		const faults: string[] = [];
		for (const one of cases) {
			try {
				check(one);
			} catch (error) {
				faults.push(String(error));
			}
		}
		checked += cases.length;
		assert.deepEqual(faults.slice(0, 5), [], `${faults.length} faults`);
	});
}

test("there are values to check", () => {
	assert.ok(checked > 3000, `${checked} cases`);
});
