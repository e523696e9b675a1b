/** Bytes both ways, against a peer that follows a script. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
	createClient,
	isRapaceError,
	memoryLayers,
	openTunnel,
	poolOf,
	SingleConnection,
} from "../src/index.js";
import {
	answer,
	DATA,
	dial,
	Echo,
	EOS,
	ERROR,
	failure,
	peer,
	sleep,
	status,
} from "./support.js";

const CHANNEL = 2;

async function all(readable: ReadableStream<Uint8Array>): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	const reader = readable.getReader();
	for (;;) {
		const { value, done } = await reader.read();
		if (done) {
			return Buffer.concat(chunks);
		}
		chunks.push(value);
	}
}

describe("a tunnel", () => {
	test("echoes, and each direction ends by itself", async () => {
		const server = await peer();
		server.serve(({ channel, flags, payload }, socket) => {
			socket.write(answer(channel, flags, payload));
		});
		const connection = await dial(server);
		const { readable, writable } = openTunnel(connection, CHANNEL);
		const sent = Buffer.alloc(200_000, "0123456789");
		const writer = writable.getWriter();
		const reading = all(readable);
		await writer.write(sent);
		await writer.close();
		assert.deepEqual(await reading, sent);
		assert.equal(connection.inFlight, 0);
		assert.deepEqual(
			// Control frames acknowledge what the peer's socket has cut.
			server.seen
				.filter(({ channel }) => channel !== 0)
				.map(({ channel, method, flags, payload }) => [
					channel,
					method,
					flags,
					payload.length,
				]),
			[
				[CHANNEL, 0, DATA, 65_536],
				[CHANNEL, 0, DATA, 65_536],
				[CHANNEL, 0, DATA, 65_536],
				[CHANNEL, 0, DATA, 3392],
				[CHANNEL, 0, DATA | EOS, 0],
			],
		);
	});

	test("is written to after the peer has ended its direction", async () => {
		const server = await peer();
		server.serve(({ channel, payload }, socket) => {
			if (payload.length === 1) {
				socket.write(answer(channel, DATA, [7]));
				socket.write(answer(channel, DATA | EOS));
			}
		});
		const connection = await dial(server);
		const { readable, writable } = openTunnel(connection, CHANNEL);
		const writer = writable.getWriter();
		await writer.write(Uint8Array.of(1));
		assert.deepEqual([...(await all(readable))], [7]);
		assert.equal(connection.inFlight, 1);
		await writer.write(Uint8Array.of(2, 3));
		await writer.close();
		assert.equal(connection.inFlight, 0);
		await server.until((seen) => seen.length === 3);
	});

	test("has what came before it was opened, and no other's", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) => {
			socket.write(
				Buffer.concat([
					answer(channel, DATA | EOS),
					answer(CHANNEL, DATA, [1, 2]),
					answer(4, DATA, [9]),
					answer(CHANNEL, DATA, [3]),
					answer(CHANNEL, DATA | EOS),
				]),
			);
		});
		const connection = await dial(server);
		await createClient(Echo, connection).nothing();
		assert.equal(connection.droppedFrames, 4);
		const { readable } = openTunnel(connection, CHANNEL);
		assert.deepEqual([...(await all(readable))], [1, 2, 3]);
		assert.equal(connection.droppedFrames, 1);
	});

	test("keeps 1 MiB of what came too early, and drops the oldest", async () => {
		const [near, far] = memoryLayers();
		const connection = new SingleConnection(near);
		far.start({ received() {}, sent() {}, ended() {} });
		const chunk = new Uint8Array(64 * 1024);
		for (let i = 0; i < 20; i++) {
			far.send(answer(CHANNEL, DATA, chunk.fill(i)));
		}
		far.send(answer(CHANNEL, EOS));
		await sleep(1);
		const kept = await all(openTunnel(connection, CHANNEL).readable);
		assert.equal(kept.length, 15 * chunk.length);
		assert.equal(kept[0], 5);
		assert.equal(connection.droppedFrames, 5);
		await connection.close();
	});

	test("that the peer ends by an error fails both ways", async () => {
		const server = await peer();
		server.serve(({ channel }, socket) => {
			socket.write(answer(channel, ERROR | EOS, status(9, "enough")));
		});
		const { readable, writable } = openTunnel(await dial(server), CHANNEL);
		const writer = writable.getWriter();
		const reading = failure(all(readable));
		await writer.write(Uint8Array.of(1));
		for (const error of [await reading, await failure(writer.closed)]) {
			assert.ok(isRapaceError(error) && error.kind === "status");
			assert.equal(error.code, "Aborted");
			assert.equal(error.message, "tunnel 2: enough");
		}
	});

	test("that ends by an error is read up to it", async () => {
		const server = await peer();
		server.serve(({ channel, method, payload }, socket) => {
			if (method !== 0) {
				socket.write(answer(channel, DATA | EOS, payload));
				return;
			}
			socket.write(answer(channel, DATA, [1, 2]));
			socket.write(answer(channel, ERROR | EOS, status(7, "full")));
		});
		const connection = await dial(server);
		const { readable, writable } = openTunnel(connection, CHANNEL);
		await writable.getWriter().write(Uint8Array.of(1));
		await createClient(Echo, connection).echo("behind both");
		const reader = readable.getReader();
		assert.deepEqual([...((await reader.read()).value ?? [])], [1, 2]);
		const error = await failure(reader.read());
		assert.ok(isRapaceError(error) && error.code === "ResourceExhausted");
	});

	test("fails both ways when the connection is lost", async () => {
		const server = await peer();
		server.serve((_, socket) => socket.destroy());
		const { readable, writable } = openTunnel(await dial(server), CHANNEL);
		const writer = writable.getWriter();
		const reading = failure(all(readable));
		await writer.write(Uint8Array.of(1));
		for (const error of [await reading, await failure(writer.closed)]) {
			assert.ok(isRapaceError(error) && error.kind === "connection");
		}
	});

	test("that is given up tells the peer, and drops what still comes", async () => {
		const server = await peer();
		const connection = await dial(server);
		const tunnel = openTunnel(connection, CHANNEL);
		const reading = failure(all(tunnel.readable));
		tunnel.close();
		tunnel.close();
		const error = await reading;
		assert.ok(isRapaceError(error) && error.code === "Cancelled");
		await server.until((seen) => seen.length === 1);
		assert.deepEqual([...(server.seen[0]?.payload ?? [])], [2, CHANNEL, 0]);
		server.sockets[0]?.write(answer(CHANNEL, DATA, [1]));
		while (connection.droppedFrames === 0) {
			await sleep(1);
		}
		assert.equal(connection.inFlight, 0);
	});

	test("whose reader has enough, and whose writer ends, is over", async () => {
		const server = await peer();
		const connection = await dial(server);
		const { readable, writable } = openTunnel(connection, CHANNEL);
		await readable.cancel();
		assert.equal(connection.inFlight, 1);
		await writable.close();
		assert.equal(connection.inFlight, 0);
	});

	test("whose reader is slow holds what its limit allows, and then fails alone", async () => {
		const server = await peer();
		server.serve(({ channel, payload }, socket) => {
			if (channel === CHANNEL) {
				for (let i = 0; i < 3; i++) {
					socket.write(answer(channel, DATA, new Uint8Array(400)));
				}
			} else {
				socket.write(answer(channel, DATA | EOS, payload));
			}
		});
		const connection = await dial(server, { maxStreamBytes: 1000 });
		const { readable, writable } = openTunnel(connection, CHANNEL);
		await writable.getWriter().write(Uint8Array.of(1));
		assert.equal(await createClient(Echo, connection).echo("x"), "x");
		const error = await failure(all(readable));
		assert.ok(isRapaceError(error) && error.code === "ResourceExhausted");
	});

	test("waits for room before it sends", async () => {
		const server = await peer();
		server.serve((_, socket) => socket.pause());
		const connection = await dial(server, { maxUnsentBytes: 0 });
		const { writable } = openTunnel(connection, CHANNEL);
		const writer = writable.getWriter();
		let written = 0;
		const writing = (async () => {
			for (; written < 1000; written++) {
				await writer.write(new Uint8Array(64 * 1024));
			}
		})();
		const failed = failure(writing);
		await sleep(100);
		const before = written;
		await sleep(50);
		assert.equal(written, before);
		assert.ok(before < 900, `${before}`);
		await connection.close();
		assert.ok(isRapaceError(await failed));
	});

	test("is refused on a channel in use, on a pool, and on a closed connection", async () => {
		const server = await peer();
		const connection = await dial(server);
		openTunnel(connection, CHANNEL);
		const refused = (open: () => unknown) => {
			try {
				open();
			} catch (error) {
				assert.ok(isRapaceError(error));
				return `${error.code}: ${error.message}`;
			}
			return "opened";
		};
		assert.equal(
			refused(() => openTunnel(connection, CHANNEL)),
			"FailedPrecondition: tunnel 2: channel 2 is in use",
		);
		const pool = await dial(server, { pool: poolOf(2) });
		assert.equal(
			refused(() => openTunnel(pool, CHANNEL)),
			`FailedPrecondition: channel 2 belongs to one connection, and ${server.address} is a pool or made anew when it is lost`,
		);
		await connection.close();
		assert.match(
			refused(() => openTunnel(connection, 4)),
			/^Unavailable: /,
		);
	});
});
