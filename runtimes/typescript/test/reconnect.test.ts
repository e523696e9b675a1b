/** Connections that are made anew. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { after, describe, test } from "node:test";

import {
	backoff,
	type Connection,
	type ConnectionState,
	createClient,
	isRapaceError,
} from "../src/index.js";
import { connect, type NodeConnectOptions } from "../src/node.js";
import {
	answer,
	DATA,
	Echo,
	EOS,
	failure,
	requests,
	sleep,
} from "./support.js";

const SOON = backoff({ initialMs: 1, maxMs: 5 });

/** A server that can go away and come back at the same place. */
class Flapping {
	port = 0;
	readonly seen: number[] = [];
	readonly sockets = new Set<Socket>();
	/** What is done for each request. */
	handle = (socket: Socket, channel: number, payload: Uint8Array): void => {
		socket.write(answer(channel, DATA | EOS, payload));
	};
	private server = createServer();

	get address(): string {
		return `tcp://127.0.0.1:${this.port}`;
	}

	async start(): Promise<void> {
		this.server = createServer((socket) => {
			this.sockets.add(socket);
			socket.on("error", () => {});
			socket.on("close", () => this.sockets.delete(socket));
			let rest: Uint8Array = new Uint8Array(0);
			socket.on("data", (chunk) => {
				const [found, left] = requests(Buffer.concat([rest, chunk]));
				rest = left;
				for (const { channel, method, payload } of found) {
					if (channel !== 0) {
						this.seen.push(method);
						this.handle(socket, channel, payload);
					}
				}
			});
		});
		this.server.listen(this.port, "127.0.0.1");
		await once(this.server, "listening");
		this.port = (this.server.address() as { port: number }).port;
	}

	stop(): void {
		this.server.close();
		this.cut();
	}

	cut(): void {
		for (const socket of this.sockets) {
			socket.destroy();
		}
	}
}

async function started(): Promise<Flapping> {
	const server = new Flapping();
	await server.start();
	after(() => server.stop());
	return server;
}

async function dial(
	server: Flapping,
	options: NodeConnectOptions = {},
): Promise<Connection> {
	const connection = await connect(server.address, {
		reconnect: SOON,
		...options,
	});
	after(() => connection.close());
	return connection;
}

const idempotent = {
	...Echo,
	echo: { ...Echo.echo, idempotent: true as const },
};

describe("a connection that is made anew", () => {
	test("fails what is in flight at once, and new calls wait for it", async () => {
		const server = await started();
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		assert.equal(await echo.echo("a"), "a");
		server.handle = (socket) => socket.destroy();
		const error = await failure(echo.echo("b"));
		assert.ok(isRapaceError(error) && error.kind === "connection");
		server.handle = (socket, channel, payload) =>
			void socket.write(answer(channel, DATA | EOS, payload));
		assert.equal(await echo.echo("c"), "c");
		assert.equal(connection.state, "connected");
	});

	test("says every change of state once, in order", async () => {
		const server = await started();
		const states: ConnectionState[] = [];
		const connection = await dial(server, {
			onState: (state) => states.push(state),
		});
		server.cut();
		while (states.length < 5) {
			await sleep(1);
		}
		await connection.close();
		await connection.close();
		await sleep(10);
		assert.deepEqual(
			states.map(({ state }) => state),
			[
				"connecting",
				"connected",
				"disconnected",
				"connecting",
				"connected",
				"closed",
			],
		);
		const [, , lost, , , closed] = states;
		assert.ok(
			lost?.state === "disconnected" && lost.cause.kind === "connection",
		);
		assert.ok(closed?.state === "closed" && closed.cause === undefined);
		assert.equal(await connection.closed, undefined);
	});

	test("waits for a server that comes back, and calls wait within their time", async () => {
		const server = await started();
		const states: string[] = [];
		const connection = await dial(server, {
			onState: ({ state }) => states.push(state),
		});
		const echo = createClient(Echo, connection);
		server.stop();
		while (connection.state === "connected") {
			await sleep(1);
		}
		const late = await failure(echo.echo("x", { timeoutMs: 20 }));
		assert.ok(isRapaceError(late) && late.code === "DeadlineExceeded");
		assert.ok(isRapaceError(late.cause) && late.cause.kind === "connection");
		assert.match(
			late.message,
			/^Echo\.echo: the connection to tcp:.* is down, and none could be made within 20 ms: .*(lost|ECONNREFUSED)/,
		);
		const controller = new AbortController();
		const aborted = failure(echo.echo("x", { signal: controller.signal }));
		controller.abort("enough");
		const error = await aborted;
		assert.ok(isRapaceError(error) && error.code === "Cancelled");
		assert.equal(error.cause, "enough");
		const waiting = echo.echo("back");
		await server.start();
		assert.equal(await waiting, "back");
		assert.deepEqual(server.seen, [Echo.echo.id]);
		assert.equal(states.at(-1), "connected");
	});

	test("sends a call again whose method is idempotent, and no other, and no stream", async () => {
		const server = await started();
		const connection = await dial(server);
		const echo = createClient(idempotent, connection);
		let cuts = 3;
		server.handle = (socket, channel, payload) => {
			if (cuts-- > 0) {
				socket.destroy();
			} else {
				socket.write(answer(channel, DATA | EOS, payload));
			}
		};
		assert.equal(await echo.echo("again"), "again");
		assert.equal(server.seen.length, 4);
		cuts = 1;
		const nothing = await failure(echo.nothing());
		assert.ok(isRapaceError(nothing) && nothing.kind === "connection");
		cuts = 1;
		const stream = echo.count(1)[Symbol.asyncIterator]();
		const error = await failure(stream.next());
		assert.ok(isRapaceError(error) && error.kind === "connection");
		assert.equal(server.seen.length, 6);
	});

	test("sends an idempotent call again within its time only", async () => {
		const server = await started();
		const connection = await dial(server);
		const echo = createClient(idempotent, connection);
		server.handle = () => server.stop();
		const error = await failure(echo.echo("x", { timeoutMs: 50 }));
		assert.ok(isRapaceError(error) && error.code === "DeadlineExceeded");
	});

	test("begins a new stream once it is there", async () => {
		const server = await started();
		const connection = await dial(server);
		const echo = createClient(Echo, connection);
		server.stop();
		while (connection.state === "connected") {
			await sleep(1);
		}
		const stream = echo.count(1)[Symbol.asyncIterator]();
		const left = echo.count(1)[Symbol.asyncIterator]();
		const first = stream.next();
		await left.return?.();
		assert.deepEqual(await left.next(), { value: undefined, done: true });
		server.handle = (socket, channel) =>
			void socket.write(
				Buffer.concat([answer(channel, DATA, [1]), answer(channel, EOS)]),
			);
		await server.start();
		assert.deepEqual(await first, { value: 1, done: false });
		assert.equal((await stream.next()).done, true);
	});

	test("gives up after as many attempts as it may make", async () => {
		const server = await started();
		const states: string[] = [];
		const connection = await dial(server, {
			reconnect: backoff({ initialMs: 0, attempts: 2 }),
			onState: ({ state }) => states.push(state),
		});
		server.stop();
		const cause = await connection.closed;
		assert.equal(cause?.reason, "lost");
		assert.match(cause?.message ?? "", /no connection after 2 attempts$/);
		assert.deepEqual(states, [
			"connecting",
			"connected",
			"disconnected",
			"connecting",
			"disconnected",
			"connecting",
			"closed",
		]);
		const error = await failure(createClient(Echo, connection).nothing());
		assert.ok(isRapaceError(error) && error.kind === "connection");
	});

	test("fails the first time as without it", async () => {
		const server = await started();
		server.stop();
		const states: string[] = [];
		const error = await failure(
			connect(server.address, {
				reconnect: SOON,
				onState: ({ state }) => states.push(state),
			}),
		);
		assert.ok(isRapaceError(error) && error.kind === "connection");
		assert.equal(error.reason, "unreachable");
		assert.deepEqual(states, ["connecting", "closed"]);
	});

	test("may be closed while it is being made, and leaves nothing", async () => {
		const server = await started();
		const connection = await dial(server, {
			reconnect: backoff({ initialMs: 60_000, maxMs: 60_000 }),
		});
		server.cut();
		while (connection.state === "connected") {
			await sleep(1);
		}
		const waiting = failure(createClient(Echo, connection).nothing());
		await connection.close();
		const error = await waiting;
		assert.ok(isRapaceError(error) && error.kind === "connection");
		assert.equal(error.reason, "closed");
	});

	test("refuses waits that make no sense", () => {
		for (const options of [
			{ initialMs: -1 },
			{ factor: 0.5 },
			{ maxMs: Number.NaN },
			{ attempts: 0 },
		]) {
			assert.throws(() => backoff(options), { code: "InvalidArgument" });
		}
	});
});
