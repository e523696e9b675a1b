/** What a client adds to a page: a bundler leaves out all that it does not call. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";

/** Most bytes of a client of one method of numbers that connects over WebSocket, minified and gzipped. */
const MOST_BYTES = 8192;

/** Most bytes that one more method of numbers adds. */
const MOST_BYTES_PER_METHOD = 150;

/** What a page that imports these would load. */
async function bundled(...imports: string[]): Promise<Uint8Array> {
	const { outputFiles } = await build({
		stdin: {
			contents: imports.map((each) => `export ${each};`).join("\n"),
			resolveDir: fileURLToPath(new URL(".", import.meta.url)),
		},
		bundle: true,
		minify: true,
		format: "esm",
		platform: "browser",
		target: "es2022",
		write: false,
	});
	return outputFiles[0]?.contents ?? new Uint8Array();
}

function gzipped(bundle: Uint8Array): number {
	return gzipSync(bundle, { level: 9 }).length;
}

const CONNECT = `{ connect, createClient } from "methods/web"`;

test(`a client of one method takes at most ${MOST_BYTES} bytes, and one more ${MOST_BYTES_PER_METHOD}`, async () => {
	const one = await bundled(CONNECT, `{ one } from "methods/services/methods"`);
	const size = gzipped(one);
	// Far smaller, it would not be a client.
	assert.ok(size > MOST_BYTES / 2 && size <= MOST_BYTES, `${size} bytes`);
	const more = await bundled(
		CONNECT,
		`{ one, old } from "methods/services/methods"`,
	);
	const added = gzipped(more) - size;
	assert.ok(added > 0 && added <= MOST_BYTES_PER_METHOD, `${added} bytes`);
});

test("nothing of Node is in it, nor what it does not call", async () => {
	const bundle = new TextDecoder().decode(
		await bundled(CONNECT, `{ one } from "methods/services/methods"`),
	);
	assert.doesNotMatch(
		bundle,
		/node:|Methods\.several|notify|ReadableStream|exact number|digits|rpc\./,
	);
	assert.match(bundle, /Methods\.one/);
});

test("OpenTelemetry's entry imports no package, for there is none here", async () => {
	const entry = new TextDecoder().decode(
		await bundled(`{ opentelemetry } from "methods/opentelemetry"`),
	);
	assert.match(entry, /rpc\.client\.call\.duration/);
});
