/** What a client adds to a page: a bundler leaves out all that it does not call. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

/** Most bytes of a client of one method of numbers on the core, minified and gzipped. */
const MOST_BYTES = 8192;

test(`a client of one method takes at most ${MOST_BYTES} bytes`, async () => {
	const { outputFiles } = await build({
		stdin: {
			contents: `
				export { Connection, createClient } from "methods/rapace";
				export { one } from "methods/services/methods";
			`,
			resolveDir: fileURLToPath(new URL(".", import.meta.url)),
		},
		bundle: true,
		minify: true,
		format: "esm",
		platform: "neutral",
		target: "es2022",
		write: false,
	});
	const bundle = outputFiles[0]?.contents ?? new Uint8Array();
	const size = gzipSync(bundle, { level: 9 }).length;
	// Far smaller, it would not be a client.
	assert.ok(size > MOST_BYTES / 2 && size <= MOST_BYTES, `${size} bytes`);
});
