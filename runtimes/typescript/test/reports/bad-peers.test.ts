/** Clients of peers that behave badly: what they say, how they hang up, and what they never stop to say. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { after, describe, test } from "node:test";

import {
	backoff,
	connect,
	createClient,
	isRapaceError,
} from "../../src/node.js";
import { quote } from "../../src/quote.js";
import { openWebSocket } from "../../src/websocket.js";
import {
	answer,
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
} from "../support.js";

/** A server that does this with each socket; its port, and how many there were. */
async function raw(handle: (socket: Socket) => void) {
	const seen = { sockets: 0, port: 0 };
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		seen.sockets++;
		sockets.add(socket);
		socket.on("error", () => {});
		handle(socket);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	after(() => {
		server.close();
		for (const socket of sockets) {
			socket.destroy();
		}
	});
	seen.port = (server.address() as AddressInfo).port;
	return seen;
}

describe("what a peer says", () => {
	test("is shown in one line, without what steers a terminal", () => {
		for (const [said, expected] of [
			["plain, ümlaut, 📚", "plain, ümlaut, 📚"],
			["a\r\nb\tc\u2028d\u0085e", "a  b c d e"],
			["\x1b[31mred\x07\0\x9b", "\ufffd[31mred\ufffd\ufffd\ufffd"],
			["\u202egnp\u2066.\u200f", "\ufffdgnp\ufffd.\ufffd"],
			["x".repeat(1024), "x".repeat(1024)],
			["x".repeat(1025), `${"x".repeat(1021)}...`],
			["ü".repeat(513), `${"ü".repeat(510)}...`],
			["📚".repeat(300), `${"📚".repeat(255)}...`],
			["\x1b".repeat(400), `${"\ufffd".repeat(340)}...`],
		] as const) {
			assert.equal(quote(said), expected);
		}
	});

	test("is quoted in the error of a call, however long", async () => {
		const server = await peer();
		const said = `no\n2026-01-01 INFO all is well\x1b[2J${"x".repeat(1_000_000)}`;
		server.serve(({ channel }, socket) => {
			socket.write(answer(channel, ERROR | EOS, status(4, said)));
		});
		const error = await failure(
			createClient(Echo, await dial(server)).echo(""),
		);
		assert.ok(isRapaceError(error) && error.kind === "status");
		assert.equal(Buffer.byteLength(error.detail), 1024);
		assert.match(error.detail, /^no 2026.* well\ufffd\[2Jx+\.\.\.$/);
		assert.equal(error.message, `Echo.echo: ${error.detail}`);
	});

	test("is quoted when a WebSocket is closed with a reason", async () => {
		const made = {
			binaryType: "",
			readyState: 1,
			onopen: null as (() => void) | null,
			onmessage: null,
			onerror: null,
			onclose: null as
				| ((event: { code: number; reason: string }) => void)
				| null,
			send() {},
			close() {},
		};
		const ended = new Promise<unknown>((resolve, reject) => {
			openWebSocket("ws://far", () => made)((transport) => {
				transport.start({ received() {}, sent() {}, ended: resolve });
			}, reject);
		});
		made.onopen?.();
		made.onclose?.({ code: 4000, reason: "bye\n\x1b" });
		assert.equal(
			String(await ended),
			"Error: the peer closed the WebSocket with code 4000: bye \ufffd",
		);
	});
});

describe("a server that accepts and closes", () => {
	test("is dialled ever more rarely", async () => {
		const server = await raw((socket) => socket.destroy());
		const connection = await connect(`tcp://127.0.0.1:${server.port}`, {
			reconnect: backoff({ initialMs: 40, factor: 4 }),
		});
		await sleep(1000);
		// Waits are random parts of 40, 160, 640, 2560 ms: never 20 in a second.
		assert.ok(server.sockets >= 2 && server.sockets <= 12, `${server.sockets}`);
		await connection.close();
	});

	test("ends the connection after as many attempts as are allowed", async () => {
		const server = await raw((socket) => socket.destroy());
		const connection = await connect(`tcp://127.0.0.1:${server.port}`, {
			reconnect: backoff({ initialMs: 1, attempts: 3 }),
		});
		const error = await connection.closed;
		assert.match(String(error), /no connection after 3 attempts/);
		assert.equal(server.sockets, 4);
	});

	test("is a good one when it has answered a call before", async () => {
		const server = await peer();
		server.serve(({ channel, payload }, socket) => {
			socket.write(answer(channel, DATA | EOS, payload));
			setTimeout(() => socket.destroy(), 5);
		});
		const connection = await dial(server, {
			reconnect: backoff({ initialMs: 1, factor: 1000, attempts: 2 }),
		});
		const { echo } = createClient(Echo, connection);
		for (let i = 0; i < 6; i++) {
			assert.equal(await echo(`${i}`, { timeoutMs: 5000 }), `${i}`);
			while (connection.state === "connected") {
				await sleep(1);
			}
		}
	});
});

test("endless 100 Continue before a WebSocket opens is an error, and soon", async () => {
	const server = await raw((socket) => {
		socket.once("data", () => {
			const timer = setInterval(() => {
				socket.write("HTTP/1.1 100 Continue\r\n\r\n".repeat(100));
			}, 1);
			socket.once("close", () => clearInterval(timer));
		});
	});
	const from = performance.now();
	const error = await failure(connect(`ws://127.0.0.1:${server.port}`));
	assert.match(
		shown(error).message,
		/the server answered 17 times with status 100, which means nothing yet$/,
	);
	assert.ok(performance.now() - from < 5000);
});

test("what is left of a call's time is a whole number in messages", async () => {
	const server = await raw((socket) => socket.destroy());
	const connection = await connect(`tcp://127.0.0.1:${server.port}`, {
		reconnect: backoff({ initialMs: 100_000, maxMs: 100_000 }),
	});
	// Also when the test fails: the next attempt would keep the program alive.
	after(() => connection.close());
	while (connection.state === "connected") {
		await sleep(1);
	}
	const echo = { ...Echo.echo, idempotent: true } as const;
	const client = createClient({ echo }, connection);
	const error = await failure(client.echo("", { timeoutMs: 30.5 }));
	assert.match(
		shown(error).message,
		/^Echo\.echo: the connection to tcp:\S+ is down, and none could be made within \d+ ms: connection lost/,
	);
});
