/** Calls over WebSockets: those of `ws`, and a global one, for which `ws` stands in. */

import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";

import {
	type Connection,
	createClient,
	isRapaceError,
	type RapaceError,
} from "../src/index.js";
import * as node from "../src/node.js";
import * as web from "../src/web.js";
import {
	answer,
	DATA,
	Echo,
	EOS,
	failure,
	type Request,
	requests,
	sleep,
	text,
} from "./support.js";

/** Messages as they come, and what is sent back. */
interface Peer {
	readonly address: string;
	/** The address as messages have it. */
	readonly shown: string;
	readonly server: WebSocketServer;
	readonly seen: Request[];
	readonly sockets: WebSocket[];
	/** The codes that sockets were closed with. */
	readonly codes: number[];
	serve(handle: (request: Request, socket: WebSocket) => void): void;
}

async function peer(): Promise<Peer> {
	const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
	await once(server, "listening");
	after(() => {
		for (const socket of server.clients) {
			socket.terminate();
		}
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	const found: Peer & { handle: (r: Request, s: WebSocket) => void } = {
		address: `ws://127.0.0.1:${port}/rpc?x=1`,
		shown: `ws://127.0.0.1:${port}/rpc?...`,
		server,
		seen: [],
		sockets: [],
		codes: [],
		handle() {},
		serve(handle) {
			this.handle = handle;
		},
	};
	server.on("connection", (socket) => {
		found.sockets.push(socket);
		socket.on("error", () => {});
		socket.on("close", (code) => found.codes.push(code));
		socket.on("message", (data: Buffer) => {
			const length = Buffer.alloc(4);
			length.writeUInt32LE(data.length);
			const [[request]] = requests(Buffer.concat([length, data]));
			assert.ok(request);
			found.seen.push(request);
			if (request.channel !== 0) {
				found.handle(request, socket);
			}
		});
	});
	return found;
}

function reply(
	socket: WebSocket,
	channel: number,
	flags: number,
	payload: Uint8Array | readonly number[] = [],
) {
	socket.send(answer(channel, flags, payload).subarray(4));
}

const platforms: Record<string, (address: string) => Promise<Connection>> = {
	"the package ws": (address) => node.connect(address, { maxFrameBytes: 100 }),
	"a global WebSocket": (address) => {
		// A browser's can do no more than this.
		class Plain extends WebSocket {}
		Object.assign(Plain.prototype, {
			pause: undefined,
			resume: undefined,
			terminate: undefined,
		});
		(globalThis as { WebSocket?: unknown }).WebSocket = Plain;
		return web.connect(address, { maxFrameBytes: 100 });
	},
};

for (const [name, connect] of Object.entries(platforms)) {
	const dial = async (address: string) => {
		const connection = await connect(address);
		after(() => connection.close());
		return connection;
	};

	describe(`over ${name}`, () => {
		test("calls and streams: a message is a frame without its length", async () => {
			const server = await peer();
			server.serve(({ channel, payload, flags }, socket) => {
				if (flags === (DATA | EOS)) {
					reply(socket, channel, DATA | EOS, payload);
					return;
				}
				for (const item of [1, 2, 3]) {
					reply(socket, channel, DATA, [item]);
				}
				reply(socket, channel, EOS);
			});
			const connection = await dial(server.address);
			assert.equal(connection.peer, server.shown);
			const echo = createClient(Echo, connection);
			assert.equal(await echo.echo("hello"), "hello");
			const items: number[] = [];
			for await (const item of echo.count(3)) {
				items.push(item);
			}
			assert.deepEqual(items, [1, 2, 3]);
			assert.deepEqual(
				server.seen.map(({ channel }) => channel),
				[1, 3],
			);
			await connection.close();
			await connection.close();
			assert.equal(connection.state, "closed");
		});

		for (const [what, send, why] of [
			[
				"a message of text",
				(socket: WebSocket) => socket.send("hello"),
				"message of text",
			],
			[
				"a message below a descriptor",
				(socket: WebSocket) => socket.send(new Uint8Array(63)),
				"frame length 63 is below the descriptor's 64",
			],
			[
				"a message above the limit",
				(socket: WebSocket) => socket.send(new Uint8Array(101)),
				name.endsWith("ws")
					? "Max payload size exceeded"
					: "frame length 101 exceeds limit 100",
			],
		] as const) {
			test(`${what} ends the connection, and every call fails`, async () => {
				const server = await peer();
				server.serve((_, socket) => send(socket));
				const connection = await dial(server.address);
				const error = (await failure(
					createClient(Echo, connection).nothing(),
				)) as RapaceError & { cause: RapaceError };
				assert.ok(isRapaceError(error) && error.kind === "connection");
				assert.equal(
					error.message,
					`Echo.nothing: ${why}; connection closed (${server.shown})`,
				);
				assert.equal(error.cause.kind, "protocol");
				assert.equal((await connection.closed)?.reason, "lost");
				while (server.codes.length === 0) {
					await sleep(1);
				}
				if (what === "a message of text") {
					assert.deepEqual(server.codes, [name.endsWith("ws") ? 1003 : 4003]);
				}
			});
		}

		test("a message of 64 bytes up to the limit is a frame", async () => {
			const server = await peer();
			server.serve(({ channel }, socket) =>
				reply(socket, channel, DATA | EOS, text("x".repeat(35))),
			);
			const echo = createClient(Echo, await dial(server.address));
			assert.equal(await echo.echo(""), "x".repeat(35));
		});

		test("pings are answered, and fragments are one message", async () => {
			const server = await peer();
			let ponged = false;
			server.serve(({ channel }, socket) => {
				socket.once("pong", () => {
					ponged = true;
					const frame = answer(channel, DATA | EOS, text("x")).subarray(4);
					socket.send(frame.subarray(0, 10), { fin: false });
					socket.send(frame.subarray(10), { fin: true });
				});
				socket.ping();
			});
			const echo = createClient(Echo, await dial(server.address));
			assert.equal(await echo.echo(""), "x");
			assert.ok(ponged);
		});

		test("a close of the peer fails calls in flight, with its code", async () => {
			const server = await peer();
			server.serve((_, socket) => socket.close(4321, "no more"));
			const error = await failure(
				createClient(Echo, await dial(server.address)).nothing(),
			);
			assert.ok(isRapaceError(error) && error.kind === "connection");
			assert.equal(error.reason, "lost");
			assert.equal(
				(error.cause as Error).message,
				"the peer closed the WebSocket with code 4321: no more",
			);
		});

		test("a peer that never answers a close holds it up for a second at most", async (t) => {
			const server = await peer();
			server.serve((_, socket) => socket.pause());
			const connection = await dial(server.address);
			const pending = failure(
				createClient(Echo, connection).nothing({
					timeoutMs: Number.POSITIVE_INFINITY,
				}),
			);
			while (server.seen.length === 0) {
				await sleep(1);
			}
			t.mock.timers.enable({ apis: ["setTimeout"] });
			const closing = connection.close();
			await pending;
			t.mock.timers.tick(1000);
			await closing;
		});

		test("to where nobody listens fails with the cause, and without the query", async () => {
			const server = await peer();
			server.server.close();
			const error = await failure(connect(server.address));
			assert.ok(isRapaceError(error) && error.kind === "connection");
			assert.equal(error.reason, "unreachable");
			assert.ok(
				error.message.startsWith(`cannot connect to ${server.shown}: `),
			);
			assert.doesNotMatch(error.message, /x=1/);
		});

		test("an attempt is given up by a signal, and leaves nothing", async () => {
			const server = await peer();
			const controller = new AbortController();
			const attempt = failure(
				(name.endsWith("ws") ? node : web).connect(server.address, {
					signal: controller.signal,
				}),
			);
			controller.abort("enough");
			const error = await attempt;
			assert.ok(isRapaceError(error) && error.code === "Cancelled");
			assert.equal(error.cause, "enough");
		});
	});
}

describe("a class of WebSockets that the program gives", () => {
	/** Counts what is opened, and says with which options. */
	function counted() {
		const opened: unknown[] = [];
		class Counted extends WebSocket {
			constructor(address: string, options?: object) {
				super(address, options);
				opened.push(options);
			}
		}
		return { opened, Counted };
	}

	for (const [name, connect] of [
		["web", web.connect],
		["node", node.connect],
	] as const) {
		test(`opens those of ${name}`, async () => {
			const server = await peer();
			server.serve(({ channel }, socket) => {
				socket.send(answer(channel, DATA | EOS, text("back")).subarray(4));
			});
			const { opened, Counted } = counted();
			const connection = await connect(server.address, { WebSocket: Counted });
			assert.equal(await createClient(Echo, connection).echo("there"), "back");
			await connection.close();
			const [options] = opened as { maxPayload?: number }[];
			assert.equal(opened.length, 1);
			// On Node the class of `ws` bounds a message before it is held.
			assert.equal(options?.maxPayload !== undefined, name === "node");
		});
	}
});

describe("a browser's addresses", () => {
	for (const address of [
		"tcp://host:1",
		"ws://",
		"ws:///path",
		"http://host",
		"ws://a b",
		"ws://user@host",
	]) {
		test(`${address} is refused`, async () => {
			const error = await failure(web.connect(address));
			assert.ok(isRapaceError(error) && error.code === "InvalidArgument");
		});
	}

	test("where there is no WebSocket, the error says so", async () => {
		const globals = globalThis as { WebSocket?: unknown };
		const { WebSocket: before } = globals;
		delete globals.WebSocket;
		const error = await failure(web.connect("ws://127.0.0.1:1"));
		globals.WebSocket = before;
		assert.ok(isRapaceError(error) && error.code === "FailedPrecondition");
		assert.match(error.message, /no WebSocket/);
	});
});
