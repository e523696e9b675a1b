/** Hosts: where they listen. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { after, describe, test } from "node:test";
import { WebSocket } from "ws";

import {
	connect,
	createClient,
	createHost,
	listen,
	serve,
} from "../src/node.js";
import { CERTIFICATE, KEY } from "./certificate.js";
import { socketPath } from "./hosting.js";
import {
	ECHO,
	echoing,
	hosted,
	Log,
	NOTHING,
	rawPeer,
	ServedEcho,
	UNARY,
} from "./served.js";
import { collect, Echo, failure, frame, shown, text } from "./support.js";

describe("a host listens", () => {
	for (const [scheme, address] of [
		["tcp", () => "tcp://127.0.0.1:0"],
		["unix", () => `unix://${socketPath()}`],
		["ws", () => "ws://127.0.0.1:0/rpc"],
	] as const) {
		test(`over ${scheme}, and clients call it`, async () => {
			const { address: at, host } = await hosted(
				echoing(),
				{},
				"tcp://127.0.0.1:0",
			);
			assert.match(at, /^tcp:/);
			const { address: found } = await listen(host, address());
			const connection = await connect(found);
			const client = createClient(Echo, connection);
			assert.equal(await client.echo("hi"), "hi");
			assert.deepEqual(await collect(client.count(3)), [0, 1, 2]);
			assert.equal(host.connections, 2);
			await connection.close();
			await host.close();
			assert.equal(host.connections, 0);
			await assert.rejects(connect(found));
		});
	}

	for (const scheme of ["tls", "wss"]) {
		test(`over ${scheme}, to clients that have a certificate where it asks for one`, async () => {
			const log = new Log();
			const host = createHost(echoing(), { logger: log });
			after(() => host.close());
			const own = { cert: CERTIFICATE, key: KEY };
			const open = await listen(host, `${scheme}://127.0.0.1:0`, { tls: own });
			const tls = { ca: CERTIFICATE };
			const connection = await connect(open.address, { tls });
			assert.equal(await createClient(Echo, connection).echo("hi"), "hi");
			await connection.close();

			const closed = await listen(host, `${scheme}://127.0.0.1:0`, {
				tls: { ...own, ca: CERTIFICATE, requestCert: true },
			});
			const known = await connect(closed.address, { tls: { ...tls, ...own } });
			assert.equal(await createClient(Echo, known).echo("hi"), "hi");
			await known.close();
			// The handshake of TLS 1.3 is over for the client before the server has seen that there is no certificate.
			const call = async () => {
				const unknown = await connect(closed.address, { tls });
				await createClient(Echo, unknown).echo("hi");
			};
			await assert.rejects(call(), { kind: "connection" });
			assert.match(
				(await log.until(1))[0] ?? "",
				/^warn: .*handshake .* failed: .*$/,
			);
			const { localPort } = (
				await rawPeer(open.address.replace(scheme, "tcp"))
			).send(frame(1, ECHO, UNARY, text("plain"))).socket;
			assert.match(
				(await log.until(2))[1] ?? "",
				new RegExp(`^warn: .*127.0.0.1:${localPort}.* failed: `),
			);
		});
	}

	test("on a WebSocket with a path, and refuses other paths, origins, and plain requests", async () => {
		const host = createHost(echoing());
		const { address } = await listen(host, "ws://127.0.0.1:0/rpc", {
			origins: ["https://shop.example"],
		});
		after(() => host.close());
		const status = (url: string, origin?: string) =>
			new Promise((resolve) => {
				const socket = new WebSocket(url, origin ? { origin } : {});
				socket.on("unexpected-response", (_, { statusCode }) =>
					resolve(statusCode),
				);
				socket.on("error", () => {});
				socket.on("open", () => {
					socket.close();
					resolve("open");
				});
			});
		assert.equal(await status(address), "open");
		assert.equal(await status(address, "https://shop.example"), "open");
		assert.equal(await status(address, "https://evil.example"), 403);
		assert.equal(await status(address.replace("/rpc", "/other")), 404);
		const response = await fetch(address.replace("ws", "http"));
		assert.equal(response.status, 426);
	});

	test("on a WebSocket, whose messages of text end the connection", async () => {
		const { host, address, log } = await hosted();
		const { address: at } = await listen(host, "ws://127.0.0.1:0");
		assert.match(address, /^tcp/);
		const socket = new WebSocket(at);
		await once(socket, "open");
		socket.send("text");
		const [code] = (await once(socket, "close")) as [number];
		assert.equal(code, 1003);
		const [line = ""] = await log.until(1);
		assert.match(line, /message of text; connection closed \(ws:\/\/127/);
	});

	test("at no address that is in use, and says which", async () => {
		const taken = createServer();
		taken.listen(0, "127.0.0.1");
		await once(taken, "listening");
		const { port } = taken.address() as { port: number };
		const host = createHost(echoing());
		for (const scheme of ["tcp", "ws"]) {
			const address = `${scheme}://127.0.0.1:${port}`;
			const error = await failure(listen(host, address));
			assert.deepEqual(shown(error), {
				kind: "status",
				code: "AlreadyExists",
				message: `cannot listen at ${address}: address in use`,
			});
		}
		taken.close();
	});

	for (const address of [
		"tcp://127.0.0.1",
		"tcp://127.0.0.1:70000",
		"unix://relative",
		"http://127.0.0.1:1",
		"tcp://127.0.0.1:1/path",
	]) {
		test(`not at ${address}`, async () => {
			const error = await failure(listen(createHost(echoing()), address));
			const { code, message } = shown(error);
			assert.equal(code, "InvalidArgument");
			assert.match(message, /is none of tcp:\/\/host:port/);
		});
	}

	test("with TLS only where it has a certificate", async () => {
		const address = "tls://127.0.0.1:0";
		const error = await failure(listen(createHost(echoing()), address));
		assert.match(shown(error).message, /needs the option tls/);
	});
});

describe("the file of a Unix socket", () => {
	test("that is live is refused, and goes on", async () => {
		const path = socketPath();
		const { peer } = await hosted(echoing(), {}, `unix://${path}`);
		const error = await failure(
			listen(createHost(echoing()), `unix://${path}`),
		);
		assert.deepEqual(shown(error), {
			kind: "status",
			code: "AlreadyExists",
			message: `cannot listen at unix://${path}: address in use`,
		});
		peer.send(frame(1, NOTHING, UNARY));
		assert.deepEqual(await peer.told(), ["1 answer []"]);
	});

	test("that is stale is replaced, and removed at the end", async () => {
		const path = socketPath();
		// What a process that was killed leaves: a second name keeps the file when the server removes its own.
		const stale = createServer();
		const first = `${path}.first`;
		stale.listen(first);
		await once(stale, "listening");
		const { linkSync } = await import("node:fs");
		linkSync(first, path);
		await new Promise((resolve) => stale.close(resolve));
		assert.ok(existsSync(path));
		const { peer, host } = await hosted(echoing(), {}, `unix://${path}`);
		peer.send(frame(1, NOTHING, UNARY));
		assert.deepEqual(await peer.told(), ["1 answer []"]);
		await host.close();
		assert.ok(!existsSync(path));
	});

	test("that is no socket is refused and kept", async () => {
		const path = socketPath();
		writeFileSync(path, "precious");
		const error = await failure(
			listen(createHost(echoing()), `unix://${path}`),
		);
		assert.match(shown(error).message, /is no socket, and is kept/);
		assert.ok(existsSync(path));
	});

	test("that another has taken is not removed", async () => {
		const path = socketPath();
		const { host } = await hosted(echoing(), {}, `unix://${path}`);
		const { renameSync } = await import("node:fs");
		renameSync(path, `${path}.moved`);
		const { peer } = await hosted(echoing(), {}, `unix://${path}`);
		await host.close();
		assert.ok(existsSync(path));
		peer.send(frame(1, NOTHING, UNARY));
		assert.deepEqual(await peer.told(), ["1 answer []"]);
	});
});

describe("what makes no sense", () => {
	test("two handlers of one service, a limit, a handler without a function", () => {
		assert.throws(
			() => createHost([echoing(), echoing()]),
			/two handlers serve Echo.echo/,
		);
		assert.throws(
			() => createHost(echoing(), { maxServedCalls: Number.NaN }),
			/maxServedCalls NaN is not a number/,
		);
		assert.throws(
			() => createHost(echoing(), { maxConnections: 0 }),
			/maxConnections 0 is not a number/,
		);
		// The compiler knows it too.
		assert.throws(
			// @ts-expect-error A method is forgotten.
			() => serve(ServedEcho, { echo: (text: string) => text }),
			/the handler has no function nothing: Echo.nothing/,
		);
		serve(ServedEcho, {
			// @ts-expect-error The answer has the wrong type.
			echo: () => 5,
			nothing() {},
			async *count() {},
			async *beats() {},
		});
	});

	test("a port that HTTP has taken", async () => {
		const http = createHttpServer().listen(0, "127.0.0.1");
		await once(http, "listening");
		const { port } = http.address() as { port: number };
		await assert.rejects(
			listen(createHost(echoing()), `tcp://127.0.0.1:${port}`),
			/address in use/,
		);
		http.close();
	});
});
