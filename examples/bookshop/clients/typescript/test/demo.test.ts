/** The demo prints what the Rust client prints. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";

import { start } from "./servers.js";

const run = promisify(execFile);

test("the demo prints what Rust's own client prints, and ends", async () => {
	const server = await start();
	const main = new URL("../src/main.js", import.meta.url).pathname;
	const { stdout, stderr } = await run(
		process.execPath,
		["--unhandled-rejections=strict", main, server.address],
		{ timeout: 30_000 },
	);
	const expected = await readFile(
		new URL("../../../../expected-output.txt", import.meta.url),
		"utf8",
	);
	assert.equal(stdout, expected);
	assert.equal(stderr, "");
});
