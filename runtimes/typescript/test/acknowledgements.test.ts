/** What the client does about a peer that writes frames in parts and waits for acknowledgements. */

import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import {
	byteStream,
	createClient,
	type LayerEvents,
	SingleConnection,
} from "../src/index.js";
import {
	answer,
	CONTROL,
	collect,
	DATA,
	dial,
	Echo,
	EOS,
	peer,
	type Request,
	sleep,
} from "./support.js";

const PING = 5;

describe("the first part of a frame", () => {
	test("is acknowledged over TCP by a control frame without content, and not over a Unix socket", async () => {
		for (const path of [
			undefined,
			join(tmpdir(), `rapace-${process.pid}-nudge.sock`),
		]) {
			const server = await peer(path);
			server.serve(async ({ channel, payload }, socket) => {
				if (channel !== 0) {
					const frame = answer(channel, DATA | EOS, payload);
					socket.write(frame.subarray(0, 4));
					await sleep(20);
					socket.write(frame.subarray(4));
				}
			});
			const echo = createClient(Echo, await dial(server));
			assert.equal(await echo.echo("x"), "x");
			assert.equal(await echo.echo("y"), "y");
			const nudges = server.seen.filter((request) => request.channel === 0);
			assert.equal(nudges.length, path === undefined ? 2 : 0);
			for (const nudge of nudges) {
				assert.equal(nudge.method, 5);
				assert.equal(nudge.flags, CONTROL);
				assert.equal(nudge.payload.length, 0);
			}
		}
	});
});

describe("the items of a stream", () => {
	function nudges(seen: Request[]): number {
		return seen.filter(
			({ channel, method }) => channel === 0 && method === PING,
		).length;
	}

	test("that come in parts are acknowledged part by part, while more is to come", async () => {
		const server = await peer();
		server.serve(async ({ channel }, socket) => {
			const frame = answer(channel, DATA, [1]);
			let parts = 0;
			for (let i = 0; i < 3; i++) {
				for (const [from, to] of [
					[0, 4],
					[4, 68],
					[68, 69],
				]) {
					socket.write(frame.subarray(from, to));
					parts++;
					await server.until((seen) => nudges(seen) === parts);
				}
			}
			socket.write(answer(channel, EOS));
		});
		const echo = createClient(Echo, await dial(server));
		assert.deepEqual(await collect(echo.count(3)), [1, 1, 1]);
		await sleep(20);
		assert.equal(nudges(server.seen), 9);
	});

	test("that come whole, or over a Unix socket, are not acknowledged", async () => {
		const path = join(tmpdir(), `rapace-${process.pid}-items.sock`);
		for (const [server, cut] of [
			[await peer(), 0],
			[await peer(path), 4],
		] as const) {
			server.serve(async ({ channel }, socket) => {
				const frame = answer(channel, DATA, [1]);
				for (let i = 0; i < 3; i++) {
					socket.write(frame.subarray(0, cut));
					await sleep(5);
					socket.write(frame.subarray(cut));
					await sleep(5);
				}
				socket.write(answer(channel, EOS));
			});
			const echo = createClient(Echo, await dial(server));
			assert.deepEqual(await collect(echo.count(3)), [1, 1, 1]);
			assert.equal(nudges(server.seen), 0);
		}
	});

	test("are acknowledged once for many at a time, and never while that is not written out", async (t) => {
		t.mock.timers.enable({ apis: ["setTimeout"] });
		const sent: Uint8Array[] = [];
		let events: LayerEvents | undefined;
		const transport = {
			peer: "memory",
			intake: byteStream,
			delaysAcknowledgements: true,
			unsentBytes: 0,
			send(frame: Uint8Array) {
				sent.push(frame);
			},
			start(those: LayerEvents) {
				events = those;
			},
			async close() {},
		};
		const connection = new SingleConnection(transport);
		const stream = createClient(Echo, connection).count(9);
		const first = stream[Symbol.asyncIterator]().next();
		const item = answer(1, DATA, [1]);
		const receive = (bytes: Uint8Array) => events?.received(bytes);
		receive(item.slice(0, 4));
		assert.equal(sent.length, 2);
		receive(item.slice(4));
		for (const [unsentBytes, frames] of [
			[0, 3],
			[1, 3],
			[0, 4],
		] as const) {
			transport.unsentBytes = unsentBytes;
			for (let i = 0; i < 10; i++) {
				receive(item);
			}
			t.mock.timers.tick(1);
			assert.equal(sent.length, frames);
		}
		assert.deepEqual(await first, { value: 1, done: false });
		receive(item);
		await connection.close();
		t.mock.timers.tick(1);
		assert.equal(sent.length, 4);
	});
});
