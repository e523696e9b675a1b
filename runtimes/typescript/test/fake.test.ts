/** What users' own tests have: a client without a connection, a connection without a socket. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
	createClient,
	createFake,
	isRapaceError,
	memoryLayers,
	SingleConnection,
} from "../src/index.js";
import { FrameParser } from "../src/parser.js";
import {
	answer,
	DATA,
	Echo,
	type EchoClient,
	EOS,
	failure,
} from "./support.js";

describe("a fake", () => {
	test("does what the test says, and is the client's type", async () => {
		const echo: EchoClient = createFake(Echo, {
			echo: async (text) => text.toUpperCase(),
			async *count(to) {
				for (let i = 0; i < to; i++) {
					yield i;
				}
			},
		});
		assert.equal(await echo.echo("x"), "X");
		const items: number[] = [];
		for await (const item of echo.count(2)) {
			items.push(item);
		}
		assert.deepEqual(items, [0, 1]);
		echo.nothing = () => Promise.resolve();
		assert.equal(await echo.nothing(), undefined);
	});

	test("fails as Unimplemented where it was told nothing, and names the method", async () => {
		const echo = createFake(Echo);
		for (const error of [
			await failure(echo.echo("x")),
			await failure(echo.count(1)[Symbol.asyncIterator]().next()),
		]) {
			assert.ok(isRapaceError(error) && error.kind === "status");
			assert.equal(error.code, "Unimplemented");
			assert.equal(error.remote, false);
			assert.match(
				error.message,
				/^Echo\.(echo|count): the fake was not told what to do$/,
			);
		}
	});
});

describe("a connection in memory", () => {
	test("carries frames in order, and its end", async () => {
		const [near, far] = memoryLayers();
		const connection = new SingleConnection(near);
		let ended: unknown;
		const parser = new FrameParser(1 << 20, (memory, start, end) => {
			const view = new DataView(memory.buffer, memory.byteOffset);
			const channel = view.getUint32(start + 8, true);
			far.send(answer(channel, DATA | EOS, memory.slice(start + 64, end)));
		});
		far.start({
			received: (bytes) => parser.push(bytes),
			sent() {},
			ended: (cause) => {
				ended = cause;
			},
		});
		const echo = createClient(Echo, connection);
		const answers = ["a", "b", "c"].map((text) => echo.echo(text));
		assert.deepEqual(await Promise.all(answers), ["a", "b", "c"]);
		await connection.close();
		await Promise.resolve();
		assert.match(String(ended), /the peer closed the connection/);
	});

	test("fails what is in flight when the other end closes", async () => {
		const [near, far] = memoryLayers();
		const connection = new SingleConnection(near);
		const pending = failure(createClient(Echo, connection).nothing());
		await far.close();
		const error = await pending;
		assert.ok(isRapaceError(error) && error.kind === "connection");
		assert.equal(connection.state, "closed");
	});
});
