/** Connections that serve, and the interceptors of a host. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, connect as netConnect } from "node:net";
import { after, describe, test } from "node:test";
import { WebSocket } from "ws";

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
import { socketPath } from "./hosting.js";
import {
	COUNT,
	ECHO,
	type EchoHandler,
	echoing,
	hosted,
	ServedEcho,
	STREAM,
	UNARY,
} from "./served.js";
import { collect, Echo, frame, text } from "./support.js";

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
