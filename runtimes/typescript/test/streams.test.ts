/** Streams over real sockets, against a peer that follows a script. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { decodeString, type Method, serverStreaming } from "../src/codegen.js";
import { createClient } from "../src/index.js";
import {
	answer,
	calls,
	cancellations,
	collect,
	DATA,
	dial,
	Echo,
	EOS,
	ERROR,
	failure,
	peer,
	shown,
	sleep,
	status,
	text,
} from "./support.js";

describe("streams", () => {
	test("yield items in order, whatever their frames arrive in", async () => {
		const server = await peer();
		server.serve(async ({ channel }, socket) => {
			const frames = [0, 1, 2, 3].map((n) => answer(channel, DATA, [n]));
			const bytes = Buffer.concat([...frames, answer(channel, EOS)]);
			for (let from = 0; from < bytes.length; from += 30) {
				socket.write(bytes.subarray(from, from + 30));
				await sleep(1);
			}
		});
		const echo = createClient(Echo, await dial(server));
		assert.deepEqual(await collect(echo.count(4)), [0, 1, 2, 3]);
	});

	test("of units end at EOS, not at emptiness", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) =>
			socket.write(
				Buffer.concat([
					answer(channel, DATA),
					answer(channel, DATA),
					answer(channel, EOS),
				]),
			),
		);
		const echo = createClient(Echo, await dial(server));
		assert.deepEqual(await collect(echo.beats()), [undefined, undefined]);
	});

	test("send nothing until they are read, and then once", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) =>
			socket.write(answer(channel, DATA | EOS, [7])),
		);
		const echo = createClient(Echo, await dial(server));
		const stream = echo.count(1);
		await sleep(10);
		assert.equal(server.seen.length, 0);
		assert.deepEqual(await collect(stream), [7]);
		assert.deepEqual(await collect(stream), []);
		assert.equal(calls(server.seen).length, 1);
		assert.equal(calls(server.seen)[0]?.flags, 0x105);
	});

	test("raise an error behind the items that came before it", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) =>
			socket.write(
				Buffer.concat([
					answer(channel, DATA, [1]),
					answer(channel, ERROR | EOS, status(9, "stop")),
				]),
			),
		);
		const echo = createClient(Echo, await dial(server));
		const stream = echo.count(1)[Symbol.asyncIterator]();
		assert.deepEqual(await stream.next(), { value: 1, done: false });
		assert.deepEqual(shown(await failure(stream.next())), {
			kind: "status",
			code: "Aborted",
			message: "Echo.count: stop",
		});
		assert.deepEqual(await stream.next(), { value: undefined, done: true });
	});

	test("are given up by break, and the connection goes on", async () => {
		const server = await peer();
		server.serve(({ channel, method, payload }, socket) => {
			if (method === 0x33333333) {
				socket.write(
					Buffer.concat([1, 2, 3].map((n) => answer(channel, DATA, [n]))),
				);
			} else if (channel !== 0) {
				socket.write(answer(channel, DATA | EOS, payload));
			}
		});
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		for await (const item of echo.count(3)) {
			assert.equal(item, 1);
			break;
		}
		assert.equal(connection.inFlight, 0);
		await server.until((seen) => cancellations(seen).length === 1);
		assert.equal(await echo.echo("next"), "next");
	});

	test("may be left before they are begun", async () => {
		const server = await peer();
		const echo = createClient(Echo, await dial(server));
		const stream = echo.count(1)[Symbol.asyncIterator]();
		assert.deepEqual(await stream.return?.(), { value: undefined, done: true });
		assert.deepEqual(await stream.next(), { value: undefined, done: true });
		assert.equal(server.seen.length, 0);
	});

	test("fail when an item is no value, and are given up", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) => {
			if (channel !== 0) {
				socket.write(
					Buffer.concat([
						answer(channel, DATA, [1]),
						answer(channel, DATA, [0x80]),
						answer(channel, DATA, [2]),
					]),
				);
			}
		});
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		const stream = echo.count(1)[Symbol.asyncIterator]();
		assert.deepEqual(await stream.next(), { value: 1, done: false });
		assert.equal(shown(await failure(stream.next())).kind, "decode");
		assert.deepEqual(await stream.next(), { value: undefined, done: true });
		await server.until((seen) => cancellations(seen).length === 1);
		assert.equal(connection.inFlight, 0);
	});

	test("answer several next() at once, in order", async () => {
		const server = await peer();
		server.serve(async ({ channel }, socket) => {
			await sleep(5);
			socket.write(
				Buffer.concat([
					answer(channel, DATA, [1]),
					answer(channel, DATA, [2]),
					answer(channel, EOS),
				]),
			);
		});
		const echo = createClient(Echo, await dial(server));
		const stream = echo.count(2)[Symbol.asyncIterator]();
		const results = await Promise.all([
			stream.next(),
			stream.next(),
			stream.next(),
			stream.next(),
		]);
		assert.deepEqual(
			results.map((result) => result.value),
			[1, 2, undefined, undefined],
		);
		assert.deepEqual(
			results.map((result) => result.done),
			[false, false, true, true],
		);
	});

	test("time runs while an item is waited for, not while the reader works", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) => {
			if (channel !== 0) {
				socket.write(
					Buffer.concat([
						answer(channel, DATA, [1]),
						answer(channel, DATA, [2]),
					]),
				);
			}
		});
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		const stream = echo.count(9, { timeoutMs: 300 })[Symbol.asyncIterator]();
		assert.equal((await stream.next()).value, 1);
		await sleep(400);
		assert.equal((await stream.next()).value, 2);
		const error = await failure(stream.next());
		assert.equal(
			shown(error).message,
			"Echo.count: no item within 300 ms, the call's timeoutMs",
		);
		assert.deepEqual(await stream.next(), { value: undefined, done: true });
		assert.equal(connection.inFlight, 0);
	});

	test("end at once when their signal aborts, whatever waits", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) => {
			if (channel !== 0) {
				socket.write(
					Buffer.concat([
						answer(channel, DATA, [1]),
						answer(channel, DATA, [2]),
					]),
				);
			}
		});
		const echo = createClient(Echo, await dial(server));
		const controller = new AbortController();
		const seen: number[] = [];
		const error = await failure(
			(async () => {
				for await (const item of echo.count(9, { signal: controller.signal })) {
					seen.push(item);
					controller.abort();
				}
			})(),
		);
		assert.equal(shown(error).code, "Cancelled");
		assert.deepEqual(seen, [1]);
	});

	test("that nobody can read any more are given up, unless a read waits", async () => {
		setFlagsFromString("--expose-gc");
		const collectGarbage = runInNewContext("gc") as () => void;
		const server = await peer();
		server.serve(({ channel, method }, socket) => {
			if (method === Echo.count.id) {
				socket.write(answer(channel, DATA, [1]));
			}
		});
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		const waiting = echo.beats()[Symbol.asyncIterator]().next();
		await (async () => {
			const stream = echo.count(1)[Symbol.asyncIterator]();
			assert.deepEqual(await stream.next(), { value: 1, done: false });
		})();
		for (let i = 0; i < 100 && connection.inFlight > 1; i++) {
			collectGarbage();
			await sleep(10);
		}
		await sleep(20);
		assert.equal(connection.inFlight, 1);
		assert.equal(cancellations(server.seen).length, 1);
		server.sockets[0]?.write(answer(1, DATA));
		assert.deepEqual(await waiting, { value: undefined, done: false });
	});

	test("that hold too much for a slow reader fail alone", async () => {
		const server = await peer();
		server.serve(({ channel, method, payload }, socket) => {
			if (method === 0x33333333) {
				socket.write(
					Buffer.concat(
						Array.from({ length: 100 }, () => answer(channel, DATA, [1])),
					),
				);
			} else if (channel !== 0) {
				socket.write(answer(channel, DATA | EOS, payload));
			}
		});
		// An item counts as its byte and 64 more.
		const echo = createClient(
			Echo,
			await dial(server, { maxStreamBytes: 650 }),
		);
		const stream = echo.count(100)[Symbol.asyncIterator]();
		assert.equal((await stream.next()).value, 1);
		assert.equal(await echo.echo("meanwhile"), "meanwhile");
		for (let i = 0; i < 10; i++) {
			assert.equal((await stream.next()).value, 1);
		}
		assert.deepEqual(shown(await failure(stream.next())), {
			kind: "status",
			code: "ResourceExhausted",
			message:
				"Echo.count: the reader is 10 items behind, 650 bytes of at most 650",
		});
		await server.until((seen) => cancellations(seen).length === 1);
		assert.deepEqual(
			[...(cancellations(server.seen)[0]?.payload ?? [])],
			[2, 1, 2],
		);
		assert.equal(await echo.echo("afterwards"), "afterwards");
	});

	test("hold one item of any size for a slow reader", async () => {
		const server = await peer();
		const big = Uint8Array.from([0xc8, 0x01, ...new Array(200).fill(65)]);
		server.serve(({ channel }, socket) =>
			socket.write(
				Buffer.concat([
					answer(channel, DATA, text("a")),
					answer(channel, DATA, big),
					answer(channel, DATA, text("b")),
				]),
			),
		);
		const connection = await dial(server, { maxStreamBytes: 100 });
		const words: Method<(to: number) => AsyncIterable<string>> = {
			kind: serverStreaming,
			name: "Echo.words",
			id: Echo.count.id,
			arity: 1,
			encode(w, to) {
				w.u32(to, "to");
			},
			decode: (r) => decodeString(r, ""),
		};
		const stream = createClient({ words }, connection)
			.words(3)
			[Symbol.asyncIterator]();
		assert.equal((await stream.next()).value, "a");
		await sleep(20);
		assert.equal((await stream.next()).value, "A".repeat(200));
		assert.deepEqual(shown(await failure(stream.next())), {
			kind: "status",
			code: "ResourceExhausted",
			message:
				"Echo.words: the reader is 1 items behind, 266 bytes of at most 100",
		});
	});

	test("of 100,000 items for a reader that comes late", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) => {
			const item = answer(channel, DATA, [1]);
			socket.write(
				Buffer.concat([
					...Array.from({ length: 100_000 }, () => item),
					answer(channel, EOS),
				]),
			);
		});
		const echo = createClient(Echo, await dial(server));
		const stream = echo.count(100_000)[Symbol.asyncIterator]();
		await stream.next();
		await sleep(100);
		let items = 1;
		while (!(await stream.next()).done) {
			items++;
		}
		assert.equal(items, 100_000);
	});
});
