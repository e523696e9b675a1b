/** The package's declarations, read by compilers from 5.2 on, within the library and the resolution that their users have. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";

import { PACKAGES, program, run } from "./support.mjs";

/** The compilers, and how each finds modules. Only the newest, which is the runtime's own, has no node10. */
const COMPILERS = {
	"typescript-5.2": ["bundler", "node10"],
	"typescript-6": ["node10"],
	"../../node_modules/typescript": ["bundler"],
};

/** What is compiled: the files, and under which options. */
const CONSUMERS = {
	"of a page": { files: ["web.ts"], lib: ["ES2022", "DOM"], types: [] },
	"of Node": {
		files: ["web.ts", "node.ts", "disposing.ts"],
		lib: ["ES2022", "ESNext.Disposable"],
		types: ["node"],
	},
};

for (const [compiler, resolutions] of Object.entries(COMPILERS)) {
	describe(compiler, () => {
		for (const [what, { files, lib, types }] of Object.entries(CONSUMERS)) {
			for (const moduleResolution of resolutions) {
				test(`takes the declarations ${what}, found as by ${moduleResolution}`, async () => {
					const folder = program(
						`declarations ${what} ${moduleResolution}`,
						["declarations"],
						["@types/node", "undici-types"],
					);
					const compilerOptions = {
						target: "ES2022",
						module: "ESNext",
						moduleResolution,
						lib,
						types,
						strict: true,
						noEmit: true,
						// The library of the compiler, and all that the package declares.
						skipLibCheck: false,
						...(compiler === "typescript-6"
							? { ignoreDeprecations: "6.0" }
							: {}),
					};
					const config = {
						compilerOptions,
						files: files.map((file) => `declarations/${file}`),
					};
					writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
					const tsc = join(PACKAGES, compiler, "bin/tsc");
					await assert.doesNotReject(
						run(folder, process.execPath, tsc, "-p", "."),
					);
				});
			}
		}
	});
}
