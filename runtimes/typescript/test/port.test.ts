/** Connections over a real MessageChannel, with a worker at the other end. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { MessageChannel, Worker } from "node:worker_threads";

import { connectPort, createClient, type PortLike } from "../src/index.js";
import { collect, Echo, failure, shown } from "./support.js";

/** A worker that answers, and a client of it. */
function working() {
	const worker = new Worker(new URL("./port-peer.js", import.meta.url));
	const { port1, port2 } = new MessageChannel();
	worker.postMessage(port2, [port2]);
	const connection = connectPort(port1 as unknown as PortLike);
	return { worker, connection, echo: createClient(Echo, connection) };
}

test("a worker answers calls and streams over a port, and ends when it is closed", async () => {
	const { worker, connection, echo } = working();
	const words = Array.from({ length: 100 }, (_, i) => `word ${i}`);
	const answers = await Promise.all(words.map((word) => echo.echo(word)));
	assert.deepEqual(answers, words);
	assert.deepEqual(await collect(echo.count(5)), [0, 1, 2, 3, 4]);
	for await (const item of echo.count(100)) {
		if (item === 1) {
			break;
		}
	}
	assert.equal(await echo.echo("x".repeat(100)), "x".repeat(100));
	assert.equal(connection.inFlight, 0);
	const exited = once(worker, "exit");
	const late = failure(echo.echo("be silent"));
	await connection.close();
	assert.deepEqual(shown(await late), {
		kind: "connection",
		code: "Unavailable",
		message: "Echo.echo: connection to message port is closed",
	});
	await exited;
});

test("what ends the other end fails calls in flight, with the cause", async () => {
	for (const [word, cause] of [
		["hang up", "Error: the peer closed the connection"],
		["talk nonsense", "ProtocolError: message of type string"],
		["be silent", "Error: the port was closed"],
	] as const) {
		const { worker, connection, echo } = working();
		await echo.echo("");
		const pending = failure(echo.echo(word));
		if (word === "be silent") {
			await worker.terminate();
		}
		const error = (await pending) as Error;
		assert.equal(shown(error).kind, "connection");
		assert.equal(String(error.cause), cause);
		assert.equal((await connection.closed)?.reason, "lost");
		await worker.terminate();
	}
});
