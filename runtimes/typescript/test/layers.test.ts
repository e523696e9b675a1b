/**
 * The layers of the runtime, from the bottom up. A file imports nothing of a later layer, types included, and no files import
 * one another in a circle.
 *
 * Run alone, `node build/test/layers.test.js` ends with a line that tells how many files and exceptions there are.
 */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { after, describe, test } from "node:test";

/** The sources, which are next to the folder that the tests are compiled to. */
const SOURCES = new URL("../../src/", import.meta.url);

/** A name that ends in a slash stands for all files of a folder. */
const LAYERS: readonly (readonly [name: string, files: readonly string[]])[] = [
	[
		"ground",
		[
			"branded.ts",
			"descriptor.ts",
			"dispose.ts",
			"errors.ts",
			"forgotten.ts",
			"known.ts",
			"limits.ts",
			"realm.ts",
			"time.ts",
		],
	],
	["checks", ["check.ts", "quote.ts", "states.ts"]],
	["postcard", ["postcard/"]],
	["json", ["json/", "json.ts"]],
	["frame", ["frame.ts", "parser.ts"]],
	["session", ["session/", "session.ts"]],
	["wire", ["deadline.ts", "intake.ts", "layer.ts", "wire.ts"]],
	[
		"calls",
		[
			"call.ts",
			"inbox.ts",
			"method.ts",
			"notification.ts",
			"options.ts",
			"result.ts",
			"stream.ts",
			"unary.ts",
		],
	],
	[
		"connection",
		[
			"client.ts",
			"connection.ts",
			"fake.ts",
			"interceptors.ts",
			"served-call.ts",
			"tunnel.ts",
		],
	],
	["handlers", ["handlers/"]],
	[
		"connecting",
		[
			"connect.ts",
			"deferred.ts",
			"host.ts",
			"memory.ts",
			"pool.ts",
			"port.ts",
			"reconnecting.ts",
			"websocket.ts",
		],
	],
	["platforms", ["node/", "opentelemetry/", "opentelemetry.ts", "web/"]],
	["entries", ["codegen.ts", "index.ts", "node.ts", "web.ts"]],
];

/** The imports that break the rule for now, each with its reason. */
const EXCEPTIONS: readonly {
	readonly from: string;
	readonly to: string;
	readonly reason: string;
}[] = [];

/** `import … from "./x.js"` and `export … from "./x.js"`: at the start of a line, without a semicolon inside. */
const IMPORTS = /^(?:import|export)\b[^;]*?\bfrom "(\.[^"]*)\.js";/gm;

/** Anything else that could name a file of the runtime, such as a dynamic import. */
const MENTIONS = /"\.{1,2}\/[^"]*"/g;

function read(file: string): string {
	return readFileSync(new URL(file, SOURCES), "utf8");
}

const files = readdirSync(SOURCES, { recursive: true })
	.map((file) => String(file).replaceAll("\\", "/"))
	.filter((file) => file.endsWith(".ts"))
	.sort();

/** What each file imports of the others. */
const imports = new Map(
	files.map((file) => [
		file,
		[...read(file).matchAll(IMPORTS)].map(
			([, path = ""]) => `${posix.join(posix.dirname(file), path)}.ts`,
		),
	]),
);

/** The position of a file's layer; -1 when it is in none. */
function layerOf(file: string): number {
	return LAYERS.findIndex(([, members]) =>
		members.some((member) =>
			member.endsWith("/") ? file.startsWith(member) : file === member,
		),
	);
}

function isException(from: string, to: string): boolean {
	return EXCEPTIONS.some((each) => each.from === from && each.to === to);
}

/** Returns the files of a circle of imports, if there is one: by a search from each file, depth first. */
function circle(
	edges: ReadonlyMap<string, readonly string[]>,
): string[] | undefined {
	const done = new Set<string>();
	const visit = (file: string, path: string[]): string[] | undefined => {
		const start = path.indexOf(file);
		if (start >= 0) {
			return [...path.slice(start), file];
		}
		if (done.has(file)) {
			return undefined;
		}
		for (const next of edges.get(file) ?? []) {
			const found = visit(next, [...path, file]);
			if (found !== undefined) {
				return found;
			}
		}
		done.add(file);
		return undefined;
	};
	for (const file of edges.keys()) {
		const found = visit(file, []);
		if (found !== undefined) {
			return found;
		}
	}
	return undefined;
}

describe("the layers", () => {
	test("every import is seen, and leads to a file", () => {
		let seen = 0;
		for (const [file, targets] of imports) {
			const mentions = read(file).match(MENTIONS) ?? [];
			assert.equal(targets.length, mentions.length, `imports of ${file}`);
			for (const target of targets) {
				assert.ok(files.includes(target), `${file} imports ${target}`);
			}
			seen += targets.length;
		}
		assert.ok(seen > 100, `only ${seen} imports were found`);
	});

	test("every file is in one, and every name stands for a file", () => {
		const nowhere = files.filter((file) => layerOf(file) < 0);
		assert.deepEqual(nowhere, []);
		for (const member of LAYERS.flatMap(([, members]) => members)) {
			const named = files.some((file) =>
				member.endsWith("/") ? file.startsWith(member) : file === member,
			);
			assert.ok(named, `${member} is no file`);
		}
	});

	test("no file imports one of a later layer", () => {
		const upwards: string[] = [];
		for (const [file, targets] of imports) {
			for (const target of targets) {
				if (layerOf(target) > layerOf(file) && !isException(file, target)) {
					const name = LAYERS[layerOf(target)]?.[0];
					upwards.push(`${file} imports ${target} of the layer ${name}`);
				}
			}
		}
		assert.deepEqual(upwards, []);
	});

	test("no files import one another in a circle", () => {
		const edges = new Map(
			[...imports].map(([file, targets]) => [
				file,
				targets.filter((target) => !isException(file, target)),
			]),
		);
		assert.equal(circle(edges)?.join(" → "), undefined);
		const looped = new Map([
			["a", ["b"]],
			["b", ["c", "d"]],
			["d", ["b"]],
		]);
		assert.deepEqual(circle(looped), ["b", "d", "b"]);
	});

	test("every exception is needed", () => {
		for (const { from, to } of EXCEPTIONS) {
			assert.ok(imports.get(from)?.includes(to), `${from} imports no ${to}`);
		}
	});
});

after(() => {
	process.once("exit", () => {
		console.log(
			`layers of runtimes/typescript: ${files.length} files, ${EXCEPTIONS.length} exceptions`,
		);
	});
});
