/** Hosts: where they listen, what they limit, how they close. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer, connect as netConnect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { WebSocket } from "ws";

import type { ServedCall } from "../src/codegen.js";
import {
	backoff,
	type Connection,
	connect,
	connectSocket,
	createClient,
	createHost,
	type Interceptor,
	listen,
	memoryConnection,
	poolOf,
	StatusError,
	serve,
	serveSocket,
} from "../src/node.js";
import { connect as connectAsPage } from "../src/web.js";
import { CERTIFICATE, KEY } from "./certificate.js";
import {
	COUNT,
	ECHO,
	type EchoHandler,
	echoing,
	hosted,
	Log,
	NOTHING,
	rawPeer,
	ServedEcho,
	STREAM,
	UNARY,
} from "./served.js";
import { collect, Echo, failure, frame, shown, text } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "rapace"));
let sockets = 0;

function socketPath(): string {
	return join(folder, `${++sockets}.sock`);
}

/** A handler whose calls of `echo` wait for `answer`, or for their cancellation. */
function waiting() {
	const calls: ServedCall[] = [];
	let answer = (_text: string) => {};
	let arrived = () => {};
	const handler = echoing({
		echo: (_, call) =>
			new Promise((resolve, reject) => {
				calls.push(call);
				answer = resolve;
				call.signal.addEventListener("abort", () => reject(call.signal.reason));
				arrived();
			}),
	});
	return {
		handler,
		calls,
		answer: (text: string) => answer(text),
		/** Resolves when a call runs. */
		runs: () =>
			new Promise<void>((resolve) => {
				arrived = resolve;
			}),
	};
}

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

describe("strangers", () => {
	for (const [what, bytes] of [
		["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
		["a length below a descriptor's", Buffer.from([63, 0, 0, 0])],
		["TLS", Buffer.from("16030102000100", "hex")],
	] as const) {
		test(`that send ${what} are closed and logged, and others go on`, async () => {
			const { peer, address, log } = await hosted();
			const stranger = await rawPeer(address);
			const { localPort } = stranger.socket;
			stranger.socket.write(bytes);
			await stranger.closed;
			const [line = ""] = await log.until(1);
			assert.match(
				line,
				new RegExp(
					`^warn: frame length .*; connection closed \\(tcp://127.0.0.1:${localPort}\\)$`,
				),
			);
			peer.send(frame(1, ECHO, UNARY, text("a")));
			assert.deepEqual(await peer.told(), ["1 answer [1,97]"]);
		});
	}

	test("whose handshake takes too long are closed", async () => {
		const log = new Log();
		const host = createHost(echoing(), { logger: log, handshakeTimeoutMs: 20 });
		const { address } = await listen(host, "ws://127.0.0.1:0");
		after(() => host.close());
		const stranger = await rawPeer(address.replace("ws", "tcp"));
		await stranger.closed;
		assert.match((await log.until(1))[0] ?? "", /took too long/);
	});

	test("beyond the most connections are closed at once, which is logged once until there is room", async () => {
		const { peer, address, host, log } = await hosted(echoing(), {
			maxConnections: 1,
		});
		for (let i = 0; i < 2; i++) {
			await (await rawPeer(address)).closed;
		}
		assert.deepEqual(log.lines, [
			"warn: 1 connections are open: more are closed at once",
		]);
		peer.socket.destroy();
		while (host.connections > 0) {
			await new Promise((resolve) => setImmediate(resolve));
		}
		const next = await rawPeer(address);
		next.send(frame(1, NOTHING, UNARY));
		assert.deepEqual(await next.told(), ["1 answer []"]);
		await (await rawPeer(address)).closed;
		assert.equal(log.lines.length, 2);
	});

	test("that are idle are closed, and a call keeps a connection", async () => {
		const { handler, answer, runs } = waiting();
		const { peer, address } = await hosted(handler, { idleTimeoutMs: 30 });
		const run = runs();
		peer.send(frame(1, ECHO, UNARY, text("a")));
		await run;
		await (await rawPeer(address)).closed;
		// The other one was opened earlier, and still is.
		answer("late");
		assert.deepEqual(await peer.told(), ["1 answer [4,108,97,116,101]"]);
		await peer.closed;
	});
});

describe("a host that closes", () => {
	test("refuses new calls, and waits for those that run", async () => {
		const { handler, answer, runs } = waiting();
		const { peer, host } = await hosted(handler);
		const run = runs();
		peer.send(frame(1, ECHO, UNARY, text("a")));
		await run;
		const closed = host.close();
		await new Promise((resolve) => setImmediate(resolve));
		peer.send(frame(3, NOTHING, UNARY), frame(0, NOTHING, STREAM));
		assert.deepEqual(await peer.told(), [
			"3 error 13: the host is shutting down",
		]);
		answer("done");
		assert.deepEqual(await peer.told(), ["1 answer [4,100,111,110,101]"]);
		await closed;
		await peer.closed;
	});

	test("cancels the calls that run after the grace period", async () => {
		const { handler, calls, runs } = waiting();
		const { peer, host, log } = await hosted(handler);
		const run = runs();
		peer.send(frame(1, ECHO, UNARY, text("a")));
		await run;
		await host.close({ graceMs: 1 });
		assert.deepEqual(await peer.told(), ["1 error 1: cancelled"]);
		assert.equal(shown(calls[0]?.signal.reason).message, "cancelled");
		await peer.closed;
		assert.deepEqual(log.lines, []);
	});

	test("leaves a handler that ignores its cancellation, and names it", async () => {
		const { peer, host, log } = await hosted(
			echoing({ echo: () => new Promise(() => {}) }),
		);
		peer.send(frame(1, ECHO, UNARY, text("a")), frame(3, NOTHING, UNARY));
		await peer.next();
		await host.close({ graceMs: 1 });
		await peer.closed;
		assert.deepEqual(log.lines, [
			"warn: Echo.echo ignores its cancellation and is left running",
		]);
	});

	test("is closed once, and takes no connection any more", async () => {
		const host = createHost(echoing());
		await Promise.all([host.close(), host.close()]);
		const [near] = [netConnect(1)];
		near.on("error", () => {});
		assert.throws(() => serveSocket(host, near), /the host is shutting down/);
	});
});

describe("connections that serve", () => {
	test("over a socket that the program has, both ways at once", async () => {
		const path = socketPath();
		const host = createHost(
			echoing({
				async echo(value, { connection }) {
					const back = createClient(Echo, connection);
					return `${value} ${await back.echo("from the client")}`;
				},
			}),
		);
		const server = createServer((socket) => serveSocket(host, socket));
		server.listen(path);
		await once(server, "listening");
		const socket = netConnect(path);
		await once(socket, "connect");
		const connection = connectSocket(socket, { handlers: [echoing()] });
		const client = createClient(Echo, connection);
		const all = Array.from({ length: 50 }, (_, i) => client.echo(`${i}`));
		assert.deepEqual(
			await Promise.all(all),
			all.map((_, i) => `${i} from the client`),
		);
		await connection.close();
		await host.close();
		server.close();
	});

	test("in a page: the server calls back what the page serves", async () => {
		const host = createHost(
			echoing({
				echo: async (value, { connection }) =>
					`page: ${await createClient(Echo, connection).echo(value)}`,
			}),
		);
		const { address } = await listen(host, "ws://127.0.0.1:0");
		const globals = globalThis as { WebSocket?: unknown };
		const { WebSocket: before } = globals;
		globals.WebSocket = WebSocket;
		try {
			const connection = await connectAsPage(address, {
				handlers: [echoing({ echo: (text) => text.toUpperCase() })],
			});
			const client = createClient(Echo, connection);
			assert.equal(await client.echo("hi"), "page: HI");
			await connection.close();
		} finally {
			globals.WebSocket = before;
			await host.close();
		}
	});

	for (const [what, options] of [
		["that reconnects", { reconnect: backoff({ initialMs: 1 }) }],
		["of a pool", { pool: poolOf(2) }],
	] as const) {
		test(`on each connection of one ${what}`, async () => {
			const served: Connection[] = [];
			const host = createHost(
				echoing({
					async echo(value, { connection }) {
						served.push(connection);
						return await createClient(Echo, connection).echo(value);
					},
				}),
			);
			after(() => host.close({ graceMs: 1 }));
			const { address } = await listen(host, "tcp://127.0.0.1:0");
			const connection = await connect(address, {
				...options,
				handlers: [echoing({ echo: (text) => `${text}!` })],
			});
			const client = createClient(Echo, connection);
			assert.equal(await client.echo("one"), "one!");
			if (what === "that reconnects") {
				await served[0]?.close();
			}
			const both = [client.echo("two"), client.echo("three")];
			// The loss may be noticed while a call is in flight.
			await Promise.allSettled(both);
			assert.equal(await client.echo("four"), "four!");
			assert.ok(new Set(served).size >= 2);
			await connection.close();
		});
	}

	test("in memory, with a client that is the handler: a proxy", async () => {
		const behind = memoryConnection(echoing());
		const proxy = memoryConnection(
			serve(ServedEcho, createClient(ServedEcho, behind)),
		);
		const client = createClient(Echo, proxy);
		assert.equal(await client.echo("through"), "through");
		assert.equal(await client.nothing(), undefined);
		assert.deepEqual(await collect(client.count(3)), [0, 1, 2]);
		await proxy.close();
		await behind.close();
	});

	test("with an instance of a class, whose functions are its own", async () => {
		class Greeter implements EchoHandler {
			readonly #greeting = "hello, ";
			echo(text: string): string {
				return this.#greeting + text;
			}
			nothing() {}
			async *count() {}
			async *beats() {}
		}
		const connection = memoryConnection(serve(ServedEcho, new Greeter()));
		const client = createClient(Echo, connection);
		assert.equal(await client.echo("Ada"), "hello, Ada");
		await connection.close();
	});

	test("and a tunnel that a handler opens", async () => {
		const connection = memoryConnection(
			echoing({
				async echo(_, call) {
					const { channel, readable, writable } = call.openTunnel();
					void readable.pipeTo(writable);
					return `${channel}`;
				},
			}),
		);
		const { openTunnel } = await import("../src/node.js");
		const channel = Number(await createClient(Echo, connection).echo(""));
		assert.equal(channel, 2);
		const { readable, writable } = openTunnel(connection, channel);
		const writer = writable.getWriter();
		await writer.write(Uint8Array.of(1, 2, 3));
		await writer.close();
		const bytes: number[] = [];
		for await (const chunk of readable) {
			bytes.push(...chunk);
		}
		assert.deepEqual(bytes, [1, 2, 3]);
		await connection.close();
	});
});

describe("interceptors of a host", () => {
	test("are around calls: the first is the outermost, and they see and change what passes", async () => {
		const seen: string[] = [];
		const tracing = (name: string): Interceptor => ({
			async unary(call, next) {
				assert.equal(call.served?.method, `${call.service}.${call.method}`);
				seen.push(
					`${name} ${call.service}.${call.method} ${call.kind} ${call.arguments}`,
				);
				const answer = await next({ ...call, arguments: [`${name}!`] });
				return `${answer}?`;
			},
			async *streaming(call, next) {
				for await (const item of next(call)) {
					yield Number(item) + 10;
				}
			},
		});
		const { peer } = await hosted(echoing(), {
			interceptors: [tracing("a"), tracing("b")],
		});
		peer.send(frame(1, ECHO, UNARY, text("x")));
		assert.deepEqual(await peer.told(), ["1 answer [4,98,33,63,63]"]);
		assert.deepEqual(seen, ["a Echo.echo unary x", "b Echo.echo unary a!"]);
		peer.send(frame(3, COUNT, STREAM, [2]));
		assert.deepEqual(await peer.told(3), [
			"3 data [20]",
			"3 data [21]",
			"3 end []",
		]);
	});

	test("may refuse a call", async () => {
		const { peer } = await hosted(echoing(), {
			interceptors: [
				{
					unary() {
						throw new StatusError("PermissionDenied", "who are you?");
					},
				},
			],
		});
		peer.send(frame(1, ECHO, UNARY, text("x")));
		assert.deepEqual(await peer.told(), ["1 error 6: who are you?"]);
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
