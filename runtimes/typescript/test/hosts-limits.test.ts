/** Hosts: what they limit, and how they close. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";

import { connect as netConnect } from "node:net";
import { execPath } from "node:process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import {
	backoff,
	connect,
	createClient,
	createHost,
	listen,
	serveSocket,
} from "../src/node.js";
import { waiting } from "./hosting.js";
import {
	ECHO,
	echoing,
	hosted,
	Log,
	NOTHING,
	rawPeer,
	STREAM,
	UNARY,
} from "./served.js";
import { Echo, frame, shown, text } from "./support.js";

/** How many files the program may have open that is to have too few. */
const FILES = 64;

describe("strangers", () => {
	for (const [what, bytes] of [
		["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
		["a length below a descriptor's", Buffer.from([63, 0, 0, 0])],
		["TLS", Buffer.from("16030102000100", "hex")],
	] as const) {
		test(`that send ${what} are closed and logged, and others go on`, async () => {
			const { peer, address, log } = await hosted();
			const stranger = await rawPeer(address);
			const { localPort } = stranger.socket;
			stranger.socket.write(bytes);
			await stranger.closed;
			const [line = ""] = await log.until(1);
			assert.match(
				line,
				new RegExp(
					`^warn: frame length .*; connection closed \\(tcp://127.0.0.1:${localPort}\\)$`,
				),
			);
			peer.send(frame(1, ECHO, UNARY, text("a")));
			assert.deepEqual(await peer.told(), ["1 answer [1,97]"]);
		});
	}

	test("whose handshake takes too long are closed", async () => {
		const log = new Log();
		const host = createHost(echoing(), { logger: log, handshakeTimeoutMs: 20 });
		const { address } = await listen(host, "ws://127.0.0.1:0");
		after(() => host.close());
		const stranger = await rawPeer(address.replace("ws", "tcp"));
		await stranger.closed;
		assert.match((await log.until(1))[0] ?? "", /took too long/);
	});

	test("beyond the most connections are closed at once, which is logged once until there is room", async () => {
		const { peer, address, host, log } = await hosted(echoing(), {
			maxConnections: 1,
		});
		for (let i = 0; i < 2; i++) {
			await (await rawPeer(address)).closed;
		}
		assert.deepEqual(log.lines, [
			"warn: 1 connections are open: more are closed at once",
		]);
		peer.socket.destroy();
		while (host.connections > 0) {
			await new Promise((resolve) => setImmediate(resolve));
		}
		const next = await rawPeer(address);
		next.send(frame(1, NOTHING, UNARY));
		assert.deepEqual(await next.told(), ["1 answer []"]);
		await (await rawPeer(address)).closed;
		assert.equal(log.lines.length, 2);
	});

	test("that take all files that the system allows are closed, and others go on", async () => {
		const program = fileURLToPath(new URL("few-files.js", import.meta.url));
		const limited = ["-c", 'ulimit -n "$1" && exec "$2" "$3"', "sh"];
		const child = spawn("sh", [...limited, `${FILES}`, execPath, program], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		try {
			const [first] = (await once(child.stdout, "data")) as [Buffer];
			const address = `${first}`.trim();
			const strangers = await Promise.all(
				Array.from({ length: FILES }, () => rawPeer(address)),
			);
			// Some have a place, and there is no file for the others.
			await Promise.any(strangers.map(({ closed }) => closed));
			for (const { socket } of strangers) {
				socket.destroy();
			}
			const connection = await connect(address, { reconnect: backoff() });
			const client = createClient(Echo, connection);
			for (let tries = 0; tries < 100; tries++) {
				// The files of the strangers are closed one after another.
				const answer = await client.echo("hi").catch(() => undefined);
				if (answer === "hi") {
					await connection.close();
					assert.equal(child.exitCode, null);
					return;
				}
			}
			assert.fail("nobody is served any more");
		} finally {
			child.kill();
		}
	});

	test("that are idle are closed, and a call keeps a connection", async () => {
		const { handler, answer, runs } = waiting();
		const { peer, address } = await hosted(handler, { idleTimeoutMs: 30 });
		const run = runs();
		peer.send(frame(1, ECHO, UNARY, text("a")));
		await run;
		await (await rawPeer(address)).closed;
		// The other one was opened earlier, and still is.
		answer("late");
		assert.deepEqual(await peer.told(), ["1 answer [4,108,97,116,101]"]);
		await peer.closed;
	});
});

describe("a host that closes", () => {
	test("refuses new calls, and waits for those that run", async () => {
		const { handler, answer, runs } = waiting();
		const { peer, host } = await hosted(handler);
		const run = runs();
		peer.send(frame(1, ECHO, UNARY, text("a")));
		await run;
		const closed = host.close();
		await new Promise((resolve) => setImmediate(resolve));
		peer.send(frame(3, NOTHING, UNARY), frame(0, NOTHING, STREAM));
		assert.deepEqual(await peer.told(), [
			"3 error 13: the host is shutting down",
		]);
		answer("done");
		assert.deepEqual(await peer.told(), ["1 answer [4,100,111,110,101]"]);
		await closed;
		await peer.closed;
	});

	test("cancels the calls that run after the grace period", async () => {
		const { handler, calls, runs } = waiting();
		const { peer, host, log } = await hosted(handler);
		const run = runs();
		peer.send(frame(1, ECHO, UNARY, text("a")));
		await run;
		await host.close({ graceMs: 1 });
		assert.deepEqual(await peer.told(), ["1 error 1: cancelled"]);
		assert.equal(shown(calls[0]?.signal.reason).message, "cancelled");
		await peer.closed;
		assert.deepEqual(log.lines, []);
	});

	test("leaves a handler that ignores its cancellation, and names it", async () => {
		const { peer, host, log } = await hosted(
			echoing({ echo: () => new Promise(() => {}) }),
		);
		peer.send(frame(1, ECHO, UNARY, text("a")), frame(3, NOTHING, UNARY));
		await peer.next();
		await host.close({ graceMs: 1 });
		await peer.closed;
		assert.deepEqual(log.lines, [
			"warn: Echo.echo ignores its cancellation and is left running",
		]);
	});

	test("is closed once, and takes no connection any more", async () => {
		const host = createHost(echoing());
		await Promise.all([host.close(), host.close()]);
		const [near] = [netConnect(1)];
		near.on("error", () => {});
		assert.throws(() => serveSocket(host, near), /the host is shutting down/);
	});
});
