/** Calls that nobody answers. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { notification, type Service } from "../src/codegen.js";
import { createClient, isRapaceError } from "../src/index.js";
import {
	answer,
	DATA,
	dial,
	Echo,
	type EchoClient,
	EOS,
	ERROR,
	failure,
	peer,
	sleep,
	status,
} from "./support.js";

interface Client extends EchoClient {
	notifyNothing: EchoClient["nothing"];
}

const service: Service<Client> = {
	...Echo,
	notifyNothing: notification(Echo.nothing),
};

const NO_REPLY = 0x100;

describe("a notification", () => {
	test("goes over channel 0, and is done when it is handed over", async () => {
		const server = await peer();
		const connection = await dial(server);
		const client = createClient(service, connection);
		assert.equal(await client.notifyNothing(), undefined);
		assert.equal(connection.inFlight, 0);
		await server.until((seen) => seen.length === 1);
		const [{ channel, method, flags, payload }] = server.seen as [
			(typeof server.seen)[0],
		];
		assert.deepEqual(
			[channel, method, flags, payload.length],
			[0, Echo.nothing.id, DATA | EOS | NO_REPLY, 0],
		);
	});

	test("is answered by plain servers, to nobody", async () => {
		const server = await peer();
		server.serve(({ channel, payload }, socket) => {
			socket.write(answer(0, DATA | EOS));
			socket.write(answer(0, ERROR | EOS, status(12, "no")));
			socket.write(answer(channel, DATA | EOS, payload));
		});
		const connection = await dial(server);
		const client = createClient(service, connection);
		await client.notifyNothing();
		assert.equal(await client.echo("x"), "x");
		assert.equal(connection.droppedFrames, 0);
	});

	test("waits for room within its time, and is not sent after it", async () => {
		const server = await peer();
		server.serve((_, socket) => socket.pause());
		const connection = await dial(server, { maxUnsentBytes: 0 });
		const client = createClient(service, connection);
		const calls: Promise<unknown>[] = [];
		for (let i = 0; i < 400; i++) {
			calls.push(failure(client.echo("x".repeat(60_000))));
		}
		await sleep(20);
		const error = await failure(client.notifyNothing({ timeoutMs: 20 }));
		assert.ok(isRapaceError(error) && error.code === "DeadlineExceeded");
		const controller = new AbortController();
		const aborted = failure(
			client.notifyNothing({ signal: controller.signal }),
		);
		controller.abort();
		const reason = await aborted;
		assert.ok(isRapaceError(reason) && reason.code === "Cancelled");
		await connection.close();
		await Promise.all(calls);
	});

	test("fails on a closed connection", async () => {
		const connection = await dial(await peer());
		await connection.close();
		const error = await failure(
			createClient(service, connection).notifyNothing(),
		);
		assert.ok(isRapaceError(error) && error.kind === "connection");
	});
});
