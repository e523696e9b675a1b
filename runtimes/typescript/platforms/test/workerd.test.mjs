/** A Cloudflare Worker, in workerd itself, as of several compatibility dates. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { before, describe, test } from "node:test";

import { build } from "esbuild";

import { GOOD, PACKAGES, program, server } from "./support.mjs";

/**
 * Before 2025-05-05 there is no FinalizationRegistry, before 2022-11-30 no navigator; a WebSocket has no bufferedAmount on any
 * of them.
 */
const DATES = ["2022-01-31", "2023-01-01", "2025-01-01", "2026-11-01"];

const { ws: address } = await server();

describe("a Cloudflare Worker", () => {
	let folder;
	before(async () => {
		folder = program("workerd", ["calls.mjs", "worker.mjs"]);
		await build({
			absWorkingDir: folder,
			entryPoints: ["worker.mjs"],
			bundle: true,
			format: "esm",
			outfile: "bundle.mjs",
			logLevel: "error",
		});
	});
	for (const date of DATES) {
		test(`calls, streams and closes as of ${date}`, async () => {
			writeFileSync(join(folder, `${date}.capnp`), config(date, address));
			const worker = spawn(
				workerd(),
				["serve", `${date}.capnp`, "--control-fd=1"],
				{
					cwd: folder,
					stdio: ["ignore", "pipe", "inherit"],
				},
			);
			try {
				const port = await listening(worker.stdout);
				const response = await fetch(`http://127.0.0.1:${port}/`);
				assert.deepEqual(await response.json(), [GOOD]);
			} finally {
				worker.kill();
			}
		});
	}
});

/** The program among npm's packages that is made for this machine. Its own command is put in place by a script, which does not run here. */
function workerd() {
	const scope = join(PACKAGES, "@cloudflare");
	const [name] = readdirSync(scope).filter((each) =>
		each.startsWith("workerd-"),
	);
	return join(scope, name, "bin/workerd");
}

/** The port that workerd has found. */
async function listening(output) {
	for await (const line of createInterface({ input: output })) {
		const { event, port } = JSON.parse(line);
		if (event === "listen") {
			return port;
		}
	}
	throw new Error("workerd ended");
}

function config(date, address) {
	return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "bundle.mjs", esModule = embed "bundle.mjs")],
  compatibilityDate = "${date}",
  bindings = [(name = "ADDRESS", text = "${address}")],
);
`;
}
