/** Several connections that look like one. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { createClient, isRapaceError, poolOf } from "../src/index.js";
import {
	answer,
	DATA,
	dial,
	Echo,
	EOS,
	failure,
	peer,
	sleep,
} from "./support.js";

describe("a pool", () => {
	test("makes connections when they are needed, up to its size, and takes idle ones first", async () => {
		const server = await peer();
		const waiting: (() => void)[] = [];
		server.serve(({ channel, payload }, socket) => {
			waiting.push(() => socket.write(answer(channel, DATA | EOS, payload)));
		});
		const pool = await dial(server, { pool: poolOf(3) });
		const echo = createClient(Echo, pool);
		const calls = ["a", "b", "c", "d", "e", "f", "g"].map((text) =>
			echo.echo(text),
		);
		while (waiting.length < 7) {
			await sleep(1);
		}
		assert.equal(server.sockets.length, 3);
		assert.equal(pool.inFlight, 7);
		for (const answerNow of waiting.splice(0)) {
			answerNow();
		}
		assert.deepEqual(await Promise.all(calls), [
			"a",
			"b",
			"c",
			"d",
			"e",
			"f",
			"g",
		]);
		const next = echo.echo("x");
		while (waiting.length < 1) {
			await sleep(1);
		}
		waiting.pop()?.();
		assert.equal(await next, "x");
		assert.equal(server.sockets.length, 3);
	});

	test("is not held up by a server that answers one request after another", async () => {
		const server = await peer();
		server.serve(({ channel, method, payload }, socket) => {
			if (method === Echo.echo.id) {
				socket.write(answer(channel, DATA | EOS, payload));
			}
		});
		const pool = await dial(server, { pool: poolOf(2) });
		const echo = createClient(Echo, pool);
		const stream = echo.count(1)[Symbol.asyncIterator]();
		const item = failure(stream.next());
		await sleep(5);
		assert.equal(await echo.echo("x"), "x");
		assert.equal(server.sockets.length, 2);
		await pool.close();
		assert.ok(isRapaceError(await item));
	});

	test("goes on with what is left when one is lost, and is over with the last", async () => {
		const server = await peer();
		server.serve(({ channel, payload }, socket) => {
			if (payload.length === 1) {
				socket.destroy();
			} else {
				setTimeout(
					() => socket.write(answer(channel, DATA | EOS, payload)),
					20,
				);
			}
		});
		const states: string[] = [];
		const pool = await dial(server, {
			pool: poolOf(2),
			onState: ({ state }) => states.push(state),
		});
		const echo = createClient(Echo, pool);
		const good = echo.echo("a");
		const error = await failure(echo.echo(""));
		assert.ok(isRapaceError(error) && error.kind === "connection");
		assert.equal(await good, "a");
		assert.equal(pool.state, "connected");
		await failure(echo.echo(""));
		assert.equal((await pool.closed)?.reason, "lost");
		assert.deepEqual(states, ["connecting", "connected", "closed"]);
		const late = await failure(echo.echo("x"));
		assert.ok(isRapaceError(late) && late.code === "Unavailable");
	});

	test("closes all, and fails what is in flight", async () => {
		const server = await peer();
		const pool = await dial(server, { pool: poolOf(2) });
		const echo = createClient(Echo, pool);
		const calls = [failure(echo.nothing()), failure(echo.nothing())];
		while (server.seen.length < 2) {
			await sleep(1);
		}
		await pool.close();
		await pool.close();
		for (const error of await Promise.all(calls)) {
			assert.ok(isRapaceError(error) && error.kind === "connection");
			assert.equal(error.reason, "closed");
		}
		while (server.sockets.some((socket) => !socket.destroyed)) {
			await sleep(1);
		}
	});

	test("refuses a size that makes no sense", () => {
		for (const size of [0, Number.NaN, -1]) {
			assert.throws(() => poolOf(size), { code: "InvalidArgument" });
		}
	});
});
