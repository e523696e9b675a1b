/** A server of Next, built by Turbopack. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";

import { GOOD, PACKAGES, program, run, server } from "./support.mjs";

const { tcp, ws } = await server();

test("a route of Next speaks TCP and WebSocket", async () => {
	const needed = ["ws", "next", "react", "react-dom"];
	const folder = join(program("next", ["calls.mjs", "next"], needed), "next");
	process.env.NEXT_TELEMETRY_DISABLED = "1";
	process.env.ADDRESSES = `${tcp} ${ws}`;
	const next = join(PACKAGES, "next/dist/bin/next");
	await run(folder, process.execPath, next, "build");
	const address = await start(folder, next);
	const response = await fetch(`${address}/bookshop`);
	assert.deepEqual(await response.json(), [GOOD, GOOD]);
});

/** Starts the server that was built, until the file ends, and returns its address. */
async function start(folder, next) {
	const words = [next, "start", "--port", "0", "--hostname", "127.0.0.1"];
	const child = spawn(process.execPath, words, {
		cwd: folder,
		stdio: ["ignore", "pipe", "inherit"],
	});
	after(() => child.kill());
	for await (const line of createInterface({ input: child.stdout })) {
		const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
		if (address !== undefined) {
			return address;
		}
	}
	throw new Error("next ended");
}
