/** The end of a connection, and what is never sent over one. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { createClient, type RapaceError } from "../src/index.js";
import {
	answer,
	collect,
	DATA,
	dial,
	Echo,
	EOS,
	failure,
	peer,
	shown,
	text,
} from "./support.js";

describe("a connection that dies", () => {
	test("mid-call fails every call at once, with its cause", async () => {
		const server = await peer();
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		const pending = [
			failure(echo.echo("a")),
			failure(echo.echo("b")),
			failure(collect(echo.count(1))),
		];
		await server.until((seen) => seen.length === 3);
		const started = performance.now();
		server.sockets[0]?.resetAndDestroy();
		for (const error of await Promise.all(pending)) {
			assert.equal(shown(error).kind, "connection");
			assert.equal(shown(error).code, "Unavailable");
			assert.match(shown(error).message, /^Echo\.\w+: connection lost \(tcp:/);
			assert.match(String((error as RapaceError).cause), /ECONNRESET/);
		}
		assert.ok(performance.now() - started < 1000);
		assert.equal(connection.inFlight, 0);
		assert.equal(shown(await failure(echo.echo("later"))).code, "Unavailable");
		assert.equal((await connection.closed)?.reason, "lost");
	});

	test("mid-stream never looks like the stream's end", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) => {
			socket.end(
				Buffer.concat([
					answer(channel, DATA, [1]),
					answer(channel, DATA, [2]),
					answer(channel, DATA, [3]).subarray(0, 30),
				]),
			);
		});
		const echo = createClient(Echo, await dial(server));
		const seen: number[] = [];
		const error = await failure(
			(async () => {
				for await (const item of echo.count(3)) {
					seen.push(item);
				}
			})(),
		);
		assert.deepEqual(seen, [1, 2]);
		assert.equal(shown(error).code, "Unavailable");
		assert.match(
			String((error as RapaceError).cause),
			/the peer closed the connection/,
		);
	});

	test("before an answer, or in the midst of any part of it", async () => {
		for (const length of [0, 1, 4, 5, 67, 68, 69]) {
			const server = await peer();
			server.serve(({ channel }, socket) => {
				socket.end(
					answer(channel, DATA | EOS, text("cut")).subarray(0, length),
				);
			});
			const echo = createClient(Echo, await dial(server));
			const error = shown(await failure(echo.echo("x")));
			assert.equal(error.code, "Unavailable", `after ${length} bytes`);
		}
	});

	test("by a frame that is none", async () => {
		const server = await peer();
		server.serve((_, socket) => socket.write(Uint8Array.of(7, 0, 0, 0)));
		const connection = await dial(server);
		const error = await failure(createClient(Echo, connection).echo("x"));
		assert.match(
			shown(error).message,
			/frame length 7 is below the descriptor's 64; connection closed/,
		);
		assert.equal(shown((error as RapaceError).cause).kind, "protocol");
	});
});

describe("closing", () => {
	test("fails calls in flight and later ones, and may be done twice", async () => {
		const server = await peer();
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		const pending = failure(echo.echo("x"));
		const stream = echo.count(1)[Symbol.asyncIterator]();
		const reading = failure(stream.next());
		await Promise.all([connection.close(), connection.close()]);
		await connection.close();
		for (const error of [
			await pending,
			await reading,
			await failure(echo.echo("later")),
		]) {
			assert.match(
				shown(error).message,
				/^Echo\.\w+: connection to tcp:\S+ is closed$/,
			);
			assert.equal((error as { reason?: string }).reason, "closed");
		}
		assert.equal(await connection.closed, undefined);
		assert.deepEqual(await stream.next(), { value: undefined, done: true });
	});

	test("is what `await using` does", async () => {
		const server = await peer();
		let kept: Awaited<ReturnType<typeof dial>>;
		{
			await using connection = await dial(server);
			kept = connection;
		}
		assert.equal(await kept.closed, undefined);
		assert.equal(
			shown(await failure(createClient(Echo, kept).echo("x"))).kind,
			"connection",
		);
	});
});

describe("generated code of another version", () => {
	test("is refused before anything is sent, with the cure", async () => {
		const server = await peer();
		const connection = await dial(server);
		const kind = { ...Echo.echo.kind, codegen: 1 as 6 };
		const other = { echo: { ...Echo.echo, kind } };
		assert.throws(() => createClient(other, connection), {
			name: "TypeError",
			message:
				"Echo.echo is code for version 1 of the runtime, which is 6: run `rapace gen` again",
		});
	});
});
