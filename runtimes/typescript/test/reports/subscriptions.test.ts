/** Streams that are quiet for long: nothing but what the caller asks for ends them. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { backoff, createClient, intercept } from "../../src/index.js";
import {
	answer,
	cancellations,
	DATA,
	dial,
	Echo,
	EOS,
	failure,
	peer,
	shown,
	sleep,
} from "../support.js";

test("a stream may be quiet for longer than the client's timeoutMs, which bounds the answers of calls", async () => {
	const server = await peer();
	server.serve(({ channel, method }, socket) => {
		if (method === Echo.count.id) {
			socket.write(answer(channel, DATA, [1]));
			setTimeout(() => socket.write(answer(channel, DATA | EOS, [2])), 150);
		}
	});
	for (const options of [{}, { reconnect: backoff() }]) {
		const direct = await dial(server, options);
		for (const connection of [direct, intercept(direct, [{}])]) {
			const client = createClient(Echo, connection, { timeoutMs: 30 });
			const items: number[] = [];
			for await (const item of client.count(2)) {
				items.push(item);
			}
			assert.deepEqual(items, [1, 2]);
			const error = await failure(client.echo("x"));
			assert.equal(shown(error).message, "Echo.echo: no answer within 30 ms");
		}
	}
});

test("a stream that is given a time has it for each item, and the error names the option", async () => {
	const server = await peer();
	server.serve(({ channel, method }, socket) => {
		if (method === Echo.count.id) {
			socket.write(answer(channel, DATA, [1]));
		}
	});
	const client = createClient(Echo, await dial(server));
	const stream = client.count(2, { timeoutMs: 40.2 })[Symbol.asyncIterator]();
	assert.equal((await stream.next()).value, 1);
	await sleep(80);
	const error = await failure(stream.next());
	assert.deepEqual(shown(error), {
		kind: "status",
		code: "DeadlineExceeded",
		message: "Echo.count: no item within 41 ms, the call's timeoutMs",
	});
	await server.until((seen) => cancellations(seen).length === 1);
});
