/** The server and Rust's own client, whose output must be the expected one over every transport. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { promisify } from "node:util";

const EXPECTED = new URL("../../../../expected-output.txt", import.meta.url);
const SERVER = new URL("../src/server.js", import.meta.url).pathname;
const CLIENT = process.env.BOOKSHOP_CLIENT ?? "bookshop-client";
const socket = join(mkdtempSync(join(tmpdir(), "shop")), "shop.sock");

for (const address of [
	"tcp://127.0.0.1:0",
	`unix://${socket}`,
	"ws://127.0.0.1:0/rpc",
]) {
	test(`Rust's client prints what is expected, at ${address.replace(/:\/\/.*/s, "")}`, async () => {
		const server = spawn(
			process.execPath,
			[SERVER, "--until-stdin-closes", "--listen", address],
			{ stdio: ["pipe", "pipe", "inherit"] },
		);
		const ended = new Promise((resolve) => server.once("exit", resolve));
		const [line] = await once(createInterface(server.stdout));
		const listening = /^listening on (.*)$/.exec(line ?? "")?.[1] ?? "";
		const { stdout } = await promisify(execFile)(CLIENT, [listening]);
		assert.equal(stdout, readFileSync(EXPECTED, "utf8"));
		server.stdin.end();
		assert.equal(await ended, 0);
	});
}

/** The first line. */
function once(
	lines: ReturnType<typeof createInterface>,
): Promise<[string | undefined]> {
	return new Promise((resolve) => {
		lines.once("line", (line: string) => resolve([line]));
		lines.once("close", () => resolve([undefined]));
	});
}
