/** What only Node shows: addresses, connecting, and processes that end. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { parseAddress } from "../src/node/address.js";
import { CONNECT_TIMEOUT_MS, connect, isRapaceError } from "../src/node.js";
import { failure, peer } from "./support.js";

describe("addresses", () => {
	const good: [string, object][] = [
		["tcp://127.0.0.1:9000", { scheme: "tcp", host: "127.0.0.1", port: 9000 }],
		["tcp://localhost:1", { scheme: "tcp", host: "localhost", port: 1 }],
		["tcp://[::1]:65535", { scheme: "tcp", host: "::1", port: 65_535 }],
		[
			"tls://shop.example:443",
			{ scheme: "tls", host: "shop.example", port: 443 },
		],
		["ws://127.0.0.1:9000", { scheme: "ws", host: "127.0.0.1" }],
		["ws://shop.example", { scheme: "ws", host: "shop.example" }],
		["wss://[::1]/a/b?c=d", { scheme: "wss", host: "::1" }],
		["wss://shop.example:65535?x", { scheme: "wss", host: "shop.example" }],
		["unix:///run/shop.sock", { scheme: "unix", path: "/run/shop.sock" }],
		[
			"unix:///run/with space:9.sock",
			{ scheme: "unix", path: "/run/with space:9.sock" },
		],
	];
	for (const [address, target] of good) {
		test(address, () => {
			assert.deepEqual(parseAddress(address), target);
		});
	}
	const bad = [
		"",
		"127.0.0.1:9000",
		"tcp://127.0.0.1",
		"tcp://127.0.0.1:0",
		"tcp://127.0.0.1:65536",
		"tcp://::1:9000",
		"tcp://host:9000/path",
		"tcp://ho st:9000",
		"unix://relative.sock",
		"unix:///",
		"ws://",
		"ws://127.0.0.1:0",
		"ws://host:65536",
		"ws://user@host",
		"ws://host/a#b",
		"wss://ho st",
		"http://host",
		"TCP://host:1",
	];
	for (const address of bad) {
		test(`${JSON.stringify(address)} is refused`, async () => {
			const error = await failure(connect(address));
			assert.ok(isRapaceError(error));
			assert.equal(error.code, "InvalidArgument");
			assert.equal(
				error.message,
				`${JSON.stringify(address)} is none of tcp://host:port, tls://host:port, unix:///path, ws://host[:port][/path] and wss://host[:port][/path]`,
			);
		});
	}
});

describe("connecting", () => {
	test("to where nobody listens fails with the cause", async () => {
		const server = createServer().listen(0, "127.0.0.1");
		await once(server, "listening");
		const bound = server.address();
		assert.ok(typeof bound === "object" && bound !== null);
		server.close();
		for (const [address, cause] of [
			[`tcp://127.0.0.1:${bound.port}`, "ECONNREFUSED"],
			["unix:///nonexistent/rapace.sock", "ENOENT"],
		] as const) {
			const error = await failure(connect(address));
			assert.ok(isRapaceError(error) && error.kind === "connection");
			assert.equal(error.code, "Unavailable");
			assert.equal(error.reason, "unreachable");
			assert.match(
				error.message,
				new RegExp(`^cannot connect to ${address}: .*${cause}`),
			);
			assert.equal((error.cause as NodeJS.ErrnoException).code, cause);
		}
	});

	test("is given up by a signal, before and meanwhile", async () => {
		const before = await failure(
			connect("tcp://127.0.0.1:9", { signal: AbortSignal.abort("before") }),
		);
		assert.ok(isRapaceError(before));
		assert.equal(before.code, "Cancelled");
		assert.equal(before.cause, "before");
		const controller = new AbortController();
		const meanwhile = failure(
			connect((await peer()).address, { signal: controller.signal }),
		);
		controller.abort("meanwhile");
		const error = await meanwhile;
		assert.ok(isRapaceError(error));
		assert.equal(error.code, "Cancelled");
		assert.equal(error.cause, "meanwhile");
	});

	test("refuses a timeout that makes no sense", async () => {
		const error = await failure(connect("tcp://127.0.0.1:9", { timeoutMs: 0 }));
		assert.ok(isRapaceError(error));
		assert.equal(error.message, "timeoutMs 0 is not above 0");
	});

	test("refuses limits that make no sense", async () => {
		const server = await peer();
		for (const [name, least] of Object.entries({
			maxFrameBytes: 64,
			maxDepth: 0,
			maxZeroSizedItems: 0,
			maxAbandonedCalls: 0,
			maxCalls: 0,
			streamHighWaterBytes: 0,
			maxStreamBytes: 0,
			maxUnsentBytes: 0,
		})) {
			for (const value of [Number.NaN, least - 1, "1" as unknown as number]) {
				const error = await failure(connect(server.address, { [name]: value }));
				assert.ok(isRapaceError(error), String(error));
				assert.equal(error.code, "InvalidArgument");
				assert.equal(
					error.message,
					`${name} ${value} is not a number of at least ${least}`,
				);
			}
			await (await connect(server.address, { [name]: least })).close();
		}
	});

	test("has a time limit", async (t) => {
		const { address } = await peer();
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const attempt = failure(connect(address));
		t.mock.timers.tick(CONNECT_TIMEOUT_MS);
		const error = await attempt;
		assert.ok(isRapaceError(error));
		assert.equal(error.code, "DeadlineExceeded");
		assert.equal(error.message, `no connection to ${address} within 10000 ms`);
	});
});

describe("a process", () => {
	for (const [what, script] of Object.entries({
		"that closes its connection ends": `
			const echo = createClient(Echo, connection);
			const pending = echo.echo("never answered", { timeoutMs: 60_000 }).catch((error) => error.code);
			await connection.close();
			console.log(await pending);`,
		"that closes in the midst of a stream ends": `
			const stream = createClient(Echo, connection).count(1, { timeoutMs: 60_000 })[Symbol.asyncIterator]();
			const pending = stream.next().catch((error) => error.code);
			await connection.close();
			console.log(await pending);`,
		"whose call timed out ends once it closes": `
			const echo = createClient(Echo, connection);
			await echo.echo("never answered", { timeoutMs: 5 }).catch(() => {});
			await connection.close();
			console.log("Unavailable");`,
		"hears of no rejection that it did not cause": `
			const stream = createClient(Echo, connection).count(1)[Symbol.asyncIterator]();
			const pending = stream.next().catch((error) => error.code);
			connection.closed.then(() => {});
			await new Promise((resolve) => setTimeout(resolve, 20));
			await connection.close();
			const left = createClient(Echo, connection).count(1);
			console.log(await pending);`,
	})) {
		test(what, async () => {
			const server = await peer();
			const here = (file: string) =>
				JSON.stringify(fileURLToPath(new URL(file, import.meta.url)));
			const source = `
				import { connect, createClient } from ${here("../src/node.js")};
				import { Echo } from ${here("./support.js")};
				const connection = await connect(${JSON.stringify(server.address)});
				${script}`;
			const child = spawn(
				process.execPath,
				[
					"--unhandled-rejections=strict",
					"--input-type=module",
					"--eval",
					source,
				],
				{
					stdio: ["ignore", "pipe", "inherit"],
				},
			);
			let printed = "";
			child.stdout.on("data", (chunk) => {
				printed += chunk;
			});
			const kill = setTimeout(() => child.kill(), 10_000);
			const [status, signal] = await once(child, "close");
			clearTimeout(kill);
			assert.deepEqual([status, signal, printed], [0, null, "Unavailable\n"]);
		});
	}
});
