/** Programs whose classes are not those of the platform: what it hands in is of another realm. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { answers, GOOD, PACKAGES, program, run, server } from "./support.mjs";

const { tcp, ws } = await server();

test("a vm context speaks TCP and WebSocket", async () => {
	const files = ["calls.mjs", "program.mjs", "realm.mjs"];
	const folder = program("vm", files, ["ws"]);
	const words = ["--experimental-vm-modules", "--no-warnings", "realm.mjs"];
	assert.deepEqual(await answers(folder, ...words, tcp, ws), [GOOD, GOOD]);
});

test("jsdom, in a test runner's sandbox, speaks TCP and WebSocket", async () => {
	const files = ["calls.mjs", "jsdom.spec.mjs"];
	const folder = program("jsdom", files, ["ws", "vitest", "jsdom"]);
	process.env.SPEC = JSON.stringify([GOOD, tcp, ws]);
	const vitest = join(PACKAGES, "vitest/vitest.mjs");
	const options = ["--pool", "vmThreads", "--environment", "jsdom"];
	await run(folder, process.execPath, vitest, "run", ...options);
});
