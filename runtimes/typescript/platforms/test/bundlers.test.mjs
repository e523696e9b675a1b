/** Programs of Node that bundlers make one file of: they find the package `ws` where it is, and do without where it is not. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";

import commonjs from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build } from "esbuild";
import { rollup } from "rollup";
import webpack from "webpack";

import { answers, empty, GOOD, program, server } from "./support.mjs";

const FILES = ["calls.mjs", "program.mjs"];

/** Each makes `main.mjs` in the folder `out` of a folder's `program.mjs`, and returns the warnings. */
const BUNDLERS = {
	esbuild: async (folder, out) => {
		const { warnings } = await build({
			absWorkingDir: folder,
			entryPoints: ["program.mjs"],
			bundle: true,
			platform: "node",
			format: "esm",
			outfile: join(out, "main.mjs"),
			logLevel: "silent",
			banner: {
				// What esbuild itself says about packages of CommonJS in a module.
				js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
			},
		});
		return warnings.map(({ text }) => text);
	},
	rollup: async (folder, out) => {
		const warnings = [];
		const bundle = await rollup({
			input: join(folder, "program.mjs"),
			plugins: [nodeResolve({ preferBuiltins: true }), commonjs()],
			onwarn: ({ message }) => warnings.push(message),
		});
		await bundle.write({
			dir: out,
			entryFileNames: "main.mjs",
			chunkFileNames: "[name].mjs",
		});
		await bundle.close();
		return warnings;
	},
	webpack: (folder, out) =>
		new Promise((resolve, reject) => {
			const options = {
				context: folder,
				target: "node",
				mode: "production",
				entry: "./program.mjs",
				experiments: { outputModule: true },
				output: { path: out, filename: "main.mjs", module: true },
			};
			webpack(options, (error, stats) => {
				const { errors = [], warnings = [] } = stats?.toJson() ?? {};
				if (error || errors.length > 0) {
					reject(error ?? new Error(errors.map((e) => e.message).join("\n")));
				} else {
					resolve(warnings.map(({ message }) => message));
				}
			});
		}),
};

const { tcp, ws } = await server();

describe("a program of Node, bundled", () => {
	for (const [name, bundle] of Object.entries(BUNDLERS)) {
		test(`by ${name} speaks TCP and WebSocket, and brings all along`, async () => {
			const out = empty(`${name}-ws-out`);
			const warnings = await bundle(program(`${name}-ws`, FILES, ["ws"]), out);
			// `ws` tries two packages that make it faster.
			const of = warnings.filter((w) => !/bufferutil|utf-8-validate/.test(w));
			assert.deepEqual(of, []);
			const found = await answers(out, "main.mjs", tcp, ws);
			assert.deepEqual(found, [GOOD, GOOD]);
		});

		test(`by ${name} speaks TCP where ws is not installed`, async () => {
			const out = empty(`${name}-out`);
			const warnings = await bundle(program(name, FILES), out);
			const of = warnings.filter((w) => !/\bws\b/.test(w));
			assert.deepEqual(of, []);
			const found = await answers(out, "main.mjs", tcp, ws);
			assert.deepEqual(found[0], GOOD);
			if (globalThis.WebSocket === undefined) {
				assert.match(found[1], /run `npm install ws`/);
			} else {
				assert.deepEqual(found[1], GOOD);
			}
		});
	}
});
