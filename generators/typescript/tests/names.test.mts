/** The list of hostile names has all that mean something to JavaScript, to TypeScript or to its runtime. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** The languages tell nobody what their words are. */
const WORDS = `
	abstract accessor any arguments as asserts async await bigint boolean break case catch class const constructor continue debugger
	declare default delete do else enum eval export extends false finally for from function get global if implements import in infer
	instanceof interface intrinsic is keyof let module namespace never new null number object of out override package private
	protected public readonly require return satisfies set static string super switch symbol this throw true try type typeof
	undefined unique unknown using var void while with yield
`;

/** What JavaScript looks for on values of every kind. */
const PROTOTYPES = [
	Object.prototype,
	Function.prototype,
	Promise.prototype,
	Array.prototype,
];

/** What a file exports: a list of names, or what it declares. */
const EXPORTED =
	/^export (?:type )?\{([^}]*)\}|^export (?:abstract )?(?:async )?(?:class|const|function|interface|type) (\w+)/gm;

function read(path: string): string {
	return readFileSync(new URL(path, import.meta.url), "utf8");
}

/** What the runtime's modules have for others. */
function exported(): string[] {
	const modules = ["index", "codegen", "node", "web"];
	const texts = modules.map((module) =>
		read(`../../node_modules/rapace/src/${module}.ts`),
	);
	return texts.flatMap((text) =>
		[...text.matchAll(EXPORTED)].flatMap(([, list, name]) =>
			list === undefined ? [name ?? ""] : list.split(","),
		),
	);
}

test("no name is missing in the list", () => {
	const lines = read("../names.txt").split("\n");
	const listed = new Set(
		lines
			.filter((line) => !/^[#!]/.test(line))
			.flatMap((line) => line.split(" ")),
	);
	const runtime = exported().map((name) => name.trim().replace("type ", ""));
	for (const known of ["Connection", "backoff", "encodeString", "unary"]) {
		assert.ok(runtime.includes(known), `${known} is not found in the runtime`);
	}
	const wanted = new Set([
		...WORDS.split(/\s+/),
		...Object.getOwnPropertyNames(globalThis),
		...PROTOTYPES.flatMap(Object.getOwnPropertyNames),
		...runtime,
	]);
	const missing = [...wanted].filter(
		(name) => /^[A-Za-z_]\w*$/.test(name) && !listed.has(name),
	);
	assert.deepEqual(missing, [], "add these to generators/hostile/names.txt");
});
